// Lengths of time as callers write them, in milliseconds and as the wire spells them.

import type { Duration } from "./action.ts";

const FORM = /^([1-9][0-9]{0,6})(ms|s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds; throws a RangeError for anything that is not a length of time. */
export function durationMs(duration: Duration): number {
  if (typeof duration === "number") {
    if (Number.isFinite(duration) && duration >= 0) return duration;
    throw new RangeError(`\`${duration}\` is not a number of milliseconds`);
  }
  const [, count, unit] = FORM.exec(duration) ?? [];
  const unitMs = UNIT_MS[unit ?? ""];
  if (count === undefined || unitMs === undefined) {
    throw new RangeError(`\`${duration}\` is not a length of time such as 30s, 5m or 2h`);
  }
  return Number(count) * unitMs;
}

/** The wire's form, rounded up to whole seconds where milliseconds would not fit. */
export function durationText(duration: Duration): string {
  const ms = Math.max(1, Math.ceil(durationMs(duration)));
  if (typeof duration === "string") return duration;
  return ms < 10_000_000 ? `${ms}ms` : `${Math.ceil(ms / 1_000)}s`;
}
