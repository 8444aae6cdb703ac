// Tests that the quick way through a policy file makes the tree that the YAML library makes, or none.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quickTree } from "./quick-source.ts";
import { sourceFromAnyYaml, sourceFromYaml } from "./source.ts";
import { wholeLanguage } from "./whole-language.sample.ts";

/** True when the text was read quickly; then it has to be what the library reads. */
function isSame(text: string): boolean {
  const root = quickTree(text);
  if (root === null) return false;
  const whole = sourceFromAnyYaml(text);
  expect(whole.findings).toEqual([]);
  expect(root).toEqual(whole.root);
  const quick = sourceFromYaml(text);
  for (let at = 0; at <= text.length; at += 7) expect(quick.locate(at)).toEqual(whole.locate(at));
  return true;
}

const plain = [
  "# A policy",
  "version: v1",
  "combine: strict # usual",
  "",
  "defaults: { decision: require_approval, timeout: 15m, on_timeout: block }",
  "groups:",
  "  ops: { members: [ana@example.com, \"role:lead\"], schedule: 'it''s' }",
  "rules:",
  "# between",
  "  - id: a",
  "    match: { topics: [\"job.*\", 'job.**'], risk_tags: [], cost: { over: 1.5, at_most: -3 } }",
  '    when: has(action.cost) && action.cost.amount > 5 || action.topic == "x"',
  "    decision: deny",
  '    reason: "Say \\"no\\"\\n"',
  "    approvals:",
  "    - role: lead",
  "      count: 2",
  "    - {}",
  "  -   id: b",
  "      since: 2026-12-25",
  "      share: 5%",
  "      when: |",
  "        a &&",
  "          b # no comment",
  "",
  "      why: >-",
  "        folded",
  "        text",
  "      flags: [true, null, ~, False, 0, 10, slack:approvals, 2026-12-20T00:00]",
  "tests:",
  "- name: a",
  '  facts: { "params.amount": { count: 40 } }',
  "",
].join("\n");

describe("the quick way", () => {
  it("reads what most files are made of", () => {
    expect(isSame(plain)).toBe(true);
    expect(isSame(plain.trimEnd())).toBe(true);
    expect(isSame("a: 1")).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["a list", "- a\n"],
    ["an anchor", "a: &x 1\nb: *x\n"],
    ["a tag", "a: !!str 1\n"],
    ["a block of text with a gap", "a: |\n  b\n\n  c\n"],
    ["a block of text that ends in a gap", "a: |\n  b\n\n"],
    ["a block of text with its own indentation", "a: |1\n  b\n"],
    ["a folded block with indented lines", "a: >\n  b\n   c\n"],
    ["a value on two lines", "a: b\n  c\n"],
    ["a text on two lines", 'a: "b\n  c"\n'],
    ["a collection on two lines", "a: [b,\n  c]\n"],
    ["a key without value", "a:\nb: 1\n"],
    ["a key twice", "a: 1\na: 2\n"],
    ["a merge key", "a: { <<: 1 }\n"],
    ["a prototype", "__proto__: 1\n"],
    ["a key that is no word", "null: 1\n"],
    ["a tab", "a:\t1\n"],
    ["lines that end in two characters", "a: 1\r\nb: 2\r\n"],
    ["a number in another form", "a: 0x10\n"],
    ["a number with a leading zero", "a: 010\n"],
    ["a number with an exponent", "a: 1e3\n"],
    ["no number", "a: .nan\n"],
    ["a second document", "a: 1\n---\nb: 2\n"],
    ["a directive", "%YAML 1.2\n---\na: 1\n"],
    ["a map in a line", "a: b: c\n"],
    ["a list in a list", "a:\n- - b\n"],
    ["a pair in a list", "a: [b: c]\n"],
    ["a comment in a collection", "a: [b #c\n]\n"],
    ["half a character", 'a: "\\ud800"\nb: "\ud800"\n'],
    ["deep nesting", `a: ${"[".repeat(40)}${"]".repeat(40)}\n`],
  ])("leaves %s to the library", (_, text) => {
    expect(quickTree(text)).toBeNull();
  });

  it("takes a file that was changed at random as the library does, or not at all", () => {
    const pieces = [
      ..." \n:#-,[]{}'\"&*!|>?%@`~.0159aeExo\\\t",
      ": ",
      " #",
      "- ",
      "\n  ",
      "\n    ",
      "a: ",
      "true",
      "''",
    ];
    const edit = fc.record({
      at: fc.nat(plain.length),
      cut: fc.integer({ min: 0, max: 4 }),
      put: fc.constantFrom("", ...pieces),
    });
    let quick = 0;
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        let text = plain;
        for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut);
        if (isSame(text)) quick += 1;
      }),
      { numRuns: 500 },
    );
    expect(quick).toBeGreaterThan(60);
  });

  it("takes a small text of any signs as the library does, or not at all", () => {
    const token = fc.constantFrom(
      "a: ",
      "b:",
      "\n",
      "\n",
      "  ",
      "- ",
      " ",
      "c",
      "1",
      "[",
      "]",
      "{",
      "}",
      ", ",
      ",",
      "'",
      '"',
      "#",
      " # ",
      ":",
      "-",
      "~",
      "null",
      "1.5",
      "-2",
      "é😀",
      "\\",
      "%",
      "?",
      "*",
      ".",
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 24 }), (tokens) => {
        isSame(`a: ${tokens.join("")}`);
      }),
      { numRuns: 1_500 },
    );
  });

  it("reads the whole language", () => {
    expect(isSame(wholeLanguage)).toBe(true);
  });
});
