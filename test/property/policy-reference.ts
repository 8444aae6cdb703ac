// A slow and obvious evaluator of policies, written from spec/policy.md, that the fast one is held against.

import type {
  Constraints,
  Decision,
  DecisionKind,
  EvaluationInput,
  Requirement,
} from "@holdpoint/core/policy/decision";
import type { Policy, Rule } from "@holdpoint/core/policy/policy";
import { type Answer, answerOf, type Counts } from "./policy-reference-match.ts";
import { Asker } from "./policy-reference-scope.ts";
import { distinct, goesOn, type Held } from "./policy-reference-terms.ts";

const order = [
  "allow",
  "log",
  "allow_with_constraints",
  "allow_unless_rejected",
  "require_approval",
  "deny",
];
const isHold = (kind: string): boolean =>
  kind === "require_approval" || kind === "allow_unless_rejected";
const relaxing = ["allow", "log", "allow_with_constraints"];
const strictness = (kind: string): number => order.indexOf(kind);

type Ruling = Omit<Decision, "reason" | "warnings"> & { warnings: string[] };

/** A rule that was asked: whether it counts, and whether that is certain. */
interface Asked {
  rule: Rule;
  isInvariant: boolean;
  isSure: boolean;
  /** Undecided only because the budget was used up. */
  isCut: boolean;
}

/** `?` as the id of the rule: which of two that contradict each other gives its name is open. */
export function decideByReference(
  policy: Policy,
  given: EvaluationInput,
  counts: Counts,
  budget = 100_000,
): Ruling {
  const asker = new Asker(policy, given, budget);
  const input = { ...given, riskTags: derived(policy, given, asker) };
  asker.change(input);
  const lifts = new Map<string, Answer>();
  let cutAt: Rule | null = null;
  const ask = (rule: Rule, isInvariant: boolean, by = asker): Asked | null => {
    const before = by.isExhausted;
    const answer = askRule({ policy, input, counts, lifts }, rule, isInvariant, by);
    if (by === asker && !before && by.isExhausted) cutAt = rule;
    return answer;
  };
  // What used up the budget leaves all that are no stricter unanswered, whichever was asked first.
  const level = (): number => (cutAt === null ? -1 : strictness(cutAt.decision));
  const byStrictness = (a: Rule, b: Rule): number =>
    strictness(b.decision) - strictness(a.decision);
  const live = policy.rules.filter((rule) => rule.mode === "enforce");
  const inTurns = policy.mode !== "enforce" || policy.combine === "first_match";
  const asked: (Asked | null)[] = [];
  let isFloorCut = false;
  if (inTurns) {
    for (const rule of policy.invariants.toSorted(byStrictness)) asked.push(ask(rule, true));
    isFloorCut = asker.isExhausted;
    const isFirst = policy.combine === "first_match";
    const others: (Asked | null)[] = [];
    for (const rule of isFirst ? live : live.toSorted(byStrictness)) {
      const one = ask(rule, false);
      others.push(one);
      if (isFirst && one !== null && one.isSure) break;
    }
    if (cutAt !== null && !isFirst && !isFloorCut) {
      lifts.clear();
      const kept = others.filter((one) => one !== null && strictness(one.rule.decision) > level());
      const again = live.filter((rule) => strictness(rule.decision) <= level());
      asked.push(...kept, ...again.map((rule) => ask(rule, false)));
    } else asked.push(...others);
  } else {
    const all = [
      ...policy.invariants.map((rule) => ({ rule, isInvariant: true })),
      ...live.map((rule) => ({ rule, isInvariant: false })),
    ].toSorted((a, b) => byStrictness(a.rule, b.rule));
    for (const { rule, isInvariant } of all) asked.push(ask(rule, isInvariant));
    if (cutAt !== null) {
      lifts.clear();
      const kept = asked.filter((one) => one !== null && strictness(one.rule.decision) > level());
      const again = all.filter(({ rule }) => strictness(rule.decision) <= level());
      asked.splice(0, asked.length, ...kept);
      for (const { rule, isInvariant } of again) asked.push(ask(rule, isInvariant));
    }
  }
  const place = (one: Asked): number => [...policy.invariants, ...policy.rules].indexOf(one.rule);
  const matched = asked
    .filter((one) => one !== null)
    .toSorted((a, b) => byStrictness(a.rule, b.rule) || place(a) - place(b));
  const isReversible = input.reversible === true;
  const warner = new Asker(policy, input, 10_000);
  const warnings = policy.rules
    .filter((rule) => rule.mode !== "enforce")
    .toSorted(byStrictness)
    .filter((rule) => ask(rule, false, warner) !== null)
    .map((rule) => `${rule.id} ${rule.mode}`);
  const enforced = rulingOf(policy, matched, {
    isFloor: false,
    isCut: asker.isExhausted,
    isReversible,
  });
  if (policy.mode === "enforce") return { ...enforced, warnings };
  const suspended = matched.filter((one) => !one.isInvariant);
  const beside = {
    warnings: [...suspended.map((one) => `${one.rule.id} ${policy.mode}`), ...warnings],
    unenforced: enforced.kind,
  };
  const floor = matched.filter((one) => one.isInvariant);
  if (floor.length > 0 || isFloorCut) {
    return {
      ...rulingOf(policy, floor, { isFloor: true, isCut: isFloorCut, isReversible }),
      ...beside,
    };
  }
  return { ...closedRuling(policy, [], "log", null), ...beside };
}

