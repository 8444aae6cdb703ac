// The words in which the table of the file's maps is written; each is a piece of JSON Schema.

import type { JsonObject } from "../base/json/value.ts";

/** A map of the file: its keys with the JSON Schema of each value. */
export interface MapShape {
  readonly about: string;
  readonly required: readonly string[];
  readonly keys: Readonly<Record<string, JsonObject>>;
  /** Conditions between keys. */
  readonly more?: JsonObject;
}

export const flag: JsonObject = { type: "boolean" };

export function ref(name: string): JsonObject {
  return { $ref: `#/$defs/${name}` };
}

export function text(about: string, more: JsonObject = {}): JsonObject {
  return { type: "string", minLength: 1, maxLength: 256, description: about, ...more };
}

export function word(about: string, ...words: readonly string[]): JsonObject {
  return { enum: [...words], description: about };
}

export function number(about: string, minimum: number, maximum: number): JsonObject {
  return { type: "number", minimum, maximum, description: about };
}

export function whole(about: string, minimum: number, maximum: number): JsonObject {
  return { type: "integer", minimum, maximum, description: about };
}

/** No entry twice; `most` null leaves the number open. */
export function list(about: string, items: JsonObject, most: number | null = null): JsonObject {
  const bound = most === null ? {} : { maxItems: most };
  return { type: "array", items, uniqueItems: true, description: about, ...bound };
}

export function some(about: string, items: JsonObject): JsonObject {
  return { ...list(about, items), minItems: 1 };
}

export function described(about: string, schema: JsonObject): JsonObject {
  return { ...schema, description: about };
}

export function named(
  about: string,
  schema: JsonObject,
  pattern: string = namePattern,
): JsonObject {
  return {
    type: "object",
    propertyNames: { pattern },
    additionalProperties: schema,
    description: about,
  };
}

const namePattern = "^[A-Za-z][A-Za-z0-9_.-]{0,63}$";
export const identifierPattern: string = "^[A-Za-z_][A-Za-z0-9_]{0,63}$";
