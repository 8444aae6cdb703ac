// Tests whether two patterns can fit the same name, against trying names out.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameMatcher } from "./glob.ts";
import { namesMeet, topicsMeet } from "./pattern-meet.ts";

describe("two patterns of topics", () => {
  it.each([
    ["job.a", "job.a", true],
    ["job.a", "job.b", false],
    ["job.*", "job.a", true],
    ["job.*", "*.a", true],
    ["job.*", "job.a.b", false],
    ["job.**", "job.a.b", true],
    ["job.**", "job", false],
    ["**", "job.a.b", true],
    ["job.a.**", "*.b.c", false],
    ["job.*.c", "job.a.**", true],
  ])("%s and %s", (left, right, expected) => {
    expect(topicsMeet(left, right)).toBe(expected);
    expect(topicsMeet(right, left)).toBe(expected);
  });
});

describe("two patterns of names", () => {
  const token = fc.constantFrom("a", "b", ".", "*", "**");
  const pattern = fc
    .array(token, { minLength: 1, maxLength: 5 })
    .map((tokens) => tokens.join("").replace(/\*{3,}/g, "**"));
  const letters = ["a", "b", "."];
  const names = [""];
  for (let start = 0, length = 0; length < 7; length += 1) {
    const end = names.length;
    for (; start < end; start += 1) {
      for (const letter of letters) names.push((names[start] ?? "") + letter);
    }
  }

  it("meet when a name fits both, and only then", () => {
    fc.assert(
      fc.property(pattern, pattern, (left, right) => {
        const fitsLeft = nameMatcher(left);
        const fitsRight = nameMatcher(right);
        const meets = names.some((name) => fitsLeft(name) && fitsRight(name));

        expect(namesMeet(left, right)).toBe(meets);
        expect(namesMeet(right, left)).toBe(meets);
      }),
      { numRuns: 400 },
    );
  });
});
