// How large a value can be at most: by its schema, by how it is made, or by the limits of an action.

import { jsonNodesMax, paramsBytesMax } from "../base/limits.ts";
import type { CallExpr, Expr } from "./ast.ts";
import { charactersPerUnit } from "./meter.ts";
import { membersOf, sizeMaxOf, type StaticType } from "./type.ts";

export interface Bound {
  readonly size: number;
  /** False when only the limits of a whole action bound it. */
  readonly isDeclared: boolean;
}

/** Characters of a number, a time or another scalar as text. */
const SCALAR_LENGTH_MAX = 64;
/** Units of looking at one value. */
const VALUE_UNITS = 2;
const textUnbounded: Bound = { size: paramsBytesMax, isDeclared: false };
const itemsUnbounded: Bound = { size: jsonNodesMax, isDeclared: false };

/** Characters, or bytes, of what an expression answers with. */
export function lengthBound(expr: Expr, typeOf: (expr: Expr) => StaticType): Bound {
  const made = expr.kind === "call" ? lengthOfCall(expr, typeOf) : null;
  if (made !== null) return made;
  return largest(membersOf(typeOf(expr)).map(lengthOfType));
}

function lengthOfCall(expr: CallExpr, typeOf: (expr: Expr) => StaticType): Bound | null {
  const [first, second, third] = expr.args;
  const lengthOf = (part: Expr | undefined): Bound =>
    part === undefined ? { size: 0, isDeclared: true } : lengthBound(part, typeOf);
  if (expr.target !== null) {
    if (shortening.has(expr.name)) return lengthOf(expr.target);
    if (expr.name !== "replace") return null;
    const [text, now] = [lengthOf(expr.target), lengthOf(second)];
    return times(
      plus(text, { size: 1, isDeclared: true }),
      plus(now, { size: 1, isDeclared: true }),
    );
  }
  if (expr.name === "+" && second !== undefined) return plus(lengthOf(first), lengthOf(second));
  if (expr.name === "?:") return largest([lengthOf(second), lengthOf(third)]);
  if ((expr.name === "string" || expr.name === "bytes") && first !== undefined) {
    // A character has at most four bytes.
    return times(lengthOf(first), { size: 4, isDeclared: true });
  }
  return null;
}

function plus(a: Bound, b: Bound): Bound {
  return { size: a.size + b.size, isDeclared: a.isDeclared && b.isDeclared };
}

function times(a: Bound, b: Bound): Bound {
  return { size: a.size * b.size, isDeclared: a.isDeclared && b.isDeclared };
}

function largest(bounds: readonly Bound[]): Bound {
  const size = bounds.reduce((most, bound) => Math.max(most, bound.size), 0);
  return { size, isDeclared: bounds.every((bound) => bound.isDeclared) };
}

/** What these answer with is no longer than what they are asked of. */
const shortening = new Set(["lowerAscii", "upperAscii", "trim", "substring", "charAt"]);

function lengthOfType(type: StaticType): Bound {
  if (type.kind === "string") return declared(type.lengthMax) ?? textUnbounded;
  if (type.kind === "dyn" || type.kind === "bytes") return textUnbounded;
  return { size: SCALAR_LENGTH_MAX, isDeclared: true };
}

function declared(size: number | null): Bound | null {
  return size === null ? null : { size, isDeclared: true };
}

/** Items or entries of what an expression answers with. */
export function itemsBound(expr: Expr, type: StaticType): Bound {
  const sizes = membersOf(type).map((member) => {
    const isCollection =
      member.kind === "list" || member.kind === "map" || member.kind === "object";
    if (!isCollection)
      return member.kind === "dyn" ? itemsUnbounded : { size: 0, isDeclared: true };
    return declared(sizeMaxOf(member)) ?? itemsUnbounded;
  });
  // A literal is as long as it stands, whatever has become of its type.
  return expr.kind === "list" ? { size: expr.items.length, isDeclared: true } : largest(sizes);
}

/** Units of going over all of a value. */
export function wholeBound(type: StaticType): Bound {
  switch (type.kind) {
    case "dyn":
    case "bytes":
      return itemsUnbounded;
    case "string": {
      const length = lengthOfType(type);
      return { ...length, size: VALUE_UNITS + (2 * length.size) / charactersPerUnit };
    }
    case "list":
    case "map": {
      const items = declared(sizeMaxOf(type)) ?? itemsUnbounded;
      const inner = wholeBound(type.kind === "list" ? type.item : type.value);
      const key = type.kind === "map" ? wholeBound(type.key) : { size: 0, isDeclared: true };
      const each = plus(plus(inner, key), { size: 3 * VALUE_UNITS, isDeclared: true });
      return items.size === 0 ? { size: VALUE_UNITS, isDeclared: true } : times(items, each);
    }
    case "object": {
      const fields = [...type.fields.values()].map((field) => wholeBound(field.type));
      const size = fields.reduce((sum, field) => sum + 3 * VALUE_UNITS + field.size, VALUE_UNITS);
      return { size, isDeclared: type.rest === null && fields.every((one) => one.isDeclared) };
    }
    case "union":
      return largest(type.of.map(wholeBound));
    default:
      return { size: VALUE_UNITS, isDeclared: true };
  }
}

/** The field that a part is made of: what a schema would have to bound. */
export function boundedBy(expr: Expr): Expr {
  if (expr.kind === "macro") return boundedBy(expr.range);
  if (expr.kind === "call" && expr.target !== null) return boundedBy(expr.target);
  const [only, ...others] = expr.kind === "call" ? expr.args : [];
  return only !== undefined && others.length === 0 ? boundedBy(only) : expr;
}
