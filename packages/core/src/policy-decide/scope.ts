// What the expressions of a policy see of one action; each part is made when the first of them asks.

import { celBudget, conditionUnits } from "../base/limits.ts";
import { costExhausted, Meter } from "../cel/meter.ts";
import {
  CelError,
  type CelObject,
  type CelResult,
  type CelValue,
  durationOfMs,
  timestampOfMs,
} from "../cel/value.ts";
import { type Answer, no, unknown, yes } from "./clause.ts";
import { type CompiledCondition, rootBit } from "./condition.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import type { History } from "../policy/facts.ts";
import type { Parameters } from "../policy/policy.ts";
import { unusualOf } from "../policy/unusual.ts";

/** What of a policy its expressions see beside the action. */
export interface Surroundings {
  readonly variables: readonly { readonly name: string; readonly condition: CompiledCondition }[];
  readonly parameters: ParameterSets;
}

interface ParameterSets {
  readonly base: CelObject;
  readonly environments: ReadonlyMap<string, CelObject>;
}

export function parameterSets({ values, environments }: Parameters): ParameterSets {
  const base = values as CelObject;
  const overlaid = [...environments].map(
    ([name, own]) => [name, { ...base, ...(own as CelObject) }] as const,
  );
  return { base, environments: new Map(overlaid) };
}

/**
 * One action before the expressions of one policy. Kept between decisions, so that none is allocated.
 * INVARIANT: a variable is worked out at most once between `begin` and the next `begin`.
 */
