// Tests of the paths that an expression reads.
import { expect, test } from "vitest";
import { parseCel } from "./parse.ts";
import { referencesOf } from "./references.ts";

test.each([
  ["action.params.amount > 1000", ["action.params.amount"]],
  ["a.b + a.b + a.c", ["a.b", "a.c"]],
  ["has(a.b.c) && a.b.c > 1", ["a.b.c"]],
  ['a["b"].c', ["a.b.c"]],
  ['a["b-c"].d', ["a"]],
  ["a[b.c].d", ["a", "b.c"]],
  ["a.f(b).c", ["a", "b"]],
  ["a.items.all(x, x.y > b.z)", ["a.items", "b.z"]],
  ["x.all(x, x.y) && x.z", ["x", "x.z"]],
  ["type(a) == int", ["a"]],
  ["math.greatest(a, 1)", ["a"]],
  ["{a: b}[c]", ["a", "b", "c"]],
  ["[1].map(i, a, i)", ["a"]],
  ["1 + 1", []],
])("%s reads %j", (source, expected) => {
  const parsed = parseCel(source);
  expect(parsed.ok && referencesOf(parsed.ast)).toEqual(expected);
});
