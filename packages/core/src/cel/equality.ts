// When two values are equal, and which of two is the smaller: exact across the kinds of numbers.

import { maskedError, unfit } from "./code.ts";
import { charactersPerUnit, type Meter } from "./meter.ts";
import {
  CelDuration,
  CelError,
  CelMap,
  type CelObject,
  type CelPlace,
  type CelResult,
  CelTimestamp,
  CelType,
  CelUint,
  type CelValue,
  isCelObject,
  isList,
  kindOf,
  mapKeyOf,
  memberOf,
} from "./value.ts";

/** Levels that a comparison follows; JSON of an action has 64. */
const depthMax = 100;

/** A boolean, or an error. Values of different types are not equal. */
export function equals(a: CelResult, b: CelResult, meter: Meter, place: CelPlace): CelResult {
  if (typeof a === "string" && typeof b === "string") return equalTexts(a, b, meter);
  if (typeof a === "number" && typeof b === "number") return a === b;
  return new Equality(meter, place).compare(a, b, 0);
}

function equalTexts(a: string, b: string, meter: Meter): boolean {
  if (a.length !== b.length) return false;
  if (a.length > charactersPerUnit) meter.charge(a.length / charactersPerUnit);
  return a === b;
}

class Equality {
  readonly #meter: Meter;
  readonly #place: CelPlace;

  constructor(meter: Meter, place: CelPlace) {
    this.#meter = meter;
    this.#place = place;
  }

  compare(a: CelResult, b: CelResult, depth: number): boolean | CelError {
    this.#meter.charge(1);
    if (a instanceof CelError) return a;
    if (b instanceof CelError) return b;
    const kindA = kindOf(a);
    const kindB = kindOf(b);
    if (kindA === "masked" || kindB === "masked") return maskedError(this.#place);
    if (isNumber(a) && isNumber(b)) return orderOfNumbers(plain(a), plain(b)) === 0;
    if (kindA !== kindB) return false;
    if (typeof a === "string") return equalTexts(a, b as string, this.#meter);
    if (typeof a !== "object" || a === null) return a === b;
    if (depth > depthMax) {
      return new CelError("value_too_deep", "the values are nested too deeply", this.#place);
    }
    if (isList(a) && isList(b)) return this.#lists(a, b, depth);
    if (kindA === "map") return this.#maps(a as CelMap | CelObject, b as CelMap | CelObject, depth);
    return this.#scalars(a, b);
  }

  #scalars(a: CelValue, b: CelValue): boolean {
    if (a instanceof Uint8Array && b instanceof Uint8Array) {
      this.#meter.chargeText(Math.min(a.length, b.length));
      return orderOfBytes(a, b) === 0;
    }
    if (a instanceof CelType && b instanceof CelType) return a.name === b.name;
    return orderOfTimes(a, b) === 0;
  }

  /** A pair that differs decides, wherever it stands; else the first error does. */
  #lists(a: readonly CelValue[], b: readonly CelValue[], depth: number): boolean | CelError {
    if (a.length !== b.length) return false;
    let fault: CelError | null = null;
    for (let index = 0; index < a.length; index++) {
      const result = this.compare(itemAt(a, index), itemAt(b, index), depth + 1);
      if (result === false) return false;
      if (result !== true) fault ??= result;
    }
    return fault ?? true;
  }

  #maps(a: CelMap | CelObject, b: CelMap | CelObject, depth: number): boolean | CelError {
    const keys = keysOf(a, this.#meter);
    if (keys.length !== keysOf(b, this.#meter).length) return false;
    // To find a key in a large map costs more than a step.
    this.#meter.charge(2 * keys.length);
    let fault: CelError | null = null;
    for (const key of keys) {
      const other = valueAt(b, key);
      if (other === undefined) return false;
      const result = this.compare(valueAt(a, key) ?? null, other, depth + 1);
      if (result === false) return false;
      if (result !== true) fault ??= result;
    }
    return fault ?? true;
  }
}

/** Lists of the input may have holes only when they are not JSON; a hole counts as hidden. */
export function itemAt(list: readonly CelValue[], index: number): CelResult {
  return list[index] as CelResult;
}

export function keysOf(map: CelMap | CelObject, meter: Meter): readonly CelValue[] {
  if (map instanceof CelMap) {
    meter.charge(1 + 3 * map.entries.size);
    return [...map.entries.values()].map((entry) => entry.key);
  }
  const keys = Object.keys(map);
  meter.charge(1 + 3 * keys.length);
  return keys;
}

/** A value of a map by its key; undefined when there is none. */
export function valueAt(map: CelMap | CelObject, key: CelValue): CelResult | undefined {
  if (map instanceof CelMap) {
    const mapKey = mapKeyOf(key);
    return mapKey === undefined ? undefined : map.entries.get(mapKey)?.value;
  }
  return typeof key === "string" ? memberOf(map, key) : undefined;
}

export function isMap(value: CelResult | undefined): value is CelMap | CelObject {
  return isCelObject(value) || value instanceof CelMap;
}

export function isNumber(value: CelResult): value is number | bigint | CelUint {
  return typeof value === "number" || typeof value === "bigint" || value instanceof CelUint;
}

function plain(value: number | bigint | CelUint): number | bigint {
  return value instanceof CelUint ? value.value : value;
}

/** Below, at or above zero; NaN when there is no order, as with NaN itself. */
export function orderOf(
  a: CelResult,
  b: CelResult,
  meter: Meter,
  place: CelPlace,
): number | CelError {
  if (isNumber(a) && isNumber(b)) return orderOfNumbers(plain(a), plain(b));
  if (typeof a === "string" && typeof b === "string") {
    meter.chargeText(2 * Math.min(a.length, b.length));
    return orderOfTexts(a, b);
  }
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    meter.chargeText(Math.min(a.length, b.length));
    return orderOfBytes(a, b);
  }
  return orderOfTimes(a, b) ?? unfit(place, a, b);
}

/** JavaScript compares a number with a bigint by their exact values. */
function orderOfNumbers(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : 0;
}

function orderOfTimes(a: CelResult, b: CelResult): number | undefined {
  const bothTimes = a instanceof CelTimestamp && b instanceof CelTimestamp;
  const bothSpans = a instanceof CelDuration && b instanceof CelDuration;
  if (!bothTimes && !bothSpans) return undefined;
  return a.seconds === b.seconds ? a.nanos - b.nanos : a.seconds - b.seconds;
}

function orderOfBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** By code point: JavaScript's own order puts U+10000 and above before U+E000. */
export function orderOfTexts(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) {
    const unitA = a.charCodeAt(at);
    const unitB = b.charCodeAt(at);
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
