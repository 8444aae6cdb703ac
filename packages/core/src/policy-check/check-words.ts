// Times and spans in the words of findings.

import type { Instant } from "../base/clock.ts";
import { dayMs, hourMs, minuteMs, weekdayOf, type ZoneTable } from "./roster-zone.ts";

/** `Sunday 03:00`, to the nearest minute. */
export function whenText(table: ZoneTable, at: Instant): string {
  const { day, clock } = partsOf(table, at);
  return `${dayNames[weekdayOf(day)] ?? ""} ${clock}`;
}

/** `2026-11-22, until Monday 08:00`; after a week without an end the date is said. */
export function untilText(
  table: ZoneTable,
  { fromAt, untilAt }: { readonly fromAt: Instant; readonly untilAt: Instant },
): string {
  const from = partsOf(table, fromAt);
  const date = dateText(from.day);
  if (untilAt - fromAt > 7 * dayMs) return `from ${date} on`;
  return `first on ${date}, until ${whenText(table, untilAt)}`;
}

/** `90m` as files write it. */
export function spanText(spanMs: number): string {
  for (const [unitMs, unit] of units) {
    if (spanMs >= unitMs && spanMs % unitMs === 0) return `${spanMs / unitMs}${unit}`;
  }
  return `${spanMs}ms`;
}

/** `2026-11-22` of a day since 1970. */
export function dateText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

function partsOf(table: ZoneTable, at: Instant): { day: number; clock: string } {
  const local = Math.round(table.localAt(at) / minuteMs) * minuteMs;
  const day = Math.floor(local / dayMs);
  const minute = (local - day * dayMs) / minuteMs;
  const two = (number: number): string => String(number).padStart(2, "0");
  return { day, clock: `${two(Math.floor(minute / 60))}:${two(minute % 60)}` };
}

const dayNames = [
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
  "Sunday",
] as const;
const units = [
  [dayMs, "d"],
  [hourMs, "h"],
  [minuteMs, "m"],
  [1_000, "s"],
] as const;
