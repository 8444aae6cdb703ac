// Measures a tree that was read: nodes, depth, and macros inside of macros.

import { parseLimits } from "./parse-limits.ts";
import type { Expr } from "./ast.ts";
import type { CelFault } from "./fault.ts";

/** The first limit that the tree breaks; null when it keeps them all. */
export function checkShape(ast: Expr): CelFault | null {
  const walk = new Walk();
  walk.visit(ast, 1, 0);
  return walk.fault;
}

/** INVARIANT: the depth of the tree is bounded by the length of the source, so this may recurse. */
class Walk {
  fault: CelFault | null = null;
  #nodes = 0;

  visit(expr: Expr, depth: number, macros: number): void {
    if (this.fault !== null) return;
    if (++this.#nodes > parseLimits.nodes) this.#fail(expr, `${parseLimits.nodes} parts`);
    else if (depth > parseLimits.depth) this.#fail(expr, `${parseLimits.depth} levels of nesting`);
    else if (macros > parseLimits.macroDepth) {
      this.#fail(expr, `${parseLimits.macroDepth} loops inside of each other`);
    }
    if (this.fault === null && expr.kind === "macro") {
      this.visit(expr.range, depth + 1, macros);
      const inner = [expr.body, ...(expr.transform === null ? [] : [expr.transform])];
      for (const part of inner) this.visit(part, depth + 1, macros + 1);
    } else if (this.fault === null) {
      for (const part of childrenOf(expr)) this.visit(part, depth + 1, macros);
    }
  }

  #fail(expr: Expr, what: string): void {
    const message = `the expression has more than ${what}`;
    const { at, end } = expr;
    this.fault ??= { severity: "error", code: "too_large", message, at, end, help: null };
  }
}

/** The parts of an expression, in the order of the text. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "constant":
    case "ident":
      return [];
    case "select":
      return [expr.operand];
    case "index":
      return [expr.operand, expr.index];
    case "call":
      return expr.target === null ? expr.args : [expr.target, ...expr.args];
    case "list":
      return expr.items;
    case "map":
      return expr.entries.flatMap((entry) => [entry.key, entry.value]);
    case "macro":
      return [expr.range, expr.body, ...(expr.transform === null ? [] : [expr.transform])];
  }
}
