// Decides about one action: every rule that matches counts, and the strictest gives the answer.

import { requirementsMax, traceEntriesMax } from "../base/limits.ts";
import { type CompiledPolicy, type CompiledRule, holdParts, rulePart } from "./compile.ts";
import { mergeConstraints } from "./constraint-merge.ts";
import {
  type Constraints,
  type Decision,
  type DecisionKind,
  type EvaluationInput,
  type Exclusion,
  isHold,
  type Mode,
  type OnReject,
  type Remediation,
  type Requirement,
  strictnessOf,
  type Warning,
} from "../policy/decision.ts";
import { findMatches, findWarnings, isSure, outcome } from "./find-matches.ts";
import { addRequirements, anyReviewer } from "../policy/requirement.ts";
import { fillTemplate } from "./template.ts";
import { type HoldFacts, maySilenceRelease, mergeSilence, mergeTerms } from "./terms-merge.ts";

export { derivedTags } from "./derive.ts";

/** Total: every input has an answer, and the same input has the same one. */
export function evaluate(compiled: CompiledPolicy, input: EvaluationInput): Decision {
  const { policy, deciding, scratch } = compiled;
  const effective = findMatches(compiled, input);
  const { matched: numbers, matchedCount: count } = deciding;
  const { exhaustedBy } = deciding.scope;
  const enforced = { compiled, input: effective, numbers, count, isFloor: false, exhaustedBy };
  const warnings = compiled.hasWarnings && scratch.foundCount > 0 ? warned(enforced) : none;
  const asEnforced = decisionOf(enforced, warnings);
  const decision = policy.mode === "enforce" ? asEnforced : unenforced(enforced, asEnforced);
  deciding.answered = { input, effective, decision };
  return decision;
}

interface Found {
  readonly compiled: CompiledPolicy;
  /** With its derived tags. */
  readonly input: EvaluationInput;
  /** Rules that count, strictest first: so many of the numbers. */
  readonly numbers: Int32Array;
  readonly count: number;
  /** Only invariants are asked, so the default does not count. */
  readonly isFloor: boolean;
  readonly exhaustedBy: string | null;
}

function decisionOf(found: Found, warnings: readonly Warning[]): Decision {
  const { compiled, numbers, count } = found;
  const { rules, table, deciding } = compiled;
  const matchedRuleIds = new Array<string>(count);
  let hasRule = found.isFloor;
  for (let place = 0; place < count; place += 1) {
    const number = numbers[place] ?? 0;
    matchedRuleIds[place] = table.ids[number] ?? "";
    if (hasRule) continue;
    // INVARIANT: an invariant or an undecided rule makes an answer stricter; it replaces no default.
    const isInvariant = ((table.parts[number] ?? 0) & rulePart.invariant) !== 0;
    if (!isInvariant && isSure(deciding.outcomes[number] ?? 0)) hasRule = true;
  }
  const answer = answerOf(found, hasRule);
  const wanted = partsFor(answer.kind);
  const rich: CompiledRule[] = [];
  for (let place = 0; place < count; place += 1) {
    const number = numbers[place] ?? 0;
    if (((table.parts[number] ?? 0) & wanted) === 0) continue;
    const rule = rules[number];
    if (rule !== undefined) rich.push(rule);
  }
  const holding = isHold(answer.kind) ? holdFacts(found, answer, hasRule) : noHolds;
  return decide({ compiled, matchedRuleIds, rich, warnings, holding }, answer);
}

/** INVARIANT: a default that holds beside the rules names nobody who may override, and no low risk. */
function holdFacts(found: Found, { ruleId }: Answer, hasRule: boolean): HoldFacts {
  const { numbers, compiled, input } = found;
  const { table, policy } = compiled;
  const isDefaultHeld = ruleId === null || (!hasRule && isHold(policy.defaults.decision));
  const invariants: string[] = [];
  let shared = isDefaultHeld ? 0 : everyPart;
  let count = 0;
  // Strictest first, so that what releases comes after all that holds.
  for (; count < found.count; count += 1) {
    const number = numbers[count] ?? 0;
    if ((table.strictness[number] ?? 0) < leastHold) break;
    const parts = table.parts[number] ?? 0;
    shared &= parts;
    if ((parts & rulePart.invariant) !== 0) invariants.push(table.ids[number] ?? "");
  }
  return { count, shared, invariants, isReversible: input.reversible === true };
}

const everyPart = 0xffff;
const leastHold = strictnessOf("allow_unless_rejected");

/**
 * The decision of a policy that only warns or runs in the shadow: what its invariants say, and beside
 * it what all its rules would have said.
 */
