// The strict I-JSON reader: what it accepts has one meaning, what it refuses it locates.

import { assert } from "../assert.ts";
import {
  decodeUtf8,
  isHighSurrogate,
  isLowSurrogate,
  utf8FaultOffset,
  utf8Length,
} from "../utf8.ts";
import { survivesDouble } from "./number.ts";
import type { Json, JsonObject } from "./value.ts";

export interface JsonFault {
  code:
    | "json_invalid"
    | "json_duplicate_key"
    | "json_lone_surrogate"
    | "json_inexact_number"
    | "json_too_deep"
    | "json_too_large"
    | "json_too_many_nodes";
  path: string; // JSON Pointer (RFC 6901) of the value, or of the object around an unreadable key
  offset: number; // bytes of a byte array, UTF-16 code units of a string
  detail: string;
}

export interface JsonBounds {
  bytesMax: number; // UTF-8 bytes, for a string too
  depthMax: number; // nested arrays and objects; a scalar alone has depth 0
  nodesMax: number; // values of every kind, containers included
}

export function readJson(
  input: string | Uint8Array,
  bounds: JsonBounds,
): { ok: true; value: Json } | { ok: false; fault: JsonFault } {
  assert(bounds.depthMax <= STACK_DEPTH_MAX, "JSON depth bounds stay within what the stack holds.");
  if (exceedsBytes(input, bounds.bytesMax)) {
    const detail = `the document is larger than ${bounds.bytesMax} bytes`;
    return { ok: false, fault: { code: "json_too_large", path: "", offset: 0, detail } };
  }
  const text = typeof input === "string" ? input : decodeUtf8(input);
  if (text === undefined) {
    const offset = typeof input === "string" ? 0 : utf8FaultOffset(input);
    const detail = "the document is not valid UTF-8";
    return { ok: false, fault: { code: "json_invalid", path: "", offset, detail } };
  }
  const reader = new Reader(text, bounds);
  const value = reader.document();
  if (value !== undefined) return { ok: true, value };
  const fault = reader.fault;
  assert(fault !== undefined, "A JSON document without a value has a fault.");
  if (typeof input !== "string") fault.offset = utf8Length(text, fault.offset);
  return { ok: false, fault };
}

const STACK_DEPTH_MAX = 1000;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const ARRAY_OPEN = 0x5b;
const BACKSLASH = 0x5c;
const ARRAY_CLOSE = 0x5d;
const LETTER_U = 0x75;
const OBJECT_OPEN = 0x7b;
const OBJECT_CLOSE = 0x7d;
const SURROGATES = 0xd800;

const ESCAPES: ReadonlyMap<number, string> = new Map(
  Object.entries({
    '"': '"',
    "\\": "\\",
    "/": "/",
    b: "\b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
  }).map(([letter, character]) => [letter.charCodeAt(0), character]),
);

const POWERS_OF_TEN: readonly number[] = Array.from({ length: 16 }, (_, power) => 10 ** power);
const DIGITS_ALWAYS_EXACT = 15;

// INVARIANT: every method returns undefined if and only if it has set `fault`.
class Reader {
  fault: JsonFault | undefined = undefined;
  private readonly text: string;
  private readonly depthMax: number;
  private readonly nodesMax: number;
  private nodes = 0;
  private at = 0;

  constructor(text: string, bounds: JsonBounds) {
    this.text = text;
    this.depthMax = bounds.depthMax;
    this.nodesMax = bounds.nodesMax;
  }

  document(): Json | undefined {
    const value = this.value(0);
    if (value === undefined) return undefined;
    this.peek();
    if (this.at < this.text.length) return this.invalid("the document ends after its first value");
    return value;
  }

