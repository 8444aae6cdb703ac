// A diff of texts shows every line that differs, in order, with where it stands, and stays within its bound.

import fc from "fast-check";
import { expect, test } from "vitest";
import { textDiff } from "./text-diff.ts";

const many = 100_000;

test("Nothing is shown of texts that are the same.", () => {
  expect(textDiff("a\nb\n", "a\nb\n", many)).toBe("");
  expect(textDiff("", "", many)).toBe("");
});

test("A changed line stands in its context, and two far apart in two hunks.", () => {
  const before = Array.from({ length: 30 }, (_, at) => `line ${at + 1}`);
  const after = before.map((text, at) => (at === 4 || at === 24 ? `${text}!` : text));
  expect(textDiff(before.join("\n"), after.join("\n"), many)).toBe(
    `@@ -2 +2 @@
 line 2
 line 3
 line 4
-line 5
+line 5!
 line 6
 line 7
 line 8
@@ -22 +22 @@
 line 22
 line 23
 line 24
-line 25
+line 25!
 line 26
 line 27
 line 28`,
  );
});

test("What is too long is cut at a line, and says so.", () => {
  const after = Array.from({ length: 1_000 }, (_, at) => `new ${at}`).join("\n");
  const shown = textDiff("", after, 200);
  expect(shown.length).toBeLessThanOrEqual(200);
  expect(shown.endsWith("\n… the rest is left out")).toBe(true);
});

test("Removed lines are those of the old text, added ones those of the new.", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const shown = textDiff(before.join("\n"), after.join("\n"), many).split("\n");
      const count = (mark: string) => shown.filter((line) => line.startsWith(mark)).length;
      const [old, fresh] = [before, after].map((all) => all.join("\n").split("\n"));
      const size = (all: readonly string[] | undefined) =>
        (all ?? []).length - ((all ?? []).at(-1) === "" ? 1 : 0);
      expect(count("+") - count("-")).toBe(size(fresh) - size(old));
    }),
  );
});
