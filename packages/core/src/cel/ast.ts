// The form of an expression after parsing: macros are still macros, operators are calls by name.

/** `number` is a CEL double, `bigint` a CEL int; a uint is wrapped, because JavaScript has no third number. */
export type CelConstant =
  | { readonly type: "null" }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "int"; readonly value: bigint }
  | { readonly type: "uint"; readonly value: bigint }
  | { readonly type: "double"; readonly value: number }
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "bytes"; readonly value: Uint8Array };

interface Placed {
  /** Offsets into the source, in UTF-16 units; `end` is exclusive. */
  readonly at: number;
  readonly end: number;
}

export interface ConstantExpr extends Placed {
  readonly kind: "constant";
  readonly constant: CelConstant;
}

export interface IdentExpr extends Placed {
  readonly kind: "ident";
  readonly name: string;
}

/** `operand.field`, and `has(operand.field)` when `isTest`. */
export interface SelectExpr extends Placed {
  readonly kind: "select";
  readonly operand: Expr;
  readonly field: string;
  readonly isTest: boolean;
  /** Where the name of the field stands. */
  readonly fieldAt: number;
}

/** `operand[index]`. */
export interface IndexExpr extends Placed {
  readonly kind: "index";
  readonly operand: Expr;
  readonly index: Expr;
}

/**
 * Operators by their signs (`&&`, `||`, `!`, `-` with one argument, `?:`, `==`, `in`, `+`, …) and
 * functions by their names; `target` is what stands before the dot of a method call.
 */
export interface CallExpr extends Placed {
  readonly kind: "call";
  readonly name: string;
  readonly target: Expr | null;
  readonly args: readonly Expr[];
  /** Where the name or the sign stands. */
  readonly nameAt: number;
}

export interface ListExpr extends Placed {
  readonly kind: "list";
  readonly items: readonly Expr[];
}

export interface MapExpr extends Placed {
  readonly kind: "map";
  readonly entries: readonly { readonly key: Expr; readonly value: Expr }[];
}

/** `range.all(x, body)` and its kin; `transform` only for `map` with a filter. */
export interface MacroExpr extends Placed {
  readonly kind: "macro";
  readonly macro: "all" | "exists" | "exists_one" | "filter" | "map";
  readonly range: Expr;
  readonly variable: string;
  /** The predicate; for `map` with two arguments the transformation. */
  readonly body: Expr;
  /** `map(x, predicate, transform)`: the transformation; else null. */
  readonly transform: Expr | null;
}

export type Expr =
  | ConstantExpr
  | IdentExpr
  | SelectExpr
  | IndexExpr
  | CallExpr
  | ListExpr
  | MapExpr
  | MacroExpr;
