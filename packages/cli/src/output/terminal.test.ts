// Nothing that an agent wrote acts on the reader's terminal.

import { expect, test } from "vitest";
import { safe, safeJson, safeLine } from "./terminal.ts";

test.for([
  ["\u001b[2J\u001b]0;owned\u0007", "‹U+001B›[2J‹U+001B›]0;owned‹U+0007›"],
  ["safe\u202eevas", "safe‹U+202E›evas"],
  ["pay\u200bment", "pay‹U+200B›ment"],
  ["\u009b31m", "‹U+009B›31m"],
  ["over\rwritten", "over‹U+000D›written"],
  ["two\nlines", "two\nlines"],
] as const)("%o is drawn, not sent", ([text, drawn]) => {
  expect(safe(text)).toBe(drawn);
});

test("a line stays a line", () => {
  expect(safeLine("a\n\tb")).toBe("a b");
});

test("JSON keeps its value and carries no hidden character", () => {
  const value = { "k\u202e": ["\u001b[2J", "\u009b", "\u{e0001}", "ünë 🙂", "a\nb"] };

  const text = safeJson(value);

  expect(JSON.parse(text)).toEqual(value);
  expect(text).toContain("ünë 🙂");
  expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