  private value(depth: number): Json | undefined {
    const unit = this.peek();
    if (++this.nodes > this.nodesMax) {
      const detail = `the document holds more than ${this.nodesMax} values`;
      return this.refuse("json_too_many_nodes", this.at, detail);
    }
    if (unit === QUOTE) return this.string();
    if (unit === OBJECT_OPEN || unit === ARRAY_OPEN) {
      if (depth >= this.depthMax) {
        const detail = `arrays and objects nest deeper than ${this.depthMax}`;
        return this.refuse("json_too_deep", this.at, detail);
      }
      this.at++;
      return unit === OBJECT_OPEN ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (unit === MINUS || (unit >= ZERO && unit <= NINE)) return this.number();
    return this.literal();
  }

  private object(depth: number): JsonObject | undefined {
    const members: JsonObject = {};
    if (this.peek() === OBJECT_CLOSE) {
      this.at++;
      return members;
    }
    for (;;) {
      if (this.peek() !== QUOTE) return this.invalid("an object key is a string in double quotes");
      const keyAt = this.at;
      const key = this.string();
      if (key === undefined) return undefined;
      // No member is ever undefined, so only an own or an inherited name gets past the comparison.
      const taken = members[key] !== undefined;
      if (taken && Object.hasOwn(members, key)) {
        this.refuse("json_duplicate_key", keyAt, "the object holds this key more than once");
        return this.within(key);
      }
      if (this.peek() !== COLON) return this.invalid("a colon follows an object key");
      this.at++;
      const value = this.value(depth);
      if (value === undefined) return this.within(key);
      if (taken) define(members, key, value);
      else members[key] = value;
      const unit = this.peek();
      if (unit !== COMMA && unit !== OBJECT_CLOSE) {
        return this.invalid("a comma or a closing brace follows an object member");
      }
      this.at++;
      if (unit === OBJECT_CLOSE) return members;
    }
  }

  private array(depth: number): Json[] | undefined {
    const items: Json[] = [];
    if (this.peek() === ARRAY_CLOSE) {
      this.at++;
      return items;
    }
    for (;;) {
      const value = this.value(depth);
      if (value === undefined) return this.within(String(items.length));
      items.push(value);
      const unit = this.peek();
      if (unit !== COMMA && unit !== ARRAY_CLOSE) {
        return this.invalid("a comma or a closing bracket follows an array item");
      }
      this.at++;
      if (unit === ARRAY_CLOSE) return items;
    }
  }

  private string(): string | undefined {
    const text = this.text;
    const from = this.at + 1;
    for (let at = from; ; at++) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) {
        this.at = at + 1;
        return text.slice(from, at);
      }
      // Past the end the unit is NaN, which only the negated comparison catches.
      if (unit === BACKSLASH || !(unit >= SPACE && unit < SURROGATES)) return this.rest(from, at);
    }
  }

  // Reads on from the first character of a string that needs more than a slice.
  private rest(start: number, stop: number): string | undefined {
    const text = this.text;
    let read = "";
    let from = start;
    for (let at = stop; ;) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) {
        this.at = at + 1;
        return read + text.slice(from, at);
      }
      if (unit === BACKSLASH) {
        read += text.slice(from, at);
        const character = this.escape(at);
        if (character === undefined) return undefined;
        read += character;
        at = from = this.at;
      } else if (unit >= SPACE) {
        if ((unit & 0xf800) !== SURROGATES) at++;
        else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(at + 1))) at += 2;
        else return this.refuse("json_lone_surrogate", at, LONE_SURROGATE);
      } else {
        this.at = at;
        return this.invalid("a string has no bare control characters and ends with a double quote");
      }
    }
  }

  // Reads one escape, or the two of a surrogate pair, and moves past it.
  private escape(at: number): string | undefined {
    const letter = this.text.charCodeAt(at + 1);
    this.at = at + 2;
    if (letter !== LETTER_U) {
      return ESCAPES.get(letter) ?? this.refuse("json_invalid", at, "JSON has no such escape");
    }
    const unit = this.hex(at);
    if (unit === undefined || (unit & 0xf800) !== SURROGATES) {
      return unit === undefined ? undefined : String.fromCharCode(unit);
    }
    if (!isHighSurrogate(unit) || !this.text.startsWith("\\u", at + 6)) {
      return this.refuse("json_lone_surrogate", at, LONE_SURROGATE);
    }
    const low = this.hex(at + 6);
    if (low === undefined) return undefined;
    if (!isLowSurrogate(low)) return this.refuse("json_lone_surrogate", at, LONE_SURROGATE);
    return String.fromCharCode(unit, low);
  }

  private hex(at: number): number | undefined {
    const digits = this.text.slice(at + 2, at + 6);
    this.at = at + 6;
    if (/^[0-9a-fA-F]{4}$/.test(digits)) return Number.parseInt(digits, 16);
    return this.refuse("json_invalid", at, "four hexadecimal digits follow \\u");
  }

  private number(): number | undefined {
    const text = this.text;
    const from = this.at;
    const negative = text.charCodeAt(from) === MINUS;
    const first = negative ? from + 1 : from;
    let at = this.digits(first);
    if (at === first) return this.invalidAt(at, "a digit follows a minus sign");
    if (at > first + 1 && text.charCodeAt(first) === ZERO) {
      return this.invalidAt(from, "a number has no leading zeros");
    }
    let mantissa = this.mantissa;
    let fraction = 0;
    let plain = at - first <= DIGITS_ALWAYS_EXACT;
    if (text.charCodeAt(at) === POINT) {
      const end = this.digits(at + 1, mantissa);
      fraction = end - at - 1;
      if (fraction === 0) return this.invalidAt(end, "a digit follows a decimal point");
      mantissa = this.mantissa;
      plain = end - first - 1 <= DIGITS_ALWAYS_EXACT;
      at = end;
    }
    if ((text.charCodeAt(at) | 0x20) === 0x65) {
      const sign = text.charCodeAt(at + 1);
      const power = sign === MINUS || sign === 0x2b ? at + 2 : at + 1;
      at = this.digits(power);
      if (at === power) return this.invalidAt(at, "a digit follows an exponent");
      plain = false;
    }
    this.at = at;
    // INVARIANT: at most 15 digits without an exponent are exact, and one division rounds once.
    if (plain) {
      const size = fraction === 0 ? mantissa : mantissa / (POWERS_OF_TEN[fraction] ?? Number.NaN);
      return negative && size !== 0 ? -size : size;
    }
    return this.longNumber(from, at);
  }

  private longNumber(from: number, to: number): number | undefined {
    const literal = this.text.slice(from, to);
    const value = Number(literal);
    // Minus zero is read as zero: RFC 8785 writes both alike, so only one of them may exist.
    if (survivesDouble(literal, value)) return value === 0 ? 0 : value;
    const detail = `the number does not survive a double, which would hold ${String(value)}`;
    return this.refuse("json_inexact_number", from, detail);
  }

  private mantissa = 0;

  // Moves past digits and leaves their number, read on from `seed`, in `mantissa`.
  private digits(from: number, seed: number = 0): number {
    let mantissa = seed;
    for (let at = from; ; at++) {
      const digit = this.text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) {
        this.mantissa = mantissa;
        return at;
      }
      mantissa = mantissa * 10 + digit;
    }
  }

  private literal(): Json | undefined {
    for (const [word, value] of LITERALS) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.invalid("a value is an object, array, string, number, true, false or null");
  }

  // Skips white space and looks at the next code unit: NaN at the end of the text.
  private peek(): number {
    const text = this.text;
    for (let at = this.at; ; at++) {
      const unit = text.charCodeAt(at);
      if (unit !== SPACE && unit !== LINE_FEED && unit !== TAB && unit !== CARRIAGE_RETURN) {
        this.at = at;
        return unit;
      }
    }
  }

  private invalid(detail: string): undefined {
    return this.refuse("json_invalid", this.at, detail);
  }

  private invalidAt(offset: number, detail: string): undefined {
    return this.refuse("json_invalid", offset, detail);
  }

  private refuse(code: JsonFault["code"], offset: number, detail: string): undefined {
    this.fault = { code, path: "", offset: Math.min(offset, this.text.length), detail };
    return undefined;
  }

  // The path grows on the way out, so that a document without fault pays nothing for it.
  private within(key: string): undefined {
    if (this.fault === undefined) return undefined;
    const segment = key.replaceAll("~", "~0").replaceAll("/", "~1");
    this.fault.path = `/${segment}${this.fault.path}`;
    return undefined;
  }
}

const LONE_SURROGATE = "the string holds half of a surrogate pair";
const LITERALS: readonly (readonly [string, Json])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

// SECURITY: assignment of an inherited name such as __proto__ would reach the prototype.
function define(members: JsonObject, key: string, value: Json): void {
  const attributes = { configurable: true, enumerable: true, writable: true };
  Object.defineProperty(members, key, { ...attributes, value });
}

function exceedsBytes(input: string | Uint8Array, bytesMax: number): boolean {
  if (input.length * 3 <= bytesMax) return false;
  if (input.length > bytesMax) return true;
  return typeof input === "string" && utf8Length(input) > bytesMax;
}
