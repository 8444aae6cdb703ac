// Prepares a policy for deciding: rules in order of strictness, an index, and their questions.

import { type CompiledCalendar, compileCalendar } from "../policy/calendar.ts";
import { type Calendars, type Clause, indexedClauses, remainingClauses } from "./clause.ts";
import { type CompiledCondition, ConditionPool } from "./condition.ts";
import {
  type Decision,
  type DecisionKind,
  type EvaluationInput,
  isHold,
  type Mode,
  strictnessOf,
} from "../policy/decision.ts";
import { type CompiledException, compileException, exceptionsByRule } from "./exception.ts";
import { isRelaxing, type Policy, type Rule } from "../policy/policy.ts";
import { policyBounds } from "./policy-bound.ts";
import { parameterSets, Scope, type Surroundings } from "./scope.ts";
import { type CompiledTemplate, compileTemplate } from "./template.ts";
import { buildIndex, type TopicIndex } from "./topic-index.ts";
import { makeScratch, type Scratch } from "./topic-walk.ts";
import { type CompiledVelocity, compileVelocity } from "./velocity-key.ts";

/** What a rule has beyond its decision; bits of `RuleTable.parts`. */
export const rulePart = {
  constraints: 1,
  notify: 2,
  remediations: 4,
  approvals: 8,
  exclude: 16,
  /** Clocks, answers to silence and rejection, strong authentication. */
  timing: 32,
  invariant: 64,
  /** Questions of `match` beyond topic and risk tags. */
  remaining: 128,
  /** A `when`. */
  condition: 256,
  /** Exceptions can lift it. */
  exceptions: 512,
  /** It only warns. */
  warns: 1024,
  velocity: 2048,
  /** It holds, and names who may override. */
  emergency: 4096,
  /** It holds what is low in risk. */
  lowRisk: 8192,
  /** Steps, reminders, a window, a span of silence. */
  terms: 16384,
  /** It holds, and its `on_timeout` is `allow`. */
  silence: 32768,
} as const;

/** What a rule that holds adds to a decision that holds. */
export const holdParts: number = (rulePart.invariant - 1) | rulePart.emergency | rulePart.terms;

export interface CompiledRule {
  readonly id: string;
  readonly rule: Rule;
  readonly parts: number;
  /** Place in the file, invariants before rules. */
  readonly position: number;
  readonly isInvariant: boolean;
  /** What the action does not say makes a rule apply that holds or denies, and no other. */
  readonly appliesWhenUnknown: boolean;
  readonly isHold: boolean;
  readonly remaining: readonly Clause[];
  readonly condition: CompiledCondition | null;
  readonly velocity: CompiledVelocity | null;
  /** Numbers of the exceptions that name it. */
  readonly exceptions: readonly number[];
  readonly mode: Mode;
  readonly reason: string;
  /** Null when the reason is always the same. */
  readonly template: CompiledTemplate | null;
}

/**
 * What deciding asks of every rule that matches, side by side, by number of the rule: with ten
 * thousand rules the time goes into reaching memory, and most rules are never looked at themselves.
 */
interface RuleTable {
  readonly ids: readonly string[];
  readonly strictness: Uint8Array;
  readonly parts: Uint16Array;
}

interface CompiledDerivation {
  readonly condition: CompiledCondition;
  readonly tags: readonly string[];
}

/** Working memory of one decision, which is never re-entered. */
export interface Deciding {
  readonly scope: Scope;
  /** For rules that only warn: they take nothing from the budget of the answer. */
  readonly warnScope: Scope;
  /** By number of an exception: what it answered in this decision, 255 when it was not asked. */
  readonly lifts: Uint8Array;
  /** By number of a rule: how it came out, as `outcome` has it; of this decision for `found` only. */
  readonly outcomes: Uint8Array;
  /** Rules that count, strictest first and then in the order of the file. */
  readonly matched: Int32Array;
  matchedCount: number;
  /** Number of the rule that was asked last; the one that used up the budget when it is. */
  asking: number;
  /** The budget was used up before the invariants were all asked. */
  isFloorExhausted: boolean;
  /** The decision that this memory is still about; null while another one is made. */
  answered: {
    readonly input: EvaluationInput;
    readonly effective: EvaluationInput;
    readonly decision: Decision;
  } | null;
}

