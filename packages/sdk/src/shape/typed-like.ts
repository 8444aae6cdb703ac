// Edits of a form that knows only text, read back as the types of what they stand for.

import type { Json, JsonObject } from "../action/action.ts";

/**
 * The edited members, each of the type that the original has.
 *
 * @throws TypeError naming the member that is missing, unknown, or not of its type
 */
export function typedLike(
  original: JsonObject,
  edited: Readonly<Record<string, unknown>>,
): JsonObject {
  for (const name of Object.keys(edited)) {
    if (!Object.hasOwn(original, name))
      throw new TypeError(`\`${name}\` is no argument of the call`);
  }
  const typed = Object.entries(original).map(([name, before]) => {
    if (!Object.hasOwn(edited, name)) throw new TypeError(`the argument \`${name}\` is missing`);
    return [name, oneLike(before ?? null, edited[name], name)] as const;
  });
  // Through entries, because assigning a member called __proto__ would set the prototype.
  return Object.fromEntries(typed);
}

function oneLike(before: Json, edited: unknown, name: string): Json {
  const value =
    typeof edited === "string" && typeof before !== "string" ? parsed(edited, name) : edited;
  if (kindOf(value) !== kindOf(before)) {
    throw new TypeError(
      `the argument \`${name}\` is to be ${kindOf(before)}, not ${kindOf(value)}`,
    );
  }
  if (typeof value === "number" && !isExact(value)) {
    throw new TypeError(`the argument \`${name}\` is no number that JSON keeps`);
  }
  // Of the kind of a JSON value; what is inside is copied, and refused if it is none, before it is sent.
  return value as Json;
}

function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new TypeError(`the argument \`${name}\` cannot be read: ${text.slice(0, 80)}`);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
