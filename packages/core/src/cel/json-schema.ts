// The static type of what a JSON Schema allows; what is not understood is dynamic.

import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";
import {
  boolType,
  doubleType,
  freeDynType,
  freeTextType,
  listOf,
  nullType,
  type ObjectType,
  type StaticField,
  type StaticType,
  stringType,
  unionOf,
} from "./type.ts";

/** Schemas that lie in each other; past it a value is dynamic, so a schema that names itself ends. */
const DEPTH_MAX = 16;
/** Alternatives that a type keeps apart, and values of an enumeration. */
const ALTERNATIVES_MAX = 256;
/** Schemas that are read for one type, each as often as a `$ref` leads to it. */
const SCHEMAS_MAX = 4_096;

/**
 * SPEC: JSON Schema 2020-12: `type`, `properties`, `required`, `additionalProperties`, `items`,
 * `enum`, `const`, `maxLength`, `maxItems`, `anyOf`, `oneOf`, `$defs` and local `$ref`. An object
 * that declares properties and does not speak of others is taken as complete, so that a misspelled
 * name is found; `additionalProperties: true` opens it.
 */
export function typeOfJsonSchema(schema: Readonly<JsonObject>): StaticType {
  return new Reading(schema).typeOf(schema, 0);
}

class Reading {
  readonly #root: Readonly<JsonObject>;
  #schemasLeft = SCHEMAS_MAX;

  constructor(root: Readonly<JsonObject>) {
    this.#root = root;
  }

  typeOf(schema: Json | undefined, depth: number): StaticType {
    this.#schemasLeft -= 1;
    if (!isJsonObject(schema) || depth > DEPTH_MAX || this.#schemasLeft < 0) return freeDynType;
    const target = own(schema, "$ref");
    if (typeof target === "string") return this.typeOf(this.#resolve(target), depth + 1);
    const alternatives = own(schema, "anyOf") ?? own(schema, "oneOf");
    if (Array.isArray(alternatives)) return this.#alternatives(alternatives, depth);
    if (own(schema, "allOf") !== undefined) return freeDynType;
    const values = own(schema, "const") === undefined ? own(schema, "enum") : [schema["const"]];
    if (Array.isArray(values)) return typeOfValues(values);
    const type = own(schema, "type") ?? (isJsonObject(own(schema, "properties")) ? "object" : null);
    const names = Array.isArray(type) ? type : [type];
    if (names.length === 0) return freeDynType;
    return unionOf(names.map((name) => this.#named(name, schema, depth)));
  }

  #alternatives(schemas: readonly Json[], depth: number): StaticType {
    if (schemas.length === 0 || schemas.length > ALTERNATIVES_MAX) return freeDynType;
    return unionOf(schemas.map((schema) => this.typeOf(schema, depth + 1)));
  }

  #named(name: Json, schema: JsonObject, depth: number): StaticType {
    switch (name) {
      case "null":
        return nullType;
      case "boolean":
        return boolType;
      case "number":
      case "integer":
        return doubleType;
      case "string":
        return { ...freeTextType, lengthMax: bound(own(schema, "maxLength")) };
      case "array": {
        const items = own(schema, "items");
        const item = items === undefined ? freeDynType : this.typeOf(items, depth + 1);
        return listOf(item, bound(own(schema, "maxItems")));
      }
      case "object":
        return this.#object(schema, depth);
      default:
        return freeDynType;
    }
  }

  #object(schema: JsonObject, depth: number): ObjectType {
    const fields = new Map<string, StaticField>();
    const properties = own(schema, "properties");
    const required = own(schema, "required");
    const others = own(schema, "additionalProperties");
    if (isJsonObject(properties)) {
      for (const [name, member] of Object.entries(properties)) {
        const isOptional = !(Array.isArray(required) && required.includes(name));
        fields.set(name, { type: this.typeOf(member, depth + 1), isOptional });
      }
    }
    const isComplete =
      own(schema, "patternProperties") === undefined &&
      (others === false || (others === undefined && fields.size > 0));
    const rest = isJsonObject(others) ? this.typeOf(others, depth + 1) : freeDynType;
    return { kind: "object", fields, rest: isComplete ? null : rest };
  }

  #resolve(target: string): Json | undefined {
    if (target === "#") return { ...this.#root };
    if (!target.startsWith("#/")) return undefined;
    let found: Json | undefined = { ...this.#root };
    for (const part of target.slice(2).split("/")) {
      if (!isJsonObject(found)) return undefined;
      found = own(found, part.replaceAll("~1", "/").replaceAll("~0", "~"));
    }
    return found;
  }
}

function own(object: Readonly<JsonObject>, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function bound(value: Json | undefined): number | null {
  return typeof value === "number" && value >= 0 ? Math.floor(value) : null;
}

function typeOfValues(values: readonly (Json | undefined)[]): StaticType {
  if (values.length === 0 || values.length > ALTERNATIVES_MAX) return freeDynType;
  return unionOf(
    values.map((value) => {
      if (value === undefined) return freeDynType;
      const type = typeOfValue(value);
      return type.kind === "string" && typeof value === "string"
        ? { ...type, values: [value] }
        : type;
    }),
  );
}

/** The type of this value and of others like it. */
export function typeOfValue(value: Json): StaticType {
  if (value === null) return nullType;
  if (typeof value === "boolean") return boolType;
  if (typeof value === "number") return doubleType;
  if (typeof value === "string") return { ...stringType, lengthMax: value.length };
  if (Array.isArray(value)) {
    return listOf(unionOf(value.map((item) => typeOfValue(item))), value.length);
  }
  const fields = new Map<string, StaticField>();
  for (const [name, member] of Object.entries(value)) {
    fields.set(name, { type: typeOfValue(member), isOptional: false });
  }
  return { kind: "object", fields, rest: null };
}
