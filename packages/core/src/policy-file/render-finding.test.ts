// Tests what a person reads of a finding at a terminal.

import { describe, expect, it } from "vitest";
import { loadPolicy } from "./load.ts";
import { renderFinding } from "./render-finding.ts";

function rendered(source: string, file?: string): string[] {
  return loadPolicy(source)
    .findings.filter(({ severity }) => severity === "error")
    .map((finding) => renderFinding(finding, source, file));
}

describe("a finding at a terminal", () => {
  it("shows the line, marks below the name, and the nearest right one", () => {
    const source = [
      "version: v1",
      "rules:",
      "  - id: a",
      "    decision: deny",
      "    when: 'action.tpic == ''x'' || now > now'",
    ].join("\n");

    expect(rendered(source, "policy.yaml")).toEqual([
      [
        "policy.yaml:5:19: error [unknown_field] no field `tpic` in `action`",
        "    5 |     when: 'action.tpic == ''x'' || now > now'",
        "      |                   ^^^^",
        "      = help: did you mean `topic`?",
      ].join("\n"),
    ]);
  });

  it("marks an unknown key", () => {
    const [first = ""] = rendered("version: v1\nruels: []\nrules: []\r\n");

    expect(first.split("\n").slice(0, 3)).toEqual([
      "policy:2:1: error [unknown_key] unknown key `ruels` in the policy",
      "    2 | ruels: []",
      "      | ^^^^^",
    ]);
  });

  it("keeps tabs, so that the marks stand below", () => {
    const source = 'version: v1\nrules: [\t{ id: "a",\tdecision: alow } ]';
    const lines = rendered(source)[0]?.split("\n") ?? [];

    expect(lines[2]).toBe("      |         \t          \t          ^^^^");
  });

  it("cuts a long line around its place", () => {
    const filler = " || ".concat("action.topic == 'x'").repeat(30);
    const source = `version: v1\nrules: [{ id: a, decision: deny, when: "true${filler} || action.tpic == 'y'${filler}" }]`;
    const [, line = "", marks = ""] = rendered(source)[0]?.split("\n") ?? [];

    expect(line.length).toBeLessThan(140);
    expect(line).toMatch(/^ {4}2 \| ….*…$/);
    expect(line.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1)).toBe("tpic");
  });

  it("does without the line when there is none", () => {
    expect(renderFinding({ ...gone, line: 9 }, "a\nb")).toBe("policy:9:1: note [no_tests] none");
    expect(renderFinding(gone, "")).toBe("policy:1:1: note [no_tests] none");
  });
});

const gone = {
  severity: "note" as const,
  code: "no_tests",
  message: "none",
  line: 1,
  column: 1,
  path: "",
  help: null,
};
