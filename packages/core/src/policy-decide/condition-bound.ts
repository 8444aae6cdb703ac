// The most that a condition can take of the budget, told from its text; Infinity when it does not say.

import type { Expr } from "../cel/ast.ts";
import { charactersPerUnit } from "../cel/meter.ts";
import { compilePattern } from "../cel/regex.ts";
import type { Json } from "../base/json/value.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { partsOf } from "./condition.ts";
import type { Bound } from "./topic-index.ts";

export const unbounded: Bound = { fixed: 0, perWeight: Infinity };
export const nothingToAsk: Bound = { fixed: 0, perWeight: 0 };

export function addBounds(bounds: readonly Bound[]): Bound {
  let fixed = 0;
  let perWeight = 0;
  for (const bound of bounds) {
    fixed += bound.fixed;
    perWeight += bound.perWeight;
  }
  return { fixed, perWeight };
}

/**
 * INVARIANT: a run takes at most `fixed + perWeight * weightOf(input)` units. Each operation below
 * goes over each of its operands at most once, and no result is larger than what it was made from.
 */
export function boundOf(expr: Expr): Bound {
  switch (expr.kind) {
    case "constant":
      return { fixed: STEP_UNITS + literalLength(expr), perWeight: 0 };
    case "ident":
    case "select":
      return addBounds([{ fixed: STEP_UNITS, perWeight: 0 }, ...inside(expr)]);
    case "index":
    case "list":
      return addBounds([{ fixed: STEP_UNITS * 2, perWeight: 1 }, ...inside(expr)]);
    case "call":
      return addBounds([boundOfCall(expr), ...inside(expr)]);
    case "macro":
      return boundOfMacro(expr);
    case "map":
      return unbounded;
  }
}

function inside(expr: Expr): Bound[] {
  return partsOf(expr).map(({ part }) => boundOf(part));
}

function boundOfCall({ name, target, args }: Expr & { kind: "call" }): Bound {
  if (logical.has(name)) return { fixed: STEP_UNITS, perWeight: 0 };
  const operands = [...(target === null ? [] : [target]), ...args];
  if (comparing.has(name) && operands.some(isSmall)) return { fixed: STEP_UNITS, perWeight: 0 };
  if (name === "matches" || name === "contains") return boundOfSearch(name, operands.at(-1));
  return goesOverOnce.has(name) ? { fixed: STEP_UNITS, perWeight: OVER_UNITS } : unbounded;
}

/** What is searched for has to be known; then one pass over the text is all. */
function boundOfSearch(name: "matches" | "contains", sought: Expr | undefined): Bound {
  if (sought?.kind !== "constant" || sought.constant.type !== "string") return unbounded;
  const { value } = sought.constant;
  if (name === "contains") {
    return { fixed: STEP_UNITS, perWeight: 1 + value.length / charactersPerUnit };
  }
  const compiled = compilePattern(value);
  if (!compiled.ok) return unbounded;
  const { isNarrow, size } = compiled.pattern;
  const perWeight = isNarrow ? 1 : size;
  return { fixed: STEP_UNITS + perWeight, perWeight };
}

/** Elements that the body alone looks at weigh together no more than the action. */
function boundOfMacro({
  macro,
  range,
  variable,
  body,
  transform,
}: Expr & { kind: "macro" }): Bound {
  if (macro === "map" || macro === "filter" || transform !== null) return unbounded;
  if (!readsOnly(body, variable)) return unbounded;
  const each = boundOf(body);
  return addBounds([
    boundOf(range),
    { fixed: STEP_UNITS, perWeight: STEP_UNITS + each.fixed + each.perWeight },
  ]);
}

function readsOnly(expr: Expr, variable: string): boolean {
  if (expr.kind === "macro") return false;
  if (expr.kind === "ident") return expr.name === variable;
  return partsOf(expr).every(({ part }) => readsOnly(part, variable));
}

function literalLength({ constant }: Expr & { kind: "constant" }): number {
  return constant.type === "string" || constant.type === "bytes" ? constant.value.length : 0;
}

/** A literal that is compared in one step. */
function isSmall(expr: Expr): boolean {
  if (expr.kind !== "constant") return false;
  return expr.constant.type !== "string" && expr.constant.type !== "bytes";
}

/** Units of what an action says: its values, and its texts by their length. */
export function weightOf(input: EvaluationInput): number {
  const { history } = input.facts;
  let weight = FRAME_WEIGHT + input.topic.length + input.agent.length + input.tenant.length;
  for (const text of [input.environment, input.resource, input.onBehalfOf, input.run]) {
    weight += text?.length ?? 0;
  }
  weight += (input.thread?.length ?? 0) + (input.effect?.diff?.length ?? 0);
  weight += (input.tool?.name.length ?? 0) + (input.tool?.server?.length ?? 0);
  weight += input.cost?.currency.length ?? 0;
  for (const tag of input.riskTags) weight += 1 + tag.length;
  weight += weightOfJson(input.labels) + weightOfJson(input.params as Json);
  return weight + (history === null ? 0 : weightOfJson(history as unknown as Json));
}

export function weightOfJson(value: Json): number {
  if (typeof value === "string") return 1 + value.length;
  if (typeof value !== "object" || value === null) return 1;
  let weight = 1;
  if (Array.isArray(value)) for (const item of value) weight += weightOfJson(item);
  // A key that is inherited would only make the weight larger.
  else for (const key in value) weight += 1 + key.length + weightOfJson(value[key] ?? null);
  return weight;
}

const logical = new Set(["&&", "||", "!", "?:", "_?_:_"]);
const comparing = new Set(["==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"]);
const goesOverOnce = new Set([
  ...["==", "!=", "<", "<=", ">", ">=", "in"],
  ...["size", "startsWith", "endsWith", "lowerAscii", "upperAscii", "trim"],
]);
/** More than any operation takes by itself. */
const STEP_UNITS = 4;
/** As much as an operation takes for each unit of weight that it goes over. */
const OVER_UNITS = 3;
/** Values that every action has. */
const FRAME_WEIGHT = 64;
