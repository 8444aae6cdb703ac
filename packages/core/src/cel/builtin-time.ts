// Parts of timestamps, in UTC or in a named zone, and the whole hours to milliseconds of durations.

import { assert } from "../base/assert.ts";
import { civilOfDays, daysOfCivil, secondsPerDay, weekdayOfDays } from "../base/civil.ts";
import { isZone, offsetOf } from "../base/zone.ts";
import { type Builtin, type OneOperand, type TwoOperands, unfit } from "./code.ts";
import { CelDuration, CelError, type CelPlace, CelTimestamp } from "./value.ts";

/** What a part is computed from: the wall clock as seconds since 1970, and nanoseconds. */
type PartOf = (wallSeconds: number, nanos: number) => number;

/** A zone that no literal names may be one that nobody asked for before. */
const unknownZoneUnits = 1_000;
const zoneUnits = 100;
const partUnits = 3;

function part(partOf: PartOf, spanPart?: PartOf): TimePart {
  const one: OneOperand = (value, meter, place) => {
    meter.charge(partUnits);
    if (value instanceof CelTimestamp) return BigInt(partOf(value.seconds, value.nanos));
    if (!(value instanceof CelDuration) || spanPart === undefined) return unfit(place, value);
    return BigInt(spanPart(value.seconds, value.nanos));
  };
  const inZone: TwoOperands = (value, zone, meter, place) => {
    if (!(value instanceof CelTimestamp) || typeof zone !== "string") {
      return unfit(place, value, zone);
    }
    meter.charge(zoneUnits);
    return BigInt(partOf(value.seconds + offsetOf(value.seconds, zone), value.nanos));
  };
  const two: TwoOperands = (value, zone, meter, place) => {
    if (typeof zone !== "string") return unfit(place, value, zone);
    meter.charge(unknownZoneUnits);
    if (zone.length > zoneLengthMax || !isZone(zone)) return unknownZone(place);
    return inZone(value, zone, meter, place);
  };
  return { one, two, inZone };
}

interface TimePart {
  readonly one: OneOperand;
  readonly two: TwoOperands;
  /** As `two`, for a zone that is known to exist. */
  readonly inZone: TwoOperands;
}

const zoneLengthMax = 64;

function unknownZone(place: CelPlace): CelError {
  return new CelError("unknown_zone", "there is no such time zone", place);
}

function daysOf(seconds: number): number {
  return Math.floor(seconds / secondsPerDay);
}

/** Seconds since midnight. */
function restOf(seconds: number): number {
  return seconds - daysOf(seconds) * secondsPerDay;
}

const date = (seconds: number): ReturnType<typeof civilOfDays> => civilOfDays(daysOf(seconds));
const toMs = (nanos: number): number => Math.floor(nanos / 1_000_000);
/** Durations are rounded down inside; their parts go towards zero. */
const whole = (seconds: number, nanos: number, per: number): number =>
  Math.trunc((seconds + nanos / 1_000_000_000) / per);

const parts: Readonly<Record<string, TimePart>> = {
  ".getFullYear": part((seconds) => date(seconds).year),
  ".getMonth": part((seconds) => date(seconds).month - 1),
  ".getDate": part((seconds) => date(seconds).day),
  ".getDayOfMonth": part((seconds) => date(seconds).day - 1),
  ".getDayOfWeek": part((seconds) => weekdayOfDays(daysOf(seconds))),
  ".getDayOfYear": part((seconds) => {
    const { year } = date(seconds);
    return daysOf(seconds) - daysOfCivil({ year, month: 1, day: 1 });
  }),
  ".getHours": part(
    (seconds) => Math.floor(restOf(seconds) / 3_600),
    (seconds, nanos) => whole(seconds, nanos, 3_600),
  ),
  ".getMinutes": part(
    (seconds) => Math.floor((restOf(seconds) % 3_600) / 60),
    (seconds, nanos) => whole(seconds, nanos, 60),
  ),
  ".getSeconds": part(
    (seconds) => restOf(seconds) % 60,
    (seconds, nanos) => whole(seconds, nanos, 1),
  ),
  ".getMilliseconds": part(
    (_seconds, nanos) => toMs(nanos),
    (seconds, nanos) => (seconds < 0 && nanos > 0 ? toMs(nanos) - 1_000 : toMs(nanos)),
  ),
};

export const timeFunctions: Readonly<Record<string, Builtin>> = parts;

/** The function of this name for a zone that was looked up when the expression was compiled. */
export function zoned(name: string): TwoOperands {
  const part = parts[name];
  assert(part !== undefined, "Only parts of timestamps take a zone.");
  return part.inZone;
}
