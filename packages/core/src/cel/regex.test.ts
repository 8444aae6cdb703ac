// Tests of which patterns are taken, what they cost and what they find.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern } from "./regex.ts";
import { Meter } from "./meter.ts";

function compiled(source: string) {
  const result = compilePattern(source);
  if (!result.ok) throw new Error(result.message);
  return result.pattern;
}

describe("patterns", () => {
  test.each([
    String.raw`(?i)drop\s+table`,
    String.raw`\bselect\b.*\bfrom\b`,
    String.raw`(?i)\b(delete|drop|truncate|alter)\b`,
    String.raw`^(?:10|192\.168)\.`,
    String.raw`\d{3}-\d{2}-\d{4}`,
    String.raw`(?i)(password|secret|token|api[_-]?key)\s*[:=]\s*\S+`,
    "^(a+)+$",
  ])("that people write cost half a unit a character: %s", (source) => {
    const pattern = compiled(source);
    const meter = new Meter(1_000);
    pattern.isIn("x".repeat(99), meter);
    expect(pattern.isNarrow).toBe(true);
    expect(meter.left).toBe(1_000 - 52);
  });

  test.each(["(.{1,15}a){1,9}$", "(?:a|b)*a(?:a|b){60}c?$", "a.{0,60}b.{0,60}c$"])(
    "with very many states cost half their instructions at each character: %s",
    (source) => {
      const pattern = compiled(source);
      const meter = new Meter(1_000_000);
      pattern.isIn("x".repeat(99), meter);
      expect(pattern.isNarrow).toBe(false);
      expect(meter.left).toBe(1_000_000 - 2 - 50 * pattern.size);
    },
  );

  test("are found anywhere, and by code point", () => {
    const isIn = (pattern: string, text: string): boolean =>
      compiled(pattern).isIn(text, new Meter(100_000));
    expect(isIn("b", "abc")).toBe(true);
    expect(isIn("^b", "abc")).toBe(false);
    expect(isIn("^.$", "\u{1F600}")).toBe(true);
    expect(isIn("", "")).toBe(true);
    expect(isIn("(?s)a.b", "a\nb")).toBe(true);
    expect(isIn(String.raw`^\p{Greek}+$`, "αβγ")).toBe(true);
  });

  test.each(["(a", "a**", String.raw`(a)\1`, "(?=a)", "(?<=a)b", "a{2000}", "a".repeat(257)])(
    "that are no RE2 or too large are refused: %s",
    (source) => {
      expect(compilePattern(source).ok).toBe(false);
    },
  );
});

describe("found or not", () => {
  const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", String.raw`\w`, "^", "$", "(?:ab)");
  const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
    part: fc.oneof(
      { depthSize: "small" },
      atom,
      fc
        .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{1,3}"))
        .map(([inner, times]) => `(?:${inner})${times}`),
    ),
    pattern: fc.oneof(
      fc.array(tie("part"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")),
      fc.tuple(tie("part"), tie("part")).map(([first, second]) => `(?:${first}|${second})`),
    ),
  }));

  test("is what another engine says", () => {
    const texts = fc.array(fc.constantFrom("a", "b", "c", " ", "\u{1F600}"), { maxLength: 12 });
    fc.assert(
      fc.property(pattern, fc.array(texts, { minLength: 1, maxLength: 5 }), (source, subjects) => {
        const result = compilePattern(source);
        fc.pre(result.ok);
        const other = new RegExp(source, "u");
        for (const subject of subjects.map((parts) => parts.join(""))) {
          expect(result.pattern.isIn(subject, new Meter(1e9))).toBe(other.test(subject));
        }
      }),
      { numRuns: 500 },
    );
  });
});
