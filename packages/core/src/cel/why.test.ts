// Tests which part of a condition is named as the one that failed.

import { describe, expect, it } from "vitest";
import { Meter } from "./meter.ts";
import { parseCel } from "./parse.ts";
import { compileCel } from "./program.ts";
import type { CelObject } from "./value.ts";
import { whyNot, type WhyNot } from "./why.ts";

function why(source: string, a: CelObject): WhyNot {
  const parsed = parseCel(source);
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return whyNot(parsed.ast, (part) => {
    const compiled = compileCel(part, ["a"]);
    if (!compiled.ok) throw new Error(compiled.faults[0]?.message);
    return compiled.program.run([a], new Meter(10_000));
  });
}

const a = { x: 1, s: "text", yes: true, no: false, list: [1, 2] };

describe("the part that failed", () => {
  it.each([
    ["a.x > 5", "a.x > 5"],
    ["a.yes && a.x > 5 && a.no", "a.x > 5"],
    ["a.yes && (a.x == 1 && a.no)", "a.no"],
    ["a.yes && (a.no || a.x > 7)", "a.no || a.x > 7"],
    ["!a.yes && a.x == 1", "!a.yes"],
    ["a.missing > 1 && a.no", "a.no"],
    ["a.yes ? a.x > 5 : a.yes", "a.x > 5"],
    ["a.no ? a.yes : (a.yes && a.no)", "a.no"],
    ["has(a.q) ? a.q > 5 : false", "has(a.q)"],
    ["a.yes ? false : a.no", "a.yes ? false : a.no"],
    ["a.yes && a.list.exists(x, x > 5)", "a.list.exists(x, x > 5)"],
  ])("of %s is %s", (source, text) => {
    const found = why(source, a);
    expect(found.text).toBe(text);
    expect(found.error).toBe(null);
    expect(source.slice(found.at, found.end)).toContain(text);
  });

  it.each([
    ["a.yes && a.missing > 1", "a.missing > 1"],
    ["a.yes && (a.no || a.missing > 1)", "a.missing > 1"],
    ["a.yes && !(a.missing > 1)", "a.missing > 1"],
    ["a.missing ? a.yes : a.no", "a.missing"],
    ["a.s > 1", "a.s > 1"],
  ])("of %s is the error in %s", (source, text) => {
    const found = why(source, a);
    expect(found.text).toBe(text);
    expect(found.error).toMatch(/./);
  });
});
