// JSON Schema of policy files, for editors; loading a file finds more than a schema can say.

import type { JsonObject } from "../base/json/value.ts";
import type { MapShape } from "./shape.ts";
import { shapes } from "./shape-maps.ts";
import { valueShapes } from "./shape-values.ts";

/** JSON Schema 2020-12, as `spec/policy.schema.json` holds it. */
export function policySchema(): JsonObject {
  const maps: Record<string, JsonObject> = {};
  const all: Readonly<Record<string, MapShape>> = shapes;
  for (const [name, shape] of Object.entries(all)) {
    maps[name] = {
      type: "object",
      description: shape.about,
      required: [...shape.required],
      additionalProperties: false,
      properties: { ...shape.keys },
      ...shape.more,
    };
  }
  const { policy, ...others } = maps;
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Holdpoint policy file",
    ...policy,
    $defs: { ...valueShapes, ...others, ...parameterShapes },
  };
}

/** The only map of the file whose keys are names beside one that is not. */
const parameterShapes: Readonly<Record<string, JsonObject>> = {
  parameters: {
    type: "object",
    description: "Values by name; `environments` replaces some of them.",
    propertyNames: { pattern: "^[A-Za-z_][A-Za-z0-9_]{0,63}$" },
    properties: {
      environments: {
        type: "object",
        description: "Values by name of the environment.",
        additionalProperties: { type: "object" },
      },
    },
  },
};
