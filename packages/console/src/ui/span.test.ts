// Lengths of time in words.

import { describe, expect, it } from "vitest";
import { gapInWords, spanInWords } from "./span.ts";

describe("a span", () => {
  it.each([
    [-5, "0 s"],
    [59_999, "59 s"],
    [245_000, "4 min 05 s"],
    [1_500_000, "25 min"],
    [7_800_000, "2 h 10 min"],
    [273_600_000, "3 d 4 h"],
  ])("of %d ms reads %s", (ms, words) => {
    expect(spanInWords(ms)).toBe(words);
  });

  it("keeps small gaps exact", () => {
    expect(gapInWords(12.4)).toBe("12 ms");
    expect(gapInWords(3_250)).toBe("3.3 s");
  });
});
