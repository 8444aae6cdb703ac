// Tests that findings become a SARIF log with all that its schema requires.

import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { loadPolicy } from "./load.ts";
import { findingsToSarif } from "./sarif.ts";

/** What the schema of SARIF 2.1.0 requires of the objects that we write, and the words it allows. */
const required = {
  type: "object",
  required: ["version", "runs"],
  properties: {
    $schema: { type: "string" },
    version: { const: "2.1.0" },
    runs: {
      type: "array",
      minItems: 1,
      items: {
        type: "object",
        required: ["tool"],
        additionalProperties: false,
        properties: {
          columnKind: { enum: ["utf16CodeUnits", "unicodeCodePoints"] },
          tool: {
            type: "object",
            required: ["driver"],
            properties: {
              driver: {
                type: "object",
                required: ["name"],
                properties: {
                  name: { type: "string" },
                  rules: {
                    type: "array",
                    uniqueItems: true,
                    items: {
                      type: "object",
                      required: ["id"],
                      properties: { shortDescription: { $ref: "#/$defs/text" } },
                    },
                  },
                },
              },
            },
          },
          results: { type: "array", items: { $ref: "#/$defs/result" } },
        },
      },
    },
  },
  additionalProperties: false,
  $defs: {
    text: { type: "object", required: ["text"], properties: { text: { type: "string" } } },
    result: {
      type: "object",
      required: ["message"],
      additionalProperties: false,
      properties: {
        ruleId: { type: "string" },
        ruleIndex: { type: "integer", minimum: 0 },
        level: { enum: ["none", "note", "warning", "error"] },
        message: { $ref: "#/$defs/text" },
        locations: {
          type: "array",
          items: {
            type: "object",
            additionalProperties: false,
            properties: {
              logicalLocations: {
                type: "array",
                items: {
                  type: "object",
                  properties: { fullyQualifiedName: { type: "string" } },
                  additionalProperties: false,
                },
              },
              physicalLocation: {
                type: "object",
                required: ["artifactLocation"],
                additionalProperties: false,
                properties: {
                  artifactLocation: {
                    type: "object",
                    additionalProperties: false,
                    // A URI reference has no white space and no backslash.
                    properties: { uri: { type: "string", pattern: "^[^\\s\\\\]+$" } },
                  },
                  region: {
                    type: "object",
                    additionalProperties: false,
                    properties: {
                      startLine: { type: "integer", minimum: 1 },
                      startColumn: { type: "integer", minimum: 1 },
                      endColumn: { type: "integer", minimum: 1 },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};

const validate = new Ajv2020({ allErrors: true }).compile(required);

const source = [
  "version: v1",
  "rules:",
  "  - { id: a, decision: deny, when: action.tpic == 'x' }",
  "  - { id: a, decision: alow }",
  "  - { id: b, decision: log }",
].join("\n");

describe("a SARIF log", () => {
  it.each([
    "policy.yaml",
    "./my policies/a.yaml",
    "C:\\work\\policy.yaml",
    "https://x.test/p.yaml",
  ])("has all that is required, for %s", (file) => {
    validate(findingsToSarif(loadPolicy(source).findings, file));

    expect(validate.errors).toBeNull();
  });

  it("says each finding with its rule and its place", () => {
    const { findings } = loadPolicy(source);
    const log = findingsToSarif(findings, "./policies/a b.yaml");

    expect(log["runs"]).toMatchObject([
      {
        tool: {
          driver: {
            name: "holdpoint",
            rules: [...new Set(findings.map(({ code }) => code))].sort().map((id) => ({ id })),
          },
        },
        results: [
          {
            ruleId: "unknown_field",
            ruleIndex: 3,
            level: "error",
            message: { text: "no field `tpic` in `action`. Did you mean `topic`?" },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: "policies/a%20b.yaml" },
                  region: { startLine: 3, startColumn: 43, endColumn: 47 },
                },
                logicalLocations: [{ fullyQualifiedName: "/rules/0/when" }],
              },
            ],
          },
          { ruleId: "duplicate_rule_id" },
          { ruleId: "unknown_decision" },
          { ruleId: "broad_allow", level: "warning" },
        ],
      },
    ]);
  });

  it("is a run without results when nothing was found", () => {
    const log = findingsToSarif([], "policy.yaml");

    expect(validate(log)).toBe(true);
    expect(log["runs"]).toMatchObject([{ results: [] }]);
  });
});
