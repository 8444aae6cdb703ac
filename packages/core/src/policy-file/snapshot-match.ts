// The canonical form of the questions of a rule.

import type { JsonObject } from "../base/json/value.ts";
import type { CostBounds, Match } from "../policy/policy.ts";
import { copy, without } from "./snapshot-write.ts";

export function matchJson(match: Match): JsonObject {
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
    during: copy(match.during),
    outside: copy(match.outside),
    unusual: match.unusual,
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