export class Scope {
  readonly meter: Meter = new Meter(celBudget);
  /** Who asks, for the case that it uses up the budget: what it is, and its id. */
  askerKind = "";
  askerId = "";
  /** The asker that used up the budget; null when none did. */
  exhaustedBy: string | null = null;
  readonly #surroundings: Surroundings;
  readonly #values: (CelValue | null)[] = [null, null, null, null, null];
  readonly #isKnown: Uint8Array;
  #built = 0;
  #input: EvaluationInput | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#isKnown = new Uint8Array(surroundings.variables.length);
  }

  begin(input: EvaluationInput, budget: number): void {
    this.meter.reset(budget);
    this.exhaustedBy = null;
    this.change(input);
  }

  /** INVARIANT: once the budget is used up, everything that is still asked is unknown. */
  ask(condition: CompiledCondition): Answer {
    if (this.exhaustedBy !== null) return unknown;
    let value: CelResult;
    try {
      this.meter.charge(conditionUnits);
      value = this.run(condition);
    } catch (error) {
      this.#end(error);
      return unknown;
    }
    return value === true ? yes : value === false ? no : unknown;
  }

  /** False when the budget does not reach for what is asked outside of expressions. */
  pay(units: number): boolean {
    if (this.exhaustedBy !== null) return false;
    try {
      this.meter.charge(units);
    } catch (error) {
      this.#end(error);
      return false;
    }
    return true;
  }

  #end(error: unknown): void {
    if (error !== costExhausted) throw error;
    this.exhaustedBy = `${this.askerKind} \`${this.askerId}\``;
  }

  /** The same decision goes on about an action that gained tags: what was worked out counts no more. */
  change(input: EvaluationInput): void {
    this.#input = input;
    this.#built = 0;
    if (this.#isKnown.length > 0) this.#isKnown.fill(0);
  }

  /** Throws `costExhausted` when the budget does not suffice. */
  run(condition: CompiledCondition): CelResult {
    const { program, reads, variables } = condition;
    if (program === null) {
      return new CelError("invalid_expression", condition.fault ?? "", condition.ast);
    }
    if ((this.#built & reads) !== reads) this.#build(reads);
    for (let place = 0; place < variables.length; place += 1) {
      this.#workOut(variables[place] ?? -1);
    }
    return program.run(this.#values as readonly CelValue[], this.meter);
  }

  /** Runs a part of a condition whose roots were built when the whole was run. */
  runPart(program: NonNullable<CompiledCondition["program"]>, whole: CompiledCondition): CelResult {
    if ((this.#built & whole.reads) !== whole.reads) this.#build(whole.reads);
    for (const variable of whole.variables) this.#workOut(variable);
    return program.run(this.#values as readonly CelValue[], this.meter);
  }

  /** The condition behind `variables.<name>`. */
  variable(name: string): CompiledCondition | null {
    return this.#surroundings.variables.find((one) => one.name === name)?.condition ?? null;
  }

  #build(reads: number): void {
    const input = this.#input;
    if (input === null) return;
    const missing = reads & ~this.#built;
    const values = this.#values;
    if ((missing & rootBit.action) !== 0) values[0] = actionValue(input);
    if ((missing & rootBit.facts) !== 0) values[1] = factsValue(input);
    if ((missing & rootBit.now) !== 0) values[2] = timestampOfMs(input.now);
    if ((missing & rootBit.variables) !== 0) values[3] = Object.create(null) as CelObject;
    if ((missing & rootBit.parameters) !== 0) {
      const { base, environments } = this.#surroundings.parameters;
      values[4] = input.environment === null ? base : (environments.get(input.environment) ?? base);
    }
    this.#built |= reads;
  }

  #workOut(number: number): void {
    if (this.#isKnown[number] === 1) return;
    const variable = this.#surroundings.variables[number];
    if (variable === undefined) return;
    const value = this.run(variable.condition);
    this.#isKnown[number] = 1;
    (this.#values[3] as Record<string, CelResult>)[variable.name] = value;
  }
}

/** The action as expressions see it; what it does not say is absent. */
export function actionValue(input: EvaluationInput): CelObject {
  const target: Record<string, CelValue> = {};
  if (input.environment !== null) target["environment"] = input.environment;
  if (input.resource !== null) target["resource"] = input.resource;
  const agent: Record<string, CelValue> = { id: input.agent };
  if (input.run !== null) agent["run"] = input.run;
  if (input.thread !== null) agent["thread"] = input.thread;
  if (input.onBehalfOf !== null) agent["on_behalf_of"] = input.onBehalfOf;
  const action: Record<string, CelValue> = {
    topic: input.topic,
    params: input.params as CelObject,
    target,
    risk_tags: input.riskTags,
    agent,
    tenant: input.tenant,
    labels: input.labels,
  };
  const { tool, cost, effect } = input;
  if (tool !== null) {
    action["tool"] =
      tool.server === null ? { name: tool.name } : { server: tool.server, name: tool.name };
  }
  if (input.reversible !== null) action["reversible"] = input.reversible;
  if (cost !== null) action["cost"] = { amount: cost.amount, currency: cost.currency };
  if (effect !== null) action["effect"] = effectValue(effect);
  return action;
}

function effectValue(effect: NonNullable<EvaluationInput["effect"]>): CelObject {
  const value: Record<string, CelValue> = {};
  if (effect.rows !== null) value["rows"] = effect.rows;
  if (effect.recipients !== null) value["recipients"] = effect.recipients;
  if (effect.diff !== null) value["diff"] = effect.diff;
  return value;
}

/** What history says; without it every member is absent. */
function factsValue(input: EvaluationInput): CelObject {
  const { history } = input.facts;
  if (history === null) return {};
  const facts: Record<string, CelValue> = {
    first_time: { ...history.firstTime },
    count: { ...history.count },
    usual: usualValue(history),
    unusual: unusualOf(history, input).unusual,
  };
  if (history.lastOutcome !== null) facts["last_outcome"] = history.lastOutcome;
  if (history.sinceRejectionMs !== null) {
    facts["since_rejection"] = durationOfMs(history.sinceRejectionMs);
  }
  return facts;
}

function usualValue({ ranges }: History): CelObject {
  const usual = Object.create(null) as Record<string, CelValue>;
  for (const path of Object.keys(ranges)) {
    const range = ranges[path];
    if (range !== undefined) usual[path] = { ...range };
  }
  return usual;
}

/** Runs what may use up its budget; null when it did. */
export function withinBudget(run: () => CelResult): CelResult | null {
  try {
    return run();
  } catch (error) {
    if (error !== costExhausted) throw error;
    return null;
  }
}
