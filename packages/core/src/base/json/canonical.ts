// The strict RFC 8785 writer: one text for each JSON value and none for anything else.

import { canonicalDepthMax } from "../limits.ts";
import type { Json } from "./value.ts";

// SECURITY: whatever is not plain JSON throws, because two different values that are dropped or
// coerced to one text would share a digest, and an approval of one would cover the other.
export function canonicalJson(value: Json): string {
  return write(value, canonicalDepthMax);
}

function write(value: unknown, depthLeft: number): string {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`Canonical JSON has no ${String(value)}.`);
      return String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      break;
    default:
      throw new TypeError(`Canonical JSON has no ${typeof value}.`);
  }
  if (value === null) return "null";
  if (depthLeft === 0) {
    throw new TypeError(`Canonical JSON nests at most ${canonicalDepthMax} deep.`);
  }
  return Array.isArray(value)
    ? writeArray(value, depthLeft - 1)
    : writeObject(value as Record<string, unknown>, depthLeft - 1);
}

function writeArray(items: readonly unknown[], depthLeft: number): string {
  if (Object.getPrototypeOf(items) !== Array.prototype) throw notPlain("array");
  if (Object.keys(items).length !== items.length) throw notPlain("array");
  let text = "[";
  for (let index = 0; index < items.length; index++) {
    if (index > 0) text += ",";
    text += write(items[index], depthLeft);
  }
  return `${text}]`;
}

function writeObject(members: Record<string, unknown>, depthLeft: number): string {
  const prototype: unknown = Object.getPrototypeOf(members);
  if (prototype !== Object.prototype && prototype !== null) throw notPlain("object");
  const keys = Object.keys(members);
  if (Reflect.ownKeys(members).length !== keys.length) throw notPlain("object");
  sort(keys);
  let text = "{";
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? "";
    text += `${index > 0 ? "," : ""}${quote(key)}:${write(members[key], depthLeft)}`;
  }
  return `${text}}`;
}

/** In the order of UTF-16 code units, which RFC 8785 asks for, and which is that of `<` and of the platform's sort. */
function sort(keys: string[]): void {
  if (keys.length > fewKeys) {
    keys.sort();
    return;
  }
  // The platform copies what it sorts: for the few keys that most objects have, this takes a fraction of the time.
  for (let next = 1; next < keys.length; next++) {
    const key = keys[next] ?? "";
    let place = next;
    for (; place > 0; place--) {
      const before = keys[place - 1] ?? "";
      if (before <= key) break;
      keys[place] = before;
    }
    keys[place] = key;
  }
}

const fewKeys = 24;

function quote(text: string): string {
  if (!UNUSUAL.test(text)) return `"${text}"`;
  if (LONE_SURROGATE.test(text)) throw new TypeError("Canonical JSON has no lone surrogates.");
  return JSON.stringify(text);
}

// A complement, because a control character has no place in a regular expression.
const UNUSUAL = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

function notPlain(kind: string): TypeError {
  return new TypeError(`Canonical JSON has only plain objects and whole arrays, not this ${kind}.`);
}
