// Local times of one zone over a span: where its offset changes, and when its clocks show a time.

import { type Instant, isoOf } from "../base/clock.ts";
import { wallTime } from "../base/zone.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

export interface Span {
  readonly fromAt: Instant;
  readonly untilAt: Instant;
}

/** Offsets of a zone from UTC, found once, because asking for a wall time is slow. */
export class ZoneTable {
  readonly zone: string;
  /** Where another offset begins; the first is the beginning of the span. */
  readonly changes: readonly Instant[];
  readonly #offsets: readonly number[];

  constructor(zone: string, span: Span) {
    this.zone = zone;
    const changes: Instant[] = [span.fromAt - 2 * dayMs];
    let offset = offsetOf(changes[0] ?? 0, zone);
    const offsets = [offset];
    for (let at = changes[0] ?? 0; at < span.untilAt + 2 * dayMs; at += dayMs) {
      const next = offsetOf(at + dayMs, zone);
      if (next === offset) continue;
      changes.push(changeBetween(at, at + dayMs, zone));
      offsets.push(next);
      offset = next;
    }
    this.changes = changes;
    this.#offsets = offsets;
  }

  /** Milliseconds since 1970 that the clocks on the wall show, as if they were in UTC. */
  localAt(at: Instant): number {
    return at + this.#offsetAt(at);
  }

  /** Instants at which the clocks may show a local time; one of them does, if any does. */
  instantsOf(local: number): readonly Instant[] {
    const before = this.#offsetAt(local - 14 * hourMs);
    const after = this.#offsetAt(local + 14 * hourMs);
    return before === after ? [local - before] : [local - before, local - after];
  }

  #offsetAt(at: Instant): number {
    let low = 0;
    let high = this.changes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.changes[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return this.#offsets[low] ?? 0;
  }
}

/** The zones of one policy over one span, each made once. */
export class Zones {
  readonly span: Span;
  readonly #tables = new Map<string, ZoneTable>();

  constructor(span: Span) {
    this.span = span;
  }

  of(zone: string): ZoneTable {
    const made = this.#tables.get(zone) ?? new ZoneTable(zone, this.span);
    this.#tables.set(zone, made);
    return made;
  }
}

/**
 * Instants within a span at which the clocks may come to one of some minutes of a day, or are
 * changed. INVARIANT: between two of them the clocks pass none of those minutes.
 */
export function clockTimes(
  table: ZoneTable,
  span: Span,
  minutes: readonly number[],
): readonly Instant[] {
  const first = Math.floor(table.localAt(span.fromAt) / dayMs) - 1;
  const last = Math.floor(table.localAt(span.untilAt) / dayMs) + 1;
  const found = [...table.changes];
  for (let day = first; day <= last; day += 1) {
    for (const minute of minutes) found.push(...table.instantsOf(day * dayMs + minute * minuteMs));
  }
  return found.filter((at) => at > span.fromAt && at < span.untilAt);
}

/** 0 is Monday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

export const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** Minutes since midnight of `HH:MM`. */
export function minutesOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}

/** Days since 1970 of `YYYY-MM-DD`. */
export function dayOf(date: string): number {
  const [year = 1970, month = 1, day = 1] = date.split("-").map(Number);
  return Date.UTC(year, month - 1, day) / dayMs;
}

/** `YYYY-MM-DD` of days since 1970. */
export function dateOf(day: number): string {
  return isoOf(day * dayMs).slice(0, 10);
}

function offsetOf(at: Instant, zone: string): number {
  const wall = wallTime(at, zone);
  const local = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
  return local - Math.floor(at / 1_000) * 1_000;
}

/** The second from which on the offset is another one. */
function changeBetween(from: Instant, to: Instant, zone: string): Instant {
  const offset = offsetOf(from, zone);
  let low = Math.floor(from / 1_000);
  let high = Math.ceil(to / 1_000);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetOf(middle * 1_000, zone) === offset) low = middle;
    else high = middle;
  }
  return high * 1_000;
}
