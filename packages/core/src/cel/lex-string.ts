// Reads the string and bytes literals of expressions, with their escapes.

import { encodeUtf8 } from "../base/utf8.ts";

export type DecodedLiteral =
  | {
      readonly ok: true;
      readonly text: string;
      /** Null for a string. */
      readonly bytes: Uint8Array | null;
      readonly end: number;
    }
  | {
      readonly ok: false;
      readonly message: string;
      readonly help: string | null;
      readonly at: number;
      readonly end: number;
    };

const simpleEscapes: ReadonlyMap<string, number> = new Map([
  ["a", 0x07],
  ["b", 0x08],
  ["f", 0x0c],
  ["n", 0x0a],
  ["r", 0x0d],
  ["t", 0x09],
  ["v", 0x0b],
  ["\\", 0x5c],
  ["?", 0x3f],
  ['"', 0x22],
  ["'", 0x27],
  ["`", 0x60],
]);

/** Digits after the letter of an escape that names its code by hexadecimal digits. */
const hexEscapes: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["X", 2],
  ["u", 4],
  ["U", 8],
]);

export function decodeLiteral(source: string, at: number, prefix: string): DecodedLiteral {
  const open = at + prefix.length;
  const mark = source.charAt(open);
  const triple = source.startsWith(mark.repeat(3), open);
  const quote = triple ? mark.repeat(3) : mark;
  const isBytes = prefix.includes("b");
  const parts = new LiteralParts(isBytes);
  let from = open + quote.length;
  while (from < source.length && !source.startsWith(quote, from)) {
    const unit = source.charCodeAt(from);
    if (!triple && (unit === 0x0a || unit === 0x0d)) break;
    if (unit === 0x5c && !prefix.includes("r")) {
      const escape = readEscape(source, from, isBytes);
      if (typeof escape === "string") {
        const end = Math.min(from + 2, source.length);
        return { ok: false, message: escape, help: escapeHelp, at: from, end };
      }
      parts.addEscape(escape.code);
      from = escape.end;
    } else {
      // A raw literal keeps a backslash together with what follows, but a quote still ends it.
      const length = (source.codePointAt(from) ?? 0) > 0xffff ? 2 : 1;
      parts.addText(source.slice(from, from + length));
      from += length;
    }
  }
  if (!source.startsWith(quote, from)) {
    const message = "this string literal has no end";
    return { ok: false, message, help: `close it with ${quote}`, at, end: from };
  }
  return { ok: true, ...parts.finish(), end: from + quote.length };
}

const escapeHelp = "write a backslash as `\\\\`, or put `r` before the literal";

interface Escape {
  readonly code: number;
  readonly end: number;
}

function readEscape(source: string, at: number, isBytes: boolean): Escape | string {
  const letter = source.charAt(at + 1);
  const simple = simpleEscapes.get(letter);
  if (simple !== undefined) return { code: simple, end: at + 2 };
  const digits = hexEscapes.get(letter);
  if (digits !== undefined) {
    if (isBytes && digits > 2) return "a bytes literal has no escapes of code points";
    return readCode(source.slice(at + 2, at + 2 + digits), 16, { digits, end: at + 2 + digits });
  }
  if (letter >= "0" && letter <= "3") {
    return readCode(source.slice(at + 1, at + 4), 8, { digits: 3, end: at + 4 });
  }
  return "this escape does not exist";
}

function readCode(
  text: string,
  radix: 8 | 16,
  { digits, end }: { readonly digits: number; readonly end: number },
): Escape | string {
  const wanted = radix === 8 ? /^[0-7]+$/ : /^[0-9a-fA-F]+$/;
  if (text.length !== digits || !wanted.test(text)) return `this escape wants ${digits} digits`;
  const code = Number.parseInt(text, radix);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return "this is not a code point";
  return { code, end };
}

/** Collects a literal: text for a string, octets for bytes. */
class LiteralParts {
  readonly #isBytes: boolean;
  #text = "";
  readonly #octets: number[] = [];

  constructor(isBytes: boolean) {
    this.#isBytes = isBytes;
  }

  addText(text: string): void {
    if (this.#isBytes) this.#octets.push(...encodeUtf8(text));
    else this.#text += text;
  }

  addEscape(code: number): void {
    if (this.#isBytes) this.#octets.push(code);
    else this.#text += String.fromCodePoint(code);
  }

  finish(): { readonly text: string; readonly bytes: Uint8Array | null } {
    return { text: this.#text, bytes: this.#isBytes ? Uint8Array.from(this.#octets) : null };
  }
}
