// Texts as rows of code points, where JavaScript has rows of 16-bit units.

import { isHighSurrogate, isLowSurrogate } from "../base/utf8.ts";

export function codePointsIn(text: string): number {
  let count = text.length;
  for (let at = 0; at + 1 < text.length; at++) {
    if (isHighSurrogate(text.charCodeAt(at)) && isLowSurrogate(text.charCodeAt(at + 1))) {
      count--;
      at++;
    }
  }
  return count;
}

/** The offset in units of the code point with this number; -1 when the text has not so many. */
export function unitOffset(text: string, point: number): number {
  if (point < 0) return -1;
  let at = 0;
  for (let passed = 0; passed < point; passed++) {
    if (at >= text.length) return -1;
    at += isPair(text, at) ? 2 : 1;
  }
  return at;
}

/** The number of the code point that begins at this unit. */
export function pointAt(text: string, unit: number): number {
  let point = 0;
  for (let at = 0; at < unit; point++) at += isPair(text, at) ? 2 : 1;
  return point;
}

export function isPair(text: string, at: number): boolean {
  return isHighSurrogate(text.charCodeAt(at)) && isLowSurrogate(text.charCodeAt(at + 1));
}

/** White space as Unicode has it; JavaScript's own trim takes U+FEFF too. */
export function isBlank(unit: number): boolean {
  if (unit <= 0x20) return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d);
  if (unit < 0x1680) return unit === 0x85 || unit === 0xa0;
  if (unit >= 0x2000 && unit <= 0x200a) return true;
  return blanks.has(unit);
}

const blanks: ReadonlySet<number> = new Set([0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000]);

export function isDigitUnit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
