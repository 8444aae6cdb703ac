// The small readers that every part of a policy is read with: a value, or a finding at its place.

import { policyFindingsMax } from "../base/limits.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import { type Finding, nearest } from "./finding.ts";
import type { Source } from "./source.ts";
import type { SourceNode } from "./source-tree.ts";

/** One value of the file, with its JSON Pointer. */
export interface Place {
  readonly node: SourceNode;
  readonly path: string;
}

/** The members of one map, by key. */
export type Members = ReadonlyMap<string, Place>;

interface Names {
  readonly roles: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly schedules: ReadonlySet<string>;
}

/** What one reading of a file carries along. */
export class Reading {
  readonly findings: Finding[];
  /** Names that references are checked against; filled before the references are read. */
  names: Names = { roles: new Set(), groups: new Set(), schedules: new Set() };
  readonly #locate: Source["locate"];

  constructor(source: Source) {
    this.findings = [...source.findings];
    this.#locate = source.locate;
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
    const { line, column } = this.#locate(found.at ?? place.node.at);
    this.findings.push({ severity, code, message, line, column, path: place.path, help });
  }
}

interface Found {
  readonly place: Place;
  /** Where the finding stands when that is not where the value begins: at a key. */
  readonly at?: number;
  readonly severity: Finding["severity"];
  readonly code: string;
  readonly message: string;
  readonly help: string | null;
}

/** Keys of the policy language that this version does not evaluate. */
const laterKeys = new Set([
  "when",
  "velocity",
  "derive",
  "confidence",
  "unusual",
  "variables",
  "during",
  "outside",
  "exceptions",
  "blind",
  "low_risk",
]);

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

/** A list of distinct texts; repeated ones are kept once. */
export function readTexts(
  reading: Reading,
  place: Place,
  what: string,
  form: TextForm = {},
): readonly string[] {
  const texts = new Set<string>();
  for (const item of readItems(reading, place, what)) {
    const text = readText(reading, item, `an entry of ${what}`, form);
    if (text !== null) texts.add(text);
  }
  return [...texts];
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

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A span such as `15m`, in milliseconds. */
export function readDuration(
  reading: Reading,
  place: Place,
  what: string,
  bounds: { readonly minMs: number; readonly maxMs: number },
): number | null {
  const value = scalarOf(place);
  const form = "write a whole number and a unit, as in `30s`, `15m`, `1h` or `2d`";
  if (typeof value !== "string") return wrongType(reading, place, what, "a duration such as `15m`");
  const parts = /^([1-9][0-9]{0,8})(ms|s|m|h|d)$/.exec(value);
  const unit = unitMs[parts?.[2] ?? ""];
  if (parts === null || unit === undefined) {
    return reading.error(place, "duration_invalid", `${what} cannot be \`${value}\``, form);
  }
  const spanMs = Number(parts[1]) * unit;
  if (spanMs < bounds.minMs || spanMs > bounds.maxMs) {
    const range = `${writeDuration(bounds.minMs)} to ${writeDuration(bounds.maxMs)}`;
    return reading.error(
      place,
      "duration_invalid",
      `${what} lies within ${range}, not at ${value}`,
    );
  }
  return spanMs;
}

/** The form in which durations stand in a snapshot: seconds when they are whole. */
export function writeDuration(spanMs: number): string {
  return spanMs % 1_000 === 0 ? `${spanMs / 1_000}s` : `${spanMs}ms`;
}

/** Any JSON below a place, as it stands. */
export function readFreeObject(reading: Reading, place: Place, what: string): JsonObject | null {
  if (place.node.kind !== "map") return wrongType(reading, place, what, "a map");
  return freeJson(place.node) as JsonObject;
}

function freeJson(node: SourceNode): Json {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(freeJson);
  // Own data properties under any name; the tree holds no `__proto__`.
  return Object.fromEntries(node.fields.map((field) => [field.key, freeJson(field.value)]));
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

function scalarOf(place: Place): string | number | boolean | null | undefined {
  return place.node.kind === "scalar" ? place.node.value : undefined;
}

export function childPath(path: string, key: string): string {
  return `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Names of roles, groups and schedules. */
const namePattern: RegExp = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
