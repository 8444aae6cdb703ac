// Business time: when the hours of a group are open, and when so much open time has passed.

import { Info, type Zone } from "luxon";
import type { Instant } from "../base/clock.ts";
import { civilOfDays, daysOfCivil, weekdayOfDays } from "../base/civil.ts";
import type { Hours } from "../policy/policy.ts";

/** Hours of a group with the days that its roster of holidays takes out of them. */
export interface BusinessHours {
  readonly hours: Hours;
  /** Whether a local date (`2026-12-25`) is a holiday. */
  isHoliday(date: string): boolean;
}

export interface OpenSpan {
  readonly from: Instant;
  /** Exclusive. */
  readonly to: Instant;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** How far ahead an open hour is looked for; hours whose days are all holidays have none. */
const lookDaysMax = 400;
/** Spans that are remembered of each hours; a year of days, and what is around it. */
const spansKeptMax = 800;
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const remembered = new WeakMap<BusinessHours, Map<number, OpenSpan | null>>();

/**
 * SPEC: hours open the first time that the clock on the wall shows `from`, and close the last time
 * that it shows `to`; a time that the clock leaps over in spring is the moment of the leap. A span
 * over midnight belongs to the day on which it begins, also when the day after is a holiday.
 */
export function isOpen(business: BusinessHours, at: Instant): boolean {
  const day = localDayOf(business.hours.zone, at);
  return [day - 1, day, day + 1].some((one) => {
    const span = spanOfDay(business, one);
    return span !== null && span.from <= at && at < span.to;
  });
}

/** The instant at which so much time has passed while at least one of the hours was open. */
export function addBusiness(hours: readonly BusinessHours[], at: Instant, ms: number): Instant {
  let rest = ms;
  for (const span of openSpans(hours, at)) {
    const from = Math.max(at, span.from);
    if (rest <= span.to - from) return from + rest;
    rest -= span.to - from;
  }
  return at + lookDaysMax * dayMs;
}

/** The first open instant from `at` on; null when there is none for more than a year. */
export function nextOpen(hours: readonly BusinessHours[], at: Instant): Instant | null {
  for (const span of openSpans(hours, at)) return Math.max(at, span.from);
  return null;
}

/** Spans in which at least one of the hours is open and that end after `at`; in order, none touches the next. */
export function* openSpans(hours: readonly BusinessHours[], at: Instant): Generator<OpenSpan> {
  const sources = hours.map((business) => spansOf(business, at));
  const heads = sources.map((source) => source.next());
  const takeFirst = (): OpenSpan | null => {
    let first = -1;
    heads.forEach((head, index) => {
      const best = heads[first];
      if (head.done === true) return;
      if (best === undefined || best.done === true || head.value.from < best.value.from) {
        first = index;
      }
    });
    const head = heads[first];
    const source = sources[first];
    if (head === undefined || head.done === true || source === undefined) return null;
    heads[first] = source.next();
    return head.value;
  };
  let open = takeFirst();
  for (let next = takeFirst(); open !== null; next = takeFirst()) {
    if (next !== null && next.from <= open.to) {
      open = { from: open.from, to: Math.max(open.to, next.to) };
      continue;
    }
    yield open;
    open = next;
  }
}

function* spansOf(business: BusinessHours, at: Instant): Generator<OpenSpan> {
  const first = localDayOf(business.hours.zone, at) - 1;
  for (let day = first; day <= first + lookDaysMax; day += 1) {
    const span = spanOfDay(business, day);
    if (span !== null && span.to > at) yield span;
  }
}

function spanOfDay(business: BusinessHours, day: number): OpenSpan | null {
  const known = remembered.get(business) ?? new Map<number, OpenSpan | null>();
  remembered.set(business, known);
  const found = known.get(day);
  if (found !== undefined) return found;
  if (known.size >= spansKeptMax) known.clear();
  const made = makeSpan(business, day);
  known.set(day, made);
  return made;
}

function makeSpan(business: BusinessHours, day: number): OpenSpan | null {
  const { hours } = business;
  if (!hours.days.includes(weekdays[weekdayOfDays(day)] ?? "")) return null;
  const date = dateOfDay(day);
  if (hours.except.includes(date) || business.isHoliday(date)) return null;
  const fromMinute = minutesOf(hours.from);
  const toMinute = minutesOf(hours.to);
  const lastDay = toMinute > fromMinute ? day : day + 1;
  const from = wallInstant(hours.zone, { day, minute: fromMinute }, "first");
  const to = wallInstant(hours.zone, { day: lastDay, minute: toMinute }, "last");
  return from < to ? { from, to } : null;
}

/** A local date as days since 1970, and a minute of it; 1,440 is the midnight at its end. */
export interface WallMinute {
  readonly day: number;
  readonly minute: number;
}

/** When the clock of the zone shows this, the first or the last time; when it leaps over it, the leap. */
export function wallInstant(
  zone: string,
  { day, minute }: WallMinute,
  which: "first" | "last",
): Instant {
  const clock = clockOf(zone);
  const local = day * dayMs + minute * minuteMs;
  // No clock is more than a day off, so the offsets of a day before and after are all there can be.
  const [before, after] = [clock.offset(local - dayMs), clock.offset(local + dayMs)];
  const fitting = [local - before * minuteMs, local - after * minuteMs].filter(
    (at, index) => clock.offset(at) === (index === 0 ? before : after),
  );
  if (fitting.length === 0) return leapBetween(clock, local - dayMs, local + dayMs);
  return which === "first" ? Math.min(...fitting) : Math.max(...fitting);
}

/** The first millisecond of the later offset. */
function leapBetween(clock: Zone, from: Instant, to: Instant): Instant {
  let [low, high] = [from, to];
  const offset = clock.offset(from);
  while (high - low > 1) {
    const at = Math.floor((low + high) / 2);
    if (clock.offset(at) === offset) low = at;
    else high = at;
  }
  return high;
}

/** The local date at an instant as days since 1970. */
export function localDayOf(zone: string, at: Instant): number {
  return Math.floor((at + clockOf(zone).offset(at) * minuteMs) / dayMs);
}

/** Policies may also write `+02:00` and `Z`, which the library spells in its own way. */
function clockOf(zone: string): Zone {
  const isOffset = /^[+-]?\d\d:\d\d$/.test(zone);
  const name = isOffset ? `UTC${/^[+-]/.test(zone) ? zone : `+${zone}`}` : zone;
  return Info.normalizeZone(zone === "Z" ? "UTC" : name);
}

/** `2026-12-25` of days since 1970. */
export function dateOfDay(days: number): string {
  const { year, month, day } = civilOfDays(days);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/** Days since 1970 of `2026-12-25`. */
export function dayOfDate(date: string): number {
  const [year = 1970, month = 1, day = 1] = date.split("-").map(Number);
  return daysOfCivil({ year, month, day });
}

/** Minutes since midnight of `HH:MM`. */
export function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}