export interface CompiledPolicy {
  readonly policy: Policy;
  /** Strictest first, then in the order of the file. */
  readonly rules: readonly CompiledRule[];
  readonly table: RuleTable;
  readonly index: TopicIndex;
  /** Working memory of `evaluate`, which is never re-entered. */
  readonly scratch: Scratch;
  readonly deciding: Deciding;
  readonly surroundings: Surroundings;
  readonly calendars: Calendars;
  readonly derive: readonly CompiledDerivation[];
  readonly exceptions: readonly CompiledException[];
  /** Rules that only warn are among them. */
  readonly hasWarnings: boolean;
  /** Weight of the parameters, and units that derivations and exceptions take beside the rules. */
  readonly bounds: ReturnType<typeof policyBounds>;
}

export function compilePolicy(policy: Policy): CompiledPolicy {
  const ordered = [
    ...policy.invariants.map((rule, place) => ({ rule, place, isInvariant: true })),
    ...policy.rules.map((rule, place) => ({
      rule,
      place: policy.invariants.length + place,
      isInvariant: false,
    })),
  ].sort(
    (a, b) => strictnessOf(b.rule.decision) - strictnessOf(a.rule.decision) || a.place - b.place,
  );
  const pool = new ConditionPool();
  const surroundings = surroundingsOf(policy, pool);
  const calendars = new Map<string, CompiledCalendar>();
  for (const [name, calendar] of policy.calendars) calendars.set(name, compileCalendar(calendar));
  const byRule = exceptionsByRule(policy.exceptions);
  const parts = { pool, calendars, byRule };
  // Made in the order in which they are looked at, so that neighbours lie side by side in memory.
  const rules = ordered.map(({ rule, place, isInvariant }) =>
    compileRule(rule, { ...parts, place, isInvariant }),
  );
  const exceptions = policy.exceptions.map((one) => compileException(one, calendars, pool));
  const derive = policy.derive.map(({ when, addRiskTags }) => ({
    condition: pool.get(when),
    tags: addRiskTags,
  }));
  const bounds = policyBounds({ policy, rules, exceptions, variables: surroundings.variables });
  const index = buildIndex(
    rules.map(({ rule }) => rule.match),
    bounds.rules,
  );
  return {
    policy,
    rules,
    table: {
      ids: rules.map(({ id }) => id),
      strictness: Uint8Array.from(rules, ({ rule }) => strictnessOf(rule.decision)),
      parts: Uint16Array.from(rules, (rule) => rule.parts),
    },
    index,
    scratch: makeScratch(index),
    deciding: makeDeciding(rules.length, exceptions.length, surroundings),
    surroundings,
    calendars,
    derive,
    exceptions,
    hasWarnings: rules.some(({ mode }) => mode !== "enforce"),
    bounds,
  };
}

/** Each variable sees those before it. */
function surroundingsOf(policy: Policy, pool: ConditionPool): Surroundings {
  const variables: { name: string; condition: CompiledCondition }[] = [];
  for (const [name, condition] of policy.variables) {
    variables.push({ name, condition: pool.get(condition) });
    pool.declare(name);
  }
  return { variables, parameters: parameterSets(policy.parameters) };
}

function makeDeciding(rules: number, exceptions: number, surroundings: Surroundings): Deciding {
  return {
    scope: new Scope(surroundings),
    warnScope: new Scope(surroundings),
    lifts: new Uint8Array(exceptions),
    outcomes: new Uint8Array(rules),
    matched: new Int32Array(rules),
    matchedCount: 0,
    asking: -1,
    isFloorExhausted: false,
    answered: null,
  };
}

