// Cuts an expression into tokens, each with its place; the first thing that is wrong ends the list.

import { decodeLiteral } from "./lex-string.ts";
import type { CelFault } from "./fault.ts";

export type TokenKind =
  | "ident"
  | "quoted"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "sign"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  /** The name, the sign or the digits; the value of a string. */
  readonly text: string;
  /** The value of a bytes literal; else null. */
  readonly bytes: Uint8Array | null;
  readonly at: number;
  readonly end: number;
}

export interface Lexed {
  readonly tokens: readonly Token[];
  readonly fault: CelFault | null;
}

const signs2: ReadonlySet<string> = new Set(["&&", "||", "==", "!=", "<=", ">="]);
const signs1: ReadonlySet<string> = new Set("()[]{}.,?:+-*/%<>!".split(""));
const instead: ReadonlyMap<string, string> = new Map([
  ["=", "use `==`"],
  ["&", "use `&&`"],
  ["|", "use `||`"],
  ["^", "there are no bit operators"],
  ["~", "there are no bit operators"],
  [";", "one expression has no statements"],
  ["$", "write the name alone, without `${…}`"],
]);

export function lex(source: string): Lexed {
  const lexer = new Lexer(source);
  return lexer.run();
}

type Read = Token | CelFault | null;

class Lexer {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Lexed {
    const tokens: Token[] = [];
    for (;;) {
      this.#skipBlank();
      const read = this.#next();
      if (read !== null && "severity" in read) {
        tokens.push(endToken(this.#source.length));
        return { tokens, fault: read };
      }
      if (read === null) {
        tokens.push(endToken(this.#source.length));
        return { tokens, fault: null };
      }
      tokens.push(read);
      this.#at = read.end;
    }
  }

  #skipBlank(): void {
    for (; this.#at < this.#source.length; this.#at++) {
      const unit = this.#source.charCodeAt(this.#at);
      if (unit === 0x2f && this.#source.charCodeAt(this.#at + 1) === 0x2f) {
        const line = this.#source.indexOf("\n", this.#at);
        if (line === -1) this.#at = this.#source.length - 1;
        else this.#at = line;
      } else if (unit !== 0x20 && !(unit >= 0x09 && unit <= 0x0d)) return;
    }
  }

  #next(): Read {
    const at = this.#at;
    if (at >= this.#source.length) return null;
    const unit = this.#source.charCodeAt(at);
    if (unit === 0x22 || unit === 0x27) return this.#literal("");
    if (isIdentStart(unit)) return this.#word();
    if (isDigit(unit)) return this.#number();
    if (unit === 0x2e && isDigit(this.#source.charCodeAt(at + 1))) return this.#number();
    if (unit === 0x60) return this.#quoted();
    return this.#sign();
  }

  #word(): Read {
    let end = this.#at;
    while (end < this.#source.length && isIdentPart(this.#source.charCodeAt(end))) end++;
    const text = this.#source.slice(this.#at, end);
    const next = this.#source.charCodeAt(end);
    if ((next === 0x22 || next === 0x27) && /^(?:r|b|rb|br)$/i.test(text)) {
      return this.#literal(text.toLowerCase());
    }
    return { kind: "ident", text, bytes: null, at: this.#at, end };
  }

  #literal(prefix: string): Read {
    const read = decodeLiteral(this.#source, this.#at, prefix);
    if (!read.ok) return syntaxFault(read.message, read, read.help);
    const kind = read.bytes === null ? "string" : "bytes";
    return { kind, text: read.text, bytes: read.bytes, at: this.#at, end: read.end };
  }

  #quoted(): Read {
    const end = this.#source.indexOf("`", this.#at + 1);
    const place = { at: this.#at, end: end === -1 ? this.#source.length : end + 1 };
    const text = this.#source.slice(this.#at + 1, end === -1 ? undefined : end);
    if (end === -1 || !/^[A-Za-z0-9_./ -]+$/.test(text)) {
      const help = "letters, digits, `_`, `.`, `-`, `/` and spaces between two back-ticks";
      return syntaxFault("this is not a quoted field name", place, help);
    }
    return { kind: "quoted", text, bytes: null, ...place };
  }

  #number(): Read {
    const { kind, text, end } = readNumber(this.#source, this.#at);
    if (end < this.#source.length && isIdentPart(this.#source.charCodeAt(end))) {
      const place = { at: this.#at, end: end + 1 };
      return syntaxFault("a number is followed at once by a letter or digit", place, null);
    }
    return { kind, text, bytes: null, at: this.#at, end };
  }

  #sign(): Read {
    const at = this.#at;
    const two = this.#source.slice(at, at + 2);
    if (signs2.has(two)) return { kind: "sign", text: two, bytes: null, at, end: at + 2 };
    const one = two.slice(0, 1);
    if (signs1.has(one)) return { kind: "sign", text: one, bytes: null, at, end: at + 1 };
    if (one.charCodeAt(0) > 0x7e) {
      const help = "letters beyond ASCII may stand only inside of string literals";
      return syntaxFault("unexpected character beyond ASCII", { at, end: at + 1 }, help);
    }
    return syntaxFault(
      `unexpected character \`${one}\``,
      { at, end: at + 1 },
      instead.get(one) ?? null,
    );
  }
}

function endToken(length: number): Token {
  return { kind: "end", text: "", bytes: null, at: length, end: length };
}

export function syntaxFault(
  message: string,
  place: { readonly at: number; readonly end: number },
  help: string | null,
): CelFault {
  return { severity: "error", code: "syntax", message, at: place.at, end: place.end, help };
}

interface NumberText {
  readonly kind: "int" | "uint" | "double";
  readonly text: string;
  readonly end: number;
}

function readNumber(source: string, at: number): NumberText {
  const second = source.charCodeAt(at + 1);
  if (source.charCodeAt(at) === 0x30 && (second === 0x78 || second === 0x58)) {
    return withSuffix(source, at, skipHex(source, at + 2));
  }
  const whole = skipDigits(source, at);
  let end = whole;
  if (source.charCodeAt(end) === 0x2e && isDigit(source.charCodeAt(end + 1))) {
    end = skipDigits(source, end + 1);
  }
  end = skipExponent(source, end);
  if (end === whole) return withSuffix(source, at, end);
  return { kind: "double", text: source.slice(at, end), end };
}

function withSuffix(source: string, at: number, end: number): NumberText {
  const text = source.slice(at, end);
  const unit = source.charCodeAt(end);
  if (unit === 0x75 || unit === 0x55) return { kind: "uint", text, end: end + 1 };
  return { kind: "int", text, end };
}

function skipExponent(source: string, from: number): number {
  const unit = source.charCodeAt(from);
  if (unit !== 0x65 && unit !== 0x45) return from;
  const sign = source.charCodeAt(from + 1);
  const digits = sign === 0x2b || sign === 0x2d ? from + 2 : from + 1;
  return isDigit(source.charCodeAt(digits)) ? skipDigits(source, digits) : from;
}

function skipDigits(source: string, from: number): number {
  let at = from;
  while (isDigit(source.charCodeAt(at))) at++;
  return at;
}

function skipHex(source: string, from: number): number {
  let at = from;
  for (; ; at++) {
    const unit = source.charCodeAt(at) | 0x20;
    if (!isDigit(source.charCodeAt(at)) && !(unit >= 0x61 && unit <= 0x66)) return at;
  }
}

function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

function isIdentStart(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a) || unit === 0x5f;
}

function isIdentPart(unit: number): boolean {
  return isIdentStart(unit) || isDigit(unit);
}
