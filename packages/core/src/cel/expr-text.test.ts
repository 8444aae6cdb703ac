// Tests that an expression written as text again is the same expression.

import { expect, it } from "vitest";
import type { Expr } from "./ast.ts";
import { shortTextOf, textOf } from "./expr-text.ts";
import { parseCel } from "./parse.ts";

function parse(source: string): Expr {
  const parsed = parseCel(source);
  if (!parsed.ok) throw new Error(`${source}: ${parsed.faults[0]?.message}`);
  return parsed.ast;
}

it.each([
  ["a&&b&&c||d", "a && b && c || d"],
  ["(a||b)&&c", "(a || b) && c"],
  ["a-(b-c)-d", "a - (b - c) - d"],
  ["(a+b)*c%2", "(a + b) * c % 2"],
  ["!(a==b)", "!(a == b)"],
  ["-(1)", "-(1)"],
  ["-1", "-1"],
  ["(-1).x", "(-1).x"],
  ["-(1.5.x)", "-(1.5.x)"],
  ["!true", "!true"],
  ["!(-a) && -(!b)", "!(-a) && -(!b)"],
  ["a == '\\u202e'", 'a == "\\u202e"'],
  ["- a", "-a"],
  ["-(-a)", "--a"],
  ["a ? b : c ? d : e", "a ? b : c ? d : e"],
  ["(a ? b : c) ? d : e", "(a ? b : c) ? d : e"],
  ["(a ? b : c).x", "(a ? b : c).x"],
  ["has( a.b ) && !has(a.b.c)", "has(a.b) && !has(a.b.c)"],
  ["a['x y'].`c-d`[0u]", 'a["x y"].`c-d`[0u]'],
  ["[1,2.0,'a',b'\\x00',null,true,5u]", '[1, 2.0, "a", b"\\x00", null, true, 5u]'],
  ["{'a':1, 2:b}", '{"a": 1, 2: b}'],
  ["a.map(x,x>1,x+1).exists_one(y, y in [1])", "a.map(x, x > 1, x + 1).exists_one(y, y in [1])"],
  ["math.abs(x).f('\\n\\u2028')", 'math.abs(x).f("\\n\u2028")'],
  ["1e100 < -0.0 && 1.5e-7 > 0.1", "1e+100 < -0.0 && 1.5e-7 > 0.1"],
])("%s is written as %s", (source, text) => {
  expect(textOf(parse(source))).toBe(text);
  expect(textOf(parse(text))).toBe(text);
});

it("is cut off where it would be long", () => {
  expect(shortTextOf(parse(`"${"a".repeat(100)}"`), 10)).toBe('"aaaaaaaa…');
});
