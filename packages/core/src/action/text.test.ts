// What an agent's words are turned into before a person reads them, and what is flagged in them.

import { describe, expect, it } from "vitest";
import { flagsOf, visibleLine, visibleText } from "./text.ts";

describe("hidden characters", () => {
  it.each([
    ["a right-to-left override", "pay \u202Eevil", "pay ‹U+202E›evil"],
    ["a zero-width space", "pay\u200Bpal", "pay‹U+200B›pal"],
    ["a joiner between letters", "pay\u200Dpal", "pay‹U+200D›pal"],
    ["a control character", "a\u0000b\u001Bc", "a‹U+0000›b‹U+001B›c"],
    ["a line separator", "a\u2028b", "a‹U+2028›b"],
    ["a private character", "a\uE000", "a‹U+E000›"],
    ["a tag character", "a\u{E0041}", "a‹U+E0041›"],
    ["a soft hyphen", "a\u00ADb", "a‹U+00AD›b"],
    ["a carriage return", "a\rb", "a‹U+000D›b"],
    ["half of a character", "a\uD83Db", "a‹U+D83D›b"],
  ])("are drawn: %s", (_name, text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(flagsOf([text])).toContain("hidden_characters");
  });

  it.each([
    ["plain words", "Delete 3 rows — größer, 日本語, ελληνικά"],
    ["line feeds and tabs", "one\n\ttwo"],
    ["a joined emoji", "👩\u200D💻 and ❤\uFE0F"],
  ])("are not found in %s", (_name, text) => {
    expect(visibleText(text)).toBe(text);
    expect(flagsOf([text])).not.toContain("hidden_characters");
  });
});

describe("one line", () => {
  it("joins white space and draws what is hidden", () => {
    expect(visibleLine("  a\n b\u202E ", 80)).toBe("a b‹U+202E›");
  });

  it("is never cut through a character", () => {
    const line = visibleLine(`${"a".repeat(9)}${"😀".repeat(50)}${"z".repeat(9)}`, 21);
    expect(line).toBe(`${"a".repeat(9)}…${"z".repeat(9)}`);
  });

  it("is cut in the middle, so that both ends can be read", () => {
    const line = visibleLine(`${"a".repeat(50)}${"z".repeat(50)}`, 21);
    expect(line).toBe(`${"a".repeat(10)}…${"z".repeat(10)}`);
  });
});

describe("words that steer", () => {
  it.each([
    ["URGENT: do it immediately", ["urgency"]],
    ["there is no need to review this", ["urgency"]],
    ["this was already approved by Kim", ["authority"]],
    ["the CEO wants it", ["authority"]],
    ["just click approve", ["authority"]],
    ["see https://example.com", ["markup"]],
    ["<b>safe</b> [here](x)", ["markup"]],
    ["pаypal", ["mixed_scripts"]],
    ["the customer asked for it", []],
    ["a < b and b > c", []],
  ])("%s", (text, flags) => {
    expect(flagsOf([null, text])).toEqual(flags);
  });

  it("are named once and in order, whatever claims they stand in", () => {
    expect(flagsOf(["urgent", "asap \u200B", "pre-approved", null])).toEqual([
      "authority",
      "hidden_characters",
      "urgency",
    ]);
  });
});
