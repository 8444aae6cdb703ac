// The reading colours of a policy file.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokensOf } from "./yaml-tokens.ts";

const kinds = (line: string): string[] =>
  tokensOf(line)
    .filter(({ kind }) => kind !== "plain" && kind !== "mark")
    .map(({ kind, text }) => `${kind} ${text}`);

describe("a line of a policy", () => {
  it("has keys, texts, literals and comments", () => {
    expect(kinds('  - id: gate # "no" text')).toEqual(["key id", 'comment # "no" text']);
    expect(kinds('match: { topics: ["job.*.read"], count: 15m }')).toEqual([
      "key match",
      "key topics",
      'text "job.*.read"',
      "key count",
      "literal 15m",
    ]);
  });

  it("keeps a sharp inside a text", () => {
    expect(kinds('reason: "a # b"')).toEqual(["key reason", 'text "a # b"']);
  });

  it("loses no character", () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        const joined = tokensOf(line)
          .map((token) => token.text)
          .join("");
        expect(joined).toBe(line);
      }),
    );
  });
});
