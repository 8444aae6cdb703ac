// The canonical form of who there is: roles, groups, schedules, governance, and what a rule asks of them.

import type { JsonObject } from "../base/json/value.ts";
import type { Requirement } from "../policy/decision.ts";
import type { Governance, Group, Limit, Policy, Schedule } from "../policy/policy.ts";
import { writeDuration } from "./read-duration.ts";
import { usualGovernance } from "./read-groups.ts";
import { listJson, mapJson, without } from "./snapshot-write.ts";

/** INVARIANT: keys that came later are written only where they say more than their absence. */
export function peopleJson(policy: Policy): JsonObject {
  const { roles, roleLimits } = policy;
  return without({
    roles:
      roles.size === 0
        ? null
        : Object.fromEntries(
            [...roles].map(([name, rank]) => {
              const limits = roleLimits.get(name);
              return [name, limits === undefined ? rank : { rank, limits: limits.map(limitJson) }];
            }),
          ),
    groups: mapJson(policy.groups, groupJson),
    schedules: mapJson(policy.schedules, scheduleJson),
    governance: governanceJson(policy.governance),
  });
}

export function requirementJson(requirement: Requirement): JsonObject {
  const { kind, name, count, denyCount, after, blind } = requirement;
  return without({
    role: kind === "role" ? name : null,
    group: kind === "group" ? name : null,
    count,
    deny_count: denyCount,
    after,
    blind: blind === true ? true : null,
  });
}

export function limitJson({ topics, cost }: Limit): JsonObject {
  return without({
    topics: topics && [...topics],
    cost: cost && { at_most: cost.atMost, currency: cost.currency },
  });
}

function groupJson(group: Group): JsonObject {
  const { hours } = group;
  return without({
    members: [...group.members],
    schedule: group.schedule,
    hours:
      hours &&
      without({
        zone: hours.zone,
        days: [...hours.days],
        from: hours.from,
        to: hours.to,
        except: listJson(hours.except, (date) => date),
        holidays: hours.holidays,
      }),
    roster: group.roster,
    always: group.isAlways ? true : null,
    tell: group.tell,
    digest: group.digestMs === null ? null : writeDuration(group.digestMs),
  });
}

function scheduleJson({ zone, rotate, start, handover, members }: Schedule): JsonObject {
  return without({
    zone,
    rotate,
    start,
    handover: handover === "00:00" ? null : handover,
    members: [...members],
  });
}

/** Null for the usual one. */
function governanceJson({ group, dueMs, overridesMax, perMs }: Governance): JsonObject | null {
  const usual = usualGovernance;
  const parts = without({
    group,
    due: dueMs === usual.dueMs ? null : writeDuration(dueMs),
    overrides_max: overridesMax === usual.overridesMax ? null : overridesMax,
    per: perMs === usual.perMs ? null : writeDuration(perMs),
  });
  return Object.keys(parts).length === 0 ? null : parts;
}
