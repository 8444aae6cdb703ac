// Tests that large and hostile policy files load whole or end in findings, with the work bounded.

import { describe, expect, it } from "vitest";
import { policyFindingsMax } from "../base/limits.ts";
import { loadPolicy } from "./load.ts";

/** Ten thousand rules; six of ten have one of 2,600 conditions. */
function manyRules(count: number, conditionOf: (index: number) => string | null): string {
  const lines = ["version: v1", "rules:"];
  for (let index = 0; index < count; index += 1) {
    lines.push(
      `  - id: r${index}`,
      `    match: { topics: [job.t${index % 500}], risk_tags: [prod] }`,
    );
    lines.push("    decision: deny");
    const condition = conditionOf(index);
    if (condition !== null) lines.push(`    when: '${condition}'`);
  }
  return lines.join("\n");
}

describe("a file of ten thousand rules", () => {
  it("loads, and rules of one text share one condition", () => {
    const result = loadPolicy(
      manyRules(10_000, (index) =>
        index % 10 < 6 ? `has(action.cost) && action.cost.amount > ${index % 2_600}.0` : null,
      ),
    );
    if (!result.ok) throw new Error(JSON.stringify(result.findings.slice(0, 3)));
    const trees = new Set(result.policy.rules.flatMap(({ when }) => when?.ast ?? []));

    expect(result.policy.rules).toHaveLength(10_000);
    expect(result.findings).toEqual([]);
    expect(trees.size).toBe(1_560);
  });

  it("is refused for the one condition that is wrong, at its place", () => {
    const result = loadPolicy(
      manyRules(10_000, (index) => (index === 9_999 ? 'action.tpic == "x"' : "true")),
    );

    expect(result.findings).toMatchObject([
      { code: "unknown_field", line: 40_002, column: 19, path: "/rules/9999/when" },
    ]);
  });

  it("names no more than it can show when every condition is wrong", () => {
    const result = loadPolicy(manyRules(10_000, (index) => `action.tpic == "${index}"`));

    expect(result.ok).toBe(false);
    expect(result.findings).toHaveLength(2 * policyFindingsMax);
  });

  it("still fails when its first error comes after as many warnings as are shown", () => {
    const result = loadPolicy(
      manyRules(10_000, (index) => (index === 9_999 ? "1 +" : `action.cost.amount > ${index}.0`)),
    );

    expect(result.ok).toBe(false);
    expect(result.findings[0]).toMatchObject({ severity: "error", line: 40_002 });
  });

  it("may share one condition by its anchor", () => {
    const lines = ["version: v1", "variables: { v: &w action.topic == 'x' }", "rules:"];
    for (let index = 0; index < 10_000; index += 1) {
      lines.push(`  - { id: r${index}, decision: deny, when: *w }`);
    }

    expect(loadPolicy(lines.join("\n")).findings).toEqual([]);
  });
});

describe("a hostile file", () => {
  const rule = (when: string): string =>
    `version: v1\nrules: [{ id: a, decision: deny, when: ${JSON.stringify(when)} }]`;

  it.each([
    ["parentheses", "(".repeat(4_000)],
    ["lists", "[".repeat(4_000)],
    ["negations", "!".repeat(4_000)],
    ["a chain", "true".concat(" || true".repeat(500))],
    ["nested macros", "[1].all(a, [1].all(b, [1].all(c, [1].all(d, [1].all(e, true)))))"],
    ["a long text", `action.topic == "${"x".repeat(5_000)}"`],
    ["a pattern too large", `action.topic.matches("(((a{1,30}){1,30}){1,30}){1,30}")`],
    ["a pattern of look-behind", `action.topic.matches("(?<=a)b")`],
    ["a direction that is changed", "action.topic == '\u202e'"],
  ])("ends in a finding or in a policy: %s", (_, when) => {
    const result = loadPolicy(rule(when));

    expect(result.ok || result.findings.length > 0).toBe(true);
  });

  it("does not grow by aliases in parameters", () => {
    const lines = [
      "version: v1",
      "rules: []",
      "parameters:",
      "  a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]",
    ];
    for (let step = 1; step < 8; step += 1) {
      const above = `*${String.fromCharCode(96 + step)}`;
      const name = String.fromCharCode(97 + step);
      lines.push(`  ${name}: &${name} [${Array.from({ length: 9 }, () => above).join(", ")}]`);
    }

    expect(loadPolicy(lines.join("\n")).findings.map(({ code }) => code)).toEqual([
      "file_too_large",
    ]);
  });

  it("does not take names that objects inherit for defined ones", () => {
    const names = ["constructor", "toString", "hasOwnProperty", "valueOf"];
    for (const name of names) {
      const result = loadPolicy(
        `version: v1\nrules: [{ id: a, decision: deny, match: { during: ${name} }, when: variables.${name} && parameters.${name} }]`,
      );
      const codes = result.findings.map(({ code }) => code);

      expect(codes.toSorted()).toEqual(["unknown_calendar", "unknown_field", "unknown_field"]);
    }
  });

  it("reads parameters that are called like what objects inherit", () => {
    const result = loadPolicy(
      "version: v1\nrules: [{ id: a, decision: deny, when: parameters.constructor > 1.0 }]\nparameters: { constructor: 2, environments: { prod: { constructor: 3 } } }",
    );

    expect(result.findings).toEqual([]);
  });
});
