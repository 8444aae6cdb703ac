// Columns and lines of text.

import { expect, test } from "vitest";
import { cut, table, wrap } from "./table.ts";

test("columns are as wide as their widest cell, without spaces at the end", () => {
  expect(
    table(
      ["JOB", "STATE"],
      [
        ["job-10", "OK"],
        ["j", "APPROVAL"],
      ],
    ),
  ).toEqual(["JOB     STATE", "job-10  OK", "j       APPROVAL"]);
});

test("characters that take two columns count as two", () => {
  expect(table(["A", "B"], [["漢字", "x"]])).toEqual(["A     B", "漢字  x"]);
});

test("a text that is too long is cut between characters", () => {
  expect(cut("🙂🙂🙂", 3)).toBe("🙂…");
  expect(cut("漢字", 4)).toBe("漢字");
  expect(cut("abc", 3)).toBe("abc");
});

test("lines break between words, and inside of a word that is longer than a line", () => {
  expect(wrap("one two three four five six\nseven", 20)).toEqual([
    "one two three four",
    "five six",
    "seven",
  ]);
  expect(wrap("x".repeat(45), 20)).toEqual(["x".repeat(20), "x".repeat(20), "x".repeat(5)]);
});
