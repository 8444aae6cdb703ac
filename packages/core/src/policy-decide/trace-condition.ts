// Tells a person how the `when` of a rule came out: the part that failed, and the values in it.

import type { Expr } from "../cel/ast.ts";
import { compileCel } from "../cel/program.ts";
import { CelError, type CelResult } from "../cel/value.ts";
import { whyNot } from "../cel/why.ts";
import { type CelProgram, type CompiledCondition, partsOf } from "./condition.ts";
import { conditionRoots } from "../policy/condition-type.ts";
import type { ClauseTrace } from "../policy/decision.ts";
import { type Scope, withinBudget } from "./scope.ts";
import { cutText, shownValue } from "./value-text.ts";

/**
 * `appliesWhenUnknown`: what the rule does when its condition has no answer. `decided`: how it came
 * out in the decision, for when the budget of the trace does not reach.
 */
export function conditionTrace(
  condition: CompiledCondition,
  scope: Scope,
  { appliesWhenUnknown, decided }: { appliesWhenUnknown: boolean; decided: boolean },
): ClauseTrace {
  const value = withinBudget(() => scope.run(condition));
  if (value === null) {
    const because = "it was asked when this was decided; asking again is too costly here";
    return { clause: "when", matched: decided, because, error: null };
  }
  const source = cutText(condition.source.trim(), SOURCE_MAX);
  if (value === true) {
    const because = `\`${source}\` holds${valuesText(condition.ast, condition, scope)}`;
    return { clause: "when", matched: true, because, error: null };
  }
  const why = withinBudgetOr(null, () =>
    whyNot(condition.ast, (part) => ask(part, condition, scope)),
  );
  const part = (why && partAt(condition.ast, why.at, why.end)) ?? condition.ast;
  const text = cutText(why?.text ?? source, SOURCE_MAX);
  const values = valuesText(part, condition, scope);
  if (value === false) {
    const because = `\`${text}\` does not hold${values}`;
    return { clause: "when", matched: false, because, error: null };
  }
  const error =
    value instanceof CelError ? value.message : "the condition is neither true nor false";
  return undecided(`\`${text}\`${values}: `, error, appliesWhenUnknown);
}

export function undecided(head: string, error: string, appliesWhenUnknown: boolean): ClauseTrace {
  const because = `${head}${error}; ${thenText(appliesWhenUnknown)}`;
  return { clause: "when", matched: appliesWhenUnknown, because, error };
}

export function thenText(appliesWhenUnknown: boolean): string {
  return appliesWhenUnknown
    ? "a rule that holds or denies then applies"
    : "a rule that releases then does not apply";
}

/** The values that a part of a condition looks at, as far as they stand at a path. */
function valuesText(part: Expr, whole: CompiledCondition, scope: Scope): string {
  const shown: string[] = [];
  for (const { path, expr, within } of readingsOf(part, whole, scope)) {
    const value = withinBudget(() => ask(expr, within, scope));
    if (value === null) continue;
    // SECURITY: a variable can carry a secret under another name.
    const isPlain = typeof value === "boolean" || value instanceof CelError;
    const isNamed = path.startsWith("variables.") && !isPlain;
    shown.push(`\`${path}\` is ${isNamed ? "another value" : shownValue(path, value)}`);
  }
  return shown.length === 0 ? "" : ` (${shown.join(", ")})`;
}

interface Reading {
  readonly path: string;
  readonly expr: Expr;
  /** The condition that it stands in. */
  readonly within: CompiledCondition;
}

type Paths = Map<string, Reading>;

/** The first few values that a part looks at; the same each time, because a tree never changes. */
function readingsOf(part: Expr, whole: CompiledCondition, scope: Scope): readonly Reading[] {
  const known = readings.get(part);
  if (known !== undefined) return known;
  const paths: Paths = new Map();
  collectPaths(part, [], { paths, whole });
  // What a variable looks at says more than its own value; a variable reads only those before it.
  for (const path of paths.keys()) {
    const variable = path.startsWith("variables.") ? scope.variable(path.slice(10)) : null;
    if (variable !== null) collectPaths(variable.ast, [], { paths, whole: variable });
  }
  const found = [...paths.values()].slice(0, VALUES_MAX);
  readings.set(part, found);
  return found;
}

/** Longest chains of fields from a root; parameters and variables are values like others. */
function collectPaths(
  expr: Expr,
  bound: readonly string[],
  into: { readonly paths: Paths; readonly whole: CompiledCondition },
): void {
  const path = pathOf(expr, bound);
  if (path !== null) {
    // `has(a.b)` looks at whether there is a value, and says so by the value.
    if (expr.kind === "select" && !into.paths.has(path)) {
      const value = expr.isTest ? { ...expr, isTest: false } : expr;
      into.paths.set(path, { path, expr: value, within: into.whole });
    }
    return;
  }
  for (const { part, binds } of partsOf(expr)) {
    collectPaths(part, binds === null ? bound : [...bound, binds], into);
  }
}

function pathOf(expr: Expr, bound: readonly string[]): string | null {
  if (expr.kind === "ident") {
    const isRoot = conditionRoots.some((root) => root === expr.name);
    return isRoot && !bound.includes(expr.name) ? expr.name : null;
  }
  if (expr.kind !== "select") return null;
  const before = pathOf(expr.operand, bound);
  return before === null ? null : `${before}.${expr.field}`;
}

function partAt(expr: Expr, at: number, end: number): Expr | null {
  if (expr.at === at && expr.end === end) return expr;
  for (const { part } of partsOf(expr)) {
    if (part.at > at || part.end < end) continue;
    const found = partAt(part, at, end);
    if (found !== null) return found;
  }
  return null;
}

function ask(part: Expr, whole: CompiledCondition, scope: Scope): CelResult {
  const program = part === whole.ast ? whole.program : programOf(part);
  if (program === null) return new CelError("invalid_expression", "it does not compile", part);
  return scope.runPart(program, whole);
}

function programOf(part: Expr): CelProgram | null {
  const known = programs.get(part);
  if (known !== undefined) return known;
  const result = compileCel(part, conditionRoots);
  const program = result.ok ? result.program : null;
  programs.set(part, program);
  return program;
}

function withinBudgetOr<Value>(otherwise: Value, run: () => Value): Value {
  let value = otherwise;
  const end = withinBudget(() => {
    value = run();
    return null;
  });
  return end === null ? value : otherwise;
}

/** Parts of conditions that a trace asked about; a tree never changes. */
const programs = new WeakMap<Expr, CelProgram | null>();
const readings = new WeakMap<Expr, readonly Reading[]>();
const SOURCE_MAX = 200;
const VALUES_MAX = 4;
