// Cuts an expression on which two evaluators differ down to the part where the difference begins.

import type { Expr, MacroExpr } from "@holdpoint/core/cel/ast";
import { textOf } from "@holdpoint/core/cel/expr-text";
import { Meter } from "@holdpoint/core/cel/meter";
import { parseCel } from "@holdpoint/core/cel/parse";
import { childrenOf } from "@holdpoint/core/cel/parse-shape";
import { compileCel } from "@holdpoint/core/cel/program";
import { type CelResult, CelError, CelMap, kindOf } from "@holdpoint/core/cel/value";
import { type Answer, type Bindings, ours } from "./cel-oracle.ts";

/** A part that differs while none of its own parts does. */
export interface Smallest {
  readonly source: string;
  readonly bindings: Bindings;
  readonly mine: string;
  readonly theirs: string;
  /** Operator or kind of the part with the kinds of its operands: `+(int, double)`, `has(string)`. */
  readonly shape: string;
  readonly expr: Expr;
}

export function smallestDifference(source: string, bindings: Bindings, oracle: Answer): Smallest {
  const parsed = parseCel(source);
  if (!parsed.ok) return differenceAt({ source, bindings, oracle }, null);
  return (
    descend(parsed.ast, bindings, oracle) ?? differenceAt({ source, bindings, oracle }, parsed.ast)
  );
}

/** Null when the part does not differ. */
function descend(expr: Expr, bindings: Bindings, oracle: Answer): Smallest | null {
  const source = textOf(expr);
  const inner = expr.kind === "macro" ? [expr.range] : childrenOf(expr);
  for (const part of inner) {
    const found = descend(part, bindings, oracle);
    if (found !== null) return found;
  }
  if (ours(source, bindings) === oracle(source, bindings)) return null;
  const inBody = expr.kind === "macro" ? descendIntoBody(expr, bindings, oracle) : null;
  return inBody ?? differenceAt({ source, bindings, oracle }, expr);
}

/** Each item in turn becomes a root under the name of the variable. */
function descendIntoBody(expr: MacroExpr, bindings: Bindings, oracle: Answer): Smallest | null {
  const range = valueOf(expr.range, bindings);
  const items = Array.isArray(range)
    ? range
    : range instanceof CelMap
      ? [...range.entries.values()].map((entry) => entry.key)
      : Object.keys((range ?? {}) as object);
  for (const item of items) {
    const inside = { ...bindings, [expr.variable]: item };
    const found = descend(expr.body, inside, oracle);
    if (found !== null) return found;
  }
  return null;
}

function valueOf(expr: Expr, bindings: Bindings): CelResult {
  const names = Object.keys(bindings);
  const compiled = compileCel(expr, names);
  if (!compiled.ok) return new CelError("refused", "", { at: 0, end: 0 });
  return compiled.program.run(
    names.map((name) => bindings[name] as CelResult),
    new Meter(1_000_000),
  );
}

interface Found {
  readonly source: string;
  readonly bindings: Bindings;
  readonly oracle: Answer;
}

function differenceAt({ source, bindings, oracle }: Found, expr: Expr | null): Smallest {
  const mine = ours(source, bindings);
  const theirs = oracle(source, bindings);
  const shape = expr === null ? "syntax" : shapeOf(expr, bindings);
  const at = expr ?? { kind: "ident", name: "", at: 0, end: 0 };
  return { source, bindings, mine, theirs, shape, expr: at };
}

function shapeOf(expr: Expr, bindings: Bindings): string {
  const parts = expr.kind === "macro" ? [expr.range] : childrenOf(expr);
  const kinds = parts.map((part) => kindOf(valueOf(part, bindings)));
  return `${nameOf(expr)}(${kinds.join(", ")})`;
}

function nameOf(expr: Expr): string {
  if (expr.kind === "select") return expr.isTest ? "has" : "select";
  if (expr.kind === "macro") return expr.macro;
  if (expr.kind === "call") return expr.target === null ? expr.name : `.${expr.name}`;
  return expr.kind;
}
