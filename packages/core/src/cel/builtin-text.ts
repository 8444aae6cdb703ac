// Functions that make a text from another: cut, joined, replaced, in other letters.

import {
  type Builtin,
  type ManyOperands,
  type OneOperand,
  type TwoOperands,
  unfit,
} from "./code.ts";
import { chargeSearch, outOfRange } from "./builtin-search.ts";
import { itemAt } from "./equality.ts";
import { isBlank, isPair, unitOffset } from "./text.ts";
import { CelError, type CelResult, isList } from "./value.ts";
import type { Meter } from "./meter.ts";

/** ASCII only: other letters have lower cases that depend on the language. */
const lowerAscii: OneOperand = (text, meter, place) => {
  if (typeof text !== "string") return unfit(place, text);
  return recased(text, meter, { first: 0x41, last: 0x5a, by: 0x20 });
};

const upperAscii: OneOperand = (text, meter, place) => {
  if (typeof text !== "string") return unfit(place, text);
  return recased(text, meter, { first: 0x61, last: 0x7a, by: -0x20 });
};

interface Shift {
  readonly first: number;
  readonly last: number;
  readonly by: number;
}

/** Units that are turned into text at once: the engine takes them as arguments of one call. */
const chunkLength = 4_096;

function recased(text: string, meter: Meter, { first, last, by }: Shift): string {
  meter.charge(1 + text.length / 4);
  const units = new Uint16Array(Math.min(text.length, chunkLength));
  let result = "";
  for (let from = 0; from < text.length; from += chunkLength) {
    const length = Math.min(chunkLength, text.length - from);
    for (let at = 0; at < length; at++) {
      const unit = text.charCodeAt(from + at);
      units[at] = unit >= first && unit <= last ? unit + by : unit;
    }
    result += String.fromCharCode.apply(null, units.subarray(0, length) as unknown as number[]);
  }
  return result;
}

const trim: OneOperand = (text, meter, place) => {
  if (typeof text !== "string") return unfit(place, text);
  meter.chargeText(2 * text.length);
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
};

const charAt: TwoOperands = (text, index, meter, place) => {
  if (typeof text !== "string" || typeof index !== "bigint") return unfit(place, text, index);
  meter.chargeText(2 * text.length);
  const at = index > BigInt(text.length) ? -1 : unitOffset(text, Number(index));
  if (at === -1) return outOfRange(place);
  return text.slice(at, at + (isPair(text, at) ? 2 : 1));
};

const substring: ManyOperands = ([text, from, to], meter, place) => {
  const isFit = typeof text === "string" && typeof from === "bigint";
  if (!isFit || (to !== undefined && typeof to !== "bigint")) {
    return unfit(place, text ?? null, from ?? null, to ?? null);
  }
  meter.chargeText(4 * text.length);
  const limit = BigInt(text.length);
  const start = from > limit ? -1 : unitOffset(text, Number(from));
  let end = text.length;
  if (to !== undefined) end = to > limit ? -1 : unitOffset(text, Number(to));
  return start === -1 || end === -1 || start > end ? outOfRange(place) : text.slice(start, end);
};

/** `split(s)`, and `split(s, n)` into at most n parts; an empty separator parts all code points. */
const split: ManyOperands = ([text, by, count], meter, place) => {
  const isFit = typeof text === "string" && typeof by === "string";
  if (!isFit || (count !== undefined && typeof count !== "bigint")) {
    return unfit(place, text ?? null, by ?? null, count ?? null);
  }
  chargeSearch(text.length, by.length, meter);
  const partsMax = limitOf(count);
  if (partsMax === 0) return [];
  const parts: string[] = [];
  let from = 0;
  while (parts.length < partsMax - 1) {
    const found = by === "" ? nextPoint(text, from) : text.indexOf(by, from);
    if (found === -1) break;
    meter.charge(1);
    parts.push(text.slice(from, found));
    from = found + by.length;
  }
  if (by !== "" || from < text.length) parts.push(text.slice(from));
  return parts;
};

