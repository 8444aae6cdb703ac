// What expressions see, built anew for every question, and what asking them costs.

import { Meter } from "@holdpoint/core/cel/meter";
import { compileCel } from "@holdpoint/core/cel/program";
import { CelDuration, type CelResult, CelTimestamp } from "@holdpoint/core/cel/value";
import type { EvaluationInput } from "@holdpoint/core/policy/decision";
import type { Condition, Policy } from "@holdpoint/core/policy/policy";
import { isUnusual } from "./policy-reference-match.ts";

const plenty = 1e9;

/** Asks conditions about one action; a variable is worked out, and paid for, once. */
export class Asker {
  isExhausted = false;
  readonly #policy: Policy;
  #input: EvaluationInput;
  #left: number;
  #variables = new Map<string, CelResult>();

  constructor(policy: Policy, input: EvaluationInput, budget: number) {
    this.#policy = policy;
    this.#input = input;
    this.#left = budget;
  }

  /** Gained tags make what was worked out before worthless. */
  change(input: EvaluationInput): void {
    if (input.riskTags.length !== this.#input.riskTags.length) this.#variables.clear();
    this.#input = input;
  }

  ask(condition: Condition): boolean | "unknown" {
    if (!this.pay(16)) return "unknown";
    const value = this.#valueOf(condition);
    if (this.isExhausted || typeof value !== "boolean") return "unknown";
    return value;
  }

  /** SPEC: a condition takes 16 units beside its operations, a velocity count 400. */
  pay(units: number): boolean {
    if (!this.isExhausted) this.#left -= units;
    if (this.#left < 0) this.isExhausted = true;
    return !this.isExhausted;
  }

  #valueOf(condition: Condition): CelResult {
    // A name with a dot before it is found by its text: in the tests no other word looks like it.
    for (const [name, variable] of this.#policy.variables) {
      if (!condition.source.includes(`variables.${name}`) || this.#variables.has(name)) continue;
      const value = this.#valueOf(variable);
      if (this.isExhausted) return null;
      this.#variables.set(name, value);
    }
    const compiled = compileCel(condition.ast, [
      "action",
      "facts",
      "now",
      "variables",
      "parameters",
    ]);
    if (!compiled.ok) throw new Error(compiled.faults[0]?.message);
    const meter = new Meter(plenty);
    const value = compiled.program.run(this.#scope(), meter);
    this.#left -= plenty - meter.left;
    if (this.#left < 0) this.isExhausted = true;
    return value;
  }

  #scope(): CelResult[] {
    const { environment, now } = this.#input;
    const { values, environments } = this.#policy.parameters;
    const own = environment === null ? {} : (environments.get(environment) ?? {});
    return [
      actionOf(this.#input),
      factsOf(this.#input),
      new CelTimestamp(Math.floor(now / 1_000), (now % 1_000) * 1_000_000),
      Object.fromEntries(this.#variables) as CelResult,
      { ...values, ...own } as CelResult,
    ];
  }
}

/** Null is absent, at every depth but inside of parameters and labels. */
function actionOf(input: EvaluationInput): CelResult {
  const { topic, tool, params, cost, effect, reversible, tenant, labels } = input;
  const known = (members: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
  return known({
    topic,
    tool: tool && known({ ...tool }),
    params,
    target: known({ environment: input.environment, resource: input.resource }),
    risk_tags: input.riskTags,
    reversible,
    cost,
    effect: effect && known({ ...effect }),
    agent: known({
      id: input.agent,
      run: input.run,
      thread: input.thread,
      on_behalf_of: input.onBehalfOf,
    }),
    tenant,
    labels,
  }) as CelResult;
}

function factsOf(input: EvaluationInput): CelResult {
  const { history } = input.facts;
  if (history === null) return {};
  const since = history.sinceRejectionMs;
  const facts: Record<string, unknown> = {
    first_time: history.firstTime,
    count: history.count,
    usual: history.ranges,
    unusual: isUnusual(input),
  };
  if (history.lastOutcome !== null) facts["last_outcome"] = history.lastOutcome;
  if (since !== null) {
    facts["since_rejection"] = new CelDuration(
      Math.floor(since / 1_000),
      (since % 1_000) * 1_000_000,
    );
  }
  return facts as CelResult;
}
