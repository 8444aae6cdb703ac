// Tells when a recorded action cannot be decided again, because a rule asks what the record does not say.

import { referencesOf } from "../cel/references.ts";
import { type CompiledPolicy, compilePolicy } from "../policy-decide/compile.ts";
import { type EvaluationInput, isHold, strictnessOf } from "../policy/decision.ts";
import { evaluate } from "../policy-decide/evaluate.ts";
import { inlineCondition, withoutHistory } from "./inline.ts";
import {
  type Condition,
  isRelaxing,
  matchAnything,
  type Policy,
  type Rule,
} from "../policy/policy.ts";
import type { ReplayObstacle } from "../policy/report.ts";

/** What the record of one decision lacks. */
export interface Gaps {
  /** Paths of hidden values. */
  readonly masked: readonly string[];
  /** Ids of rules whose velocity nothing was counted for. */
  readonly uncounted: ReadonlySet<string>;
}

/** What a rule, a derivation or an exception reads that a record may not hold. */
interface Reads {
  readonly paths: readonly string[];
  readonly velocityPaths: readonly string[];
  readonly usesUnusual: boolean;
}

interface PlacedRule {
  readonly rule: Rule;
  readonly isInvariant: boolean;
}

export class GapFinder {
  readonly #policy: Policy;
  readonly #reads: ReadonlyMap<string, Reads>;
  readonly #rules: ReadonlyMap<string, PlacedRule>;
  readonly #derivations: Prober;
  /** Rules, and exceptions as rules. */
  readonly #matches: Prober;

