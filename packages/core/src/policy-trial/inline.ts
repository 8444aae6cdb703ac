// Writes conditions anew: variables and parameters in the places where they are read, history as absent.

import type { CelConstant, Expr } from "../cel/ast.ts";
import type { Json } from "../base/json/value.ts";
import type { Condition, Policy } from "../policy/policy.ts";

/**
 * What a condition says once `variables.<name>` and `parameters.<name>` are written out, for the
 * values of one environment. Offsets of what is put in are those of the place where it was read.
 */
export function inlineCondition(
  condition: Condition,
  policy: Policy,
  environment: string | null,
): Expr {
  const overlay =
    environment === null ? undefined : policy.parameters.environments.get(environment);
  const values = { ...policy.parameters.values, ...overlay };
  return inline(condition.ast, { policy, values, depth: 0 });
}

/**
 * The condition with every question whether history knows something made into reading it: where
 * there is no history, the answer is then an error and not a no.
 */
export function withoutHistory(condition: Condition): Condition {
  const ast = rewrite(condition.ast, (expr) => {
    const isQuestion = expr.kind === "select" && expr.isTest && rootOf(expr) === "facts";
    return isQuestion ? { ...expr, isTest: false } : null;
  });
  return { source: `${condition.source} (without history)`, ast };
}

function rootOf(expr: Expr): string | null {
  if (expr.kind === "ident") return expr.name;
  if (expr.kind === "select" || expr.kind === "index") return rootOf(expr.operand);
  return null;
}

interface Inlining {
  readonly policy: Policy;
  readonly values: Readonly<Record<string, Json>>;
  readonly depth: number;
}

/** Variables of variables; past it the name stays, and nothing is known of its value. */
const depthMax = 16;

function inline(ast: Expr, into: Inlining): Expr {
  return rewrite(ast, (expr) => (expr.kind === "select" ? replacementOf(expr, into) : null));
}

/** A copy in which every part stands replaced for which `replace` has something else. */
function rewrite(expr: Expr, replace: (expr: Expr) => Expr | null): Expr {
  const other = replace(expr);
  if (other !== null) return other;
  const go = (part: Expr): Expr => rewrite(part, replace);
  switch (expr.kind) {
    case "constant":
    case "ident":
      return expr;
    case "select":
      return { ...expr, operand: go(expr.operand) };
    case "index":
      return { ...expr, operand: go(expr.operand), index: go(expr.index) };
    case "call":
      return { ...expr, target: expr.target && go(expr.target), args: expr.args.map(go) };
    case "list":
      return { ...expr, items: expr.items.map(go) };
    case "map":
      return {
        ...expr,
        entries: expr.entries.map(({ key, value }) => ({ key: go(key), value: go(value) })),
      };
    case "macro":
      return {
        ...expr,
        range: go(expr.range),
        body: go(expr.body),
        transform: expr.transform && go(expr.transform),
      };
  }
}

function replacementOf(expr: Extract<Expr, { kind: "select" }>, into: Inlining): Expr | null {
  const { operand, field, isTest } = expr;
  if (isTest || operand.kind !== "ident" || into.depth >= depthMax) return null;
  if (operand.name === "variables") {
    const variable = into.policy.variables.get(field);
    return variable === undefined ? null : inline(variable.ast, { ...into, depth: into.depth + 1 });
  }
  if (operand.name !== "parameters" || !Object.hasOwn(into.values, field)) return null;
  return literalOf(into.values[field] ?? null, expr);
}

/** Null for a map: nothing compares with one. */
function literalOf(value: Json, place: Pick<Expr, "at" | "end">): Expr | null {
  const { at, end } = place;
  const constant = constantOf(value);
  if (constant !== null) return { kind: "constant", constant, at, end };
  if (!Array.isArray(value)) return null;
  const items = value.map((item) => literalOf(item, place));
  const isWhole = items.every((item) => item !== null);
  return isWhole ? { kind: "list", items, at, end } : null;
}

function constantOf(value: Json): CelConstant | null {
  if (value === null) return { type: "null" };
  if (typeof value === "boolean") return { type: "bool", value };
  if (typeof value === "number") return { type: "double", value };
  return typeof value === "string" ? { type: "string", value } : null;
}