/** Every derivation sees the tags that the action came with. */
function derived(policy: Policy, input: EvaluationInput, asker: Asker): string[] {
  const tags = [...input.riskTags];
  for (const { when, addRiskTags } of policy.derive) {
    if (asker.ask(when) === false) continue;
    for (const tag of addRiskTags) if (!tags.includes(tag)) tags.push(tag);
  }
  return tags;
}

interface Case {
  policy: Policy;
  input: EvaluationInput;
  counts: Counts;
  lifts: Map<string, Answer>;
}

function askRule(what: Case, rule: Rule, isInvariant: boolean, asker: Asker): Asked | null {
  const isRelaxing = relaxing.includes(rule.decision);
  const { policy, input, counts, lifts } = what;
  let answer = answerOf(policy, rule.match, input);
  if (answer === false) return null;
  let isCut = false;
  if (rule.velocity !== null) {
    const count = asker.pay(400) ? counts[rule.id] : undefined;
    if (count !== undefined && count <= rule.velocity.over) return null;
    if (count === undefined) [answer, isCut] = ["unknown", asker.isExhausted];
  }
  if (answer === "unknown" && isRelaxing) return null;
  if (rule.when !== null) {
    const held = asker.ask(rule.when);
    if (held === false) return null;
    if (held === "unknown") [answer, isCut] = ["unknown", isCut || asker.isExhausted];
    if (answer === "unknown" && isRelaxing) return null;
  }
  let mayBeLifted = false;
  for (const exception of isInvariant ? [] : policy.exceptions) {
    if (!exception.rules.includes(rule.id)) continue;
    if (!lifts.has(exception.id)) {
      let fits: Answer = input.now < exception.expiresAt;
      if (fits) fits = answerOf(policy, exception.match, input);
      if (fits !== false && exception.when !== null) {
        const held = asker.ask(exception.when);
        fits = held === true ? fits : held;
      }
      lifts.set(exception.id, fits);
    }
    const lift = lifts.get(exception.id);
    if (lift === true) return null;
    if (lift !== "unknown") continue;
    if (isRelaxing) mayBeLifted = true;
    else answer = "unknown";
  }
  if (mayBeLifted) return null;
  return { rule, isInvariant, isSure: answer === true, isCut };
}

function rulingOf(
  policy: Policy,
  matched: readonly Asked[],
  { isFloor, isCut, isReversible }: { isFloor: boolean; isCut: boolean; isReversible: boolean },
): Ruling {
  const { defaults } = policy;
  const first = matched[0];
  const equals = matched.filter((one) => one.rule.decision === first?.rule.decision);
  const top = equals.find((one) => !one.isCut) ?? first;
  const isReplaced = isFloor || matched.some((one) => !one.isInvariant && one.isSure);
  let kind: DecisionKind = top?.rule.decision ?? defaults.decision;
  let ruleId = top?.rule.id ?? null;
  if (!isReplaced && (top === undefined || strictness(defaults.decision) > strictness(kind))) {
    [kind, ruleId] = [defaults.decision, null];
  }
  if (isCut) {
    const isKept = ruleId !== null && top?.isCut === false;
    if (!isKept || strictness(kind) < strictness(defaults.onError)) {
      ruleId = null;
      if (strictness(kind) < strictness(defaults.onError)) kind = defaults.onError;
    }
  }
  const isDefaultHeld = ruleId === null || (!isReplaced && isHold(defaults.decision));
  const floor = matched.filter((one) => one.isInvariant).map((one) => one.rule.id);
  const ruling = mergedRuling(policy, matched, kind, ruleId);
  if (!isHold(ruling.kind)) return ruling;
  const held: Held = { policy, ruling, isDefaultHeld, floor };
  const rules = matched.map((one) => one.rule).filter((rule) => isHold(rule.decision));
  return { ...ruling, ...goesOn(held, rules, isReversible) };
}

function closedRuling(
  policy: Policy,
  matched: readonly Rule[],
  kind: DecisionKind,
  ruleId: string | null,
): Ruling {
  const { defaults } = policy;
  return {
    kind,
    ruleId,
    matchedRuleIds: matched.map((rule) => rule.id),
    constraints: null,
    requirements: [],
    exclude: [],
    timeoutMs: defaults.timeoutMs,
    onTimeout: defaults.onTimeout,
    slaMs: null,
    onReject: "reroute",
    strongAuth: null,
    notify: distinct(matched.flatMap((rule) => rule.notify)),
    remediations: remediationsOf(matched, kind),
    warnings: [],
    unenforced: null,
    terms: null,
  };
}