  constructor({ policy }: CompiledPolicy) {
    this.#policy = policy;
    const placed = (isInvariant: boolean): ((rule: Rule) => [string, PlacedRule]) => {
      return (rule) => [rule.id, { rule, isInvariant }];
    };
    this.#rules = new Map([
      ...policy.invariants.map(placed(true)),
      ...policy.rules.map(placed(false)),
    ]);
    const derivations = policy.derive.map(({ when }, index): Rule => ({
      ...plainRule,
      id: derivationId(index),
      when,
    }));
    const exceptions = policy.exceptions.map(({ match, when }, index): Rule => ({
      ...plainRule,
      id: exceptionId(index),
      match,
      when,
    }));
    const matches = [...policy.invariants, ...policy.rules, ...exceptions];
    this.#derivations = new Prober({ ...policy, derive: [] }, derivations);
    this.#matches = new Prober(policy, matches);
    this.#reads = new Map(
      [...derivations, ...matches].map((rule) => [rule.id, readsOf(rule, policy)]),
    );
  }

  /** Null when the decision is the same whatever stands in the gaps. */
  find(input: EvaluationInput, gaps: Gaps): ReplayObstacle | null {
    const isWhole = input.facts.history !== null;
    if (isWhole && gaps.masked.length === 0 && gaps.uncounted.size === 0) return null;
    const obstacleOf = (id: string): ReplayObstacle | null => this.#obstacleOf(id, input, gaps);
    const derived = this.#derivations.ask(input);
    const matched = this.#matches.ask(input);
    if (derived === null || matched === null) {
      // Without the hidden values other costs arise, so nothing can be said.
      const all = [...this.#reads.keys()].map(obstacleOf);
      return all.find((one) => one !== null) ?? null;
    }
    return (
      this.#inDerivations(derived, input, obstacleOf) ??
      this.#inExceptions(matched, input, obstacleOf) ??
      this.#inRules(matched, input, obstacleOf)
    );
  }

  #inDerivations(
    answers: Answers,
    input: EvaluationInput,
    obstacleOf: ObstacleOf,
  ): ReplayObstacle | null {
    for (const [index, { addRiskTags }] of this.#policy.derive.entries()) {
      const id = derivationId(index);
      if (!answers.undecided.has(id) || addRiskTags.every((tag) => input.riskTags.includes(tag)))
        continue;
      const obstacle = obstacleOf(id);
      if (obstacle !== null) return obstacle;
    }
    return null;
  }

  #inExceptions(
    answers: Answers,
    { now }: EvaluationInput,
    obstacleOf: ObstacleOf,
  ): ReplayObstacle | null {
    for (const [index, { rules, expiresAt }] of this.#policy.exceptions.entries()) {
      const id = exceptionId(index);
      const isOver = now >= expiresAt;
      const hasRule = rules.some((rule) => answers.sure.has(rule) || answers.undecided.has(rule));
      if (isOver || !hasRule || !answers.undecided.has(id)) continue;
      const obstacle = obstacleOf(id);
      if (obstacle !== null) return obstacle;
    }
    return null;
  }

  #inRules(
    answers: Answers,
    input: EvaluationInput,
    obstacleOf: ObstacleOf,
  ): ReplayObstacle | null {
    const { combine, defaults, mode } = this.#policy;
    const lifted = this.#lifted(answers, input);
    let found: ReplayObstacle | null = null;
    let decided = -1;
    let strictest = -1;
    for (const id of [...answers.sure, ...answers.undecided]) {
      const known = this.#rules.get(id);
      if (known === undefined || known.rule.mode !== "enforce") continue;
      const { rule, isInvariant } = known;
      const isUndecided = answers.undecided.has(id);
      const obstacle = isUndecided ? obstacleOf(rule.id) : null;
      const strictness = strictnessOf(rule.decision);
      if (obstacle !== null) {
        found = obstacle;
        strictest = Math.max(strictest, bearingOf(rule));
      } else if (!lifted.has(rule.id) && (isInvariant || mode === "enforce")) {
        if (!isUndecided || !isRelaxing(rule.decision)) decided = Math.max(decided, strictness);
      }
    }
    // The strictest rule decides, so what cannot be told of a more relaxed one does not matter.
    const isSettled = strictest < decided && strictnessOf(defaults.decision) <= decided;
    return combine === "strict" && isSettled ? null : found;
  }

  /** Rules that an exception lifts, or may lift. */
  #lifted(answers: Answers, { now }: EvaluationInput): ReadonlySet<string> {
    const { exceptions } = this.#policy;
    const acting = exceptions.filter(({ expiresAt }, index) => {
      const id = exceptionId(index);
      return now < expiresAt && (answers.sure.has(id) || answers.undecided.has(id));
    });
    return new Set(acting.flatMap(({ rules }) => rules));
  }

  #obstacleOf(id: string, input: EvaluationInput, gaps: Gaps): ReplayObstacle | null {
    const reads = this.#reads.get(id);
    if (reads === undefined) return null;
    const { paths, velocityPaths, usesUnusual } = reads;
    if (touches(paths, gaps.masked)) return "masked_value";
    const readsHistory = usesUnusual || paths.some((path) => /^facts(\.|$)/.test(path));
    if (readsHistory && input.facts.history === null) return "history_not_recorded";
    if (!gaps.uncounted.has(id)) return null;
    return touches(velocityPaths, gaps.masked) ? "masked_value" : "velocity_not_counted";
  }
}

type ObstacleOf = (id: string) => ReplayObstacle | null;

interface Answers {
  /** Ids of rules that match. */
  readonly sure: ReadonlySet<string>;
  /** Ids of rules of which it cannot be told. */
  readonly undecided: ReadonlySet<string>;
}

/**
 * Asks every rule whether it matches, in two policies that share nothing with what is decided: what
 * cannot be told makes a rule match that denies, and not one that allows.
 */
class Prober {
  readonly #policy: Policy;
  readonly #rules: readonly Rule[];
  #known: Probes | null = null;
  /** For inputs without history. */
  #unknown: Probes | null = null;

  constructor(policy: Policy, rules: readonly Rule[]) {
    this.#policy = policy;
    this.#rules = rules;
  }

