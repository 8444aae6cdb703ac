// Reads the plain part of YAML that most policy files keep to, many times faster than the YAML library.

import { policyNodesMax } from "../base/limits.ts";
import type { SourceField, SourceNode } from "./source-tree.ts";

/**
 * The tree of a text, or null when anything in it is not plain: then the library reads it.
 *
 * INVARIANT: a tree is the tree that the library makes of the same text, without a fault. So whatever
 * this does not know for certain it leaves to the library: anchors, tags, values on several lines but
 * for simple blocks of text, tabs, keys in quotes in blocks, unusual numbers, keys without values.
 */
export function quickTree(text: string): SourceNode | null {
  if (text.includes("\t") || text.includes("\r") || text.startsWith("\ufeff")) return null;
  if (loneSurrogate.test(text)) return null;
  try {
    const root = new QuickReader(text).read();
    return root.size > policyNodesMax ? null : root;
  } catch (error) {
    if (error === notPlain) return null;
    throw error;
  }
}

/** Thrown, always this one value, where the text leaves the plain part. */
const notPlain = new Error("The text is not plain");

class QuickReader {
  readonly #text: string;
  #at = 0;
  /** Column of the line that is read next, once `#nextLine` found it; -1 at the end. */
  #column = -1;

  constructor(text: string) {
    this.#text = text;
  }

