// Tests of what the reader makes of expressions, and of what it says to wrong ones.
import { describe, expect, test } from "vitest";
import { parseCel } from "./parse.ts";
import { childrenOf } from "./parse-shape.ts";
import type { Expr } from "./ast.ts";

function read(source: string): Expr {
  const parsed = parseCel(source);
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return parsed.ast;
}

function faultOf(source: string) {
  const parsed = parseCel(source);
  if (parsed.ok) throw new Error("The text can be read.");
  const [fault] = parsed.faults;
  return { help: fault?.help, text: source.slice(fault?.at, fault?.end), message: fault?.message };
}

/** The tree with a parenthesis around every call. */
function shape(expr: Expr): string {
  const inner = childrenOf(expr).map(shape).join(" ");
  switch (expr.kind) {
    case "constant":
      return expr.constant.type === "null" ? "null" : String(expr.constant.value);
    case "ident":
      return expr.name;
    case "select":
      return `(${expr.isTest ? "has" : "."} ${inner} ${expr.field})`;
    case "macro":
      return `(${expr.macro} ${expr.variable} ${inner})`;
    default:
      return `(${expr.kind === "call" ? expr.name : expr.kind} ${inner})`;
  }
}

describe("operators", () => {
  test.each([
    ["1 + 2 * 3", "(+ 1 (* 2 3))"],
    ["1 - 2 - 3", "(- (- 1 2) 3)"],
    ["a && b || c", "(|| (&& a b) c)"],
    ["a || b && c", "(|| a (&& b c))"],
    ["a || b || c || d", "(|| (|| a b) (|| c d))"],
    ["a == b in c", "(in (== a b) c)"],
    ["!a.b", "(! (. a b))"],
    ["!!a", "(! (! a))"],
    ["-1", "-1"],
    ["- 1", "-1"],
    ["--1", "(- (- 1))"],
    ["-a", "(- a)"],
    ["1-1", "(- 1 1)"],
    ["1 - -1", "(- 1 -1)"],
    ["a ? b : c ? d : e", "(?: a b (?: c d e))"],
    ["(a || b) && c", "(&& (|| a b) c)"],
    ["a.f(b)[c].d", "(. (index (f a b) c) d)"],
    ["[1, 2,]", "(list 1 2)"],
    ["{'a': 1,}", "(map a 1)"],
    ["a.`b-c`", "(. a b-c)"],
    ["a // not b\n + c", "(+ a c)"],
    ["has(a.b)", "(has a b)"],
    ["a.map(x, x > 1, x)", "(map x a (> x 1) x)"],
    ["a.existsOne(x, x)", "(exists_one x a x)"],
  ])("%s", (source, expected) => {
    expect(shape(read(source))).toBe(expected);
  });
});

describe("places", () => {
  test("every part knows where it stands in the text", () => {
    const source = "a.b > 10 && f( c )";
    const ast = read(source);
    const texts: string[] = [];
    const visit = (expr: Expr): void => {
      texts.push(source.slice(expr.at, expr.end));
      for (const child of childrenOf(expr)) visit(child);
    };
    visit(ast);
    expect(texts).toEqual([source, "a.b > 10", "a.b", "a", "10", "f( c )", "c"]);
  });

  test("the name of a field and the sign of an operator have their own", () => {
    expect(read("a .  bc")).toMatchObject({ kind: "select", fieldAt: 5, end: 7 });
    expect(read("a  && b")).toMatchObject({ kind: "call", nameAt: 3 });
    expect(read("a.fn(1)")).toMatchObject({ kind: "call", nameAt: 2 });
    expect(read("- 1")).toMatchObject({ at: 0, end: 3 });
  });
});

describe("literals", () => {
  test.each([
    [String.raw`'\u00e9\x41\101\n'`, { type: "string", value: "éAA\n" }],
    [String.raw`r'\n'`, { type: "string", value: "\\n" }],
    [`"""a"b"""`, { type: "string", value: 'a"b' }],
    [String.raw`b'\xff\001é'`, { type: "bytes", value: Uint8Array.of(255, 1, 0xc3, 0xa9) }],
    ["0x1F", { type: "int", value: 31n }],
    ["-9223372036854775808", { type: "int", value: -(2n ** 63n) }],
    ["18446744073709551615u", { type: "uint", value: 2n ** 64n - 1n }],
    ["1e3", { type: "double", value: 1000 }],
    [".5", { type: "double", value: 0.5 }],
    ["null", { type: "null" }],
  ])("%s", (source, constant) => {
    expect(read(source)).toMatchObject({ kind: "constant", constant });
  });

  test.each([
    "9223372036854775808",
    "18446744073709551616u",
    "1e999",
    "0x",
    "1x",
    "'a",
    "'a\nb'",
    String.raw`'\q'`,
    String.raw`'\ud800'`,
    String.raw`'\u12'`,
    String.raw`b'\u0041'`,
    "`a",
  ])("%s is refused", (source) => {
    expect(parseCel(source).ok).toBe(false);
  });
});

describe("what people write by habit gets the right word", () => {
  test.each([
    ["a and b", "and", "use `&&`"],
    ["a or b", "or", "use `||`"],
    ["not a", "a", "use `!`"],
    ["a = 1", "=", "use `==`"],
    ["a === 1", "=", "use `==`"],
    ["a & b", "&", "use `&&`"],
    ["a | b", "|", "use `||`"],
    ["a is b", "is", "use `==`"],
    ["${a} > 1", "$", "write the name alone, without `${…}`"],
    ["'abc", "'abc", "close it with '"],
  ])("%s", (source, text, help) => {
    expect(faultOf(source)).toMatchObject({ text, help });
  });

  test.each([
    ["a &&", "the expression ends too early"],
    ["(a", "the expression ends too early: an open parenthesis wants `)` here"],
    ["f(a", "the expression ends too early: a call wants `)` here"],
    ["a b", "unexpected `b`"],
    ["has(a)", "`has` wants one field, written with a dot"],
    ["a.all(x)", "`all` wants a variable and an expression"],
    ["a.all(x.y, true)", "the variable of `all` is not a name"],
    ["a.in", "`in` cannot be the name of a field"],
    ["for", "unexpected `for`: a reserved word"],
    ["!-a", "unexpected `-`"],
    ["a.?b", "the name of a field is missing after `.`"],
    ["T{}", "messages cannot be built in a policy"],
  ])("%s", (source, message) => {
    expect(faultOf(source).message).toBe(message);
  });
});
