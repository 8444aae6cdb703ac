// Compiles names and fields: chains of fields over plain JSON take one step a field.

import { type Code, type Compiling, constantCode, placeOf, unfit } from "./code.ts";
import { isMap, valueAt } from "./equality.ts";
import { CelError, type CelPlace, type CelResult, CelType, isCelObject } from "./value.ts";
import type { Expr, IdentExpr, SelectExpr } from "./ast.ts";
import type { Meter } from "./meter.ts";

/** Types that have a name in expressions. */
export const typeNames: ReadonlySet<string> = new Set([
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "list",
  "map",
  "null_type",
  "type",
]);

const qualifiedTypes: ReadonlySet<string> = new Set([
  "google.protobuf.Timestamp",
  "google.protobuf.Duration",
]);

export function compileIdent(expr: IdentExpr, compiling: Compiling): Code {
  const variable = compiling.variables.get(expr.name);
  if (variable !== undefined) {
    const { slots } = compiling;
    return () => slots[variable] as CelResult;
  }
  const root = compiling.roots.get(expr.name);
  if (root !== undefined) return compileRoot(root, expr);
  if (typeNames.has(expr.name)) return constantCode(new CelType(expr.name));
  const known = [...compiling.variables.keys(), ...compiling.roots.keys()];
  const help = known.length === 0 ? null : `there are ${known.join(", ")}`;
  const message = `there is nothing named \`${expr.name}\``;
  return compiling.refuse({ code: "unknown_variable", message, ...placeOf(expr), help });
}

function compileRoot(root: number, place: CelPlace): Code {
  const absent = new CelError("no_such_field", "the value is not given", place);
  return (scope) => {
    const value = scope[root];
    return value === undefined ? absent : value;
  };
}

export function compileSelect(expr: SelectExpr, compiling: Compiling): Code {
  const type = qualifiedType(expr, compiling);
  if (type !== null) return constantCode(new CelType(type));
  if (expr.isTest) return compileTest(expr, compiling);
  const fields: Step[] = [];
  let operand: Expr = expr;
  while (operand.kind === "select" && !operand.isTest) {
    fields.push(stepOf(operand));
    operand = operand.operand;
  }
  fields.reverse();
  const base = compiling.compile(operand);
  const [first, second, third] = fields;
  if (first === undefined) return base;
  if (second === undefined) return oneStep(base, first);
  if (third === undefined) return twoSteps(base, first, second);
  return manySteps(base, fields);
}

interface Step {
  readonly field: string;
  /** The error when the field is missing, made beforehand: missing fields must cost next to nothing. */
  readonly missing: CelError;
  readonly place: CelPlace;
}

function stepOf(expr: SelectExpr): Step {
  const place = { at: expr.fieldAt, end: expr.end };
  const message = `there is no field \`${expr.field}\``;
  return { field: expr.field, missing: new CelError("no_such_field", message, place), place };
}

function oneStep(base: Code, step: Step): Code {
  const { field, missing } = step;
  return (scope, meter) => {
    meter.charge(1);
    const value = base(scope, meter);
    if (!isCelObject(value)) return otherField(value, step);
    if (!Object.hasOwn(value, field)) return missing;
    const found = value[field];
    return found === undefined ? missing : found;
  };
}

function twoSteps(base: Code, first: Step, second: Step): Code {
  const fieldA = first.field;
  const fieldB = second.field;
  return (scope, meter) => {
    meter.charge(2);
    const whole = base(scope, meter);
    let value: CelResult | undefined;
    if (!isCelObject(whole)) value = otherField(whole, first);
    else if (!Object.hasOwn(whole, fieldA)) return first.missing;
    else value = whole[fieldA];
    if (value === undefined) return first.missing;
    if (!isCelObject(value)) return otherField(value, second);
    if (!Object.hasOwn(value, fieldB)) return second.missing;
    const found = value[fieldB];
    return found === undefined ? second.missing : found;
  };
}

function manySteps(base: Code, steps: readonly Step[]): Code {
  return (scope, meter) => {
    meter.charge(steps.length);
    let value = base(scope, meter);
    for (const step of steps) value = fieldOf(value, step);
    return value;
  };
}

function fieldOf(value: CelResult, step: Step): CelResult {
  if (!isCelObject(value)) return otherField(value, step);
  if (!Object.hasOwn(value, step.field)) return step.missing;
  const found = value[step.field];
  return found === undefined ? step.missing : found;
}

/** A field of what is no plain object: of a map literal, or an error. */
function otherField(value: CelResult, step: Step): CelResult {
  if (!isMap(value)) return unfit(step.place, value);
  const found = valueAt(value, step.field);
  return found === undefined ? step.missing : found;
}

/** SPEC: `has(x.f)` where x is no map is an error, or a text would slip past `has(m.k) && m.k > 5`. */
function compileTest(expr: SelectExpr, compiling: Compiling): Code {
  const operand = compiling.compile(expr.operand);
  const step = stepOf(expr);
  return (scope: readonly CelResult[], meter: Meter) => {
    meter.charge(1);
    const value = operand(scope, meter);
    if (!isMap(value)) return unfit(step.place, value);
    const found = isCelObject(value) ? fieldOf(value, step) : otherField(value, step);
    if (found === step.missing) return false;
    return found instanceof CelError ? found : true;
  };
}

function qualifiedType(expr: SelectExpr, { roots, variables }: Compiling): string | null {
  const path = pathOf(expr);
  if (path === null || !qualifiedTypes.has(path)) return null;
  return roots.has("google") || variables.has("google") ? null : path;
}

function pathOf(expr: Expr): string | null {
  if (expr.kind === "ident") return expr.name;
  if (expr.kind !== "select" || expr.isTest) return null;
  const before = pathOf(expr.operand);
  return before === null ? null : `${before}.${expr.field}`;
}
