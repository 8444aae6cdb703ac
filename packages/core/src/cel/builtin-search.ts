// Functions that look for one text in another; positions count code points.

import { type Builtin, type ManyOperands, type TwoOperands, unfit } from "./code.ts";
import { charactersPerUnit, type Meter } from "./meter.ts";
import { pointAt, unitOffset } from "./text.ts";
import { CelError, type CelPlace, type CelResult } from "./value.ts";

const startsWith: TwoOperands = (text, part, meter, place) => {
  if (typeof text !== "string" || typeof part !== "string") return unfit(place, text, part);
  meter.chargeText(Math.min(part.length, text.length));
  return text.startsWith(part);
};

const endsWith: TwoOperands = (text, part, meter, place) => {
  if (typeof text !== "string" || typeof part !== "string") return unfit(place, text, part);
  meter.chargeText(Math.min(part.length, text.length));
  return text.endsWith(part);
};

const contains: TwoOperands = (text, part, meter, place) => {
  if (typeof text !== "string" || typeof part !== "string") return unfit(place, text, part);
  chargeSearch(text.length, part.length, meter);
  return text.includes(part);
};

/**
 * The engine's search may compare the whole part at every position of a text that is made for it, so
 * that is what is paid for.
 */
export function chargeSearch(textLength: number, partLength: number, meter: Meter): void {
  const positions = Math.max(0, textLength - partLength) + 1;
  const compared = Math.max(2, partLength / searchedPerPosition);
  meter.charge(1 + (positions * compared) / charactersPerUnit);
}

const searchedPerPosition = 16;

const indexOf: ManyOperands = ([text, part, from], meter, place) => {
  if (typeof text !== "string" || typeof part !== "string")
    return unfit(place, text ?? null, part ?? null);
  const start = startOf(text, from === undefined ? 0n : from, { meter, place });
  if (start instanceof CelError) return start;
  chargeSearch(text.length, part.length, meter);
  const found = text.indexOf(part, start);
  return found === -1 ? -1n : BigInt(pointAt(text, found));
};

/** With a second position: the last place at or before it. */
const lastIndexOf: ManyOperands = ([text, part, from], meter, place) => {
  if (typeof text !== "string" || typeof part !== "string")
    return unfit(place, text ?? null, part ?? null);
  chargeSearch(text.length, part.length, meter);
  if (from === undefined) return asPoint(text, text.lastIndexOf(part));
  const start = startOf(text, from, { meter, place });
  return start instanceof CelError ? start : asPoint(text, text.lastIndexOf(part, start));
};

function asPoint(text: string, unit: number): bigint {
  return unit === -1 ? -1n : BigInt(pointAt(text, unit));
}

interface Looking {
  readonly meter: Meter;
  readonly place: CelPlace;
}

/** The unit at which a search begins; the end of the text is allowed. */
function startOf(text: string, from: CelResult, { meter, place }: Looking): number | CelError {
  if (typeof from !== "bigint") return unfit(place, from);
  meter.chargeText(text.length);
  const start = from > BigInt(text.length) ? -1 : unitOffset(text, Number(from));
  return start === -1 ? outOfRange(place) : start;
}

export function outOfRange(place: CelPlace): CelError {
  return new CelError("index_out_of_range", "the text has no such position", place);
}

export const searchFunctions: Readonly<Record<string, Builtin>> = {
  ".startsWith": { two: startsWith },
  ".endsWith": { two: endsWith },
  ".contains": { two: contains },
  ".indexOf": { many: indexOf, counts: [2, 3] },
  ".lastIndexOf": { many: lastIndexOf, counts: [2, 3] },
};
