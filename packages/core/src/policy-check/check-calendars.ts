// Finds calendars that are never or always, and says when the others change.

import type { Instant } from "../base/clock.ts";
import { type CompiledCalendar, compileCalendar } from "../policy/calendar.ts";
import type { Check } from "./check-report.ts";
import { pointerTo } from "./check-report.ts";
import type { Calendar, Match } from "../policy/policy.ts";
import type { Hold } from "./proof.ts";
import { clockTimes, dayMs, dayOf, minuteMs, minutesOf, type Zones } from "./roster-zone.ts";

/** When it is within a calendar, over a span of time. */
export interface CalendarTimes {
  readonly isWithin: CompiledCalendar;
  /** Every instant at which the answer may become another one, and some more. */
  readonly changesAt: readonly Instant[];
  /** How much work it is to ask. */
  readonly weight: number;
}

export function calendarTimes(calendar: Calendar, zones: Zones): CalendarTimes {
  const table = zones.of(calendar.zone);
  const { hours, except, between } = calendar;
  const minutes = [
    ...(hours === null ? [] : [hours.from, hours.to].map(minutesOf)),
    ...(except.length === 0 ? [] : [0]),
  ];
  const edges = between
    .flatMap(({ from, to }) => [from, to])
    .flatMap((local) => table.instantsOf(localOf(local)));
  const changesAt = [...clockTimes(table, zones.span, minutes), ...edges];
  const weight = 1 + between.length / SPANS_ASKED_AT_ONCE;
  return { isWithin: compileCalendar(calendar), changesAt, weight };
}

/** When a rule can apply by its `during` and `outside`; null is at any time. */
export function timesOf(
  match: Match,
  calendars: ReadonlyMap<string, CalendarTimes>,
): Hold["begins"] {
  if (match.during === null && match.outside === null) return null;
  const named = (names: readonly string[] | null): readonly CalendarTimes[] =>
    (names ?? []).flatMap((name) => calendars.get(name) ?? []);
  const during = named(match.during);
  const outside = named(match.outside);
  const asked = [...during, ...outside];
  return {
    weight: asked.reduce((sum, { weight }) => sum + weight, 0),
    changesAt: asked.flatMap(({ changesAt }) => changesAt),
    canAt: (at) =>
      (match.during === null || during.some(({ isWithin }) => isWithin(at))) &&
      !outside.some(({ isWithin }) => isWithin(at)),
  };
}

export function checkCalendars(
  { policy, now, report }: Check,
  times: ReadonlyMap<string, CalendarTimes>,
): void {
  if (now === null) return;
  for (const [name, { isWithin, changesAt }] of times) {
    const isAlways = isWithin(now);
    if (changesAt.some((at) => at > now && isWithin(at) !== isAlways)) continue;
    const isOver = (policy.calendars.get(name)?.between.length ?? 0) > 0;
    report({
      severity: "warning",
      code: isAlways ? "calendar_always" : "calendar_never",
      path: pointerTo("calendars", name),
      message: isAlways
        ? `it is always within calendar \`${name}\`, so it asks nothing`
        : `it is never within calendar \`${name}\` from now on${isOver ? ", its spans are over" : ""}`,
      help: isAlways ? "remove it, or narrow its days and hours" : "correct it, or remove it",
    });
  }
}

/** So many spans are about as much work as one clock. */
const SPANS_ASKED_AT_ONCE = 100;

/** `2026-12-20T00:00` as if it were in UTC. */
function localOf(local: string): number {
  const [date = "", clock = "00:00"] = local.split("T");
  return dayOf(date) * dayMs + minutesOf(clock) * minuteMs;
}
