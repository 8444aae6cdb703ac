// Tests the reading of YAML into a positioned tree: what depth, aliases and the lexer's marks do to it.

import { describe, expect, it } from "vitest";
import { jsonDepthMax } from "../base/limits.ts";
import { sourceFromJson, sourceFromYaml } from "./source.ts";

describe("the depth of a file", () => {
  it.each([
    ["flow lists", (depth: number) => "[".repeat(depth) + "]".repeat(depth)],
    ["flow maps", (depth: number) => `${"{a: ".repeat(depth)}1${"}".repeat(depth)}`],
    ["block lists", (depth: number) => `${"- ".repeat(depth)}x`],
    ["block maps", blockMaps],
  ])("is bounded for %s, and one level less is read", (_, nested) => {
    expect(sourceFromYaml(nested(jsonDepthMax)).findings).toEqual([]);

    const { root, findings } = sourceFromYaml(nested(jsonDepthMax + 1));
    expect(root).toBeNull();
    expect(findings.map(({ code }) => code)).toContain("yaml_invalid");
  });

  it.each([
    ["flow lists", "[".repeat(1_000_000)],
    ["flow maps", "{a: ".repeat(500_000)],
    ["flow maps by question mark", "? {".repeat(500_000)],
    ["block lists", "- ".repeat(500_000)],
    ["block keys", "? ".repeat(500_000)],
    ["block values", `a:\n${": ".repeat(500_000)}`],
    ["mixed blocks", "- ? ".repeat(200_000)],
    ["block maps", blockMaps(3_000)],
    ["tabs", `- \t${"- \t".repeat(200_000)}`],
  ])("ends in a finding and never in a full stack: %s", (_, text) => {
    const { root, findings } = sourceFromYaml(text);

    expect(root).toBeNull();
    expect(findings.length).toBeGreaterThan(0);
  });

  it("counts what aliases bring along", () => {
    const lines = ["a0: &a0 [x]"];
    for (let step = 1; step < jsonDepthMax + 5; step += 1) {
      lines.push(`a${step}: &a${step} [*a${step - 1}]`);
    }

    expect(sourceFromYaml(lines.slice(0, 20).join("\n")).findings).toEqual([]);
    expect(sourceFromYaml(lines.join("\n")).findings[0]?.code).toBe("yaml_invalid");
  });

  it("does not count brackets inside text", () => {
    const brackets = "[".repeat(200);
    const text = `a: "${brackets}"\nb: '${brackets}'\nc: |\n  ${brackets}\n# ${brackets}\nd: x${brackets}\n`;

    expect(sourceFromYaml(text).findings).toEqual([]);
  });

  it("is reported at the bracket that goes too far", () => {
    const { findings } = sourceFromYaml(`a: 1\nb: ${"[".repeat(jsonDepthMax + 1)}`);

    expect(findings.map(({ line, column }) => [line, column])).toEqual([[2, 4 + jsonDepthMax]]);
  });
});

describe("the tree", () => {
  it("says where each value stands", () => {
    const { root, locate } = sourceFromYaml('a: 1\nb:\n  - "x"\n  - { c: true }\n');
    const second = root?.kind === "map" ? root.fields[1] : undefined;
    const item = second?.value.kind === "list" ? second.value.items[1] : undefined;
    const inner = item?.kind === "map" ? item.fields[0] : undefined;

    expect(locate(second?.keyAt ?? -1)).toEqual({ line: 2, column: 1 });
    expect(locate(item?.at ?? -1)).toEqual({ line: 4, column: 5 });
    expect(locate(inner?.value.at ?? -1)).toEqual({ line: 4, column: 10 });
  });

  it("reads the values of the YAML 1.2 core schema and nothing more", () => {
    const { root } = sourceFromYaml("[yes, true, 2026-01-05, 0x10, 1e3, ~, 12, on, 1_000, -0]");
    const values = root?.kind === "list" ? root.items : [];

    expect(values.map((node) => (node.kind === "scalar" ? node.value : node))).toEqual([
      "yes",
      true,
      "2026-01-05",
      16,
      1000,
      null,
      12,
      "on",
      "1_000",
      0,
    ]);
  });

  it("gives a key without value the place of the key", () => {
    const { root, locate } = sourceFromYaml("a: 1\nrules:\n");
    const field = root?.kind === "map" ? root.fields[1] : undefined;

    expect(locate(field?.value.at ?? -1).line).toBe(2);
  });

  it("is the same from stored JSON, without places", () => {
    const { root } = sourceFromJson({ a: [1, "x", null] });

    expect(root).toMatchObject({ kind: "map", fields: [{ key: "a", value: { kind: "list" } }] });
  });
});

function blockMaps(depth: number): string {
  const lines = Array.from({ length: depth }, (_, index) => `${" ".repeat(index)}a:`);
  return `${lines.join("\n")} 1`;
}
