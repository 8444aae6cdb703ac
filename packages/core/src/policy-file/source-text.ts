// Says where each character of a value stands in the file, through quotes, escapes and folded lines.

import type { SourceNode } from "./source-tree.ts";

type ScalarNode = Extract<SourceNode, { kind: "scalar" }>;

/**
 * Offsets into `text` of each UTF-16 unit of the scalar's value, and one more for its end; null when
 * the written form does not lead to the value.
 *
 * Folding and indentation only add and take away white space. So what is not white space stands in
 * the same order in both, and white space of the value lies between its neighbours.
 */
export function offsetsOf(text: string, node: ScalarNode): readonly number[] | null {
  if (typeof node.value !== "string" || node.style === null) return null;
  const written = writtenUnits(text, node);
  const offsets: number[] = [];
  let next = 0;
  let after = written[0]?.at ?? node.at;
  for (const letter of units(node.value)) {
    if (isWhite(letter)) {
      offsets.push(Math.min(after, written[next]?.at ?? node.end));
      after += 1;
      continue;
    }
    const unit = written[next];
    if (unit === undefined || unit.letter !== letter) return null;
    offsets.push(unit.at);
    after = unit.end;
    next += 1;
  }
  offsets.push(Math.min(after, node.end));
  return offsets;
}

interface Unit {
  readonly letter: string;
  readonly at: number;
  /** Offset after its written form. */
  readonly end: number;
}

/** What is written and is not white space, with its escapes resolved. */
function writtenUnits(text: string, node: ScalarNode): readonly Unit[] {
  const found: Unit[] = [];
  const isQuoted = node.style === "single" || node.style === "double";
  const end = isQuoted ? node.end - 1 : node.end;
  let at = node.style === "block" ? lineAfter(text, node.at) : node.at + (isQuoted ? 1 : 0);
  while (at < end) {
    const letter = text.charAt(at);
    const escape = node.style === "double" && letter === "\\" ? escapeAt(text, at) : null;
    const isDoubled = node.style === "single" && letter === "'";
    const after = at + (escape?.length ?? (isDoubled ? 2 : 1));
    for (const unit of units(escape?.value ?? letter)) {
      if (!isWhite(unit)) found.push({ letter: unit, at, end: after });
    }
    at = after;
  }
  return found;
}

function* units(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += 1) yield text.charAt(at);
}

function lineAfter(text: string, at: number): number {
  const newLine = text.indexOf("\n", at);
  return newLine < 0 ? text.length : newLine + 1;
}

function isWhite(letter: string): boolean {
  return letter === " " || letter === "\t" || letter === "\n" || letter === "\r";
}

/** An escape of double quotes: what it stands for, and how long it is. */
function escapeAt(text: string, at: number): { value: string; length: number } {
  const mark = text.charAt(at + 1);
  const digits = hexDigits[mark];
  if (digits !== undefined) {
    const code = Number.parseInt(text.slice(at + 2, at + 2 + digits), 16);
    const value = Number.isNaN(code) || code > 0x10ffff ? "" : String.fromCodePoint(code);
    return { value, length: 2 + digits };
  }
  return { value: letters[mark] ?? mark, length: 2 };
}

const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const letters: Readonly<Record<string, string>> = {
  "0": "\u0000",
  a: "\u0007",
  b: "\b",
  e: "\u001b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};
