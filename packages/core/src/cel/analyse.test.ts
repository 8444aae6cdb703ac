// Tests what is said of conditions without running them.

import { describe, expect, it } from "vitest";
import { boundariesOf, truthOf } from "./analyse.ts";
import type { Expr } from "./ast.ts";
import { parseCel } from "./parse.ts";

function parse(source: string): Expr {
  const parsed = parseCel(source);
  if (!parsed.ok) throw new Error(`${source}: ${parsed.faults[0]?.message}`);
  return parsed.ast;
}

describe("a condition", () => {
  it.each([
    "a.x > 5 && a.x < 3",
    "a.x > 5.5 && 5 >= a.x",
    "a.x == 5 && a.x != 5",
    "a.x == 5 && a.x == 6.0",
    'a.s == "a" && a.s == "b"',
    'a.s in ["a", "b"] && a.s == "c"',
    'a.s == "a" && !(a.s in ["a"])',
    "has(a.x) && !has(a.x)",
    "a.yes && !a.yes",
    "false",
    "1 + 1 == 3",
    "1 / 0 > 5",
    "false && a.x > 1",
    'a.f() && "x" == "y"',
    "size(a.list) > 1 && size(a.list) < 2",
    "size(a.list) < 0",
    "a.x > 10 ? a.x < 5 : false",
    "a.m.contains('x') && !a.m.contains('x')",
    'now < timestamp("2026-01-01T00:00:00Z") && now > timestamp("2027-01-01T00:00:00Z")',
    'a.d > duration("2h") && a.d < duration("90m")',
    "a.x > 5 && (a.x < 3 || a.x == 4) && a.y > 1",
    "[1, 2].exists(x, x > 3)",
  ])("%s is never true", (source) => {
    expect(truthOf(parse(source))).toBe("never");
  });

  it.each([
    "true",
    "a.x > 5 || a.x <= 5",
    "a.x != 5 || a.x != 6",
    "has(a.x) || !has(a.x)",
    "a.f() || true",
    "!(a.x > 5 && a.x < 3)",
    "size(a.list) >= 0",
    "a.yes || !a.yes",
    "[1, 2].all(x, x > 0)",
    '"b" in ["a", "b"]',
  ])("%s is never false", (source) => {
    expect(truthOf(parse(source))).toBe("always");
  });

  it.each([
    "a.x > 5",
    "a.x > 5 && a.x < 7",
    "a.x >= 5 && a.x <= 5",
    "a.x > 5 && a.y < 3",
    "size(a.list) > 1 && size(a.list) < 3",
    "size(a.list) - 5 < 0",
    'a.s > "a" && a.s < "b"',
    'a.s == "a" && a.t == "b"',
    "a.list.exists(x, x > 5) && a.list.exists(x, x < 3)",
    "has(a.x) && a.x > 3",
    'a.x == 5 || a.x == "5"',
    "variables.large",
  ])("%s can be both", (source) => {
    expect(truthOf(parse(source))).toBe(null);
  });

  it("is left alone where it asks too much", () => {
    const many = Array.from({ length: 20 }, (_, index) => `a.x${index} > ${index}`);
    expect(truthOf(parse(many.join(" && ")))).toBe(null);
  });
});

describe("the boundaries of a condition", () => {
  it.each([
    ["a.x > 100", { "a.x": [99, 100, 101, "text", undefined] }],
    ["0.5 >= a.x", { "a.x": [0.4995, 0.5, 0.5005, "text", undefined] }],
    ['a.s == "eu" || a.s in ["us"]', { "a.s": ["eu", "eux", "", 0, undefined, "us", "usx"] }],
    ["a.yes", { "a.yes": [true, false, "text", undefined] }],
    ["has(a.b.c) && !a.b.d", { "a.b.c": [undefined], "a.b.d": [true, false, "text", undefined] }],
    ['a.s.startsWith("ab")', { "a.s": ["ab", "abx", "b", "a", 0, undefined] }],
    ['"k" in a.tags', { "a.tags": [[], ["k"], ["k", "kx"], ["kx"], { k: "k" }, {}, undefined] }],
    ["size(a.l) > 1", { "a.l": [[], "", ["item0"], "x", ["item0", "item1"], "xx", 0, undefined] }],
    ["a.l.all(x, x > 5)", { "a.l": [[], undefined, "text"] }],
    ['a["x y"] == true', { "a.x y": [true, false, "text", undefined] }],
    ['a.d < duration("1h")', { "a.d": ["3599s", "3600s", "3601s", undefined] }],
    ['now > timestamp("1970-01-01T00:00:01Z")', { now: [999, 1000, 1001] }],
    ["1 == 1 && a.f(1) > 3", {}],
  ])("%s", (source, expected) => {
    const found = boundariesOf(parse(source)).map(({ path, values }) => [path, values]);
    expect(Object.fromEntries(found)).toEqual(expected);
  });
});
