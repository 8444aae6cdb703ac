// Decides about one action: every rule that matches counts, and the strictest gives the answer.

import { requirementsMax } from "../base/limits.ts";
import { askAll, unknown, yes } from "./clause.ts";
import { type CompiledPolicy, type CompiledRule, rulePart } from "./compile.ts";
import { mergeConstraints } from "./constraint-merge.ts";
import {
  type Constraints,
  type Decision,
  type DecisionKind,
  decisionKinds,
  type EvaluationInput,
  type Exclusion,
  isHold,
  type OnReject,
  type OnTimeout,
  type Remediation,
  type Requirement,
  strictnessOf,
} from "./decision.ts";
import { addRequirements, anyReviewer } from "./requirement.ts";
import { findRules } from "./topic-index.ts";

/** Total: every input has an answer, and the same input has the same one. */
export function evaluate(compiled: CompiledPolicy, input: EvaluationInput): Decision {
  const matched = matchedRules(compiled, input);
  return decide(compiled, matched);
}

/** Rules that count for this action, strictest first, then in the order of the file. */
export function matchedRules(
  compiled: CompiledPolicy,
  input: EvaluationInput,
): readonly CompiledRule[] {
  const { rules, scratch } = compiled;
  findRules(compiled.index, scratch, input);
  const { found, foundCount } = scratch;
  let count = 0;
  for (let place = 0; place < foundCount; place += 1) {
    const number = found[place] ?? 0;
    const rule = rules[number];
    if (rule === undefined || !applies(rule, input)) continue;
    found[count] = number;
    count += 1;
  }
  sortAscending(found, count);
  const matched: CompiledRule[] = [];
  for (let place = 0; place < count; place += 1) {
    const rule = rules[found[place] ?? 0];
    if (rule !== undefined) matched.push(rule);
  }
  return compiled.policy.combine === "first_match" ? firstOnly(matched) : matched;
}

function applies(rule: CompiledRule, input: EvaluationInput): boolean {
  if (rule.remaining === null) return true;
  const answer = askAll(rule.remaining, input);
  return answer === yes || (answer === unknown && rule.appliesWhenUnknown);
}

/** `first_match`: of the rules only the first one of the file; every invariant stays. */
function firstOnly(matched: readonly CompiledRule[]): readonly CompiledRule[] {
  let first: CompiledRule | null = null;
  for (const rule of matched) {
    if (!rule.isInvariant && (first === null || rule.position < first.position)) first = rule;
  }
  return matched.filter((rule) => rule.isInvariant || rule === first);
}

function decide(compiled: CompiledPolicy, matched: readonly CompiledRule[]): Decision {
  const { defaults } = compiled.policy;
  const top = matched[0];
  // INVARIANT: invariants only make an answer stricter, so without a rule the default counts too.
  const isDefaultAsked = !matched.some((rule) => !rule.isInvariant);
  const isDefault =
    top === undefined || (isDefaultAsked && strictnessOf(defaults.decision) > top.strictness);
  const kind = isDefault ? defaults.decision : (decisionKinds[top.strictness] ?? "deny");
  const answer: Answer = {
    kind,
    ruleId: isDefault ? null : top.id,
    reason: isDefault ? (defaults.reason ?? noRuleReason) : top.reason,
    constraints: null,
  };
  if (kind === "deny") return closed(compiled, matched, answer);
  const merged = mergeConstraints(matched);
  if (!merged.ok) return closed(compiled, matched, { ...answer, ...contradiction(merged) });
  const open: Answer = { ...answer, constraints: merged.constraints };
  if (!isHold(kind)) return closed(compiled, matched, open);
  return held(compiled, matched, open);
}

interface Answer {
  readonly kind: DecisionKind;
  readonly ruleId: string | null;
  readonly reason: string;
  readonly constraints: Constraints | null;
}

/** A decision that asks nobody. */
function closed(
  compiled: CompiledPolicy,
  matched: readonly CompiledRule[],
  answer: Answer,
): Decision {
  const { defaults } = compiled.policy;
  return {
    kind: answer.kind,
    ruleId: answer.ruleId,
    reason: answer.reason,
    matchedRuleIds: idsOf(matched),
    constraints: answer.constraints,
    requirements: none,
    exclude: none,
    timeoutMs: defaults.timeoutMs,
    onTimeout: defaults.onTimeout,
    slaMs: null,
    onReject: "reroute",
    strongAuth: null,
    notify: unionOf(matched, rulePart.notify, notifyOf),
    remediations: remediationsOf(matched, answer.kind),
  };
}

function held(
  compiled: CompiledPolicy,
  matched: readonly CompiledRule[],
  answer: Answer,
): Decision {
  const { defaults } = compiled.policy;
  const holds = matched.every(isHoldRule) ? matched : matched.filter(isHoldRule);
  const asked = requirementsOf(holds);
  if (asked.length > requirementsMax) {
    const reason = `the matching rules ask for more than ${requirementsMax} kinds of approval`;
    return closed(compiled, matched, { ...answer, kind: "deny", reason, constraints: null });
  }
  let timeoutMs = Infinity;
  let slaMs = Infinity;
  let onTimeout: OnTimeout | null = null;
  let onReject: OnReject = "reroute";
  let strongAuth: "passkey" | null = null;
  for (const { rule } of holds) {
    timeoutMs = Math.min(timeoutMs, rule.timeoutMs ?? Infinity);
    slaMs = Math.min(slaMs, rule.slaMs ?? Infinity);
    if (rule.onTimeout !== null && onTimeout !== "block") onTimeout = rule.onTimeout;
    if (rule.onReject !== null && weight[rule.onReject] > weight[onReject])
      onReject = rule.onReject;
    strongAuth ??= rule.strongAuth;
  }
  return {
    kind: answer.kind,
    ruleId: answer.ruleId,
    reason: answer.reason,
    matchedRuleIds: idsOf(matched),
    constraints: answer.constraints,
    requirements: asked,
    exclude: unionOf(holds, rulePart.exclude, excludeOf),
    timeoutMs: timeoutMs === Infinity ? defaults.timeoutMs : timeoutMs,
    onTimeout: onTimeout ?? defaults.onTimeout,
    slaMs: slaMs === Infinity ? null : slaMs,
    onReject,
    strongAuth,
    notify: unionOf(matched, rulePart.notify, notifyOf),
    remediations: remediationsOf(matched, answer.kind),
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

function idsOf(matched: readonly CompiledRule[]): readonly string[] {
  if (matched.length === 0) return none;
  return matched.map(({ id }) => id);
}

/** Few rules match, so moving them into place beats a general sort. */
function sortAscending(numbers: Int32Array, count: number): void {
  if (count > INSERTION_MAX) {
    numbers.subarray(0, count).sort();
    return;
  }
  for (let place = 1; place < count; place += 1) {
    const number = numbers[place] ?? 0;
    let hole = place;
    while (hole > 0 && (numbers[hole - 1] ?? 0) > number) {
      numbers[hole] = numbers[hole - 1] ?? 0;
      hole -= 1;
    }
    numbers[hole] = number;
  }
}

const isHoldRule = (rule: CompiledRule): boolean => rule.isHold;
const notifyOf = (rule: CompiledRule): readonly string[] => rule.rule.notify;
const excludeOf = (rule: CompiledRule): readonly Exclusion[] => rule.rule.exclude;
const none: readonly never[] = Object.freeze([]);
const justAnyone: readonly Requirement[] = Object.freeze([anyReviewer]);
const INSERTION_MAX = 32;

/** The reason of a default that gives none. */
export const noRuleReason = "no rule matches this action, so the default decides";
