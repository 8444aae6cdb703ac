// The canonical form of what a policy defines beside its rules, and of the parts of a rule that ask.

import { isoOf } from "../base/clock.ts";
import type { JsonObject } from "../base/json/value.ts";
import type {
  Calendar,
  Exception,
  Parameters,
  Policy,
  Velocity,
  Vocabulary,
  Waiver,
} from "../policy/policy.ts";
import { writeDuration } from "./read-duration.ts";
import { matchJson } from "./snapshot-match.ts";
import { copy, listJson, mapJson, without } from "./snapshot-write.ts";

export function definitionsJson(policy: Policy): JsonObject {
  return without({
    vocabulary: vocabularyJson(policy.vocabulary),
    calendars: mapJson(policy.calendars, calendarJson),
    parameters: parametersJson(policy.parameters),
    variables: mapJson(policy.variables, ({ source }) => source),
    derive: listJson(policy.derive, ({ when, addRiskTags }) => ({
      when: when.source,
      add_risk_tags: [...addRiskTags],
    })),
    exceptions: listJson(policy.exceptions, exceptionJson),
  });
}

export function velocityJson({ over, inMs, per }: Velocity): JsonObject {
  return without({ over, in: writeDuration(inMs), per: listJson(per, ({ source }) => source) });
}

export function waiverJson({ id, reason, expiresAt }: Waiver): JsonObject {
  return { id, reason, expires: isoOf(expiresAt) };
}

function vocabularyJson({ riskTags, topics }: Vocabulary): JsonObject | null {
  if (riskTags === null && topics === null) return null;
  return without({ risk_tags: copy(riskTags), topics: copy(topics) });
}

function calendarJson({ zone, hours, except, between }: Calendar): JsonObject {
  return without({
    zone,
    days: hours && [...hours.days],
    from: hours && hours.from,
    to: hours && hours.to,
    except: listJson(except, (date) => date),
    between: listJson(between, ({ from, to }) => ({ from, to })),
  });
}

function parametersJson({ values, environments }: Parameters): JsonObject | null {
  const byName = mapJson(environments, (own) => ({ ...own }));
  if (Object.keys(values).length === 0 && byName === null) return null;
  return byName === null ? { ...values } : { ...values, environments: byName };
}

function exceptionJson(exception: Exception): JsonObject {
  const match = matchJson(exception.match);
  return without({
    id: exception.id,
    rules: [...exception.rules],
    match: Object.keys(match).length === 0 ? null : match,
    when: exception.when && exception.when.source,
    owner: exception.owner,
    reason: exception.reason,
    expires: isoOf(exception.expiresAt),
  });
}
