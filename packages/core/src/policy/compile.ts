// Prepares a policy for deciding: rules in order of strictness, an index, and their questions.

import { type Clause, indexedClauses, remainingClauses } from "./clause.ts";
import { type DecisionKind, isHold, strictnessOf } from "./decision.ts";
import { isRelaxing, type Policy, type Rule } from "./policy.ts";
import { buildIndex, makeScratch, type Scratch, type TopicIndex } from "./topic-index.ts";

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
  /** Questions beyond topic and risk tags. */
  remaining: 128,
} as const;

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
  readonly reason: string;
}

/**
 * What deciding asks of every rule that matches, side by side, by number of the rule: with ten
 * thousand rules the time goes into reaching memory, and most rules are never looked at themselves.
 */
interface RuleTable {
  readonly ids: readonly string[];
  readonly strictness: Uint8Array;
  readonly parts: Uint8Array;
}

export interface CompiledPolicy {
  readonly policy: Policy;
  /** Strictest first, then in the order of the file. */
  readonly rules: readonly CompiledRule[];
  readonly table: RuleTable;
  readonly index: TopicIndex;
  /** Working memory of `evaluate`, which is never re-entered. */
  readonly scratch: Scratch;
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
  // Made in the order in which they are looked at, so that neighbours lie side by side in memory.
  const rules = ordered.map(({ rule, place, isInvariant }) =>
    compileRule(rule, place, isInvariant),
  );
  const table: RuleTable = {
    ids: rules.map(({ id }) => id),
    strictness: Uint8Array.from(rules, ({ rule }) => strictnessOf(rule.decision)),
    parts: Uint8Array.from(rules, ({ parts }) => parts),
  };
  const index = buildIndex(rules.map(({ rule }) => rule.match));
  return { policy, rules, table, index, scratch: makeScratch(index, rules.length) };
}

/** All questions of a rule, in the order in which a person reads them. */
export function clausesOf(rule: Rule): readonly Clause[] {
  const made = clausesMade.get(rule);
  if (made !== undefined) return made;
  const clauses = [...indexedClauses(rule.match), ...remainingClauses(rule.match)];
  clausesMade.set(rule, clauses);
  return clauses;
}

/** Only rules that a trace showed have theirs made; a rule never changes. */
const clausesMade = new WeakMap<Rule, readonly Clause[]>();

function compileRule(rule: Rule, position: number, isInvariant: boolean): CompiledRule {
  const remaining = remainingClauses(rule.match);
  const parts =
    partsOf(rule) |
    (isInvariant ? rulePart.invariant : 0) |
    (remaining.length === 0 ? 0 : rulePart.remaining);
  return {
    id: rule.id,
    rule,
    parts,
    position,
    isInvariant,
    appliesWhenUnknown: !isRelaxing(rule.decision),
    isHold: isHold(rule.decision),
    remaining,
    reason: rule.reason ?? `rule \`${rule.id}\` ${saying[rule.decision]}`,
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
    (times.every((one) => one === null) ? 0 : rulePart.timing)
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
