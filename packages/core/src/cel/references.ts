// Which values of its roots an expression reads, as paths.

import { typeNames } from "./program-select.ts";
import type { Expr } from "./ast.ts";

const namespaces: ReadonlySet<string> = new Set(["math", "google"]);

/**
 * The longest paths from a root, without repeats, in the order of the text: `action.params.amount`.
 * `has(a.b)` and `a["b"]` count as `a.b`; a key that is no name ends the path before it.
 */
export function referencesOf(ast: Expr): readonly string[] {
  const paths = new Set<string>();
  collect(ast, { variables: new Set(), paths });
  return [...paths];
}

interface Collecting {
  /** Variables of the macros around. */
  readonly variables: ReadonlySet<string>;
  readonly paths: Set<string>;
}

function collect(expr: Expr, collecting: Collecting): void {
  const path = pathOf(expr);
  if (path !== null) {
    if (isRoot(path.root, collecting.variables)) collecting.paths.add(path.text);
    return;
  }
  switch (expr.kind) {
    case "constant":
    case "ident":
      return;
    case "select":
      return collect(expr.operand, collecting);
    case "index":
      collect(expr.operand, collecting);
      return collect(expr.index, collecting);
    case "call":
      return collectCall(expr, collecting);
    case "list":
      for (const item of expr.items) collect(item, collecting);
      return;
    case "map":
      for (const { key, value } of expr.entries) {
        collect(key, collecting);
        collect(value, collecting);
      }
      return;
    case "macro":
      return collectMacro(expr, collecting);
  }
}

function collectCall(expr: Extract<Expr, { kind: "call" }>, collecting: Collecting): void {
  if (expr.target !== null) collect(expr.target, collecting);
  for (const arg of expr.args) collect(arg, collecting);
}

function collectMacro(expr: Extract<Expr, { kind: "macro" }>, collecting: Collecting): void {
  collect(expr.range, collecting);
  const inside = {
    ...collecting,
    variables: new Set([...collecting.variables, expr.variable]),
  };
  collect(expr.body, inside);
  if (expr.transform !== null) collect(expr.transform, inside);
}

function isRoot(name: string, variables: ReadonlySet<string>): boolean {
  return !variables.has(name) && !typeNames.has(name) && !namespaces.has(name);
}

interface Path {
  readonly root: string;
  readonly text: string;
}

function pathOf(expr: Expr): Path | null {
  if (expr.kind === "ident") return { root: expr.name, text: expr.name };
  const step = stepOf(expr);
  if (step === null) return null;
  const before = pathOf(step.operand);
  return before === null ? null : { root: before.root, text: `${before.text}.${step.field}` };
}

function stepOf(expr: Expr): { readonly operand: Expr; readonly field: string } | null {
  if (expr.kind === "select") return nameStep(expr.operand, expr.field);
  if (expr.kind !== "index" || expr.index.kind !== "constant") return null;
  const { constant } = expr.index;
  return constant.type === "string" ? nameStep(expr.operand, constant.value) : null;
}

function nameStep(operand: Expr, field: string): { operand: Expr; field: string } | null {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(field) ? { operand, field } : null;
}