  /** Null when the conditions together cost more than a decision may. */
  ask(input: EvaluationInput): Answers | null {
    if (this.#rules.length === 0) return noAnswers;
    const [denying, allowing] = this.#probesFor(input);
    const [denied, allowed] = [evaluate(denying, input), evaluate(allowing, input)];
    const isExhausted =
      allowed.kind === "deny" || (denied.kind === "deny" && denied.ruleId === null);
    if (isExhausted) return null;
    const sure = new Set(allowed.matchedRuleIds);
    return { sure, undecided: new Set(denied.matchedRuleIds.filter((id) => !sure.has(id))) };
  }

  #probesFor(input: EvaluationInput): Probes {
    if (input.facts.history === null) return (this.#unknown ??= this.#compile(withoutHistory));
    return (this.#known ??= this.#compile((condition) => condition));
  }

  #compile(write: (condition: Condition) => Condition): Probes {
    const policy = this.#policy;
    const variables = [...policy.variables].map(([name, one]) => [name, write(one)] as const);
    const probe = (decision: Rule["decision"]): CompiledPolicy =>
      compilePolicy({
        ...policy,
        variables: new Map(variables),
        mode: "enforce",
        combine: "strict",
        defaults: { ...policy.defaults, decision: "log", onError: "deny" },
        exceptions: [],
        invariants: [],
        derive: policy.derive.map((one) => ({ ...one, when: write(one.when) })),
        rules: this.#rules.map(({ id, match, when, velocity }): Rule => {
          return { ...plainRule, id, match, when: when && write(when), velocity, decision };
        }),
      });
    return [probe("deny"), probe("allow")];
  }
}

type Probes = readonly [denying: CompiledPolicy, allowing: CompiledPolicy];

const noAnswers: Answers = { sure: new Set(), undecided: new Set() };

/** True when one of the paths is, holds or stands below a hidden value. */
function touches(paths: readonly string[], masked: readonly string[]): boolean {
  return masked.some((hidden) =>
    paths.some((path) => path === hidden || isBelow(hidden, path) || isBelow(path, hidden)),
  );
}

function isBelow(path: string, other: string): boolean {
  return path.startsWith(`${other}.`) || path.startsWith(`${other}[`);
}

function readsOf({ when, match, velocity }: Rule, policy: Policy): Reads {
  return {
    paths: pathsOf(when, policy),
    usesUnusual: match.unusual !== null,
    velocityPaths: (velocity?.per ?? []).flatMap(({ ast }) => referencesOf(ast)),
  };
}

function pathsOf(condition: Condition | null, policy: Policy): readonly string[] {
  return condition === null ? [] : referencesOf(inlineCondition(condition, policy, null));
}

// No rule of a file is called so: its ids hold no colon.
function derivationId(index: number): string {
  return `derive:${index}`;
}

function exceptionId(index: number): string {
  return `exception:${index}`;
}

/**
 * Up to which strictness of the answer it matters whether the rule counts: what a relaxing rule binds
 * an action to, and what a rule asks of people, count beside any rule that is no denial.
 */
function bearingOf({ decision, constraints }: Rule): number {
  const adds = constraints !== null || isHold(decision);
  return adds ? strictnessOf("deny") - 1 : strictnessOf(decision);
}

const plainRule: Rule = {
  id: "",
  match: matchAnything,
  decision: "deny",
  reason: "",
  constraints: null,
  approvals: [],
  exclude: [],
  strongAuth: null,
  slaMs: null,
  timeoutMs: null,
  onTimeout: null,
  onReject: null,
  notify: [],
  remediations: [],
  escalate: [],
  emergency: null,
  windowMs: null,
  remindMs: [],
  claimSilenceMs: null,
  isLowRisk: false,
  samplePercent: null,
  when: null,
  velocity: null,
  mode: "enforce",
  reasonTemplate: null,
  owner: null,
  waivers: [],
};