  read(): SourceNode {
    if (this.#nextLine() !== 0) throw notPlain;
    const root = this.#map(0, 0);
    if (this.#at < this.#text.length) throw notPlain;
    return root;
  }

  /** Goes to the first character of the next line that is neither empty nor a comment. */
  #nextLine(): number {
    const text = this.#text;
    for (;;) {
      let start = this.#at;
      while (text.charCodeAt(start) === space) start += 1;
      const code = text.charCodeAt(start);
      if (Number.isNaN(code)) {
        this.#at = text.length;
        this.#column = -1;
        return this.#column;
      }
      if (code !== newLine && code !== hash) {
        this.#column = start - this.#at;
        this.#at = start;
        return this.#column;
      }
      const end = text.indexOf("\n", start);
      this.#at = end < 0 ? text.length : end + 1;
    }
  }

  /** A map whose keys begin in `column`; the first key begins here. */
  #map(column: number, depth: number): SourceNode {
    if (depth > DEPTH_MAX) throw notPlain;
    const at = this.#at;
    const fields: SourceField[] = [];
    const seen = new Set<string>();
    let size = 1;
    let height = 0;
    do {
      const keyAt = this.#at;
      const key = this.#key(seen);
      const value = this.#blockValue(column, depth);
      fields.push({ key, keyAt, value });
      size += value.size;
      height = Math.max(height, value.height);
    } while (this.#column === column);
    if (this.#column > column) throw notPlain;
    return { kind: "map", at, size, height: height + 1, fields };
  }

  /** A key and its colon. */
  #key(seen: Set<string>): string {
    keyPattern.lastIndex = this.#at;
    const key = keyPattern.exec(this.#text)?.[1];
    if (key === undefined || wordValues.has(key) || key === "__proto__" || seen.has(key)) {
      throw notPlain;
    }
    seen.add(key);
    this.#at += key.length + 1;
    return key;
  }

  /** What stands behind the colon of a key in `column`: on its line, or in a block below. */
  #blockValue(column: number, depth: number): SourceNode {
    this.#skipSpaces();
    const code = this.#code();
    if (code === pipe || code === greater) return this.#textBlock(column);
    if (!this.#isLineEnd()) return this.#inline(depth + 1);
    this.#endLine();
    if (this.#column < column) throw notPlain;
    if (this.#isDash()) return this.#list(this.#column, depth + 1);
    if (this.#column === column) throw notPlain;
    return this.#map(this.#column, depth + 1);
  }

  /** Lines of text below a key in `column`; gaps and indented lines of folded text are not plain. */
  #textBlock(column: number): SourceNode {
    const at = this.#at;
    blockHead.lastIndex = at;
    const head = blockHead.exec(this.#text)?.[0];
    if (head === undefined) throw notPlain;
    const isFolded = head.startsWith(">");
    this.#at += head.length;
    let indent = 0;
    const lines: string[] = [];
    for (;;) {
      blockLine.lastIndex = this.#at;
      const found = blockLine.exec(this.#text);
      if (found === null) throw notPlain;
      const spaces = found[1]?.length ?? 0;
      if (lines.length === 0) indent = spaces;
      if (spaces < indent || indent <= column) break;
      if (isFolded && (spaces > indent || found[0].endsWith(" \n"))) throw notPlain;
      lines.push(found[0].slice(indent, -1));
      this.#at += found[0].length;
      if (this.#at >= this.#text.length || this.#code() === newLine) break;
    }
    const end = this.#at;
    if (lines.length === 0) throw notPlain;
    // Behind a gap the text may go on, and a gap at the end of the file is read in its own way.
    const next = this.#nextLine();
    const isAfterGap = this.#text.charCodeAt(end) === newLine;
    if (isAfterGap && (next === -1 || this.#hasIndented(end, indent))) throw notPlain;
    const ending = head.includes("-") ? "" : "\n";
    const value = lines.join(isFolded ? " " : "\n") + ending;
    return { kind: "scalar", at, size: 1, height: 0, value, end, style: "block" };
  }

  /** True when a line between here and the next one is indented so far that it may be text. */
  #hasIndented(from: number, indent: number): boolean {
    for (let at = from; at < this.#at; at += 1) {
      let spaces = 0;
      while (this.#text.charCodeAt(at + spaces) === space) spaces += 1;
      if (spaces >= indent || (spaces > 0 && this.#text.charCodeAt(at + spaces) === newLine)) {
        return true;
      }
      const end = this.#text.indexOf("\n", at);
      if (end < 0) return false;
      at = end;
    }
    return false;
  }

  /** A list whose dashes stand in `column`; the first one stands here. */
  #list(column: number, depth: number): SourceNode {
    if (depth > DEPTH_MAX) throw notPlain;
    const at = this.#at;
    const items: SourceNode[] = [];
    let size = 1;
    let height = 0;
    do {
      const dashAt = this.#at;
      this.#at += 1;
      this.#skipSpaces();
      if (this.#isLineEnd() || this.#isDash()) throw notPlain;
      keyPattern.lastIndex = this.#at;
      const isMap = keyPattern.test(this.#text);
      const item = isMap
        ? this.#map(column + this.#at - dashAt, depth + 1)
        : this.#inline(depth + 1);
      items.push(item);
      size += item.size;
      height = Math.max(height, item.height);
    } while (this.#column === column && this.#isDash());
    if (this.#column > column) throw notPlain;
    return { kind: "list", at, size, height: height + 1, items };
  }

  /** A value that ends on its line, and the way to the next line. */
  #inline(depth: number): SourceNode {
    const value = this.#value(depth, false);
    const end = this.#at;
    this.#skipSpaces();
    if (!this.#isLineEnd() || (this.#at === end && this.#code() === hash)) throw notPlain;
    this.#endLine();
    return value;
  }

  #value(depth: number, isFlow: boolean): SourceNode {
    if (depth > DEPTH_MAX) throw notPlain;
    const code = this.#code();
    if (code === openList) return this.#flowList(depth);
    if (code === openMap) return this.#flowMap(depth);
    const at = this.#at;
    if (code === doubleQuote || code === singleQuote) {
      const value = this.#quoted(code);
      const style = code === doubleQuote ? "double" : "single";
      return { kind: "scalar", at, size: 1, height: 0, value, end: this.#at, style };
    }
    const value = plainValue(this.#plain(isFlow));
    return { kind: "scalar", at, size: 1, height: 0, value, end: this.#at, style: "plain" };
  }

  #flowList(depth: number): SourceNode {
    const at = this.#at;
    const items: SourceNode[] = [];
    let size = 1;
    let height = 0;
    this.#open();
    while (this.#code() !== closeList) {
      const item = this.#value(depth + 1, true);
      items.push(item);
      size += item.size;
      height = Math.max(height, item.height);
      this.#separate(closeList);
    }
    this.#at += 1;
    return { kind: "list", at, size, height: height + 1, items };
  }

  #flowMap(depth: number): SourceNode {
    const at = this.#at;
    const fields: SourceField[] = [];
    const seen = new Set<string>();
    let size = 1;
    let height = 0;
    this.#open();
    while (this.#code() !== closeMap) {
      const keyAt = this.#at;
      const key = this.#code() === doubleQuote ? this.#quotedKey(seen) : this.#key(seen);
      if (this.#code() !== space) throw notPlain;
      this.#skipSpaces();
      const value = this.#value(depth + 1, true);
      fields.push({ key, keyAt, value });
      size += value.size;
      height = Math.max(height, value.height);
      this.#separate(closeMap);
    }
    this.#at += 1;
    return { kind: "map", at, size, height: height + 1, fields };
  }

  #open(): void {
    this.#at += 1;
    this.#skipSpaces();
  }

  /** A comma and something behind it, or the end of the collection. */
  #separate(close: number): void {
    this.#skipSpaces();
    const code = this.#code();
    if (code === close) return;
    if (code !== comma) throw notPlain;
    this.#at += 1;
    this.#skipSpaces();
    if (this.#code() === close) throw notPlain;
  }

  #quotedKey(seen: Set<string>): string {
    const start = this.#at;
    const key = this.#quoted(doubleQuote);
    const isLong = this.#at - start > KEY_LENGTH_MAX;
    if (isLong || this.#code() !== colon || key === "__proto__" || key === "<<" || seen.has(key)) {
      throw notPlain;
    }
    seen.add(key);
    this.#at += 1;
    return key;
  }

  /** Text in quotes on one line. */
  #quoted(quote: number): string {
    const pattern = quote === doubleQuote ? doublePattern : singlePattern;
    pattern.lastIndex = this.#at;
    const raw = pattern.exec(this.#text)?.[1];
    if (raw === undefined) throw notPlain;
    this.#at += raw.length + 2;
    if (quote === singleQuote) return raw.replaceAll("''", "'");
    if (!raw.includes("\\")) return raw;
    return raw.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
  }

  /** Text without quotes, up to where its line or its place in a collection ends. */
  #plain(isFlow: boolean): string {
    const pattern = isFlow ? flowPattern : blockPattern;
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw notPlain;
    const plain = found.replace(/ +$/, "");
    const after = this.#text.charCodeAt(this.#at + found.length);
    // A colon that may make a key of it, and a comment, end it as well: the library knows how.
    const isColon = after === colon || plain.endsWith(":") || plain.includes(": ");
    if (isColon || (isFlow && plain.includes(" #"))) throw notPlain;
    const comment = isFlow ? -1 : plain.indexOf(" #");
    const text = comment < 0 ? plain : plain.slice(0, comment).replace(/ +$/, "");
    this.#at += text.length;
    return text;
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #skipSpaces(): void {
    while (this.#text.charCodeAt(this.#at) === space) this.#at += 1;
  }

  #isDash(): boolean {
    if (this.#code() !== dash) return false;
    const next = this.#text.charCodeAt(this.#at + 1);
    return next === space || next === newLine || Number.isNaN(next);
  }

  #isLineEnd(): boolean {
    const code = this.#code();
    return code === newLine || code === hash || Number.isNaN(code);
  }

  #endLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end + 1;
    this.#nextLine();
  }
}

/** What the core schema makes of text without quotes; unusual numbers are left to the library. */
function plainValue(text: string): string | number | boolean | null {
  const word = wordValues.get(text);
  if (word !== undefined) return word;
  if (!maybeNumber.test(text)) return text;
  if (!plainNumber.test(text)) throw notPlain;
  return Number(text);
}

const wordValues: ReadonlyMap<string, boolean | null> = new Map([
  ...["null", "Null", "NULL", "~"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
]);

/** Characters of a key in quotes, far below what YAML allows on a line. */
const KEY_LENGTH_MAX = 256;
/** Nesting that is plain; the library is asked how deep is too deep. */
const DEPTH_MAX = 32;

const pipe = 0x7c;
const greater = 0x3e;
const space = 0x20;
const newLine = 0x0a;
const hash = 0x23;
const dash = 0x2d;
const colon = 0x3a;
const comma = 0x2c;
const doubleQuote = 0x22;
const singleQuote = 0x27;
const openList = 0x5b;
const closeList = 0x5d;
const openMap = 0x7b;
const closeMap = 0x7d;

const loneSurrogate = /\p{Surrogate}/u;
const keyPattern = /([A-Za-z_][A-Za-z0-9_.-]{0,127}):(?=[ \n]|$)/y;
const blockHead = /[|>]-?\n/y;
/** A line with something on it. */
const blockLine = /( *)[^ \n][^\n]*\n/y;
const doublePattern = /"((?:[^"\\\n]|\\["\\/nt])*)"/y;
const singlePattern = /'((?:[^'\n]|'')*)'/y;
const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t" };
/** The first letter is no sign of YAML, but for the minus of a number. */
const blockPattern = /(?:[^\n\-?:,[\]{}#&*!|>'"%@` ]|-(?=[0-9]))[^\n]*/y;
const flowPattern =
  /(?:[^\n\-?:,[\]{}#&*!|>'"%@` ]|-(?=[0-9]))(?:[^\n,[\]{}:]|:(?=[^\n ,[\]{}]))*/y;
/** What the core schema takes for a number, in any of its forms. */
const maybeNumber =
  /^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|nan))$/i;
const plainNumber = /^(?:0|-?[1-9][0-9]{0,14}|-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15})$/;
