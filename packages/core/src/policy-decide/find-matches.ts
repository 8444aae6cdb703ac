// Finds the rules that count for one action: what the index brings up and their questions leave over.

import { celBudget, velocityUnits, warningBudget } from "../base/limits.ts";
import { type Answer, askAll, no, unknown, yes } from "./clause.ts";
import { type CompiledPolicy, type CompiledRule, rulePart } from "./compile.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { withDerivedTags } from "./derive.ts";
import type { Scope } from "./scope.ts";
import { findRules } from "./topic-walk.ts";

/**
 * How a rule came out, in `Deciding.outcomes`: an answer in the lowest two bits, and then why it does
 * not simply count. `undecided` rules that count make an answer stricter and never looser.
 */
export const outcome = {
  answer: 3,
  /** Unknown because the budget was used up. */
  exhausted: 4,
  /** An exception lifts it. */
  lifted: 8,
  /** It counts, or would if it did not only warn. */
  counts: 16,
  /** An earlier rule decided before this one was asked. */
  unasked: 32,
} as const;

/**
 * Leaves in `deciding.matched` the numbers of the rules that count, strictest first and then in the
 * order of the file, as if the policy were enforced. Answers the action with its derived tags.
 */
export function findMatches(compiled: CompiledPolicy, input: EvaluationInput): EvaluationInput {
  const effective = beginDecision(compiled, input);
  findRules(compiled.index, compiled.scratch, effective);
  const { policy, scratch, table, deciding } = compiled;
  if (policy.mode !== "enforce" || policy.combine === "first_match") {
    askInTurns(compiled, effective);
    return effective;
  }
  const { found, foundCount } = scratch;
  const { matched, scope, outcomes } = deciding;
  let count = 0;
  for (let place = 0; place < foundCount; place += 1) {
    const number = found[place] ?? 0;
    const parts = table.parts[number] ?? 0;
    // Most rules of large policies have nothing left to ask.
    if ((parts & (asking | rulePart.warns)) === 0) outcomes[number] = yes | outcome.counts;
    else if ((parts & rulePart.warns) !== 0 || !settle(compiled, number, effective, scope))
      continue;
    matched[count] = number;
    count += 1;
  }
  deciding.matchedCount = count;
  if (scope.exhaustedBy !== null && deciding.asking >= 0) askAgain(compiled, effective);
  return effective;
}

/**
 * After the budget was used up: what the rule that did so and all that are no stricter asked beyond
 * `match` counts as unknown. INVARIANT: so the order of rules makes no difference to what applies.
 */
function askAgain(compiled: CompiledPolicy, input: EvaluationInput): void {
  const { scratch, table, deciding, policy } = compiled;
  const { matched, scope, outcomes } = deciding;
  const level = table.strictness[deciding.asking] ?? 0;
  const isEnforced = policy.mode === "enforce";
  deciding.lifts.fill(unasked);
  let count = 0;
  for (let place = 0; place < scratch.foundCount; place += 1) {
    const number = scratch.found[place] ?? 0;
    const parts = table.parts[number] ?? 0;
    if ((parts & rulePart.warns) !== 0) continue;
    const isFloor = !isEnforced && (parts & rulePart.invariant) !== 0;
    const isKept = isFloor || (table.strictness[number] ?? 0) > level;
    const does = isKept
      ? ((outcomes[number] ?? 0) & outcome.counts) !== 0
      : settle(compiled, number, input, scope);
    if (!does) continue;
    matched[count] = number;
    count += 1;
  }
  deciding.matchedCount = count;
}

export function beginDecision(compiled: CompiledPolicy, input: EvaluationInput): EvaluationInput {
  const { deciding } = compiled;
  deciding.scope.begin(input, celBudget);
  deciding.answered = null;
  deciding.asking = -1;
  deciding.matchedCount = 0;
  deciding.isFloorExhausted = false;
  if (deciding.lifts.length > 0) deciding.lifts.fill(unasked);
  return withDerivedTags(compiled, input, deciding.scope);
}

/** Rules that only warn and match, of those that `findMatches` brought up; they have their own budget. */
export function findWarnings(
  compiled: CompiledPolicy,
  effective: EvaluationInput,
): readonly CompiledRule[] {
  if (!compiled.hasWarnings) return [];
  const { scratch, table, deciding, rules } = compiled;
  const { warnScope } = deciding;
  warnScope.begin(effective, warningBudget);
  const warning: CompiledRule[] = [];
  for (let place = 0; place < scratch.foundCount; place += 1) {
    const number = scratch.found[place] ?? 0;
    if (((table.parts[number] ?? 0) & rulePart.warns) === 0) continue;
    const rule = settle(compiled, number, effective, warnScope) ? rules[number] : undefined;
    if (rule !== undefined) warning.push(rule);
  }
  return warning;
}

