// Looks at a policy that loads for what it will not do: dead rules, holds without people, failing tests.

import { holdTimeoutMaxMs } from "../base/limits.ts";
import type { Instant } from "../base/clock.ts";
import { calendarTimes, checkCalendars } from "./check-calendars.ts";
import { checkConditions } from "./check-conditions.ts";
import { checkExceptions } from "./check-exceptions.ts";
import { checkHolds } from "./check-holds.ts";
import { checkLadders } from "./check-ladders.ts";
import { checkReach } from "./check-reach.ts";
import { checkRegistry } from "./check-registry.ts";
import {
  type Check,
  type Found,
  limitFindings,
  locator,
  placedRules,
  type Unplaced,
} from "./check-report.ts";
import { checkRules } from "./check-rules.ts";
import { checkTests } from "./check-tests.ts";
import { checkVelocity } from "./check-velocity.ts";
import type { GroupCandidate } from "../policy/directory.ts";
import { type Finding, sortFindings } from "../policy/finding.ts";
import type { Policy } from "../policy/policy.ts";
import { provedMs } from "./proof.ts";
import type { Registry } from "../policy/registry.ts";
import { dayMs, Zones } from "./roster-zone.ts";
import { applyWaivers } from "./waiver.ts";

export interface CheckOptions {
  readonly now: Instant;
  /** Absent: topics and tools are not looked up. */
  readonly registry?: Registry;
  /** Who may review at all; absent: whom the file does not name is not known. */
  readonly people?: readonly GroupCandidate[];
  /** Names of rosters that the people file has; absent: they are not known. */
  readonly rosters?: readonly string[];
  /** What loading found; waivers are applied to it as well, and the answer holds it. */
  readonly loaded?: readonly Finding[];
}

/**
 * Places come from `source`, the text that the policy was loaded from; without it all are 1:1.
 * Without options nothing is said that depends on the time, and no finding is waived.
 */
export function checkPolicy(policy: Policy, source?: string, options?: CheckOptions): Finding[] {
  const found: Found[] = [];
  const check: Check = {
    policy,
    rules: placedRules(policy),
    lifted: new Set(policy.exceptions.flatMap(({ rules }) => rules)),
    now: options?.now ?? null,
    registry: options?.registry ?? null,
    people: options?.people ?? null,
    rosters: options?.rosters ?? null,
    report: (one) => {
      found.push(one);
    },
  };
  const zones = zonesFrom(options?.now ?? 0);
  const calendars = new Map(
    [...policy.calendars].map(([name, calendar]) => [name, calendarTimes(calendar, zones)]),
  );
  checkRules(check);
  checkConditions(check);
  checkReach(check);
  checkVelocity(check);
  checkCalendars(check, calendars);
  checkExceptions(check);
  checkRegistry(check);
  checkHolds(check, zones, calendars);
  checkLadders(check);
  checkTests(check);
  const all = [
    ...(options?.loaded ?? []).map((one): Unplaced => ({ ...one, place: one })),
    ...found.map((one): Unplaced => ({ ...one, place: null })),
  ];
  const waived = options === undefined ? all : applyWaivers(policy, all, options.now);
  const locate = locator(source);
  const findings = limitFindings(waived).map(({ place, ...one }): Finding => {
    const { line, column } = place ?? locate(one.path);
    return { ...one, line, column };
  });
  return [...sortFindings(findings)];
}

/** A year of beginnings, and the longest hold after it. */
function zonesFrom(now: Instant): Zones {
  return new Zones({ fromAt: now, untilAt: now + provedMs + holdTimeoutMaxMs + dayMs });
}
