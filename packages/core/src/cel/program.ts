// Turns the tree of an expression into closures that evaluate it within a budget.

import { builtins } from "./builtin.ts";
import {
  asAnswer,
  type Builtin,
  type Code,
  type Compiling,
  constantCode,
  placeOf,
} from "./code.ts";
import { type OperatorTable, standardOperators } from "./operator-table.ts";
import { compileCall } from "./program-call.ts";
import { compileIndex, compileList, compileMap } from "./program-collection.ts";
import { compileMacro } from "./program-macro.ts";
import { compileIdent, compileSelect } from "./program-select.ts";
import { CelError, type CelPlace, type CelResult, CelUint, type CelValue } from "./value.ts";
import type { CelConstant, Expr } from "./ast.ts";
import type { CelFault } from "./fault.ts";
import type { Meter } from "./meter.ts";

export type CompiledCel =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly faults: readonly CelFault[] };

/** What only tests ask for. */
export interface CompileOptions {
  readonly operators?: OperatorTable;
  readonly functions?: ReadonlyMap<string, Builtin>;
  /**
   * Names and functions that nobody knows become errors of the run, as the specification has it for
   * expressions that were not checked; else they are faults.
   */
  readonly unchecked?: boolean;
}

/** `scope[i]` of a run is the value of `roots[i]`. */
export function compileCel(
  ast: Expr,
  roots: readonly string[],
  options: CompileOptions = {},
): CompiledCel {
  const { operators = standardOperators, functions = builtins, unchecked = false } = options;
  const faults: CelFault[] = [];
  const slots: CelResult[] = [];
  const compiler = (variables: ReadonlyMap<string, number>): Compiling => ({
    roots: rootSlots,
    variables,
    slots,
    operators,
    functions,
    compile: (expr, inside = variables) => compileExpr(expr, compiler(inside)),
    refuse: (fault) => {
      if (!unchecked) faults.push({ severity: "error", ...fault });
      return constantCode(new CelError(fault.code, fault.message, fault));
    },
  });
  const rootSlots = new Map(roots.map((name, index) => [name, index]));
  const code = compileExpr(ast, compiler(new Map()));
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, program: new Program(code, placeOf(ast)) };
}

/**
 * INVARIANT: a run goes to its end before the program runs again: variables of macros have one slot
 * each. Nothing in a run can start another one, because the scope is data.
 */
export class Program {
  readonly #code: Code;
  readonly #place: CelPlace;

  constructor(code: Code, place: CelPlace) {
    this.#code = code;
    this.#place = place;
  }

  /** Throws `costExhausted`, and nothing else. */
  run(scope: readonly CelResult[], meter: Meter): CelResult {
    return asAnswer(this.#code(scope, meter), this.#place);
  }
}

function compileExpr(expr: Expr, compiling: Compiling): Code {
  switch (expr.kind) {
    case "constant":
      return constantCode(valueOfConstant(expr.constant));
    case "ident":
      return compileIdent(expr, compiling);
    case "select":
      return compileSelect(expr, compiling);
    case "index":
      return compileIndex(expr, compiling);
    case "list":
      return compileList(expr, compiling);
    case "map":
      return compileMap(expr, compiling);
    case "macro":
      return compileMacro(expr, compiling);
    case "call":
      return compileCall(expr, compiling);
  }
}

function valueOfConstant(constant: CelConstant): CelValue {
  if (constant.type === "null") return null;
  return constant.type === "uint" ? new CelUint(constant.value) : constant.value;
}
