// Tests that the JSON Schema for editors takes the files that load, and finds unknown keys.

import { Ajv2020 } from "ajv/dist/2020.js";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Json, JsonObject } from "../base/json/value.ts";
import { policySchema } from "./file-schema.ts";
import { loadPolicy } from "./load.ts";
import { shapes } from "./shape-maps.ts";
import { wholeLanguage } from "./whole-language.sample.ts";

const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
  policySchema(),
);

const folder = new URL("../../../../spec/vectors/policy/", import.meta.url);
const vectors = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file): [string, string] => {
    const vector = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { policy: string[] };
    return [file, vector.policy.join("\n")];
  });

describe("the schema for editors", () => {
  it.each<[string, string]>([
    ["the whole language", wholeLanguage],
    ["the smallest file", "version: v1\nrules: []"],
    [
      "other spellings",
      "version: v1\nrules: [{ id: a, decision: BLOCK }, { id: b, decision: Auto }]",
    ],
    ...vectors,
  ])("takes %s", (_, source) => {
    expect(loadPolicy(source).findings.filter(({ severity }) => severity === "error")).toEqual([]);

    validate(parse(source));
    expect(validate.errors).toBeNull();
  });

  it("knows every map of the language, and the file of the whole language has them all", () => {
    const used = new Set<string>();
    collectKeys(parse(wholeLanguage) as Json, used);
    const unused = Object.values(shapes)
      .flatMap(({ keys }) => Object.keys(keys))
      .filter((key) => !used.has(key));

    expect(unused).toEqual([]);
  });

  it("finds an unknown key wherever the reader does", () => {
    const whole = parse(wholeLanguage) as JsonObject;
    let tried = 0;
    for (const place of mapsIn(whole)) {
      const changed = structuredClone(whole);
      const map = place.reduce<Json>((at, key) => (at as JsonObject)[key] ?? null, changed);
      (map as JsonObject)["zz_none"] = 1;
      const loaded = loadPolicy(JSON.stringify(changed));
      const isUnknown = loaded.findings.some(({ code }) => code === "unknown_key");
      if (!isUnknown) continue;
      tried += 1;
      expect([place.join("/"), validate(changed)]).toEqual([place.join("/"), false]);
    }
    expect(tried).toBeGreaterThan(30);
  });

  it.each<[string, string]>([
    ["no rules", "version: v1"],
    ["another version", "version: v2\nrules: []"],
    ["an unknown decision", "version: v1\nrules: [{ id: a, decision: alow }]"],
    ["a rule without id", "version: v1\nrules: [{ decision: deny }]"],
    [
      "a star within a segment",
      "version: v1\nrules: [{ id: a, decision: deny, match: { topics: [a*] } }]",
    ],
    [
      "an empty list of agents",
      "version: v1\nrules: [{ id: a, decision: deny, match: { agents: [] } }]",
    ],
    ["a duration without unit", "version: v1\nrules: [{ id: a, decision: deny, timeout: 15 }]"],
    ["silence that lets run", "version: v1\nrules: [{ id: a, decision: deny, on_timeout: allow }]"],
    [
      "an invariant with a mode",
      "version: v1\nrules: []\ninvariants: [{ id: a, decision: deny, mode: warn }]",
    ],
    ["a condition that is no text", "version: v1\nrules: [{ id: a, decision: deny, when: true }]"],
  ])("refuses what the reader refuses: %s", (_, source) => {
    expect(loadPolicy(source).ok).toBe(false);
    expect(validate(parse(source))).toBe(false);
  });
});

function collectKeys(json: Json, into: Set<string>): void {
  if (Array.isArray(json)) for (const item of json) collectKeys(item, into);
  else if (typeof json === "object" && json !== null) {
    for (const [key, value] of Object.entries(json)) {
      into.add(key);
      collectKeys(value, into);
    }
  }
}

/** Paths to every map below a value. */
function mapsIn(json: Json, path: readonly string[] = []): readonly (readonly string[])[] {
  if (Array.isArray(json)) {
    return json.flatMap((item, index) => mapsIn(item, [...path, String(index)]));
  }
  if (typeof json !== "object" || json === null) return [];
  return [path, ...Object.entries(json).flatMap(([key, value]) => mapsIn(value, [...path, key]))];
}
