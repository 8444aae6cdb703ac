// Collects the values at which a condition changes its answer, for comparing two policies.

import type { Json } from "../base/json/value.ts";
import type { CallExpr, Expr } from "./ast.ts";
import {
  comparisonOf,
  foldConstant,
  membershipOf,
  sizedBy,
  type Threshold,
} from "./analyse-fold.ts";
import { childrenOf } from "./parse-shape.ts";

export interface Boundary {
  /** As the expression reads it: `action.params.amount`. */
  readonly path: string;
  /** `undefined` stands for a missing field; moments are milliseconds, spans are like `90s`. */
  readonly values: readonly (Json | undefined)[];
}

const conditionValues: readonly (Json | undefined)[] = [true, false, "text", undefined];
/** Values of one path that are kept. */
const VALUES_MAX = 64;
/** Items of lists and characters of strings that are made to reach a size. */
const SIZE_MAX = 1_000;

export function boundariesIn(ast: Expr): readonly Boundary[] {
  const collector = new Collector();
  collector.visit(ast, new Set());
  collector.add(ast, new Set(), conditionValues);
  return [...collector.values].map(([path, values]) => ({ path, values: values.list }));
}

class ValueSet {
  readonly list: (Json | undefined)[] = [];
  readonly #seen = new Set<string>();

  add(values: readonly (Json | undefined)[]): void {
    for (const value of values) {
      const text = JSON.stringify(value) ?? "undefined";
      if (this.list.length >= VALUES_MAX || this.#seen.has(text)) continue;
      this.#seen.add(text);
      this.list.push(value);
    }
  }
}

class Collector {
  readonly values: Map<string, ValueSet> = new Map();

  visit(expr: Expr, variables: ReadonlySet<string>): void {
    this.#collect(expr, variables);
    if (expr.kind !== "macro") {
      for (const part of childrenOf(expr)) this.visit(part, variables);
      return;
    }
    this.visit(expr.range, variables);
    const inner = new Set(variables).add(expr.variable);
    this.visit(expr.body, inner);
    if (expr.transform !== null) this.visit(expr.transform, inner);
  }

  #collect(expr: Expr, variables: ReadonlySet<string>): void {
    if (expr.kind === "macro") return this.add(expr.range, variables, [[], undefined, "text"]);
    if (expr.kind === "select" && expr.isTest) {
      return this.add({ ...expr, isTest: false }, variables, [undefined]);
    }
    if (expr.kind !== "call") return;
    const comparison = comparisonOf(expr);
    if (comparison !== null) {
      const { subject, threshold } = comparison;
      const sized = sizedBy(subject);
      if (sized === null) this.add(subject, variables, around(threshold));
      else if (threshold.kind === "number") this.add(sized, variables, ofSizes(threshold));
      return;
    }
    const membership = membershipOf(expr);
    if (membership !== null) {
      const values = membership.thresholds.flatMap(around);
      return this.add(membership.subject, variables, values);
    }
    this.#collectCall(expr, variables);
  }

  #collectCall(expr: CallExpr, variables: ReadonlySet<string>): void {
    const [first, second] = expr.args;
    if (first === undefined) return;
    const constant = foldConstant(first);
    if (expr.name === "in" && second !== undefined && typeof constant === "string") {
      const lists: Json[] = [[], [constant], [constant, `${constant}x`], [`${constant}x`]];
      return this.add(second, variables, [...lists, { [constant]: constant }, {}, undefined]);
    }
    const isSearch = expr.name === "startsWith" || expr.name === "endsWith";
    if ((isSearch || expr.name === "contains") && expr.target !== null) {
      if (typeof constant !== "string") return;
      const longer = expr.name === "endsWith" ? `x${constant}` : `${constant}x`;
      const values = [constant, longer, constant.slice(1), constant.slice(0, -1), 0, undefined];
      return this.add(expr.target, variables, values);
    }
    if (expr.name === "matches") {
      return this.add(expr.target ?? first, variables, ["", "text", 0, undefined]);
    }
    const isLogic = expr.name === "&&" || expr.name === "||" || expr.name === "!";
    const conditions = isLogic ? expr.args : expr.name === "?:" ? [first] : [];
    for (const part of conditions) this.add(part, variables, conditionValues);
  }

  /** Only what is read by a constant path from a root can be set to a value. */
  add(expr: Expr, variables: ReadonlySet<string>, values: readonly (Json | undefined)[]): void {
    const path = pathOf(expr, variables);
    if (path === null) return;
    const known = this.values.get(path) ?? new ValueSet();
    known.add(values);
    this.values.set(path, known);
  }
}

function pathOf(expr: Expr, variables: ReadonlySet<string>): string | null {
  if (expr.kind === "ident") return variables.has(expr.name) ? null : expr.name;
  if (expr.kind === "index" && expr.index.kind === "constant") {
    const operand = pathOf(expr.operand, variables);
    const key = expr.index.constant.type === "string" ? expr.index.constant.value : null;
    return operand === null || key === null ? null : `${operand}.${key}`;
  }
  if (expr.kind !== "select" || expr.isTest) return null;
  const operand = pathOf(expr.operand, variables);
  return operand === null ? null : `${operand}.${expr.field}`;
}

function around(threshold: Threshold): readonly (Json | undefined)[] {
  const { kind, value } = threshold;
  if (kind === "bool") return conditionValues;
  if (kind === "string") return [String(value), `${value}x`, "", 0, undefined];
  const number = Number(value);
  if (kind === "duration") {
    return [...[-1, 0, 1].map((step) => `${number / 1_000 + step}s`), undefined];
  }
  if (kind === "timestamp") return [-1, 0, 1].map((step) => number + step);
  const step = Number.isInteger(number) ? 1 : Math.max(Math.abs(number) / 1_000, Number.EPSILON);
  return [number - step, number, number + step, "text", undefined].filter(
    (one) => typeof one !== "number" || Number.isFinite(one),
  );
}

/** Lists and strings that are just below, at and just above the size. */
function ofSizes(threshold: Threshold): (Json | undefined)[] {
  const size = Math.floor(Number(threshold.value));
  const sizes = [size - 1, size, size + 1].filter((one) => one >= 0 && one <= SIZE_MAX);
  const made = sizes.flatMap((one): Json[] => [
    Array.from({ length: one }, (_, index) => `item${index}`),
    "x".repeat(one),
  ]);
  return [...made, 0, undefined];
}
