// Drawing what cannot be seen: every hidden character comes out written, everything else unchanged.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutMiddle, hasHidden, mixedWords, segmentsOf, writtenOut } from "./visible-text.ts";

describe("hidden characters", () => {
  it.each([
    ["right-to-left override", "invoice\u202Egpj.exe", "invoice‹U+202E›gpj.exe"],
    ["zero-width space", "ad\u200Bmin", "ad‹U+200B›min"],
    ["tag character", "a\u{E0041}b", "a‹U+E0041›b"],
    ["variation selector", "a\uFE01b", "a‹U+FE01›b"],
    ["null", "a\0b", "a‹U+0000›b"],
    ["escape", "\u001B[31mred", "‹U+001B›[31mred"],
    ["Hangul filler", "a\u3164b", "a‹U+3164›b"],
    ["carriage return", "safe\rdanger", "safe‹U+000D›danger"],
    ["line separator", "a\u2028b", "a‹U+2028›b"],
    ["blank Braille", "a\u2800b", "a‹U+2800›b"],
    ["soft hyphen", "a\u00ADb", "a‹U+00AD›b"],
    ["joiner between letters", "a\u200Db", "a‹U+200D›b"],
    ["line feed in one line", "a\nb", "a‹U+000A›b"],
  ])("draws a %s", (_name, text, drawn) => {
    expect(writtenOut(text, false)).toBe(drawn);
  });

  it.each(["👩‍💻 done", "❤️", "1️⃣", "👍🏽", "naïve Ünïcode", "日本語"])("leaves %s alone", (text) => {
    expect(hasHidden(text, false)).toBe(false);
  });

  it("keeps line feeds in a text of several lines", () => {
    expect(writtenOut("a\n\tb\r", true)).toBe("a\n\tb‹U+000D›");
  });

  it("loses nothing of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, lines) => {
        const joined = segmentsOf(text, lines)
          .map((segment) => segment.text)
          .join("");
        expect(joined).toBe(text);
      }),
    );
  });
});

describe("mixed alphabets", () => {
  it("finds a Cyrillic letter in a Latin name", () => {
    expect(mixedWords("pay to p\u0430ypal now")).toEqual(["p\u0430ypal"]);
  });

  it("accepts words that keep to one alphabet", () => {
    expect(mixedWords("привет world")).toEqual([]);
  });
});

describe("long texts", () => {
  it("are cut in the middle and say how much is missing", () => {
    const cut = cutMiddle("a".repeat(500) + "END", 100, 10);
    expect(cut?.tail.endsWith("END")).toBe(true);
    expect((cut?.head.length ?? 0) + (cut?.tail.length ?? 0) + (cut?.hidden ?? 0)).toBe(503);
  });

  it("are never cut inside a character", () => {
    const cut = cutMiddle("😀".repeat(400), 101, 10);
    expect(cut?.head).not.toMatch(/\p{Cs}/u);
    expect(cut?.tail).not.toMatch(/\p{Cs}/u);
  });

  it("stay whole when short", () => {
    expect(cutMiddle("short", 100, 10)).toBe(null);
  });

  it("are cut by lines too", () => {
    const cut = cutMiddle(Array.from({ length: 50 }, (_, n) => `line ${n}`).join("\n"), 2_000, 20);
    expect(cut?.tail.endsWith("line 49")).toBe(true);
  });
});
