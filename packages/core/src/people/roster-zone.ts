// The clocks of an iCalendar: which zone a time is in, and which instant a time on its wall is.

import ICAL from "ical.js";
import { IANAZone } from "luxon";
import type { Instant } from "../base/clock.ts";
import { civilOfDays } from "../base/civil.ts";
import { wallInstant } from "./business-time.ts";
import { canRepeat } from "./roster-rule.ts";

/** Name of a zone, a zone that the file describes, or null for whatever zone the reader is in. */
export type ZoneRef = string | ICAL.Timezone | null;

/** When an event is, on the clock of its zone. */
export interface EventTimes {
  /** Milliseconds that the clock shows, counted as if it showed UTC. */
  readonly local: number;
  readonly lengthMs: number;
  readonly isAllDay: boolean;
  readonly zone: ZoneRef;
}

const dayMs = 86_400_000;
const zonesMax = 30;
/** Rules of one zone: each is worked out for every year. Real zones that say more say it without rules. */
const zoneRulesMax = 8;
/** Key of the zone that the calendar names for times without one. */
const ownZone = "";

/** Zones by the names that the file gives them. The database of the platform is asked first. */
export function readZones(
  calendar: ICAL.Component,
  note: (sentence: string) => void,
): ReadonlyMap<string, ZoneRef> {
  const zones = new Map<string, ZoneRef>();
  const own: unknown = calendar.getFirstPropertyValue("x-wr-timezone");
  if (typeof own === "string" && IANAZone.isValidZone(own)) zones.set(ownZone, own);
  for (const component of calendar.getAllSubcomponents("vtimezone").slice(0, zonesMax)) {
    const tzid: unknown = component.getFirstPropertyValue("tzid");
    if (typeof tzid !== "string" || IANAZone.isValidZone(tzid)) continue;
    if (isSafe(component)) zones.set(tzid, new ICAL.Timezone(component));
    else
      note(`the zone "${tzid.slice(0, 60)}" is described in a way that is not read; UTC is taken`);
  }
  return zones;
}

/** SECURITY: a rule that never comes true would be looked for without end. */
function isSafe(component: ICAL.Component): boolean {
  const parts = component.getAllSubcomponents();
  const rules = parts.reduce((sum, part) => sum + part.getAllProperties("rrule").length, 0);
  return (
    parts.length > 0 &&
    parts.length <= 200 &&
    rules <= zoneRulesMax &&
    parts.every((part) =>
      part.getAllProperties("rrule").every((property) => {
        const rule: unknown = property.getFirstValue();
        return rule instanceof ICAL.Recur && rule.freq === "YEARLY" && canRepeat(rule) === null;
      }),
    )
  );
}

export function zoneOf(
  time: ICAL.Time,
  property: ICAL.Property,
  zones: ReadonlyMap<string, ZoneRef>,
): ZoneRef {
  if (time.zone === ICAL.Timezone.utcTimezone && !time.isDate) return "UTC";
  const tzid: unknown = property.getParameter("tzid");
  if (typeof tzid !== "string") return zones.get(ownZone) ?? null;
  if (IANAZone.isValidZone(tzid)) return tzid;
  return zones.get(tzid) ?? "UTC";
}

/** SPEC: a time that the clock shows twice is the first one, a time that it leaps over is the leap. */
export function instantAt(zone: ZoneRef, local: number, floating: string): Instant {
  const day = Math.floor(local / dayMs);
  const rest = local - day * dayMs;
  if (zone === "UTC") return local;
  if (zone === null || typeof zone === "string") {
    const minute = Math.floor(rest / 60_000);
    return wallInstant(zone ?? floating, { day, minute }, "first") + (rest - minute * 60_000);
  }
  const second = Math.floor(rest / 1_000);
  const time = new ICAL.Time(
    {
      ...civilOfDays(day),
      hour: Math.floor(second / 3_600),
      minute: Math.floor((second % 3_600) / 60),
      second: second % 60,
      isDate: false,
    },
    zone,
  );
  return time.toUnixTime() * 1_000;
}
