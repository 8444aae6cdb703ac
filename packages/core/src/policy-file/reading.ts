// The small readers that every part of a policy is read with: a value, or a finding at its place.

import { policyFindingsMax } from "../base/limits.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import type { CheckedCel } from "../cel/check.ts";
import type { ParsedCel } from "../cel/parse.ts";
import type { StaticType } from "../cel/type.ts";
import { type Finding, nearest } from "../policy/finding.ts";
import type { Source } from "./source.ts";
import { offsetsOf } from "./source-text.ts";
import type { SourceNode } from "./source-tree.ts";

/** One value of the file, with its JSON Pointer. */
export interface Place {
  readonly node: SourceNode;
  readonly path: string;
}

/** The members of one map, by key. */
export type Members = ReadonlyMap<string, Place>;

/** What the file defines, so that a reference to anything else is an error. */
export interface Names {
  readonly roles: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly schedules: ReadonlySet<string>;
  readonly calendars: ReadonlySet<string>;
  /** Null when the rules are not known, as in a file of tests alone. */
  readonly rules: ReadonlySet<string> | null;
  readonly invariants: ReadonlySet<string>;
  /** Null leaves the list open. */
  readonly riskTags: ReadonlySet<string> | null;
  readonly topics: readonly string[] | null;
}

const noNames: Names = {
  roles: new Set(),
  groups: new Set(),
  schedules: new Set(),
  calendars: new Set(),
  rules: null,
  invariants: new Set(),
  riskTags: null,
  topics: null,
};

/** What one reading of a file carries along. */
export class Reading {
  readonly findings: Finding[];
  /** Names that references are checked against; filled before the references are read. */
  names: Names = noNames;
  /** Trees and checks by source text and by types: large files say the same thing often. */
  readonly expressions: {
    readonly parsed: Map<string, ParsedCel>;
    readonly checked: Map<ReadonlyMap<string, StaticType>, Map<string, CheckedCel>>;
  } = { parsed: new Map(), checked: new Map() };
  readonly #source: Source;

  /** What is read was loaded before: a rule that came since is not held against it. */
  readonly isStored: boolean;

  constructor(source: Source) {
    this.isStored = source.text === null;
    this.findings = [...source.findings];
    this.#source = source;
  }

  error(place: Place, code: string, message: string, help: string | null = null): null {
    this.report({ place, severity: "error", code, message, help });
    return null;
  }

  warn(place: Place, code: string, message: string, help: string | null = null): void {
    this.report({ place, severity: "warning", code, message, help });
  }

  note(place: Place, code: string, message: string, help: string | null = null): void {
    this.report({ place, severity: "note", code, message, help });
  }