/** A negative number, or none, is no limit. */
function limitOf(count: bigint | undefined): number {
  return count === undefined || count < 0n ? Number.POSITIVE_INFINITY : Number(count);
}

/** Where the code point at `from` ends; -1 when it is the last. */
function nextPoint(text: string, from: number): number {
  const next = from + (isPair(text, from) ? 2 : 1);
  return next >= text.length ? -1 : next;
}

const join: ManyOperands = ([list, by], meter, place) => {
  const between = by === undefined ? "" : by;
  if (list === undefined || !isList(list) || typeof between !== "string") {
    return unfit(place, list ?? null, between);
  }
  meter.charge(1 + list.length);
  const texts: string[] = [];
  for (let index = 0; index < list.length; index++) {
    const item = itemAt(list, index);
    if (typeof item !== "string") return unfit(place, item);
    meter.chargeText(item.length + between.length);
    texts.push(item);
  }
  return texts.join(between);
};

/** `replace(a, b)`, and `replace(a, b, n)` for the first n places; an empty `a` is before each point. */
const replace: ManyOperands = ([text, old, now, count], meter, place) => {
  const isFit = typeof text === "string" && typeof old === "string" && typeof now === "string";
  if (!isFit || (count !== undefined && typeof count !== "bigint")) {
    return unfit(place, ...[text, old, now, count].map((value): CelResult => value ?? null));
  }
  chargeSearch(text.length, old.length, meter);
  const placesMax = limitOf(count);
  if (old === "") return spread(text, { between: now, placesMax, meter });
  const parts: string[] = [];
  let from = 0;
  while (parts.length < placesMax) {
    const found = text.indexOf(old, from);
    if (found === -1) break;
    meter.chargeText(16 + now.length);
    parts.push(text.slice(from, found));
    from = found + old.length;
  }
  parts.push(text.slice(from));
  return parts.join(now);
};

interface Spreading {
  readonly between: string;
  readonly placesMax: number;
  readonly meter: Meter;
}

function spread(text: string, { between, placesMax, meter }: Spreading): string {
  let result = "";
  let places = 0;
  for (const point of text) {
    if (places >= placesMax) result += point;
    else {
      meter.chargeText(16 + between.length);
      result += between + point;
      places++;
    }
  }
  return places < placesMax ? result + between : result;
}

/** The longest text that is normalised. */
const normalisedLengthMax = 4_096;
/** No character before this one combines with others. */
const firstCombining = 0x300;
/** Pairs of marks that one unit pays for. */
const pairsPerUnit = 100;

const nfkc: OneOperand = (text, meter, place) => {
  if (typeof text !== "string") return unfit(place, text);
  if (text.length > normalisedLengthMax) {
    const message = `only ${normalisedLengthMax} characters can be normalised`;
    return new CelError("text_too_long", message, place);
  }
  meter.charge(1 + text.length + pairsToSort(text) / pairsPerUnit);
  return text.normalize("NFKC");
};

/** Marks that stand in a row are sorted, in time that grows with the square of their number. */
function pairsToSort(text: string): number {
  let pairs = 0;
  let run = 0;
  for (let at = 0; at < text.length; at++) {
    run = text.charCodeAt(at) < firstCombining ? 0 : run + 1;
    pairs += run;
  }
  return 2 * pairs;
}

export const textFunctions: Readonly<Record<string, Builtin>> = {
  ".lowerAscii": { one: lowerAscii },
  ".upperAscii": { one: upperAscii },
  ".trim": { one: trim },
  ".charAt": { two: charAt },
  ".substring": { many: substring, counts: [2, 3] },
  ".split": { many: split, counts: [2, 3] },
  ".join": { many: join, counts: [1, 2] },
  ".replace": { many: replace, counts: [3, 4] },
  nfkc: { one: nfkc },
};
