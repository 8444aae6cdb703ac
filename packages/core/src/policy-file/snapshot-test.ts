// The canonical form of the tests of a policy.

import { isoOf } from "../base/clock.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Constraints, EvaluationInput } from "../policy/decision.ts";
import type { Facts } from "../policy/facts.ts";
import type { PolicyTest } from "../policy/policy.ts";
import { writeDuration } from "./read-duration.ts";
import { copy, without } from "./snapshot-write.ts";

export function testJson(test: PolicyTest): JsonObject {
  const { decision, rule, constraints, riskTags } = test.expect;
  const expect = without({
    decision,
    constraints: constraints && constraintsJson(constraints),
    risk_tags: copy(riskTags),
  });
  // A test that expects no rule says so; leaving the key out would expect any.
  if (rule !== undefined) expect["rule"] = rule;
  const { facts, now } = test.action;
  return without({
    name: test.name,
    action: actionJson(test.action),
    facts: factsJson(facts),
    now: now === 0 ? null : isoOf(now),
    expect,
  });
}

function actionJson(action: EvaluationInput): JsonObject {
  return without({
    topic: action.topic,
    tool: action.tool && without({ server: action.tool.server, name: action.tool.name }),
    params: Object.keys(action.params).length === 0 ? null : { ...action.params },
    target: targetJson(action),
    risk_tags: action.riskTags.length === 0 ? null : [...action.riskTags],
    reversible: action.reversible,
    cost: action.cost && { amount: action.cost.amount, currency: action.cost.currency },
    effect: action.effect && without({ ...action.effect }),
    agent: agentJson(action),
    tenant: action.tenant,
    labels: Object.keys(action.labels).length === 0 ? null : { ...action.labels },
  });
}

function targetJson({ environment, resource }: EvaluationInput): JsonObject | null {
  return environment === null && resource === null ? null : without({ environment, resource });
}

/** The name alone when nothing else is said. */
function agentJson({ agent, run, thread, onBehalfOf }: EvaluationInput): string | JsonObject {
  if (run === null && thread === null && onBehalfOf === null) return agent;
  return without({ id: agent, run, thread, on_behalf_of: onBehalfOf });
}

function factsJson({ history, velocity }: Facts): JsonObject | null {
  const counts = Object.keys(velocity).length === 0 ? null : { ...velocity };
  if (history === null) return counts === null ? null : { velocity: counts };
  const { firstTime, count, ranges, lastOutcome, sinceRejectionMs } = history;
  return without({
    first_time: { ...firstTime },
    count: { ...count },
    usual:
      Object.keys(ranges).length === 0
        ? null
        : Object.fromEntries(Object.entries(ranges).map(([path, range]) => [path, { ...range }])),
    last_outcome: lastOutcome,
    since_rejection: sinceRejectionMs === null ? null : writeDuration(sinceRejectionMs),
    velocity: counts,
  });
}

export function constraintsJson(constraints: Constraints): JsonObject {
  return without({
    max_runtime_sec: constraints.max_runtime_sec ?? null,
    network_allowlist: copy(constraints.network_allowlist ?? null),
    max_rows: constraints.max_rows ?? null,
    max_recipients: constraints.max_recipients ?? null,
    redact: copy(constraints.redact ?? null),
    pin: constraints.pin === undefined ? null : { ...constraints.pin },
  });
}
