// Takes out of a result what the grant hides, before the caller or the record gets it.

import type { Json, JsonObject } from "../action/action.ts";

const DEPTH_MAX = 64;

/** What is hidden: names wherever they stand, and paths from the top. */
interface Hidden {
  readonly names: ReadonlySet<string>;
  readonly paths: ReadonlySet<string>;
  /** Every name of these. */
  readonly words: readonly string[];
}

/** Where a value stands: with the indexes of lists, and without them. */
interface Place {
  readonly whole: readonly string[];
  readonly named: readonly string[];
}

const TOP: Place = { whole: [], named: [] };

/**
 * The result as plain JSON, without the members that `hidden` names: a name (`iban`) wherever it stands, or a path
 * from the top (`customer.iban`, `/customers/0/iban`), which goes through lists. A text that is JSON is looked into as
 * one more top. SECURITY: what is not plain JSON, and so could carry anything, is left out.
 */
export function redacted(result: unknown, hidden: readonly string[]): Json {
  const paths = hidden.flatMap((entry) => {
    if (entry.startsWith("/")) return [entry.slice(1).split("/").map(unescaped)];
    return entry.includes(".") ? [entry.split(".")] : [];
  });
  const words = [...hidden, ...paths.flat()];
  const set = { names: new Set(hidden), paths: new Set(paths.map(pathText)), words };
  return without(result, TOP, set) ?? null;
}

/** False for an entry of another language of paths, which would hide nothing here. */
export function isRedactable(entry: string): boolean {
  if (entry.startsWith("/")) return entry.length > 1;
  return !/[*[\]]|^\$\.|\.$|^\.|\.\.|^$/.test(entry);
}

function without(value: unknown, place: Place, hidden: Hidden): Json | undefined {
  switch (typeof value) {
    case "string":
      return withoutInText(value, hidden);
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : undefined;
    case "object":
      break;
    default:
      return undefined;
  }
  if (value === null) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (place.whole.length === DEPTH_MAX) return undefined;
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, index) => {
      const at = { whole: [...place.whole, String(index)], named: place.named };
      return isHidden(at, hidden) ? [] : [without(item, at, hidden) ?? null];
    });
  }
  return isPlain(value) ? withoutMembers(value, place, hidden) : undefined;
}

function withoutMembers(value: object, place: Place, hidden: Hidden): JsonObject {
  const members: [string, Json][] = [];
  for (const [name, item] of Object.entries(value)) {
    const at = { whole: [...place.whole, name], named: [...place.named, name] };
    if (hidden.names.has(name) || isHidden(at, hidden)) continue;
    const kept = without(item, at, hidden);
    if (kept !== undefined) members.push([name, kept]);
  }
  // Through entries, because assigning a member called __proto__ would set the prototype.
  return Object.fromEntries(members);
}

function isHidden({ whole, named }: Place, { paths }: Hidden): boolean {
  return paths.has(pathText(whole)) || paths.has(pathText(named));
}

/** Tools often answer with JSON as text; it stays as it was written when nothing in it is hidden. */
function withoutInText(text: string, hidden: Hidden): string {
  if (!/^\s*[[{]/.test(text)) return text;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return text;
  }
  const kept = JSON.stringify(without(parsed, TOP, hidden) ?? null);
  return kept === JSON.stringify(parsed) && !mayName(text, hidden) ? text : kept;
}

/**
 * SECURITY: of two members of one name the reader keeps the last: the text may hold what the parsed value does not.
 * A name can also be written with escapes.
 */
function mayName(text: string, { words }: Hidden): boolean {
  return /\\[u/]/.test(text) || words.some((word) => text.includes(JSON.stringify(word)));
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unescaped(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

function pathText(path: readonly string[]): string {
  return JSON.stringify(path);
}
