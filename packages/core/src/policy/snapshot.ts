// Names a policy by its content, and keeps it as JSON in the form that its file has.

import { type Digest, digestOf } from "../base/digest.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import { HoldpointError } from "../error/error.ts";
import type { Constraints, EvaluationInput, Requirement } from "./decision.ts";
import type { CostBounds, Group, Match, Policy, PolicyTest, Rule, Schedule } from "./policy.ts";
import { readPolicy } from "./read-policy.ts";
import { writeDuration } from "./reading.ts";
import { sourceFromJson } from "./source.ts";

// SPEC: the digest covers the canonical form below, not the bytes of the file: comments, layout,
// spellings of a decision and the order of keys do not change it.
export function policyDigest(policy: Policy): Digest {
  return digestOf("policy", policyToJson(policy));
}

export function snapshotName(tenant: string, digest: Digest): string {
  return `cfg:${tenant}:policy#${digest}`;
}

/** Reads a stored snapshot by the rules that files are read by; a damaged one throws. */
export function policyFromJson(json: Json): Policy {
  const reading = readPolicy(sourceFromJson(json));
  if (reading.ok) return reading.policy;
  const first = reading.findings[0];
  throw new HoldpointError("policy_invalid", {
    message: `the stored policy cannot be read: ${first?.message ?? "it is empty"}`,
    ...(first === undefined ? {} : { path: first.path }),
  });
}

/** The canonical form: what is not said is left out, what has a default is written. */
export function policyToJson(policy: Policy): Json {
  const { defaults } = policy;
  return without({
    version: policy.version,
    combine: policy.combine,
    defaults: without({
      decision: defaults.decision,
      reason: defaults.reason,
      timeout: writeDuration(defaults.timeoutMs),
      on_timeout: defaults.onTimeout,
    }),
    roles: mapJson(policy.roles, (rank) => rank),
    groups: mapJson(policy.groups, groupJson),
    schedules: mapJson(policy.schedules, scheduleJson),
    invariants: listJson(policy.invariants, ruleJson),
    rules: policy.rules.map(ruleJson),
    tests: listJson(policy.tests, testJson),
  });
}

function ruleJson(rule: Rule): JsonObject {
  const span = (spanMs: number | null): string | null =>
    spanMs === null ? null : writeDuration(spanMs);
  const match = matchJson(rule.match);
  return without({
    id: rule.id,
    match: Object.keys(match).length === 0 ? null : match,
    decision: rule.decision,
    reason: rule.reason,
    constraints: rule.constraints === null ? null : constraintsJson(rule.constraints),
    approvals: listJson(rule.approvals, requirementJson),
    exclude: listJson(rule.exclude, (name) => name),
    strong_auth: rule.strongAuth,
    sla: span(rule.slaMs),
    timeout: span(rule.timeoutMs),
    on_timeout: rule.onTimeout,
    on_reject: rule.onReject,
    notify: listJson(rule.notify, (name) => name),
    remediations: listJson(rule.remediations, ({ id, title, set }) => ({
      id,
      title,
      set: { ...set },
    })),
    escalate: listJson(rule.escalate, ({ afterMs, to }) => ({ after: writeDuration(afterMs), to })),
    emergency: rule.emergency && { by: rule.emergency.by, within: [...rule.emergency.within] },
    window: span(rule.windowMs),
    sample: rule.samplePercent === null ? null : `${rule.samplePercent}%`,
  });
}

function matchJson(match: Match): JsonObject {
  return without({
    topics: copy(match.topics),
    risk_tags: copy(match.riskTags),
    any_risk_tags: copy(match.anyRiskTags),
    agents: copy(match.agents),
    tools: copy(match.tools),
    environments: copy(match.environments),
    tenants: copy(match.tenants),
    labels: match.labels && { ...match.labels },
    reversible: match.reversible,
    cost: match.cost && costJson(match.cost),
  });
}

function costJson(bounds: CostBounds): JsonObject {
  return without({
    over: bounds.over,
    at_least: bounds.atLeast,
    under: bounds.under,
    at_most: bounds.atMost,
    currency: bounds.currency,
  });
}

function constraintsJson(constraints: Constraints): JsonObject {
  return without({
    max_runtime_sec: constraints.max_runtime_sec ?? null,
    network_allowlist: copy(constraints.network_allowlist ?? null),
    max_rows: constraints.max_rows ?? null,
    max_recipients: constraints.max_recipients ?? null,
    redact: copy(constraints.redact ?? null),
    pin: constraints.pin === undefined ? null : { ...constraints.pin },
  });
}

function requirementJson(requirement: Requirement): JsonObject {
  const { kind, name, count, denyCount, after } = requirement;
  return without({
    role: kind === "role" ? name : null,
    group: kind === "group" ? name : null,
    count,
    deny_count: denyCount,
    after,
  });
}

function groupJson(group: Group): JsonObject {
  const { hours } = group;
  return without({
    members: [...group.members],
    schedule: group.schedule,
    hours: hours && { zone: hours.zone, days: [...hours.days], from: hours.from, to: hours.to },
  });
}

function scheduleJson({ zone, rotate, start, members }: Schedule): JsonObject {
  return { zone, rotate, start, members: [...members] };
}

function testJson(test: PolicyTest): JsonObject {
  const { decision, rule } = test.expect;
  const expect = without({ decision });
  // A test that expects no rule says so; leaving the key out would expect any.
  if (rule !== undefined) expect["rule"] = rule;
  return { name: test.name, action: actionJson(test.action), expect };
}

function actionJson(action: EvaluationInput): JsonObject {
  return without({
    topic: action.topic,
    tool: action.tool && without({ server: action.tool.server, name: action.tool.name }),
    params: Object.keys(action.params).length === 0 ? null : { ...action.params },
    target: action.environment === null ? null : { environment: action.environment },
    risk_tags: action.riskTags.length === 0 ? null : [...action.riskTags],
    reversible: action.reversible,
    cost: action.cost && { amount: action.cost.amount, currency: action.cost.currency },
    agent: action.agent,
    tenant: action.tenant,
    labels: Object.keys(action.labels).length === 0 ? null : { ...action.labels },
  });
}

function without(members: Readonly<Record<string, Json>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

function copy(texts: readonly string[] | null): string[] | null {
  return texts === null ? null : [...texts];
}

function listJson<Item>(items: readonly Item[], write: (item: Item) => Json): Json[] | null {
  return items.length === 0 ? null : items.map(write);
}

function mapJson<Item>(
  items: ReadonlyMap<string, Item>,
  write: (item: Item) => Json,
): JsonObject | null {
  if (items.size === 0) return null;
  return Object.fromEntries([...items].map(([name, item]) => [name, write(item)]));
}
