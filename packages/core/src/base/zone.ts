// Wall clocks of time zones: what a clock on the wall shows at an instant, and when it shows a time.

import { civilOfDays, daysOfCivil, secondsPerDay, weekdayOfDays } from "./civil.ts";

/** What a clock shows. */
export interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

export type WallMinute = Pick<WallTime, "year" | "month" | "day" | "hour" | "minute">;

/** A zone that was asked for: its formatter, and the last answer, since callers ask about one day. */
interface ZoneClock {
  readonly format: Intl.DateTimeFormat;
  /** The quarter of an hour that `offset` is of; offsets change only between quarters. */
  quarter: number;
  offset: number;
}

const quarterSeconds = 900;
/** SECURITY: names may come from an agent; the memory of them is bounded. */
const clocksMax = 128;
const clocks = new Map<string, ZoneClock>();

/** Names of the IANA database, `UTC`, and fixed offsets such as `+02:00`. */
export function isZone(name: string): boolean {
  return fixedOffset(name) !== undefined || clockOf(name) !== undefined;
}

export function wallTime(instantMs: number, zone: string): WallTime {
  const instant = Math.floor(instantMs / 1_000);
  const wall = instant + offsetOf(instant, zone);
  const days = Math.floor(wall / secondsPerDay);
  const rest = wall - days * secondsPerDay;
  return {
    ...civilOfDays(days),
    hour: Math.floor(rest / 3_600),
    minute: Math.floor((rest % 3_600) / 60),
    second: rest % 60,
    weekday: weekdayOfDays(days),
  };
}

/**
 * The instant, in milliseconds, at which the clock shows this. Twice in autumn: the earlier one. Never,
 * in the gap of spring: the instant at which the clock leaps over it.
 */
export function instantOfWall(zone: string, wall: WallMinute): number {
  const local = daysOfCivil(wall) * secondsPerDay + wall.hour * 3_600 + wall.minute * 60;
  // No clock is more than a day off, so the offsets of a day before and after are all there can be.
  const before = offsetOf(local - secondsPerDay, zone);
  const after = offsetOf(local + secondsPerDay, zone);
  const fitting = [local - before, local - after].filter(
    (instant) => instant + offsetOf(instant, zone) === local,
  );
  if (fitting.length > 0) return Math.min(...fitting) * 1_000;
  return (
    leapBetween(zone, local - Math.max(before, after), local - Math.min(before, after)) * 1_000
  );
}

/** The first second of the later offset between two instants; offsets change once between them. */
function leapBetween(zone: string, from: number, to: number): number {
  let low = from;
  let high = to;
  const first = offsetOf(from, zone);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetOf(middle, zone) === first) low = middle;
    else high = middle;
  }
  return offsetOf(low, zone) === first ? high : low;
}

/** Seconds to add to an instant, in seconds, to get what the clock of the zone shows. */
export function offsetOf(instant: number, zone: string): number {
  const fixed = fixedOffset(zone);
  if (fixed !== undefined) return fixed;
  const clock = clockOf(zone);
  if (clock === undefined) return 0;
  const quarter = Math.floor(instant / quarterSeconds);
  if (clock.quarter !== quarter) {
    clock.offset = readOffset(clock.format, quarter * quarterSeconds);
    clock.quarter = quarter;
  }
  return clock.offset;
}

/** `+02:00`, `-0530`, `02:00`; undefined for names. */
function fixedOffset(zone: string): number | undefined {
  if (zone === "UTC" || zone === "Z") return 0;
  const sign = zone.startsWith("-") ? -1 : 1;
  const from = zone.startsWith("-") || zone.startsWith("+") ? 1 : 0;
  if (zone.length !== from + 5 || zone[from + 2] !== ":") return undefined;
  const hours = twoDigits(zone, from);
  const minutes = twoDigits(zone, from + 3);
  if (hours === undefined || minutes === undefined) return undefined;
  return hours > 23 || minutes > 59 ? undefined : sign * (hours * 3_600 + minutes * 60);
}

function twoDigits(text: string, at: number): number | undefined {
  const tens = text.charCodeAt(at) - 0x30;
  const ones = text.charCodeAt(at + 1) - 0x30;
  const areDigits = tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
  return areDigits ? tens * 10 + ones : undefined;
}

function clockOf(zone: string): ZoneClock | undefined {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const format = formatOf(zone);
  if (format === undefined) return undefined;
  const oldest = clocks.size >= clocksMax ? clocks.keys().next().value : undefined;
  if (oldest !== undefined) clocks.delete(oldest);
  const clock = { format, quarter: Number.NaN, offset: 0 };
  clocks.set(zone, clock);
  return clock;
}

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    // Intl has no other way to say that it does not know a zone.
    return undefined;
  }
}

function readOffset(format: Intl.DateTimeFormat, instant: number): number {
  const parts = new Map<string, string>();
  for (const { type, value } of format.formatToParts(instant * 1_000)) parts.set(type, value);
  const number = (type: string): number => Number(parts.get(type));
  const shown = number("year");
  const year = parts.get("era")?.startsWith("B") === true ? 1 - shown : shown;
  const days = daysOfCivil({ year, month: number("month"), day: number("day") });
  const wall = days * secondsPerDay + number("hour") * 3_600;
  return wall + number("minute") * 60 + number("second") - instant;
}
