// `size`: code points of a text, bytes, items of a list, entries of a map.

import { type Builtin, type OneOperand, unfit } from "./code.ts";
import { codePointsIn } from "./text.ts";
import { CelError, CelMap, type CelPlace, type CelResult, isCelObject, isList } from "./value.ts";
import type { Meter } from "./meter.ts";

/** The size as a plain number: comparisons with constants need no bigint. */
export function sizeOf(value: CelResult, meter: Meter, place: CelPlace): number | CelError {
  if (isList(value)) return value.length;
  if (typeof value === "string") {
    meter.chargeText(value.length);
    return codePointsIn(value);
  }
  if (isCelObject(value)) {
    const { length } = Object.keys(value);
    meter.charge(3 * length);
    return length;
  }
  if (value instanceof Uint8Array) return value.length;
  return value instanceof CelMap ? value.entries.size : unfit(place, value);
}

const size: OneOperand = (value, meter, place) => {
  const count = sizeOf(value, meter, place);
  return count instanceof CelError ? count : BigInt(count);
};

export const sizeFunctions: Readonly<Record<string, Builtin>> = {
  size: { one: size },
  ".size": { one: size },
};
