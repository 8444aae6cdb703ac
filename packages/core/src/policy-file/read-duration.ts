// Spans of time in a policy file: `15m` and its kin, read and written.

import { type Place, type Reading, scalarOf, wrongType } from "./reading.ts";

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A span such as `15m`, in milliseconds. */
export function readDuration(
  reading: Reading,
  place: Place,
  what: string,
  bounds: { readonly minMs: number; readonly maxMs: number },
): number | null {
  const value = scalarOf(place);
  const form = "write a whole number and a unit, as in `30s`, `15m`, `1h` or `2d`";
  if (typeof value !== "string") return wrongType(reading, place, what, "a duration such as `15m`");
  const parts = /^([1-9][0-9]{0,8})(ms|s|m|h|d)$/.exec(value);
  const unit = unitMs[parts?.[2] ?? ""];
  if (parts === null || unit === undefined) {
    return reading.error(place, "duration_invalid", `${what} cannot be \`${value}\``, form);
  }
  const spanMs = Number(parts[1]) * unit;
  if (spanMs < bounds.minMs || spanMs > bounds.maxMs) {
    const range = `${writeDuration(bounds.minMs)} to ${writeDuration(bounds.maxMs)}`;
    return reading.error(
      place,
      "duration_invalid",
      `${what} lies within ${range}, not at ${value}`,
    );
  }
  return spanMs;
}

/** A span, or `0` with or without a unit. */
export function readDurationOrNone(
  reading: Reading,
  place: Place,
  what: string,
  bounds: { readonly minMs: number; readonly maxMs: number },
): number | null {
  const value = scalarOf(place);
  const isNone = value === 0 || (typeof value === "string" && /^0(ms|s|m|h|d)$/.test(value));
  return isNone ? 0 : readDuration(reading, place, what, bounds);
}

/** The form in which durations stand in a snapshot: seconds when they are whole. */
export function writeDuration(spanMs: number): string {
  return spanMs % 1_000 === 0 ? `${spanMs / 1_000}s` : `${spanMs}ms`;
}
