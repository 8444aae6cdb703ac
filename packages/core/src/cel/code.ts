// What compiled parts of an expression are to each other, and the errors that they have in common.

import { CelError, CelMasked, type CelPlace, type CelResult, kindOf } from "./value.ts";
import type { Expr } from "./ast.ts";
import type { CelFault } from "./fault.ts";
import type { Meter } from "./meter.ts";
import type { OperatorTable } from "./operator-table.ts";

/** A compiled part. `scope` holds the roots; variables of macros live beside it, in the program. */
export type Code = (scope: readonly CelResult[], meter: Meter) => CelResult;

/** What compiling a part needs to know, and where it says what is wrong. */
export interface Compiling {
  readonly roots: ReadonlyMap<string, number>;
  /** Slots of the macro variables that are visible here. */
  readonly variables: ReadonlyMap<string, number>;
  /** The slots themselves, shared by the whole program: it runs to its end before it runs again. */
  readonly slots: CelResult[];
  readonly operators: OperatorTable;
  readonly functions: ReadonlyMap<string, Builtin>;
  readonly compile: (expr: Expr, inside?: ReadonlyMap<string, number>) => Code;
  /** Notes what is wrong; the code that it gives stands for the part. */
  readonly refuse: (fault: Omit<CelFault, "severity">) => Code;
}

export type OneOperand = (a: CelResult, meter: Meter, place: CelPlace) => CelResult;
export type TwoOperands = (a: CelResult, b: CelResult, meter: Meter, place: CelPlace) => CelResult;
export type ManyOperands = (args: readonly CelResult[], meter: Meter, place: CelPlace) => CelResult;

/** A function by the number of its operands. */
export interface Builtin {
  readonly one?: OneOperand;
  readonly two?: TwoOperands;
  readonly many?: ManyOperands;
  /** Numbers of operands that `many` takes; when absent, any but none. */
  readonly counts?: readonly number[];
}

/**
 * The error of an operation whose operands are of no use to it: the first that is an error already, or
 * hidden; else that there is no such operation.
 */
export function unfit(place: CelPlace, ...operands: readonly CelResult[]): CelError {
  for (const operand of operands) {
    if (operand instanceof CelError) return operand;
  }
  for (const operand of operands) {
    if (kindOf(operand) === "masked") return maskedError(place);
  }
  return new CelError("no_such_overload", "the operation does not exist for these types", place);
}

export function maskedError(place: CelPlace): CelError {
  return new CelError("masked_value", "the value was hidden and cannot be looked at", place);
}

/** What a program answers with: a hidden value is not an answer. */
export function asAnswer(result: CelResult, place: CelPlace): CelResult {
  if (typeof result !== "object" || result === null) return result;
  if (result instanceof CelMasked || kindOf(result) === "masked") return maskedError(place);
  return result;
}

export function constantCode(value: CelResult): Code {
  return () => value;
}

export function placeOf(expr: Expr): CelPlace {
  return { at: expr.at, end: expr.end };
}
