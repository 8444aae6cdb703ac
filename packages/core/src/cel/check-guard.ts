// Finds reads of optional fields that nothing guards: without the field, the expression is an error.

import type { CallExpr, Expr, IndexExpr, MacroExpr, SelectExpr } from "./ast.ts";
import { shortTextOf } from "./expr-text.ts";
import type { CelFault } from "./fault.ts";
import { childrenOf } from "./parse-shape.ts";
import { membersOf, type StaticType } from "./type.ts";

/** Paths that are known to be there; `everything` where the place is never reached. */
type Present = ReadonlySet<string> | "everything";

const nothing: Present = new Set();

/** Each path once. `types` are those that the checker found. */
export function findUnguarded(
  ast: Expr,
  types: ReadonlyMap<Expr, StaticType>,
  roots: ReadonlyMap<string, StaticType>,
): readonly CelFault[] {
  const walk = new GuardWalk(types, roots);
  walk.visit(ast, nothing);
  return walk.faults;
}

class GuardWalk {
  readonly faults: CelFault[] = [];
  readonly #types: ReadonlyMap<Expr, StaticType>;
  readonly #roots: ReadonlyMap<string, StaticType>;
  readonly #seen = new Set<string>();
  /** Variables of macros: each gets a name of its own, since two macros may use the same. */
  readonly #variables: { name: string; path: string }[] = [];
  #variablesMade = 0;

  constructor(types: ReadonlyMap<Expr, StaticType>, roots: ReadonlyMap<string, StaticType>) {
    this.#types = types;
    this.#roots = roots;
  }

  visit(expr: Expr, present: Present): void {
    if (expr.kind === "call" && expr.target === null && this.#visitLogic(expr, present)) return;
    if (expr.kind === "macro") return this.#visitMacro(expr, present);
    if (expr.kind === "select" && !expr.isTest) this.#look(expr, expr.field, present);
    if (expr.kind === "index") this.#lookIndex(expr, present);
    for (const part of childrenOf(expr)) this.visit(part, present);
  }

  /** SPEC: `&&` and `||` take the side that settles them, on whichever side the error is. */
  #visitLogic(expr: CallExpr, present: Present): boolean {
    const [first, second, third] = expr.args;
    if (first === undefined || second === undefined) return false;
    if (expr.name === "&&" || expr.name === "||") {
      const settled = expr.name === "&&";
      this.visit(first, both(present, this.#presentWhen(second, settled)));
      this.visit(second, both(present, this.#presentWhen(first, settled)));
      return true;
    }
    if (expr.name !== "?:" || third === undefined) return false;
    this.visit(first, present);
    this.visit(second, both(present, this.#presentWhen(first, true)));
    this.visit(third, both(present, this.#presentWhen(first, false)));
    return true;
  }

  #visitMacro(expr: MacroExpr, present: Present): void {
    this.visit(expr.range, present);
    this.#variablesMade += 1;
    this.#variables.push({ name: expr.variable, path: `${expr.variable}#${this.#variablesMade}` });
    this.visit(expr.body, present);
    if (expr.transform !== null) {
      this.visit(expr.transform, both(present, this.#presentWhen(expr.body, true)));
    }
    this.#variables.pop();
  }

  #lookIndex(expr: IndexExpr, present: Present): void {
    const { index } = expr;
    if (index.kind === "constant" && index.constant.type === "string") {
      this.#look(expr, index.constant.value, present);
    }
  }

  #look(expr: SelectExpr | IndexExpr, field: string, present: Present): void {
    const operand = this.#types.get(expr.operand);
    if (operand === undefined || !isOptional(operand, field)) return;
    const path = this.#pathOf(expr);
    if (path === null || present === "everything" || present.has(path)) return;
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    const text = shortTextOf(expr);
    this.faults.push({
      severity: "warning",
      code: "unguarded_optional",
      message: `\`${text}\` may be absent: reading it is then an error`,
      at: expr.at,
      end: expr.end,
      help: `write \`${guardFor(expr, field)} && …\``,
    });
  }

  /** The constant path from a root or a macro's variable; null when something is computed on it. */
  #pathOf(expr: Expr): string | null {
    if (expr.kind === "ident") {
      const variable = this.#variables.findLast((one) => one.name === expr.name);
      if (variable !== undefined) return variable.path;
      return this.#roots.has(expr.name) ? expr.name : null;
    }
    const field = fieldOf(expr);
    if (field === null || (expr.kind !== "select" && expr.kind !== "index")) return null;
    const operand = this.#pathOf(expr.operand);
    return operand === null ? null : `${operand}.${JSON.stringify(field)}`;
  }

  /**
   * What must be there whenever the expression is `truth`. INVARIANT: without it the expression has the
   * other value, not an error; a mere read of the path does not count, because it fails with its reader.
   */
  #presentWhen(expr: Expr, truth: boolean): Present {
    if (expr.kind === "constant" && expr.constant.type === "bool") {
      return expr.constant.value === truth ? nothing : "everything";
    }
    if (expr.kind === "select" && expr.isTest && truth) return this.#fieldPath(expr);
    if (expr.kind !== "call" || expr.target !== null) return nothing;
    const [first, second, third] = expr.args;
    if (first === undefined) return nothing;
    if (expr.name === "!") return this.#presentWhen(first, !truth);
    if (second === undefined) return nothing;
    if (expr.name === "&&" || expr.name === "||") {
      const [left, right] = [this.#presentWhen(first, truth), this.#presentWhen(second, truth)];
      return (expr.name === "&&") === truth ? both(left, right) : either(left, right);
    }
    if (expr.name === "?:" && third !== undefined) {
      return either(
        both(this.#presentWhen(first, true), this.#presentWhen(second, truth)),
        both(this.#presentWhen(first, false), this.#presentWhen(third, truth)),
      );
    }
    return expr.name === "in" && truth ? this.#keyPath(first, second) : nothing;
  }

  #fieldPath(expr: SelectExpr): Present {
    const path = this.#pathOf(expr);
    return path === null ? nothing : new Set([path]);
  }

  /** `"b" in a` says of `a.b` what `has(a.b)` says. */
  #keyPath(key: Expr, map: Expr): Present {
    const path = this.#pathOf(map);
    if (path === null || key.kind !== "constant" || key.constant.type !== "string") return nothing;
    return new Set([`${path}.${JSON.stringify(key.constant.value)}`]);
  }
}

function fieldOf(expr: Expr): string | null {
  if (expr.kind === "select") return expr.field;
  if (expr.kind !== "index" || expr.index.kind !== "constant") return null;
  return expr.index.constant.type === "string" ? expr.index.constant.value : null;
}

/** A name that an open object does not declare is as optional as one that it says may be absent. */
function isOptional(type: StaticType, field: string): boolean {
  return membersOf(type).some((member) => {
    if (member.kind !== "object") return false;
    const declared = member.fields.get(field);
    return declared === undefined ? member.rest !== null : declared.isOptional;
  });
}

function guardFor(expr: SelectExpr | IndexExpr, field: string): string {
  const operand = shortTextOf(expr.operand);
  return expr.kind === "select"
    ? `has(${operand}.${field})`
    : `${JSON.stringify(field)} in ${operand}`;
}

function both(a: Present, b: Present): Present {
  if (a === "everything" || b === "everything") return "everything";
  return new Set([...a, ...b]);
}

function either(a: Present, b: Present): Present {
  if (a === "everything") return b;
  if (b === "everything") return a;
  return new Set([...a].filter((path) => b.has(path)));
}