function unenforced(all: Found, decision: Decision): Decision {
  const { compiled } = all;
  const { mode } = compiled.policy;
  const isFloor = (number: number): boolean =>
    ((compiled.table.parts[number] ?? 0) & rulePart.invariant) !== 0;
  const matched = all.numbers.subarray(0, all.count);
  const numbers = matched.filter(isFloor);
  const suspended = [...matched].filter((number) => !isFloor(number));
  const warnings = [
    ...suspended
      .slice(0, traceEntriesMax)
      .flatMap((number) => compiled.rules[number] ?? [])
      .map(warningOf(all, mode)),
    ...decision.warnings,
  ].slice(0, traceEntriesMax);
  const beside = { warnings, unenforced: decision.kind };
  const exhaustedBy = compiled.deciding.isFloorExhausted ? all.exhaustedBy : null;
  if (numbers.length === 0 && exhaustedBy === null) {
    const reason = `the policy is in ${mode} mode: its rules are noted and do not count`;
    const answer: Answer = { kind: "log", ruleId: null, reason, constraints: null };
    const matches = { compiled, matchedRuleIds: [], rich: [], warnings, holding: noHolds };
    return { ...closed(matches, answer), ...beside };
  }
  return {
    ...decisionOf({ ...all, numbers, count: numbers.length, isFloor: true, exhaustedBy }, warnings),
    ...beside,
  };
}

function warned(found: Found): readonly Warning[] {
  return findWarnings(found.compiled, found.input)
    .slice(0, traceEntriesMax)
    .map((rule) => warningOf(found, rule.mode)(rule));
}

function warningOf({ compiled, input }: Found, mode: Mode): (rule: CompiledRule) => Warning {
  return (rule) => ({
    ruleId: rule.id,
    decision: rule.rule.decision,
    reason: reasonOf(compiled, rule, input),
    mode,
  });
}

interface Matches {
  readonly compiled: CompiledPolicy;
  readonly matchedRuleIds: readonly string[];
  /** Of the rules that match those that add something to the decision. */
  readonly rich: readonly CompiledRule[];
  readonly warnings: readonly Warning[];
  readonly holding: HoldFacts;
}

/** What the strictest rule says, or the default, or what counts when the budget is used up. */
function answerOf(found: Found, hasRule: boolean): Answer {
  const { compiled, input, count, exhaustedBy } = found;
  const { defaults } = compiled.policy;
  const top = count === 0 ? -1 : topOf(found);
  const strictness = top < 0 ? -1 : (compiled.table.strictness[top] ?? -1);
  const isDefault = !hasRule && strictnessOf(defaults.decision) > strictness;
  const rule = isDefault ? undefined : compiled.rules[top];
  const kind = rule === undefined ? defaults.decision : rule.rule.decision;
  if (exhaustedBy !== null) {
    const result = compiled.deciding.outcomes[top] ?? 0;
    const isKept = rule !== undefined && (result & outcome.exhausted) === 0;
    if (!isKept || strictnessOf(kind) < strictnessOf(defaults.onError)) {
      return exhaustedAnswer(compiled, kind, exhaustedBy);
    }
  }
  if (rule === undefined) {
    const reason = defaults.reason ?? noRuleReason;
    return { kind, ruleId: null, reason, constraints: null };
  }
  return { kind, ruleId: rule.id, reason: reasonOf(compiled, rule, input), constraints: null };
}

/** The strictest rule; among equals one that was answered goes before those that the budget cut off. */
function topOf({ compiled, numbers, count, exhaustedBy }: Found): number {
  const first = numbers[0] ?? -1;
  if (exhaustedBy === null) return first;
  const { strictness } = compiled.table;
  for (let place = 0; place < count; place += 1) {
    const number = numbers[place] ?? -1;
    if (strictness[number] !== strictness[first]) break;
    if (((compiled.deciding.outcomes[number] ?? 0) & outcome.exhausted) === 0) return number;
  }
  return first;
}

/** INVARIANT: never looser than a rule that could not be ruled out. */
function exhaustedAnswer(compiled: CompiledPolicy, kind: DecisionKind, by: string): Answer {
  const { onError } = compiled.policy.defaults;
  const isStricter = strictnessOf(kind) > strictnessOf(onError);
  const reason = `the condition of ${by} used up what one decision may cost; what is unclear is not released`;
  return { kind: isStricter ? kind : onError, ruleId: null, reason, constraints: null };
}

function reasonOf(compiled: CompiledPolicy, rule: CompiledRule, input: EvaluationInput): string {
  if (rule.template === null) return rule.reason;
  return fillTemplate(rule.template, compiled.surroundings, input);
}

/** What an answer of this kind takes from the rules that match. */
function partsFor(kind: DecisionKind): number {
  if (kind === "deny") return rulePart.notify | rulePart.remediations;
  if (!isHold(kind)) return rulePart.notify | rulePart.remediations | rulePart.constraints;
  return holdParts;
}

function decide(matches: Matches, answer: Answer): Decision {
  if (answer.kind === "deny") return closed(matches, answer);
  const merged = mergeConstraints(matches.rich);
  if (!merged.ok) return closed(matches, contradiction(merged));
  const open: Answer =
    merged.constraints === null ? answer : { ...answer, constraints: merged.constraints };
  return isHold(answer.kind) ? held(matches, open) : closed(matches, open);
}

interface Answer {
  readonly kind: DecisionKind;
  readonly ruleId: string | null;
  readonly reason: string;
  readonly constraints: Constraints | null;
}

