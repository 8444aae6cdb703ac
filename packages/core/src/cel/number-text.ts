// Reads numbers from texts of the input, strictly and without regular expressions.

import { isDigitUnit } from "./text.ts";
import { isInt64, isUint64 } from "./value.ts";

/** No number that a 64-bit type or a double can tell apart needs more. */
const lengthMax = 1_100;

/** Decimal digits, with a sign before them when `signed`; undefined when it is none or too large. */
export function readInt(text: string, signed: boolean): bigint | undefined {
  if (text.length > 40) return undefined;
  const first = text.charCodeAt(0);
  const from = signed && (first === 0x2b || first === 0x2d) ? 1 : 0;
  if (from === text.length || skipDigits(text, from) !== text.length) return undefined;
  const size = BigInt(text.slice(from));
  const value = from === 1 && first === 0x2d ? -size : size;
  return (signed ? isInt64(value) : isUint64(value)) ? value : undefined;
}

/** Decimal, with a fraction and an exponent if there are such, or a word for what is not finite. */
export function readDouble(text: string): number | undefined {
  if (text.length > lengthMax) return undefined;
  const first = text.charCodeAt(0);
  const from = first === 0x2b || first === 0x2d ? 1 : 0;
  const word = words.get(text.slice(from, from + 9).toLowerCase());
  if (word !== undefined && text.length - from <= 8) return first === 0x2d ? -word : word;
  const whole = skipDigits(text, from);
  let at = whole;
  let digits = whole - from;
  if (text.charCodeAt(at) === 0x2e) {
    const fraction = skipDigits(text, at + 1);
    digits += fraction - at - 1;
    at = fraction;
  }
  if (digits === 0 || skipExponent(text, at) !== text.length) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const words: ReadonlyMap<string, number> = new Map([
  ["inf", Number.POSITIVE_INFINITY],
  ["infinity", Number.POSITIVE_INFINITY],
  ["nan", Number.NaN],
]);

function skipExponent(text: string, from: number): number {
  if ((text.charCodeAt(from) | 0x20) !== 0x65) return from;
  const sign = text.charCodeAt(from + 1);
  const digits = sign === 0x2b || sign === 0x2d ? from + 2 : from + 1;
  const end = skipDigits(text, digits);
  return end === digits ? from : end;
}

function skipDigits(text: string, from: number): number {
  let at = from;
  while (isDigitUnit(text.charCodeAt(at))) at++;
  return at;
}
