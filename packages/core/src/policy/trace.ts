// Tells a person how a decision came about: which rules matched, which nearly did, and why.

import { traceEntriesMax } from "../base/limits.ts";
import { type Clause, no, unknown } from "./clause.ts";
import { clausesOf, type CompiledPolicy, type CompiledRule } from "./compile.ts";
import type {
  ClauseTrace,
  Constraints,
  Decision,
  EvaluationInput,
  RuleTrace,
  Trace,
} from "./decision.ts";
import { matchedRules } from "./find-matches.ts";
import { findRules } from "./topic-index.ts";

/** Explains `decision`, which `evaluate` gave for the same policy and input. */
export function explain(
  compiled: CompiledPolicy,
  input: EvaluationInput,
  decision: Decision,
): Trace {
  const { rules, policy } = compiled;
  const considered = consideredRules(compiled, input);
  const matched = new Set(matchedRules(compiled, input));
  const shown = [
    ...[...matched].slice(0, traceEntriesMax),
    ...nearestMisses(compiled, { considered, matched }, input),
  ];
  return {
    combine: policy.combine,
    rulesTotal: rules.length,
    rulesConsidered: considered.size,
    rules: shown.map((rule) => traceOf(rule, input, decision)),
    notes: notesOn(compiled, [...matched], decision),
  };
}

/** What the index brings up for this action; the others cannot match. */
function consideredRules(
  compiled: CompiledPolicy,
  input: EvaluationInput,
): ReadonlySet<CompiledRule> {
  const { rules, index, scratch } = compiled;
  findRules(index, scratch, input);
  const considered = new Set<CompiledRule>();
  for (let place = 0; place < scratch.foundCount; place += 1) {
    const rule = rules[scratch.found[place] ?? -1];
    if (rule !== undefined) considered.add(rule);
  }
  return considered;
}

/** Rules that did not count, those with the fewest failed questions first. */
function nearestMisses(
  compiled: CompiledPolicy,
  { considered, matched }: Record<"considered" | "matched", ReadonlySet<CompiledRule>>,
  input: EvaluationInput,
): readonly CompiledRule[] {
  const count = traceEntriesMax - matched.size;
  if (count <= 0) return [];
  // A small policy is shown whole; of a large one only what the index brought up.
  const { rules } = compiled;
  const candidates = rules.length <= WHOLE_POLICY_MAX ? rules : [...considered];
  return candidates
    .slice(0, CANDIDATES_MAX)
    .filter((rule) => !matched.has(rule))
    .map((rule) => ({ rule, failed: failures(rule, input) }))
    .sort((a, b) => a.failed - b.failed || a.rule.position - b.rule.position)
    .slice(0, count)
    .map(({ rule }) => rule);
}

function failures(rule: CompiledRule, input: EvaluationInput): number {
  return clausesOf(rule.rule).filter((clause) => !counts(rule, clause, input)).length;
}

/** What is unknown counts for a rule that holds or denies, and against one that relaxes. */
function counts(rule: CompiledRule, clause: Clause, input: EvaluationInput): boolean {
  const answer = clause.ask(input);
  if (answer === unknown) return rule.appliesWhenUnknown;
  return answer !== no;
}

function traceOf(rule: CompiledRule, input: EvaluationInput, decision: Decision): RuleTrace {
  const clauses = clausesOf(rule.rule).map((clause) => clauseTrace(rule, clause, input));
  const everything: ClauseTrace = {
    clause: "match",
    matched: true,
    because: "the rule is for every action",
    error: null,
  };
  return {
    ruleId: rule.id,
    decision: rule.rule.decision,
    matched: clauses.every((clause) => clause.matched),
    won: rule.id === decision.ruleId,
    invariant: rule.isInvariant,
    mode: rule.rule.mode,
    exception: null,
    clauses: clauses.length === 0 ? [everything] : clauses,
  };
}

function clauseTrace(rule: CompiledRule, clause: Clause, input: EvaluationInput): ClauseTrace {
  const because = clause.because(input);
  if (clause.ask(input) !== unknown) {
    return { clause: clause.name, matched: counts(rule, clause, input), because, error: null };
  }
  const then = rule.appliesWhenUnknown
    ? "a rule that holds or denies then applies"
    : "a rule that releases then does not apply";
  return {
    clause: clause.name,
    matched: rule.appliesWhenUnknown,
    because: `${because}; ${then}`,
    error: null,
  };
}

function notesOn(
  compiled: CompiledPolicy,
  matched: readonly CompiledRule[],
  decision: Decision,
): readonly string[] {
  const notes: string[] = [];
  const { combine, defaults } = compiled.policy;
  const hasRule = matched.some((rule) => !rule.isInvariant);
  if (!hasRule) {
    notes.push(`no rule matches, so the default counts: ${defaults.decision}`);
  } else if (combine === "first_match") {
    notes.push("the first matching rule of the file decides; later ones do not count");
  }
  if (matched.length > traceEntriesMax) {
    notes.push(`${matched.length} rules match, the first ${traceEntriesMax} are listed`);
  }
  const bound = matched.filter(({ rule }) => rule.constraints !== null && rule.decision !== "deny");
  const isContradiction =
    decision.kind === "deny" && matched.every(({ rule }) => rule.decision !== "deny");
  if (isContradiction && hasRule && bound.length > 1) {
    notes.push(`the constraints of the matching rules contradict each other: ${decision.reason}`);
  }
  return [...notes, ...constraintNotes(bound, decision.constraints)];
}

/** Where each merged constraint came from. */
function constraintNotes(
  bound: readonly CompiledRule[],
  merged: Constraints | null,
): readonly string[] {
  if (merged === null || bound.length === 0) return [];
  const notes: string[] = [];
  for (const name of Object.keys(merged) as (keyof Constraints)[]) {
    const from = bound.filter(({ rule }) => rule.constraints?.[name] !== undefined);
    const ids = from.map(({ id }) => `\`${id}\``).join(", ");
    const value = merged[name];
    if (typeof value === "number") {
      const giver = from.find(({ rule }) => rule.constraints?.[name] === value);
      const smallest = from.length === 1 ? "" : `, the smallest of ${ids}`;
      notes.push(`\`${name}\` ${value} comes from \`${giver?.id ?? ""}\`${smallest}`);
    } else if (from.length === 1) {
      notes.push(`\`${name}\` comes from ${ids}`);
    } else if (name === "network_allowlist") {
      notes.push(`\`${name}\` is what ${ids} have in common`);
    } else {
      notes.push(`\`${name}\` joins those of ${ids}`);
    }
  }
  return notes;
}

/** Up to this size every rule is looked at for near misses. */
const WHOLE_POLICY_MAX = 32;
/** Candidates that are compared to find the nearest misses. */
const CANDIDATES_MAX = 2_000;
