// A slow and obvious evaluator of policies, written from spec/policy.md, that the fast one is held against.

import type {
  Constraints,
  Decision,
  EvaluationInput,
  Requirement,
} from "@holdpoint/core/policy/decision";
import type { Match, Policy, Rule } from "@holdpoint/core/policy/policy";

const order = [
  "allow",
  "log",
  "allow_with_constraints",
  "allow_unless_rejected",
  "require_approval",
  "deny",
];
const relaxing = ["allow", "log", "allow_with_constraints"];

type Ruling = Omit<Decision, "reason" | "ruleId"> & { ruleId: string | null };

export function decideByReference(policy: Policy, input: EvaluationInput): Ruling {
  const applicable = (rule: Rule): boolean => {
    const answer = answerOf(rule.match, input);
    return answer === "unknown" ? !relaxing.includes(rule.decision) : answer;
  };
  const invariants = policy.invariants.filter(applicable);
  const fitting = policy.rules.filter(applicable);
  const rules = policy.combine === "first_match" ? fitting.slice(0, 1) : fitting;
  const strictness = (rule: Rule): number => order.indexOf(rule.decision);
  // A stable sort: among equally strict rules the order of the file stays.
  const matched = [...invariants, ...rules].toSorted((a, b) => strictness(b) - strictness(a));
  const { defaults } = policy;
  const top = matched[0];
  const usesDefault =
    top === undefined || (rules.length === 0 && order.indexOf(defaults.decision) > strictness(top));
  const kind = usesDefault ? defaults.decision : top.decision;
  const base = {
    matchedRuleIds: matched.map((rule) => rule.id),
    requirements: [],
    exclude: [],
    timeoutMs: defaults.timeoutMs,
    onTimeout: defaults.onTimeout,
    slaMs: null,
    onReject: "reroute" as const,
    strongAuth: null,
    notify: distinct(matched.flatMap((rule) => rule.notify)),
  };
  const closed = (as: Decision["kind"], ruleId: string | null): Ruling => ({
    ...base,
    kind: as,
    ruleId,
    constraints: null,
    remediations: remediationsOf(matched, as),
  });
  const ruleId = usesDefault ? null : top.id;
  if (kind === "deny") return closed("deny", ruleId);
  const constraints = constraintsOf(matched.filter((rule) => rule.decision !== "deny"));
  if (constraints === "contradiction") return closed("deny", "?");
  if (relaxing.includes(kind)) return { ...closed(kind, ruleId), constraints };
  const holds = matched.filter((rule) => !relaxing.includes(rule.decision));
  const stated = <Value>(values: readonly (Value | null)[]): Value[] =>
    values.filter((value) => value !== null);
  const timeouts = stated(holds.map((rule) => rule.timeoutMs));
  const slas = stated(holds.map((rule) => rule.slaMs));
  const silences = stated(holds.map((rule) => rule.onTimeout));
  const refusals = stated(holds.map((rule) => rule.onReject));
  const requirements = requirementsOf(holds);
  if (requirements.length > 16) return closed("deny", ruleId);
  return {
    ...closed(kind, ruleId),
    constraints,
    requirements,
    exclude: distinct(holds.flatMap((rule) => rule.exclude)),
    timeoutMs: timeouts.length === 0 ? defaults.timeoutMs : Math.min(...timeouts),
    onTimeout: silences.includes("block") ? "block" : (silences[0] ?? defaults.onTimeout),
    slaMs: slas.length === 0 ? null : Math.min(...slas),
    onReject: refusals.includes("abort")
      ? "abort"
      : refusals.includes("escalate")
        ? "escalate"
        : "reroute",
    strongAuth: holds.some((rule) => rule.strongAuth !== null) ? "passkey" : null,
  };
}

function distinct<Item>(items: readonly Item[]): Item[] {
  return items.filter((item, index) => items.indexOf(item) === index);
}

/** True, false, or unknown when the action does not say what is asked. */
function answerOf(match: Match, input: EvaluationInput): boolean | "unknown" {
  const { cost } = match;
  const amount = input.cost?.amount ?? Number.NaN;
  const isComparable =
    cost !== null &&
    Number.isFinite(amount) &&
    (cost.currency === null || cost.currency === input.cost?.currency);
  const answers: (boolean | "unknown")[] = [
    match.topics === null || match.topics.some((glob) => topicExpression(glob).test(input.topic)),
    match.riskTags === null ||
      (match.riskTags.length === 0
        ? input.riskTags.length === 0
        : match.riskTags.every((tag) => input.riskTags.includes(tag))),
    match.anyRiskTags === null || match.anyRiskTags.some((tag) => input.riskTags.includes(tag)),
    match.agents === null || match.agents.some((glob) => nameExpression(glob).test(input.agent)),
    match.tools === null || match.tools.some((glob) => fitsTool(glob, input.tool)),
    match.tenants === null || match.tenants.includes(input.tenant),
    match.labels === null ||
      Object.entries(match.labels).every(
        ([name, value]) => Object.hasOwn(input.labels, name) && input.labels[name] === value,
      ),
    match.environments === null ||
      (input.environment === null ? "unknown" : match.environments.includes(input.environment)),
    match.reversible === null ||
      (input.reversible === null ? "unknown" : match.reversible === input.reversible),
    cost === null ||
      (!isComparable
        ? "unknown"
        : (cost.over === null || amount > cost.over) &&
          (cost.atLeast === null || amount >= cost.atLeast) &&
          (cost.under === null || amount < cost.under) &&
          (cost.atMost === null || amount <= cost.atMost)),
  ];
  if (answers.includes(false)) return false;
  return answers.includes("unknown") ? "unknown" : true;
}

function topicExpression(glob: string): RegExp {
  const parts = glob
    .split(".")
    .map((part) => (part === "**" ? "[^]*" : part === "*" ? "[^.]*" : escaped(part)));
  return new RegExp(`^${parts.join("\\.")}$`);
}

function nameExpression(glob: string): RegExp {
  const parts = glob.split(/(\*\*|\*)/);
  const source = parts.map((part) =>
    part === "**" ? "[^]*" : part === "*" ? "[^.]*" : escaped(part),
  );
  return new RegExp(`^${source.join("")}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}

function fitsTool(glob: string, tool: EvaluationInput["tool"]): boolean {
  if (tool === null) return false;
  const expression = nameExpression(glob);
  const full = tool.server === null ? tool.name : `${tool.server}.${tool.name}`;
  return expression.test(tool.name) || expression.test(full);
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
      };
    });
  });
}