/** All questions of a rule but its `when`, in the order in which a person reads them. */
export function clausesOf(rule: CompiledRule): readonly Clause[] {
  const made = clausesMade.get(rule);
  if (made !== undefined) return made;
  const { velocity } = rule;
  const clauses = [
    ...indexedClauses(rule.rule.match),
    ...rule.remaining,
    ...(velocity === null ? [] : [velocity.clause]),
  ];
  clausesMade.set(rule, clauses);
  return clauses;
}

/** Only rules that a trace showed have theirs made; a rule never changes. */
const clausesMade = new WeakMap<CompiledRule, readonly Clause[]>();

interface RuleContext {
  readonly pool: ConditionPool;
  readonly calendars: Calendars;
  readonly byRule: ReadonlyMap<string, readonly number[]>;
  readonly place: number;
  readonly isInvariant: boolean;
}

function compileRule(rule: Rule, context: RuleContext): CompiledRule {
  const { pool, isInvariant } = context;
  const velocity = compileVelocity(rule);
  const remaining = remainingClauses(rule.match, context.calendars);
  // INVARIANT: invariants always count; nothing lifts them, and they have no mode.
  const exceptions = isInvariant ? [] : (context.byRule.get(rule.id) ?? []);
  const mode = isInvariant ? "enforce" : rule.mode;
  const parts =
    partsOf(rule) |
    (isInvariant ? rulePart.invariant : 0) |
    (remaining.length === 0 ? 0 : rulePart.remaining) |
    (rule.when === null ? 0 : rulePart.condition) |
    (velocity === null ? 0 : rulePart.velocity) |
    (exceptions.length === 0 ? 0 : rulePart.exceptions) |
    (mode === "enforce" ? 0 : rulePart.warns);
  return {
    id: rule.id,
    rule,
    parts,
    position: context.place,
    isInvariant,
    appliesWhenUnknown: !isRelaxing(rule.decision),
    isHold: isHold(rule.decision),
    remaining,
    condition: rule.when && pool.get(rule.when),
    velocity,
    exceptions,
    mode,
    reason: rule.reason ?? `rule \`${rule.id}\` ${saying[rule.decision]}`,
    template: rule.reasonTemplate && compileTemplate(rule.reasonTemplate, pool),
  };
}

function partsOf(rule: Rule): number {
  const times = [rule.timeoutMs, rule.slaMs, rule.onTimeout, rule.onReject, rule.strongAuth];
  return (
    // What a denied action would have to keep to is never used.
    (rule.constraints === null || rule.decision === "deny" ? 0 : rulePart.constraints) |
    (rule.notify.length === 0 ? 0 : rulePart.notify) |
    (rule.remediations.length === 0 ? 0 : rulePart.remediations) |
    (rule.approvals.length === 0 ? 0 : rulePart.approvals) |
    (rule.exclude.length === 0 ? 0 : rulePart.exclude) |
    (times.every((one) => one === null) ? 0 : rulePart.timing) |
    (isHold(rule.decision) ? termPartsOf(rule) : 0)
  );
}

function termPartsOf(rule: Rule): number {
  const lists = [rule.escalate, rule.remindMs];
  const spans = [rule.windowMs, rule.claimSilenceMs];
  const isPlain = lists.every((list) => list.length === 0) && spans.every((span) => span === null);
  return (
    (isPlain ? 0 : rulePart.terms) |
    (rule.emergency === null ? 0 : rulePart.emergency) |
    (rule.isLowRisk ? rulePart.lowRisk : 0) |
    (rule.onTimeout === "allow" ? rulePart.silence : 0)
  );
}

const saying: Readonly<Record<DecisionKind, string>> = {
  allow: "allows this",
  log: "allows this and has it logged",
  allow_with_constraints: "allows this within its constraints",
  allow_unless_rejected: "asks people first",
  require_approval: "asks for approval",
  deny: "denies this",
};
