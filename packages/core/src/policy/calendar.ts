// Says whether an instant belongs to a calendar: a time of day and week in a zone, spans of dates.

import type { Instant } from "../base/clock.ts";
import { instantOfWall, wallTime } from "../base/zone.ts";
import type { Calendar } from "./policy.ts";

/** A calendar with its spans as instants. Remembers its last answer: many rules ask about one instant. */
export type CompiledCalendar = (at: Instant) => boolean;

export function isWithin(calendar: Calendar, at: Instant): boolean {
  return compileCalendar(calendar)(at);
}

export function compileCalendar(calendar: Calendar): CompiledCalendar {
  const { zone } = calendar;
  const hours = calendar.hours && weekOf(calendar.hours);
  const except = new Set(calendar.except);
  const spans = calendar.between.map(({ from, to }) => ({
    from: instantOfLocal(zone, from),
    to: instantOfLocal(zone, to),
  }));
  const answer = (at: Instant): boolean => {
    if (hours === null && except.size === 0) return isInSpan(spans, at);
    const wall = wallTime(at, zone);
    if (except.has(dateOf(wall))) return false;
    return isInSpan(spans, at) || (hours !== null && isInWeek(hours, wall));
  };
  let lastAt = Number.NaN;
  let last = false;
  return (at) => {
    if (at !== lastAt) {
      last = answer(at);
      lastAt = at;
    }
    return last;
  };
}

type WallTime = ReturnType<typeof wallTime>;

interface Span {
  readonly from: Instant;
  readonly to: Instant;
}

function isInSpan(spans: readonly Span[], at: Instant): boolean {
  return spans.some(({ from, to }) => at >= from && at < to);
}

interface Week {
  /** By day of the week, Sunday first. */
  readonly days: readonly boolean[];
  /** Minutes of the day; `to` is not after `from` when the span goes over midnight. */
  readonly from: number;
  readonly to: number;
}

function weekOf(hours: NonNullable<Calendar["hours"]>): Week {
  return {
    days: weekdays.map((day) => hours.days.includes(day)),
    from: minutesOf(hours.from),
    to: minutesOf(hours.to),
  };
}

/** SPEC: a span over midnight belongs to the day on which it begins. */
function isInWeek({ days, from, to }: Week, wall: WallTime): boolean {
  const minute = wall.hour * 60 + wall.minute;
  const isDay = days[wall.weekday] === true;
  if (from < to) return isDay && minute >= from && minute < to;
  if (minute >= from) return isDay;
  return minute < to && days[(wall.weekday + 6) % 7] === true;
}

function minutesOf(time: string): number {
  const [hour, minute] = time.split(":");
  return Number(hour) * 60 + Number(minute);
}

function dateOf({ year, month, day }: WallTime): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** `2026-12-20T00:00` in the zone; a date alone begins at midnight. */
function instantOfLocal(zone: string, local: string): Instant {
  const [date = "", time = "00:00"] = local.split("T");
  const [year, month, day] = date.split("-").map(Number);
  const [hour, minute] = time.split(":").map(Number);
  return instantOfWall(zone, {
    year: year ?? Number.NaN,
    month: month ?? Number.NaN,
    day: day ?? Number.NaN,
    hour: hour ?? Number.NaN,
    minute: minute ?? Number.NaN,
  });
}

const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