/** Invariants first, so that nothing else can use up what they need; then the other rules. */
function askInTurns(compiled: CompiledPolicy, input: EvaluationInput): void {
  const { scratch, table, deciding, policy } = compiled;
  const { matched, scope } = deciding;
  const others: number[] = [];
  let count = 0;
  for (let place = 0; place < scratch.foundCount; place += 1) {
    const number = scratch.found[place] ?? 0;
    const parts = table.parts[number] ?? 0;
    if ((parts & rulePart.invariant) === 0) {
      if ((parts & rulePart.warns) === 0) others.push(number);
      deciding.outcomes[number] = outcome.unasked;
    } else if (settle(compiled, number, input, scope)) {
      matched[count] = number;
      count += 1;
    }
  }
  deciding.isFloorExhausted = scope.exhaustedBy !== null;
  const isFirstMatch = policy.combine === "first_match";
  if (isFirstMatch) others.sort((a, b) => positionOf(compiled, a) - positionOf(compiled, b));
  for (const number of others) {
    if (!settle(compiled, number, input, scope)) continue;
    matched[count] = number;
    count += 1;
    // INVARIANT: a rule that is undecided hides no later one, which could be stricter.
    if (isFirstMatch && isSure(deciding.outcomes[number] ?? no)) break;
  }
  deciding.matchedCount = count;
  matched.subarray(0, count).sort();
  const isInRules = scope.exhaustedBy !== null && !deciding.isFloorExhausted;
  if (isInRules && !isFirstMatch) askAgain(compiled, input);
}

function positionOf({ rules }: CompiledPolicy, number: number): number {
  return rules[number]?.position ?? 0;
}

/** True when the rule matched and nothing about it was unknown. */
export function isSure(result: number): boolean {
  return (result & outcome.answer) === yes;
}

/** Asks one rule, notes how it came out, and answers whether it counts. */
export function settle(
  compiled: CompiledPolicy,
  number: number,
  input: EvaluationInput,
  scope: Scope,
): boolean {
  const { outcomes } = compiled.deciding;
  const parts = compiled.table.parts[number] ?? 0;
  if ((parts & asking) === 0) {
    outcomes[number] = yes | outcome.counts;
    return true;
  }
  if (scope.exhaustedBy === null) compiled.deciding.asking = number;
  const rule = compiled.rules[number];
  const result = rule === undefined ? no : askRule(compiled, rule, input, scope);
  outcomes[number] = result;
  return (result & outcome.counts) !== 0;
}

const asking = rulePart.remaining | rulePart.velocity | rulePart.condition | rulePart.exceptions;

function askRule(
  compiled: CompiledPolicy,
  rule: CompiledRule,
  input: EvaluationInput,
  scope: Scope,
): number {
  let answer: Answer = askAll(rule.remaining, input);
  if (answer === no) return no;
  const { condition, velocity } = rule;
  let exhausted = 0;
  scope.askerKind = "rule";
  scope.askerId = rule.id;
  if (velocity !== null) {
    const isPaid = scope.pay(velocityUnits);
    const fast = isPaid ? velocity.clause.ask(input) : unknown;
    if (fast === no) return no;
    if (fast === unknown) answer = unknown;
    if (!isPaid) exhausted = outcome.exhausted;
  }
  if (condition !== null && (answer === yes || rule.appliesWhenUnknown)) {
    const held = scope.ask(condition);
    if (held === no) return no;
    if (held === unknown) {
      answer = unknown;
      if (scope.exhaustedBy !== null) exhausted = outcome.exhausted;
    }
  }
  if (answer === unknown && !rule.appliesWhenUnknown) return unknown | exhausted;
  if (rule.exceptions.length > 0) {
    const lift = askExceptions(compiled, rule, input, scope);
    if (lift === yes || (lift === unknown && !rule.appliesWhenUnknown)) {
      return answer | exhausted | outcome.lifted;
    }
    if (lift === unknown) answer = unknown;
  }
  return answer | exhausted | outcome.counts;
}

/**
 * Whether an exception lifts the rule. INVARIANT: what is unknown lifts no rule that holds or denies,
 * and leaves none in place that releases.
 */
function askExceptions(
  compiled: CompiledPolicy,
  rule: CompiledRule,
  input: EvaluationInput,
  scope: Scope,
): Answer {
  const { lifts } = compiled.deciding;
  let answer: Answer = no;
  for (const number of rule.exceptions) {
    let lift = lifts[number] ?? no;
    if (lift === unasked) {
      lift = askException(compiled, number, input, scope);
      lifts[number] = lift;
    }
    if (lift === yes) return yes;
    if (lift === unknown) answer = unknown;
  }
  return answer;
}

function askException(
  { exceptions }: CompiledPolicy,
  number: number,
  input: EvaluationInput,
  scope: Scope,
): Answer {
  const exception = exceptions[number];
  if (exception === undefined || input.now >= exception.expiresAt) return no;
  const fits = askAll(exception.clauses, input);
  if (fits === no || exception.condition === null) return fits;
  scope.askerKind = "exception";
  scope.askerId = exception.id;
  const held = scope.ask(exception.condition);
  return held === yes ? fits : held;
}

const unasked = 255;
