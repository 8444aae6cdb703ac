// Works out the parts of an expression that have the same value for every action.

import type { Expr } from "./ast.ts";
import { Meter } from "./meter.ts";
import { childrenOf } from "./parse-shape.ts";
import { compileCel } from "./program.ts";
import { CelDuration, CelError, CelTimestamp, CelUint, type CelResult } from "./value.ts";

const FOLD_BUDGET = 10_000;

/** The value of an expression that names nothing of the action; undefined when it does or is too dear. */
export function foldConstant(expr: Expr): CelResult | undefined {
  if (namesSomething(expr, new Set())) return undefined;
  const compiled = compileCel(expr, []);
  if (!compiled.ok) return undefined;
  try {
    return compiled.program.run([], new Meter(FOLD_BUDGET));
  } catch {
    // Only the budget is thrown: what it does not pay for is left as it stands.
    return undefined;
  }
}

function namesSomething(expr: Expr, variables: ReadonlySet<string>): boolean {
  if (expr.kind === "ident") return !variables.has(expr.name) && !typeNames.has(expr.name);
  if (expr.kind === "macro") {
    const inner = new Set(variables).add(expr.variable);
    const parts = expr.transform === null ? [expr.body] : [expr.body, expr.transform];
    return namesSomething(expr.range, variables) || parts.some((one) => namesSomething(one, inner));
  }
  const isNamespace = expr.kind === "call" && expr.target?.kind === "ident";
  const parts = isNamespace && expr.target.name === "math" ? expr.args : childrenOf(expr);
  return parts.some((part) => namesSomething(part, variables));
}

const typeNames = new Set(
  "bool int uint double string bytes list map null_type type timestamp duration".split(" "),
);

/** A constant by which values can be ordered; moments and spans are their milliseconds. */
export interface Threshold {
  readonly kind: "number" | "string" | "bool" | "timestamp" | "duration";
  readonly value: number | string | boolean;
}

export function thresholdOf(value: CelResult | undefined): Threshold | null {
  if (typeof value === "number") {
    return Number.isNaN(value) ? null : { kind: "number", value };
  }
  if (typeof value === "bigint") return { kind: "number", value: Number(value) };
  if (typeof value === "string") return { kind: "string", value };
  if (typeof value === "boolean") return { kind: "bool", value };
  if (value instanceof CelUint) return { kind: "number", value: Number(value.value) };
  const isTime = value instanceof CelTimestamp || value instanceof CelDuration;
  if (!isTime) return null;
  const kind = value instanceof CelTimestamp ? "timestamp" : "duration";
  return { kind, value: value.seconds * 1_000 + value.nanos / 1_000_000 };
}

export function isFault(value: CelResult | undefined): value is CelError {
  return value instanceof CelError;
}

/** A comparison of something with a constant, the constant on the right. */
export interface Comparison {
  readonly subject: Expr;
  readonly sign: string;
  readonly threshold: Threshold;
}

const mirrored: ReadonlyMap<string, string> = new Map([
  ["==", "=="],
  ["!=", "!="],
  ["<", ">"],
  ["<=", ">="],
  [">", "<"],
  [">=", "<="],
]);

/** Null when the expression is no comparison with a constant. */
export function comparisonOf(expr: Expr): Comparison | null {
  if (expr.kind !== "call" || expr.target !== null) return null;
  const turned = mirrored.get(expr.name);
  const [left, right] = expr.args;
  if (turned === undefined || left === undefined || right === undefined) return null;
  const after = thresholdOf(foldConstant(right));
  if (after !== null) return { subject: left, sign: expr.name, threshold: after };
  const before = thresholdOf(foldConstant(left));
  return before === null ? null : { subject: right, sign: turned, threshold: before };
}

/** `subject in [constants]`; null when it is something else. */
export function membershipOf(
  expr: Expr,
): { readonly subject: Expr; readonly thresholds: readonly Threshold[] } | null {
  if (expr.kind !== "call" || expr.name !== "in" || expr.target !== null) return null;
  const [subject, list] = expr.args;
  if (subject === undefined || list?.kind !== "list") return null;
  const thresholds = list.items.map((item) => thresholdOf(foldConstant(item)));
  if (!thresholds.every((threshold) => threshold !== null)) return null;
  return { subject, thresholds };
}

/** What `size(x)` and `x.size()` measure; null for anything else. */
export function sizedBy(expr: Expr): Expr | null {
  if (expr.kind !== "call" || expr.name !== "size") return null;
  return expr.target ?? expr.args[0] ?? null;
}
