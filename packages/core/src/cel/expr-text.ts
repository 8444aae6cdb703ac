// Writes an expression as text again: for messages, and as the name under which equal ones are found.

import type { CallExpr, CelConstant, Expr } from "./ast.ts";

const binary: ReadonlyMap<string, number> = new Map([
  ["||", 2],
  ["&&", 3],
  ["==", 4],
  ["!=", 4],
  ["<", 4],
  ["<=", 4],
  [">", 4],
  [">=", 4],
  ["in", 4],
  ["+", 5],
  ["-", 5],
  ["*", 6],
  ["/", 6],
  ["%", 6],
]);
const CONDITIONAL = 1;
const UNARY = 7;
const MEMBER = 8;

/** Text that parses to the same expression; equal expressions have the same text. */
export function textOf(expr: Expr): string {
  switch (expr.kind) {
    case "constant":
      return textOfConstant(expr.constant);
    case "ident":
      return expr.name;
    case "select": {
      const select = `${within(expr.operand, MEMBER)}.${fieldText(expr.field)}`;
      return expr.isTest ? `has(${select})` : select;
    }
    case "index":
      return `${within(expr.operand, MEMBER)}[${textOf(expr.index)}]`;
    case "list":
      return `[${expr.items.map(textOf).join(", ")}]`;
    case "map": {
      const entries = expr.entries.map(({ key, value }) => `${textOf(key)}: ${textOf(value)}`);
      return `{${entries.join(", ")}}`;
    }
    case "macro": {
      const args = [expr.variable, textOf(expr.body)];
      if (expr.transform !== null) args.push(textOf(expr.transform));
      return `${within(expr.range, MEMBER)}.${expr.macro}(${args.join(", ")})`;
    }
    case "call":
      return textOfCall(expr);
  }
}

/** At most `lengthMax` characters of it, the end cut off. */
export function shortTextOf(expr: Expr, lengthMax: number = 60): string {
  const text = textOf(expr);
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}

function textOfCall(expr: CallExpr): string {
  const [first, second, third] = expr.args;
  const precedence = binary.get(expr.name);
  if (expr.target === null && first !== undefined) {
    if (expr.name === "?:" && second !== undefined && third !== undefined) {
      return `${within(first, 2)} ? ${within(second, 2)} : ${textOf(third)}`;
    }
    if (precedence !== undefined && second !== undefined) {
      const left = within(first, precedence);
      // Chains of these two are balanced trees that mean the same as the chain.
      const isFlat = expr.name === "&&" || expr.name === "||";
      return `${left} ${expr.name} ${within(second, isFlat ? precedence : precedence + 1)}`;
    }
    if (expr.name === "!" || expr.name === "-")
      return `${expr.name}${unaryOperand(first, expr.name)}`;
  }
  const target = expr.target === null ? "" : `${within(expr.target, MEMBER)}.`;
  return `${target}${expr.name}(${expr.args.map(textOf).join(", ")})`;
}

/** `-(1)` is a call, `-1` a constant; the brackets keep them apart, and the two signs too. */
function unaryOperand(operand: Expr, sign: string): string {
  const text = within(operand, UNARY);
  const isMixed = /^[!-]/.test(text) && !text.startsWith(sign);
  return isMixed || /^-?\d/.test(text) ? `(${text})` : text;
}

function within(expr: Expr, precedence: number): string {
  const text = textOf(expr);
  return precedenceOf(expr) < precedence ? `(${text})` : text;
}

function precedenceOf(expr: Expr): number {
  if (expr.kind === "constant") {
    const { constant } = expr;
    const isNegative =
      (constant.type === "int" || constant.type === "double") &&
      (constant.value < 0 || Object.is(constant.value, -0));
    return isNegative ? UNARY : MEMBER;
  }
  if (expr.kind !== "call" || expr.target !== null) return MEMBER;
  if (expr.name === "?:") return CONDITIONAL;
  if (expr.args.length === 1 && (expr.name === "!" || expr.name === "-")) return UNARY;
  return binary.get(expr.name) ?? MEMBER;
}

function fieldText(field: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(field) ? field : `\`${field}\``;
}

function textOfConstant(constant: CelConstant): string {
  switch (constant.type) {
    case "null":
      return "null";
    case "bool":
    case "int":
      return String(constant.value);
    case "uint":
      return `${constant.value}u`;
    case "double":
      return textOfDouble(constant.value);
    case "string":
      return textOfString(constant.value);
    case "bytes":
      return `b"${Array.from(constant.value, hexByte).join("")}"`;
  }
}

/** SECURITY: signs that turn the direction of text are written out, so that nobody is shown another text. */
function textOfString(value: string): string {
  return JSON.stringify(value).replace(bidiControls, (sign) => {
    return `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}

const bidiControls = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function textOfDouble(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}
