// Finds the part of a condition that kept it from being true.

import type { CallExpr, Expr } from "./ast.ts";
import { textOf } from "./expr-text.ts";
import { CelError, type CelResult } from "./value.ts";

export interface WhyNot {
  readonly text: string;
  /** Where the part stands in the source of the whole. */
  readonly at: number;
  readonly end: number;
  /** What went wrong in it; null when it was simply false. */
  readonly error: string | null;
}

/**
 * Follows `&&` and choices down to the first part that is false, else to the one that is an error.
 * `ask` evaluates a part in the scope of the whole. Named variables are parts like others, so they stay
 * names; what goes over a list is not entered.
 */
export function whyNot(ast: Expr, ask: (expr: Expr) => CelResult): WhyNot {
  let part = ast;
  for (;;) {
    const next = part.kind === "call" && part.target === null ? decisivePart(part, ask) : null;
    if (next === null) break;
    part = next;
  }
  const value = ask(part);
  const error = value instanceof CelError ? value.message : null;
  return { text: textOf(part), at: part.at, end: part.end, error };
}

/** Null when the whole call is the answer. */
function decisivePart(expr: CallExpr, ask: (expr: Expr) => CelResult): Expr | null {
  const [first, second, third] = expr.args;
  if (first === undefined) return null;
  if (second === undefined) return expr.name === "!" && isError(ask(first)) ? first : null;
  if (expr.name === "&&") {
    const [left, right] = [ask(first), ask(second)];
    if (left === false) return first;
    if (right === false) return second;
    return isError(left) ? first : isError(right) ? second : null;
  }
  if (expr.name === "||") {
    if (ask(expr) === false) return null;
    return isError(ask(first)) ? first : isError(ask(second)) ? second : null;
  }
  if (expr.name !== "?:" || third === undefined) return null;
  const condition = ask(first);
  if (typeof condition !== "boolean") return first;
  const branch = condition ? second : third;
  if (branch.kind !== "constant") return branch;
  // A branch that says nothing is there because of the condition.
  return condition ? null : first;
}

function isError(value: CelResult): boolean {
  return value instanceof CelError;
}
