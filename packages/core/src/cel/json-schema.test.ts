// Tests which static type a JSON Schema becomes.

import { describe, expect, it } from "vitest";
import type { JsonObject } from "../base/json/value.ts";
import { typeOfJsonSchema, typeOfValue } from "./json-schema.ts";
import { nameOfType, type ObjectType, type StaticType } from "./type.ts";

/** One line: optional members with `?`, bounds in brackets, an open object with `…`. */
function show(type: StaticType): string {
  switch (type.kind) {
    case "object": {
      const fields = [...type.fields].map(
        ([name, field]) => `${name}${field.isOptional ? "?" : ""}: ${show(field.type)}`,
      );
      if (type.rest !== null) fields.push(`…: ${show(type.rest)}`);
      return `{${fields.join(", ")}}`;
    }
    case "list":
      return `list<${show(type.item)}>${type.itemsMax ?? ""}`;
    case "union":
      return type.of.map(show).join("|");
    case "string":
      return type.values === null ? `string${type.lengthMax ?? ""}` : type.values.join("/");
    default:
      return nameOfType(type).replace("dynamic value", "dyn");
  }
}

describe("the type of a schema", () => {
  it.each<[string, JsonObject]>([
    [
      "{a: double, b?: bool}",
      { properties: { a: { type: "integer" }, b: { type: "boolean" } }, required: ["a"] },
    ],
    [
      "{a?: string9, …: dyn}",
      { properties: { a: { type: "string", maxLength: 9 } }, additionalProperties: true },
    ],
    ["{a?: dyn, …: double}", { properties: { a: {} }, additionalProperties: { type: "number" } }],
    ["{a?: dyn}", { properties: { a: true }, additionalProperties: false }],
    ["{a?: null, …: dyn}", { properties: { a: { type: "null" } }, patternProperties: {} }],
    ["{…: dyn}", { type: "object" }],
    ["{}", { type: "object", additionalProperties: false }],
    ["list<string>5", { type: "array", items: { type: "string" }, maxItems: 5 }],
    ["list<dyn>", { type: "array" }],
    ["string|null", { type: ["string", "null"] }],
    ["a/b", { enum: ["a", "b"] }],
    ["a|double|null", { enum: ["a", 1, null] }],
    ["double", { const: 5 }],
    ["double|string", { anyOf: [{ type: "number" }, { type: "string" }] }],
    [
      "bool|list<double>",
      { oneOf: [{ type: "boolean" }, { type: "array", items: { type: "number" } }] },
    ],
    ["dyn", { allOf: [{ type: "string" }] }],
    ["dyn", { type: "strange" }],
    ["dyn", {}],
    ["dyn", { $ref: "https://example.com/schema" }],
    ["dyn", { $ref: "#/$defs/none" }],
    [
      "{a?: double}",
      { properties: { a: { $ref: "#/$defs/n" } }, $defs: { n: { type: "number" } } },
    ],
    [
      "{a?: bool}",
      { properties: { a: { $ref: "#/$defs/x~1y" } }, $defs: { "x/y": { type: "boolean" } } },
    ],
  ])("%s", (shown, schema) => {
    expect(show(typeOfJsonSchema(schema))).toBe(shown);
  });

  it("ends for a schema that holds itself, however often", () => {
    const properties = Object.fromEntries(
      "abcdefgh".split("").map((name) => [name, { $ref: "#" }]),
    );
    let type: StaticType = typeOfJsonSchema({ properties });
    let depth = 0;
    while (type.kind === "object") {
      const inner: ObjectType = type;
      type = inner.fields.get("a")?.type ?? { kind: "null" };
      depth += 1;
    }
    expect(type.kind).toBe("dyn");
    expect(depth).toBeLessThan(20);
  });

  it("does not take names of the prototype for members", () => {
    expect(show(typeOfJsonSchema({ $ref: "#/constructor" }))).toBe("dyn");
    const type = typeOfJsonSchema(JSON.parse('{"properties":{"__proto__":{"type":"number"}}}'));
    expect(show(type)).toBe("{__proto__?: double}");
  });
});

it("types values as themselves and others like them", () => {
  expect(show(typeOfValue({ a: [1, "x"], b: null, c: [] }))).toBe(
    "{a: list<double|string1>2, b: null, c: list<dyn>0}",
  );
});
