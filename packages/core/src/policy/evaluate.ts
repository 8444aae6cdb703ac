// Decides about one action: every rule that matches counts, and the strictest gives the answer.

import { requirementsMax } from "../base/limits.ts";
import { type CompiledPolicy, type CompiledRule, rulePart } from "./compile.ts";
import { mergeConstraints } from "./constraint-merge.ts";
import {
  type Constraints,
  type Decision,
  type DecisionKind,
  type EvaluationInput,
  type Exclusion,
  isHold,
  type OnReject,
  type OnTimeout,
  type Remediation,
  type Requirement,
  strictnessOf,
} from "./decision.ts";
import { findMatches } from "./find-matches.ts";
import { addRequirements, anyReviewer } from "./requirement.ts";

/** Total: every input has an answer, and the same input has the same one. */
export function evaluate(compiled: CompiledPolicy, input: EvaluationInput): Decision {
  const { rules, table, scratch } = compiled;
  const count = findMatches(compiled, input);
  const { found } = scratch;
  const matchedRuleIds = new Array<string>(count);
  let hasRule = false;
  for (let place = 0; place < count; place += 1) {
    const number = found[place] ?? 0;
    matchedRuleIds[place] = table.ids[number] ?? "";
    if (((table.parts[number] ?? 0) & rulePart.invariant) === 0) hasRule = true;
  }
  const answer = answerOf(compiled, count === 0 ? -1 : (found[0] ?? -1), hasRule);
  const wanted = partsFor(answer.kind);
  const rich: CompiledRule[] = [];
  for (let place = 0; place < count; place += 1) {
    const number = found[place] ?? 0;
    if (((table.parts[number] ?? 0) & wanted) === 0) continue;
    const rule = rules[number];
    if (rule !== undefined) rich.push(rule);
  }
  return decide({ compiled, matchedRuleIds, rich }, answer);
}

interface Matches {
  readonly compiled: CompiledPolicy;
  readonly matchedRuleIds: readonly string[];
  /** Of the rules that match those that add something to the decision. */
  readonly rich: readonly CompiledRule[];
}

/** What the strictest rule says, or the default. */
function answerOf(compiled: CompiledPolicy, top: number, hasRule: boolean): Answer {
  const { defaults } = compiled.policy;
  const strictness = top < 0 ? -1 : (compiled.table.strictness[top] ?? -1);
  // INVARIANT: invariants only make an answer stricter, so without a rule the default counts too.
  const rule =
    !hasRule && strictnessOf(defaults.decision) > strictness ? null : compiled.rules[top];
  if (rule === null || rule === undefined) {
    const reason = defaults.reason ?? noRuleReason;
    return { kind: defaults.decision, ruleId: null, reason, constraints: null };
  }
  const kind = rule.rule.decision;
  return { kind, ruleId: rule.id, reason: rule.reason, constraints: null };
}

/** What an answer of this kind takes from the rules that match. */
function partsFor(kind: DecisionKind): number {
  if (kind === "deny") return rulePart.notify | rulePart.remediations;
  if (!isHold(kind)) return rulePart.notify | rulePart.remediations | rulePart.constraints;
  return rulePart.invariant - 1;
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
function closed({ compiled, matchedRuleIds, rich }: Matches, answer: Answer): Decision {
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
    warnings: none,
    unenforced: null,
  };
}

function held(matches: Matches, answer: Answer): Decision {
  const { compiled, matchedRuleIds, rich } = matches;
  const { defaults } = compiled.policy;
  const holds = rich.every(isHoldRule) ? rich : rich.filter(isHoldRule);
  const asked = requirementsOf(holds);
  if (asked.length > requirementsMax) {
    const reason = `the matching rules ask for more than ${requirementsMax} kinds of approval`;
    return closed(matches, { ...answer, kind: "deny", reason, constraints: null });
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
    matchedRuleIds,
    constraints: answer.constraints,
    requirements: asked,
    exclude: unionOf(holds, rulePart.exclude, excludeOf),
    timeoutMs: timeoutMs === Infinity ? defaults.timeoutMs : timeoutMs,
    onTimeout: onTimeout ?? defaults.onTimeout,
    slaMs: slaMs === Infinity ? null : slaMs,
    onReject,
    strongAuth,
    notify: unionOf(rich, rulePart.notify, notifyOf),
    remediations: remediationsOf(rich, answer.kind),
    warnings: none,
    unenforced: null,
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
const justAnyone: readonly Requirement[] = Object.freeze([anyReviewer]);

/** The reason of a default that gives none. */
const noRuleReason = "no rule matches this action, so the default decides";
