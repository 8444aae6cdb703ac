// Tests which word a misspelled one is taken for.

import { describe, expect, it } from "vitest";
import { nearest } from "./finding.ts";

describe("the nearest word", () => {
  it.each([
    ["desicion", ["decision", "reason"], "decision"],
    ["topic", ["topics", "tools"], "topics"],
    ["require_aproval", ["require_approval", "deny"], "require_approval"],
    ["max_runtime", ["max_rows", "max_runtime_sec"], "max_runtime_sec"],
    ["TOPICS", ["topics"], "topics"],
    ["xyz", ["topics", "tools"], null],
    ["a".repeat(65), ["a"], null],
  ])("to %s among %s is %s", (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });
});
