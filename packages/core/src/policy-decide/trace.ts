// Tells a person how a decision came about: which rules matched, which nearly did, and why.

import { traceEntriesMax, warningBudget } from "../base/limits.ts";
import { type Clause, no, unknown, yes } from "./clause.ts";
import { clausesOf, type CompiledPolicy, type CompiledRule } from "./compile.ts";
import type {
  ClauseTrace,
  Decision,
  EvaluationInput,
  Mode,
  RuleTrace,
  Trace,
} from "../policy/decision.ts";
import { findMatches, findWarnings, isSure, outcome } from "./find-matches.ts";
import { Scope } from "./scope.ts";
import { conditionTrace, thenText, undecided } from "./trace-condition.ts";
import { notesOn } from "./trace-notes.ts";

/** Explains `decision`, which `evaluate` gave for the same policy and input. */
export function explain(
  compiled: CompiledPolicy,
  input: EvaluationInput,
  decision: Decision,
): Trace {
  const { rules, policy, deciding } = compiled;
  const effective = remembered(compiled, input, decision);
  const matched = [...deciding.matched.subarray(0, deciding.matchedCount)];
  const beside = withoutCounting(compiled, new Set(matched));
  const shown = [...matched, ...beside].slice(0, traceEntriesMax);
  const misses = nearestMisses(compiled, new Set([...matched, ...beside]), effective);
  const scope = new Scope(compiled.surroundings);
  scope.begin(effective, warningBudget);
  const context = { compiled, input: effective, decision, scope };
  return {
    combine: policy.combine,
    rulesTotal: rules.length,
    rulesConsidered: compiled.scratch.foundCount,
    rules: [...shown, ...misses].map((number) => traceOf(context, number)),
    notes: notesOn({
      compiled,
      input,
      effective,
      decision,
      matched: matched.flatMap((number) => rules[number] ?? []),
      lifted: beside.flatMap((number) => liftedBy(compiled, number) ?? []),
      isCertain: matched.some(
        (number) => rules[number]?.isInvariant !== true && isSure(deciding.outcomes[number] ?? 0),
      ),
    }),
  };
}

/** The action with its derived tags, and how its rules came out in the memory of the policy. */
function remembered(
  compiled: CompiledPolicy,
  input: EvaluationInput,
  decision: Decision,
): EvaluationInput {
  const { answered } = compiled.deciding;
  if (answered?.decision === decision && answered.input === input) return answered.effective;
  const effective = findMatches(compiled, input);
  findWarnings(compiled, effective);
  return effective;
}

/** Rules that match and do not count: those that only warn, and those that an exception lifts. */
function withoutCounting(compiled: CompiledPolicy, matched: ReadonlySet<number>): number[] {
  const { deciding, hasWarnings, exceptions } = compiled;
  if (!hasWarnings && exceptions.length === 0) return [];
  return consideredBy(compiled).filter((number) => {
    const result = deciding.outcomes[number] ?? 0;
    if (matched.has(number) || (result & outcome.unasked) !== 0) return false;
    return (result & (outcome.counts | outcome.lifted)) !== 0;
  });
}

function consideredBy({ scratch }: CompiledPolicy): number[] {
  return [...scratch.found.subarray(0, scratch.foundCount)];
}

function liftedBy(
  { rules, deciding, exceptions }: CompiledPolicy,
  number: number,
): { readonly rule: CompiledRule; readonly exception: string } | null {
  const rule = rules[number];
  if (rule === undefined || ((deciding.outcomes[number] ?? 0) & outcome.lifted) === 0) return null;
  const by =
    rule.exceptions.find((one) => deciding.lifts[one] === yes) ??
    rule.exceptions.find((one) => deciding.lifts[one] === unknown);
  const exception = exceptions[by ?? -1]?.id;
  return exception === undefined ? null : { rule, exception };
}

