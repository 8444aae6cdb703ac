// Sums, products and their kin: no operator mixes kinds of numbers, and what does not fit is an error.

import { type OneOperand, type TwoOperands, unfit } from "./code.ts";
import { charactersPerUnit, type Meter } from "./meter.ts";
import {
  CelDuration,
  CelError,
  type CelPlace,
  type CelResult,
  CelTimestamp,
  CelUint,
  int64Min,
  isDuration,
  isInt64,
  isList,
  isUint64,
  nanosPerSecond,
  timestampSecondsMax,
  timestampSecondsMin,
} from "./value.ts";

export const add: TwoOperands = (a, b, meter, place) => {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a === "string" && typeof b === "string") {
    meter.chargeText(a.length + b.length);
    return a + b;
  }
  if (typeof a === "bigint" && typeof b === "bigint") return asInt(a + b, place);
  if (a instanceof CelUint && b instanceof CelUint) return asUint(a.value + b.value, place);
  if (isList(a) && isList(b)) {
    meter.charge(1 + (a.length + b.length) / 2);
    return a.concat(b);
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) return addBytes(a, b, meter);
  return addTimes(a, b, place) ?? unfit(place, a, b);
};

function addBytes(a: Uint8Array, b: Uint8Array, meter: Meter): Uint8Array {
  meter.charge(1 + (a.length + b.length) / charactersPerUnit);
  const sum = new Uint8Array(a.length + b.length);
  sum.set(a);
  sum.set(b, a.length);
  return sum;
}

function addTimes(a: CelResult, b: CelResult, place: CelPlace): CelResult | undefined {
  if (b instanceof CelDuration) {
    if (a instanceof CelTimestamp) return moved(a, b, place);
    if (a instanceof CelDuration) {
      return asDuration(a.seconds + b.seconds, a.nanos + b.nanos, place);
    }
  }
  return a instanceof CelDuration && b instanceof CelTimestamp ? moved(b, a, place) : undefined;
}

function moved(time: CelTimestamp, by: CelDuration, place: CelPlace): CelResult {
  return asTimestamp(time.seconds + by.seconds, time.nanos + by.nanos, place);
}

export const subtract: TwoOperands = (a, b, _meter, place) => {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "bigint" && typeof b === "bigint") return asInt(a - b, place);
  if (a instanceof CelUint && b instanceof CelUint) return asUint(a.value - b.value, place);
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) {
    return asDuration(a.seconds - b.seconds, a.nanos - b.nanos, place);
  }
  if (b instanceof CelDuration) {
    if (a instanceof CelTimestamp) {
      return asTimestamp(a.seconds - b.seconds, a.nanos - b.nanos, place);
    }
    if (a instanceof CelDuration) {
      return asDuration(a.seconds - b.seconds, a.nanos - b.nanos, place);
    }
  }
  return unfit(place, a, b);
};

export const multiply: TwoOperands = (a, b, _meter, place) => {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (typeof a === "bigint" && typeof b === "bigint") return asInt(a * b, place);
  if (a instanceof CelUint && b instanceof CelUint) return asUint(a.value * b.value, place);
  return unfit(place, a, b);
};

export const divide: TwoOperands = (a, b, _meter, place) => {
  if (typeof a === "number" && typeof b === "number") return a / b;
  if (typeof a === "bigint" && typeof b === "bigint") {
    return b === 0n ? byZero(place) : asInt(a / b, place);
  }
  if (a instanceof CelUint && b instanceof CelUint) {
    return b.value === 0n ? byZero(place) : new CelUint(a.value / b.value);
  }
  return unfit(place, a, b);
};

export const remainder: TwoOperands = (a, b, _meter, place) => {
  if (typeof a === "bigint" && typeof b === "bigint") {
    if (b === 0n) return byZero(place);
    return a === int64Min && b === -1n ? overflow(place) : a % b;
  }
  if (a instanceof CelUint && b instanceof CelUint) {
    return b.value === 0n ? byZero(place) : new CelUint(a.value % b.value);
  }
  return unfit(place, a, b);
};

export const negate: OneOperand = (a, _meter, place) => {
  if (typeof a === "number") return -a;
  if (typeof a === "bigint") return asInt(-a, place);
  return unfit(place, a);
};

export const not: OneOperand = (a, _meter, place) => {
  if (a === true) return false;
  if (a === false) return true;
  return unfit(place, a);
};

function asInt(value: bigint, place: CelPlace): CelResult {
  return isInt64(value) ? value : overflow(place);
}

function asUint(value: bigint, place: CelPlace): CelResult {
  return isUint64(value) ? new CelUint(value) : overflow(place);
}

/** Takes nanoseconds from -10^9 to 2 * 10^9 and carries them into the seconds. */
export function asTimestamp(seconds: number, nanos: number, place: CelPlace): CelResult {
  const carry = Math.floor(nanos / nanosPerSecond);
  const whole = seconds + carry;
  const fits = whole >= timestampSecondsMin && whole <= timestampSecondsMax;
  return fits ? new CelTimestamp(whole, nanos - carry * nanosPerSecond) : overflow(place);
}

export function asDuration(seconds: number, nanos: number, place: CelPlace): CelResult {
  const carry = Math.floor(nanos / nanosPerSecond);
  const whole = seconds + carry;
  const rest = nanos - carry * nanosPerSecond;
  return isDuration(whole, rest) ? new CelDuration(whole, rest) : overflow(place);
}

export function overflow(place: CelPlace): CelError {
  return new CelError("overflow", "the result is outside of the range of its type", place);
}

function byZero(place: CelPlace): CelError {
  return new CelError("division_by_zero", "division by zero", place);
}
