// Compiles operators and calls, with short ways for what conditions are made of.

import { assert } from "../base/assert.ts";
import { sizeOf } from "./builtin-size.ts";
import { type Code, type Compiling, placeOf } from "./code.ts";
import { compileFunction } from "./program-function.ts";
import { compileLogic } from "./program-logic.ts";
import { isStringList, membershipCode } from "./program-membership.ts";
import { CelError } from "./value.ts";
import type { CallExpr, Expr } from "./ast.ts";

export function compileCall(expr: CallExpr, compiling: Compiling): Code {
  const [first, second] = expr.args;
  if (expr.target !== null || first === undefined) return compileFunction(expr, compiling);
  if (expr.name === "&&" || expr.name === "||" || expr.name === "?:") {
    return compileLogic(expr, compiling);
  }
  const { unary, binary } = compiling.operators;
  if (second === undefined && Object.hasOwn(unary, expr.name)) {
    return compileUnary(expr, first, compiling);
  }
  if (second !== undefined && Object.hasOwn(binary, expr.name)) {
    return compileBinary(expr, [first, second], compiling);
  }
  return compileFunction(expr, compiling);
}

function operatorIn<T>(table: Readonly<Record<string, T>>, name: string): T {
  const operator = table[name];
  assert(operator !== undefined, "The parser makes only operators that the table has.");
  return operator;
}

function compileUnary(expr: CallExpr, operand: Expr, compiling: Compiling): Code {
  const apply = operatorIn(compiling.operators.unary, expr.name);
  const code = compiling.compile(operand);
  const place = placeOf(expr);
  return (scope, meter) => {
    meter.charge(1);
    return apply(code(scope, meter), meter, place);
  };
}

function compileBinary(
  expr: CallExpr,
  [left, right]: readonly [Expr, Expr],
  compiling: Compiling,
): Code {
  if (expr.name === "in" && isStringList(right)) {
    return membershipCode(expr, { left, right }, compiling);
  }
  const test = compiling.operators.numbers[expr.name];
  if (test !== undefined) {
    const limit = smallNumber(right);
    if (limit !== null) return compareWithNumber(expr, { left, right, limit }, compiling);
    const text = textConstant(right);
    if (text !== null && expr.name === "==") return equalsText(expr, { left, text }, compiling);
  }
  return general(expr, [left, right], compiling);
}

const arithmeticSigns: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%"]);
/** The result of an int is a new bigint, and its range is checked. */
const arithmeticUnits = 3;

function general(expr: CallExpr, [left, right]: readonly [Expr, Expr], compiling: Compiling): Code {
  const apply = operatorIn(compiling.operators.binary, expr.name);
  const codeA = compiling.compile(left);
  const codeB = compiling.compile(right);
  const place = placeOf(expr);
  const units = arithmeticSigns.has(expr.name) ? arithmeticUnits : 1;
  return (scope, meter) => {
    meter.charge(units);
    const a = codeA(scope, meter);
    if (a instanceof CelError) return a;
    return apply(a, codeB(scope, meter), meter, place);
  };
}

/** A constant on the right that a JavaScript number holds exactly. */
function smallNumber(expr: Expr): number | null {
  if (expr.kind !== "constant") return null;
  if (expr.constant.type === "double") return expr.constant.value;
  if (expr.constant.type !== "int") return null;
  const value = Number(expr.constant.value);
  return Number.isSafeInteger(value) ? value : null;
}

interface WithNumber {
  readonly left: Expr;
  readonly right: Expr;
  readonly limit: number;
}

/** Doubles are compared as they are; `size(x)` gives a number here, not a bigint. */
function compareWithNumber(
  expr: CallExpr,
  { left, right, limit }: WithNumber,
  compiling: Compiling,
): Code {
  const test = operatorIn(compiling.operators.numbers, expr.name);
  const apply = operatorIn(compiling.operators.binary, expr.name);
  const isDouble = right.kind === "constant" && right.constant.type === "double";
  const constant = isDouble ? limit : BigInt(limit);
  const code = sizeCode(left, compiling) ?? compiling.compile(left);
  const place = placeOf(expr);
  return (scope, meter) => {
    meter.charge(1);
    const value = code(scope, meter);
    if (typeof value === "number") return test(value, limit);
    return value instanceof CelError ? value : apply(value, constant, meter, place);
  };
}

/** `size(x)` or `x.size()` as a plain number, for who compares it at once; else null. */
function sizeCode(expr: Expr, compiling: Compiling): Code | null {
  if (expr.kind !== "call" || expr.name !== "size") return null;
  const operands = expr.target === null ? expr.args : [expr.target, ...expr.args];
  const [operand] = operands;
  if (operand === undefined || operands.length !== 1) return null;
  const code = compiling.compile(operand);
  const place = placeOf(expr);
  return (scope, meter) => {
    meter.charge(1);
    return sizeOf(code(scope, meter), meter, place);
  };
}

function textConstant(expr: Expr): string | null {
  return expr.kind === "constant" && expr.constant.type === "string" ? expr.constant.value : null;
}

function equalsText(
  expr: CallExpr,
  { left, text }: { readonly left: Expr; readonly text: string },
  compiling: Compiling,
): Code {
  const apply = operatorIn(compiling.operators.binary, expr.name);
  const code = compiling.compile(left);
  const place = placeOf(expr);
  return (scope, meter) => {
    meter.charge(1);
    const value = code(scope, meter);
    return value instanceof CelError ? value : apply(value, text, meter, place);
  };
}