function mergedRuling(
  policy: Policy,
  asked: readonly Asked[],
  kind: DecisionKind,
  ruleId: string | null,
): Ruling {
  const { defaults } = policy;
  const matched = asked.map((one) => one.rule);
  const closed = (as: DecisionKind, id: string | null): Ruling =>
    closedRuling(policy, matched, as, id);
  if (kind === "deny") return closed("deny", ruleId);
  const constraints = constraintsOf(matched.filter((rule) => rule.decision !== "deny"));
  if (constraints === "contradiction") return closed("deny", "?");
  if (relaxing.includes(kind)) return { ...closed(kind, ruleId), constraints };
  const holds = matched.filter((rule) => !relaxing.includes(rule.decision));
  const stated = <Value>(values: readonly (Value | null)[]): Value[] =>
    values.filter((value) => value !== null);
  const timeouts = stated(holds.map((rule) => rule.timeoutMs));
  const slas = stated(holds.map((rule) => rule.slaMs));
  const refusals = stated(holds.map((rule) => rule.onReject));
  const requirements = requirementsOf(holds);
  if (requirements.length > 16) return closed("deny", ruleId);
  return {
    ...closed(kind, ruleId),
    constraints,
    requirements,
    exclude: distinct(holds.flatMap((rule) => rule.exclude)),
    timeoutMs: timeouts.length === 0 ? defaults.timeoutMs : Math.min(...timeouts),
    slaMs: slas.length === 0 ? null : Math.min(...slas),
    onReject: refusals.includes("abort")
      ? "abort"
      : refusals.includes("escalate")
        ? "escalate"
        : "reroute",
    strongAuth: holds.some((rule) => rule.strongAuth !== null) ? "passkey" : null,
  };
}

function remediationsOf(matched: readonly Rule[], kind: string): Decision["remediations"] {
  const all = matched.filter((rule) => rule.decision === kind).flatMap((rule) => rule.remediations);
  return all.filter((one, index) => all.findIndex((other) => other.id === one.id) === index);
}

function constraintsOf(matched: readonly Rule[]): Constraints | null | "contradiction" {
  const all = matched.map((rule) => rule.constraints).filter((one) => one !== null);
  const only = all[0];
  if (only === undefined) return null;
  if (all.length === 1) return only;
  const merged: Record<string, unknown> = {};
  for (const name of ["max_runtime_sec", "max_rows", "max_recipients"] as const) {
    const values = all.map((one) => one[name]).filter((value) => value !== undefined);
    if (values.length > 0) merged[name] = Math.min(...values);
  }
  const redacted = all.flatMap((one) => one.redact ?? []);
  if (all.some((one) => one.redact !== undefined)) merged["redact"] = distinct(redacted).sort();
  const lists = all.map((one) => one.network_allowlist).filter((list) => list !== undefined);
  const open = lists.filter((list) => list.length > 0);
  const common = (open[0] ?? []).filter((host) => open.every((list) => list.includes(host)));
  if (open.length > 0 && common.length === 0) return "contradiction";
  if (lists.length > 0) {
    const hosts = lists.length === 1 ? common : common.toSorted();
    merged["network_allowlist"] = open.length < lists.length ? [] : hosts;
  }
  const pins = all.flatMap((one) => Object.entries(one.pin ?? {}));
  for (const [name, value] of pins) {
    const others = pins.filter(([other]) => other === name);
    const text = JSON.stringify(value);
    if (others.some(([, other]) => JSON.stringify(other) !== text)) return "contradiction";
  }
  if (all.some((one) => one.pin !== undefined)) merged["pin"] = Object.fromEntries(pins);
  return merged;
}

function requirementsOf(holds: readonly Rule[]): Requirement[] {
  const all = holds.flatMap((rule) => rule.approvals);
  if (all.length === 0) return [{ kind: "any", name: "", count: 1, denyCount: 1, after: null }];
  const names = distinct(all.map(({ kind, name }) => `${kind}:${name}`));
  return names.flatMap((key) => {
    const same = all.filter(({ kind, name }) => `${kind}:${name}` === key);
    const afters = distinct(same.map(({ after }) => after)).filter((after) => after !== null);
    const wanted: (string | null)[] = afters.length === 0 ? [null] : afters.toSorted();
    return wanted.map((after) => {
      const joined = same.filter((one) => one.after === null || one.after === after);
      return {
        kind: same[0]?.kind ?? "any",
        name: same[0]?.name ?? "",
        count: Math.max(...joined.map(({ count }) => count)),
        denyCount: Math.min(...joined.map(({ denyCount }) => denyCount)),
        after,
        ...(joined.some((one) => one.blind === true) ? { blind: true } : {}),
      };
    });
  });
}