/** Rules that did not match, those with the fewest failed questions first. */
function nearestMisses(
  compiled: CompiledPolicy,
  shown: ReadonlySet<number>,
  input: EvaluationInput,
): number[] {
  const { rules } = compiled;
  const isSmall = rules.length <= WHOLE_POLICY_MAX;
  const count = Math.min(traceEntriesMax - shown.size, isSmall ? WHOLE_POLICY_MAX : MISSES_MAX);
  if (count <= 0) return [];
  // A small policy is shown whole; of a large one only what the index brought up.
  const candidates = isSmall ? rules.map((_, number) => number) : consideredBy(compiled);
  const misses: { number: number; failed: number; position: number }[] = [];
  for (const number of candidates.slice(0, CANDIDATES_MAX)) {
    const rule = rules[number];
    if (rule === undefined || shown.has(number)) continue;
    const clauses = isSmall ? clausesOf(rule) : rule.remaining;
    const failed = failures(clauses, rule, input);
    misses.push({ number, failed, position: rule.position });
  }
  misses.sort((a, b) => a.failed - b.failed || a.position - b.position);
  return misses.slice(0, count).map(({ number }) => number);
}

function failures(clauses: readonly Clause[], rule: CompiledRule, input: EvaluationInput): number {
  let failed = 0;
  for (const clause of clauses) if (!counts(rule, clause, input)) failed += 1;
  return failed;
}

/** What is unknown counts for a rule that holds or denies, and against one that relaxes. */
function counts(rule: CompiledRule, clause: Clause, input: EvaluationInput): boolean {
  const answer = clause.ask(input);
  if (answer === unknown) return rule.appliesWhenUnknown;
  return answer !== no;
}

interface Context {
  readonly compiled: CompiledPolicy;
  readonly input: EvaluationInput;
  readonly decision: Decision;
  readonly scope: Scope;
}

function traceOf(context: Context, number: number): RuleTrace {
  const { compiled, input, decision } = context;
  const rule = compiled.rules[number];
  if (rule === undefined) throw new RangeError("A trace names only rules of its policy.");
  const clauses = clausesOf(rule).map((clause) => clauseTrace(rule, clause, input));
  const condition = whenTrace(context, number, rule);
  if (condition !== null) clauses.push(condition);
  return {
    ruleId: rule.id,
    decision: rule.rule.decision,
    matched: clauses.every((clause) => clause.matched),
    won: rule.id === decision.ruleId,
    invariant: rule.isInvariant,
    mode: modeOf(compiled, rule),
    exception: liftedBy(compiled, number)?.exception ?? null,
    clauses: clauses.length === 0 ? [everything] : clauses,
  };
}

function modeOf({ policy }: CompiledPolicy, rule: CompiledRule): Mode {
  return rule.isInvariant || rule.mode !== "enforce" ? rule.mode : policy.mode;
}

function whenTrace(context: Context, number: number, rule: CompiledRule): ClauseTrace | null {
  const { compiled, scope } = context;
  if (rule.condition === null) return null;
  const result = compiled.deciding.outcomes[number] ?? 0;
  const wasAsked = isConsidered(compiled, number) && (result & outcome.unasked) === 0;
  if (wasAsked && (result & outcome.exhausted) !== 0) {
    return undecided("", "the cost budget was used up", rule.appliesWhenUnknown);
  }
  const { appliesWhenUnknown } = rule;
  const decided = wasAsked && (result & (outcome.counts | outcome.lifted)) !== 0;
  return conditionTrace(rule.condition, scope, { appliesWhenUnknown, decided });
}

/** `found` is in order. */
function isConsidered({ scratch }: CompiledPolicy, number: number): boolean {
  let [low, high] = [0, scratch.foundCount];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((scratch.found[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return low < scratch.foundCount && scratch.found[low] === number;
}

function clauseTrace(rule: CompiledRule, clause: Clause, input: EvaluationInput): ClauseTrace {
  const because = clause.because(input);
  const answer = clause.ask(input);
  if (answer !== unknown) {
    return { clause: clause.name, matched: answer === yes, because, error: null };
  }
  return {
    clause: clause.name,
    matched: rule.appliesWhenUnknown,
    because: `${because}; ${thenText(rule.appliesWhenUnknown)}`,
    error: null,
  };
}

const everything: ClauseTrace = {
  clause: "match",
  matched: true,
  because: "the rule is for every action",
  error: null,
};
/** Up to this size every rule is looked at for near misses. */
const WHOLE_POLICY_MAX = 32;
/** Near misses of a larger policy. */
const MISSES_MAX = 16;
/** Candidates that are compared to find the nearest misses. */
const CANDIDATES_MAX = 2_000;