/** A decision that asks nobody. */
function closed({ compiled, matchedRuleIds, rich, warnings }: Matches, answer: Answer): Decision {
  const { defaults } = compiled.policy;
  return {
    kind: answer.kind,
    ruleId: answer.ruleId,
    reason: answer.reason,
    matchedRuleIds,
    constraints: answer.constraints,
    requirements: none,
    exclude: none,
    timeoutMs: defaults.timeoutMs,
    onTimeout: defaults.onTimeout,
    slaMs: null,
    onReject: "reroute",
    strongAuth: null,
    notify: unionOf(rich, rulePart.notify, notifyOf),
    remediations: remediationsOf(rich, answer.kind),
    warnings,
    unenforced: null,
    terms: null,
  };
}

function held(matches: Matches, answer: Answer): Decision {
  const { compiled, matchedRuleIds, rich, warnings, holding } = matches;
  const { defaults } = compiled.policy;
  const holds = rich.every(isHoldRule) ? rich : rich.filter(isHoldRule);
  const asked = requirementsOf(holds);
  if (asked.length > requirementsMax) {
    const reason = `the matching rules ask for more than ${requirementsMax} kinds of approval`;
    return closed(matches, { ...answer, kind: "deny", reason, constraints: null });
  }
  let timeoutMs = Infinity;
  let slaMs = Infinity;
  let onReject: OnReject = "reroute";
  let strongAuth: "passkey" | null = null;
  for (const { rule } of holds) {
    timeoutMs = Math.min(timeoutMs, rule.timeoutMs ?? Infinity);
    slaMs = Math.min(slaMs, rule.slaMs ?? Infinity);
    if (rule.onReject !== null && weight[rule.onReject] > weight[onReject])
      onReject = rule.onReject;
    strongAuth ??= rule.strongAuth;
  }
  return {
    kind: answer.kind,
    ruleId: answer.ruleId,
    reason: answer.reason,
    matchedRuleIds,
    constraints: answer.constraints,
    requirements: asked,
    exclude: unionOf(holds, rulePart.exclude, excludeOf),
    timeoutMs: timeoutMs === Infinity ? defaults.timeoutMs : timeoutMs,
    onTimeout: maySilenceRelease(holding, asked, strongAuth)
      ? "allow"
      : mergeSilence(holds, defaults),
    slaMs: slaMs === Infinity ? null : slaMs,
    onReject,
    strongAuth,
    notify: unionOf(rich, rulePart.notify, notifyOf),
    remediations: remediationsOf(rich, answer.kind),
    warnings,
    unenforced: null,
    terms: mergeTerms(holds, holding, {
      defaults,
      isVeto: answer.kind === "allow_unless_rejected",
    }),
  };
}

const weight: Readonly<Record<OnReject, number>> = { reroute: 0, escalate: 1, abort: 2 };

function contradiction(merged: {
  readonly name: string;
  readonly between: readonly string[];
}): Answer {
  const rules = merged.between.map((id) => `\`${id}\``).join(" and ");
  return {
    kind: "deny",
    ruleId: merged.between[0] ?? null,
    reason: `rules ${rules} leave nothing in common for \`${merged.name}\``,
    constraints: null,
  };
}

function requirementsOf(holds: readonly CompiledRule[]): readonly Requirement[] {
  let only: readonly Requirement[] | null = null;
  for (const { rule, parts } of holds) {
    if ((parts & rulePart.approvals) === 0) continue;
    if (only !== null) return addRequirements(holds.map((hold) => hold.rule.approvals));
    only = rule.approvals;
  }
  return only ?? justAnyone;
}

/** What the rules at the strictness of the answer propose instead, the first of each id. */
function remediationsOf(
  matched: readonly CompiledRule[],
  kind: DecisionKind,
): readonly Remediation[] {
  let all: Remediation[] | null = null;
  for (const { rule, parts } of matched) {
    if ((parts & rulePart.remediations) === 0 || rule.decision !== kind) continue;
    all ??= [];
    for (const one of rule.remediations) {
      if (!all.some((other) => other.id === one.id)) all.push(one);
    }
  }
  return all ?? none;
}

function unionOf<Item>(
  rules: readonly CompiledRule[],
  part: number,
  of: (rule: CompiledRule) => readonly Item[],
): readonly Item[] {
  let only: readonly Item[] = none;
  let all: Set<Item> | null = null;
  for (const rule of rules) {
    if ((rule.parts & part) === 0) continue;
    const items = of(rule);
    if (only.length === 0) only = items;
    else {
      all ??= new Set(only);
      for (const item of items) all.add(item);
    }
  }
  return all === null ? only : [...all];
}

const isHoldRule = (rule: CompiledRule): boolean => rule.isHold;
const notifyOf = (rule: CompiledRule): readonly string[] => rule.rule.notify;
const excludeOf = (rule: CompiledRule): readonly Exclusion[] => rule.rule.exclude;
const none: readonly never[] = Object.freeze([]);
const noHolds: HoldFacts = { count: 0, shared: 0, invariants: none, isReversible: false };
const justAnyone: readonly Requirement[] = Object.freeze([anyReviewer]);

/** The reason of a default that gives none. */
const noRuleReason = "no rule matches this action, so the default decides";