  report(found: Found): void {
    const { place, severity, code, message, help } = found;
    // INVARIANT: the first error is always kept, so a file with one never loads.
    if (this.findings.length >= policyFindingsMax && severity !== "error") return;
    if (this.findings.length >= 2 * policyFindingsMax) return;
    const { path } = place;
    this.findings.push({ severity, code, message, ...this.#extentOf(found), path, help });
  }

  #extentOf({
    place,
    at,
    length = 0,
    span,
  }: Found): Pick<Finding, "line" | "column" | "endColumn"> {
    const { node } = place;
    let start = at ?? node.at;
    let end = at === undefined && node.kind === "scalar" ? node.end : start + length;
    const { text, locate } = this.#source;
    const isQuotedKey = length > 0 && /["']/.test(text?.charAt(start) ?? "");
    if (isQuotedKey) end += 2;
    if (span !== undefined && text !== null && node.kind === "scalar") {
      const offsets = offsetsOf(text, node);
      start = offsets?.[span.at] ?? start;
      end = offsets?.[span.end] ?? start;
    }
    const from = locate(start);
    const until = locate(end);
    if (until.line !== from.line || end <= start) return from;
    return { ...from, endColumn: until.column };
  }
}

interface Found {
  readonly place: Place;
  /** Where the finding stands when that is not where the value begins: at a key. */
  readonly at?: number;
  /** Characters of that key. */
  readonly length?: number;
  /** The part of the value that is meant, in offsets into the value. */
  readonly span?: { readonly at: number; readonly end: number };
  readonly severity: Finding["severity"];
  readonly code: string;
  readonly message: string;
  readonly help: string | null;
}

/** Keys of the policy language that this version does not evaluate. */
const laterKeys = new Set(["confidence", "by_risk"]);

/** Reads a map whose keys are known; `what` names it in messages. */
export function readMembers(
  reading: Reading,
  place: Place,
  what: string,
  known: readonly string[],
): Members | null {
  if (place.node.kind !== "map") return wrongType(reading, place, what, "a map");
  const members = new Map<string, Place>();
  for (const field of place.node.fields) {
    const member: Place = { node: field.value, path: childPath(place.path, field.key) };
    if (known.includes(field.key)) {
      members.set(field.key, member);
    } else if (laterKeys.has(field.key)) {
      reading.report({
        place: member,
        at: field.keyAt,
        length: field.key.length,
        severity: "error",
        code: "not_supported_yet",
        message: `this version does not evaluate \`${field.key}\` in ${what}`,
        help: `remove \`${field.key}\`, or wait for a version that reads it; nothing is left out silently`,
      });
    } else {
      const near = nearest(field.key, known);
      reading.report({
        place: member,
        at: field.keyAt,
        length: field.key.length,
        severity: "error",
        code: "unknown_key",
        message: `unknown key \`${field.key}\` in ${what}`,
        help: near === null ? `known keys: ${known.join(", ")}` : `did you mean \`${near}\`?`,
      });
    }
  }
  return members;
}

/** Every member of a map whose keys are names that the file chooses. */
export function readNamed(
  reading: Reading,
  place: Place,
  what: string,
): readonly (readonly [string, Place])[] {
  if (place.node.kind !== "map") {
    wrongType(reading, place, what, "a map");
    return [];
  }
  const named: [string, Place][] = [];
  for (const field of place.node.fields) {
    const member: Place = { node: field.value, path: childPath(place.path, field.key) };
    if (namePattern.test(field.key)) named.push([field.key, member]);
    else {
      reading.report({
        place: member,
        at: field.keyAt,
        length: field.key.length,
        severity: "error",
        code: "name_invalid",
        message: `\`${field.key}\` cannot be a name in ${what}`,
        help: "a name begins with a letter; then letters, digits, `_`, `-` and `.`, 64 at most",
      });
    }
  }
  return named;
}

export function readItems(reading: Reading, place: Place, what: string): readonly Place[] {
  if (place.node.kind !== "list") {
    wrongType(reading, place, what, "a list");
    return [];
  }
  return place.node.items.map((node, index) => ({ node, path: `${place.path}/${index}` }));
}

interface TextForm {
  readonly pattern?: RegExp;
  /** What the pattern asks for, in words. */
  readonly form?: string;
  readonly lengthMax?: number;
}

export function readText(
  reading: Reading,
  place: Place,
  what: string,
  form: TextForm = {},
): string | null {
  const value = scalarOf(place);
  if (typeof value !== "string") return wrongType(reading, place, what, "text");
  const lengthMax = form.lengthMax ?? 256;
  if (value.length === 0 || value.length > lengthMax) {
    return reading.error(place, "value_invalid", `${what} has 1 to ${lengthMax} characters`);
  }
  if (form.pattern !== undefined && !form.pattern.test(value)) {
    return reading.error(
      place,
      "value_invalid",
      `${what} cannot be \`${value}\``,
      form.form ?? null,
    );
  }
  return value;
}

/** A list of distinct texts. */
export function readTexts(
  reading: Reading,
  place: Place,
  what: string,
  form: TextForm = {},
): readonly string[] {
  const texts = new Set<string>();
  for (const item of readItems(reading, place, what)) {
    const text = readText(reading, item, `an entry of ${what}`, form);
    if (text === null) continue;
    if (texts.has(text)) refuseTwice(reading, item, what, text);
    texts.add(text);
  }
  return [...texts];
}

export function refuseTwice(reading: Reading, place: Place, what: string, text: string): void {
  const message = `\`${text}\` stands twice in ${what}`;
  reading.error(place, "duplicate_entry", message, "remove one of the two");
}

export function readWord<Word extends string>(
  reading: Reading,
  place: Place,
  what: string,
  words: readonly Word[],
): Word | null {
  const value = scalarOf(place);
  if (typeof value !== "string") return wrongType(reading, place, what, "text");
  const word = words.find((one) => one === value);
  if (word !== undefined) return word;
  const near = nearest(value, words);
  return reading.error(
    place,
    "unknown_word",
    `${what} cannot be \`${value}\``,
    near === null ? `it is one of: ${words.join(", ")}` : `did you mean \`${near}\`?`,
  );
}

export function readBoolean(reading: Reading, place: Place, what: string): boolean | null {
  const value = scalarOf(place);
  return typeof value === "boolean" ? value : wrongType(reading, place, what, "true or false");
}

interface NumberForm {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

export function readNumber(
  reading: Reading,
  place: Place,
  what: string,
  form: NumberForm,
): number | null {
  const value = scalarOf(place);
  if (typeof value !== "number") return wrongType(reading, place, what, "a number");
  if (form.isWhole && !Number.isInteger(value)) {
    return reading.error(place, "value_invalid", `${what} is a whole number`);
  }
  if (value < form.min || value > form.max) {
    const range = `${form.min} to ${form.max}`;
    return reading.error(place, "value_invalid", `${what} lies within ${range}, not at ${value}`);
  }
  return value === 0 ? 0 : value;
}

/** Any JSON below a place, as it stands. */
export function readFreeObject(reading: Reading, place: Place, what: string): JsonObject | null {
  if (place.node.kind !== "map") return wrongType(reading, place, what, "a map");
  return jsonOf(place.node) as JsonObject;
}

export function jsonOf(node: SourceNode): Json {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(jsonOf);
  // Own data properties under any name; the tree holds no `__proto__`.
  return Object.fromEntries(node.fields.map((field) => [field.key, jsonOf(field.value)]));
}

export function wrongType(reading: Reading, place: Place, what: string, wanted: string): null {
  const found = foundOf(place.node);
  const help = wanted === "text" && /number|true/.test(found) ? "put it in quotes" : null;
  return reading.error(place, "wrong_type", `${what} must be ${wanted}, found ${found}`, help);
}

function foundOf(node: SourceNode): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  if (node.value === null) return "nothing";
  if (typeof node.value === "boolean") return "true or false";
  return typeof node.value === "number" ? "a number" : "text";
}

export function scalarOf(place: Place): string | number | boolean | null | undefined {
  return place.node.kind === "scalar" ? place.node.value : undefined;
}

export function childPath(path: string, key: string): string {
  return `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Reads a member when it is there. */
export function part<Value>(
  members: Members,
  key: string,
  read: (place: Place) => Value | null,
): Value | null {
  const member = members.get(key);
  return member === undefined ? null : read(member);
}

/** Reads a member that has to be there. */
export function needed<Value>(
  { reading, place, members, what }: Needing,
  key: string,
  read: (place: Place) => Value | null,
): Value | null {
  const member = members.get(key);
  if (member !== undefined) return read(member);
  return reading.error(place, "missing_key", `${what} needs \`${key}\``);
}

export interface Needing {
  readonly reading: Reading;
  readonly place: Place;
  readonly members: Members;
  readonly what: string;
}

interface Unknown {
  readonly code: string;
  readonly word: string;
  readonly message: string;
  readonly known: Iterable<string>;
  /** The help when nothing that is known is near. */
  readonly otherwise: string;
}

/** A name that the file does not define, with the nearest that it does. */
export function refuseUnknown(reading: Reading, place: Place, unknown: Unknown): null {
  const { code, word, message, known, otherwise } = unknown;
  const near = nearest(word, known);
  const help = near === null ? otherwise : `did you mean \`${near}\`?`;
  return reading.error(place, code, message, help);
}

/** Names of roles, groups, schedules, calendars, rosters and environments. */
export const namePattern: RegExp = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
