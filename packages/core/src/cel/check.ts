// Checks an expression against the types of what it names: every mistake at once, before it runs.

import type { ConstantExpr, Expr, IdentExpr, MacroExpr, MapExpr } from "./ast.ts";
import { typeOfCall } from "./check-call.ts";
import { findConstantErrors } from "./check-constant.ts";
import { type StaticCost, staticCostOf } from "./check-cost.ts";
import { findUnguarded } from "./check-guard.ts";
import { type Checking, comparisonFor, type FaultWords, type Place } from "./check-context.ts";
import { typeOfIndex, typeOfSelect } from "./check-member.ts";
import { findTextBounds } from "./check-text-bound.ts";
import { shortTextOf } from "./expr-text.ts";
import type { CelFault } from "./fault.ts";
import { nearest } from "../base/nearest.ts";
import {
  aTypeOf,
  boolType,
  bytesType,
  doubleType,
  dynType,
  intType,
  listOf,
  mapOf,
  membersOf,
  nullType,
  sizeMaxOf,
  type StaticType,
  stringType,
  uintType,
  unionOf,
} from "./type.ts";

export interface CheckedCel {
  readonly type: StaticType;
  /** In the order of the text. An error is certain to fail; a warning may. */
  readonly faults: readonly CelFault[];
  readonly cost: StaticCost;
  /** The type of every part. */
  readonly types: ReadonlyMap<Expr, StaticType>;
}

/**
 * `roots` are the names that the expression may use. With `wanted`, another type of the whole is a
 * fault: pass `boolType` for a condition.
 */
export function checkCel(
  ast: Expr,
  roots: ReadonlyMap<string, StaticType>,
  wanted: StaticType | null = null,
): CheckedCel {
  const checker = new Checker(roots);
  const type = checker.typeOf(ast);
  if (wanted !== null) checker.want(ast, type, wanted);
  const faults = [
    ...checker.faults,
    ...findConstantErrors(ast, checker.faults),
    ...findUnguarded(ast, checker.types, roots),
    ...findTextBounds(ast, checker.types),
  ];
  return {
    type,
    faults: faults.toSorted((a, b) => a.at - b.at || a.end - b.end),
    cost: staticCostOf(ast, checker.types),
    types: checker.types,
  };
}

const typeNames = new Set(
  "bool int uint double string bytes list map null_type type timestamp duration".split(" "),
);

class Checker implements Checking {
  readonly faults: CelFault[] = [];
  readonly types: Map<Expr, StaticType> = new Map();
  readonly #roots: ReadonlyMap<string, StaticType>;
  /** Variables of the macros around the part that is checked, innermost last. */
  readonly #variables: { name: string; type: StaticType }[] = [];

  constructor(roots: ReadonlyMap<string, StaticType>) {
    this.#roots = roots;
  }

  readonly typeOf = (expr: Expr): StaticType => {
    const type = this.#typeOf(expr);
    this.types.set(expr, type);
    return type;
  };

  readonly isNamed = (name: string): boolean => this.#lookUp(name) !== null;

  readonly report = (place: Place, words: FaultWords): void => {
    const { severity = "error", code, message, help = null } = words;
    this.faults.push({ severity, code, message, at: place.at, end: place.end, help });
  };

  want(ast: Expr, type: StaticType, wanted: StaticType): void {
    const kinds = membersOf(wanted).map((member) => member.kind);
    if (membersOf(type).some((member) => member.kind === "dyn" || kinds.includes(member.kind))) {
      return;
    }
    const isCondition = wanted.kind === "bool";
    this.report(ast, {
      code: isCondition ? "not_a_condition" : "type_mismatch",
      message: `\`${shortTextOf(ast)}\` is ${aTypeOf(type)}, not ${aTypeOf(wanted)}`,
      help: isCondition ? comparisonFor(ast, type) : null,
    });
  }

  #typeOf(expr: Expr): StaticType {
    switch (expr.kind) {
      case "constant":
        return typeOfConstant(expr);
      case "ident":
        return this.#ident(expr);
      case "select":
        return typeOfSelect(this, expr);
      case "index":
        return typeOfIndex(this, expr);
      case "call":
        return typeOfCall(this, expr);
      case "list":
        return listOf(unionOf(expr.items.map(this.typeOf)), expr.items.length);
      case "map":
        return this.#map(expr);
      case "macro":
        return this.#macro(expr);
    }
  }

  #lookUp(name: string): StaticType | null {
    const variable = this.#variables.findLast((one) => one.name === name);
    return variable?.type ?? this.#roots.get(name) ?? null;
  }

  #ident(expr: IdentExpr): StaticType {
    const found = this.#lookUp(expr.name);
    if (found !== null) return found;
    if (typeNames.has(expr.name)) return { kind: "type" };
    const names = [...this.#variables.map((one) => one.name), ...this.#roots.keys()];
    const paths = [...this.#roots].flatMap(([root, type]) => pathsTo(expr.name, root, type));
    const near = nearest(expr.name, names);
    const meant = paths.length > 0 ? paths : near === null ? [] : [near];
    this.report(expr, {
      code: "unknown_variable",
      message: `there is no \`${expr.name}\` here`,
      help:
        meant.length > 0
          ? `did you mean ${meant.map((one) => `\`${one}\``).join(" or ")}?`
          : `an expression starts from: ${names.join(", ")}`,
    });
    return dynType;
  }

  #map(expr: MapExpr): StaticType {
    const keys: StaticType[] = [];
    const values: StaticType[] = [];
    for (const { key, value } of expr.entries) {
      const type = this.typeOf(key);
      keys.push(type);
      values.push(this.typeOf(value));
      if (membersOf(type).every((member) => !keyKinds.has(member.kind))) {
        this.report(key, {
          code: "type_mismatch",
          message: `${aTypeOf(type)} cannot be the key of a map`,
          help: "keys are strings, ints, uints and bools",
        });
      }
    }
    return mapOf(unionOf(values), unionOf(keys), expr.entries.length);
  }

  #macro(expr: MacroExpr): StaticType {
    const range = this.typeOf(expr.range);
    this.#variables.push({ name: expr.variable, type: this.#itemOf(expr, range) });
    const body = this.typeOf(expr.body);
    const transform = expr.transform === null ? null : this.typeOf(expr.transform);
    this.#variables.pop();
    const asks = expr.macro !== "map" || transform !== null;
    if (asks) this.want(expr.body, body, boolType);
    const itemsMax = sizeMaxOf(range);
    if (expr.macro === "map") return listOf(transform ?? body, itemsMax);
    if (expr.macro !== "filter") return boolType;
    return listOf(
      unionOf(
        membersOf(range)
          .map(itemOf)
          .filter((type) => type !== null),
      ),
      itemsMax,
    );
  }

  #itemOf(expr: MacroExpr, range: StaticType): StaticType {
    const items = membersOf(range)
      .map(itemOf)
      .filter((type) => type !== null);
    if (items.length > 0) return unionOf(items);
    this.report(expr.range, {
      code: "type_mismatch",
      message: `\`${expr.macro}\` goes through a list or a map, \`${shortTextOf(expr.range)}\` is ${aTypeOf(range)}`,
    });
    return dynType;
  }
}

const keyKinds = new Set<StaticType["kind"]>(["string", "int", "uint", "bool", "dyn"]);

/** What a macro goes through: items of a list, keys of a map. */
function itemOf(range: StaticType): StaticType | null {
  if (range.kind === "list") return range.item;
  if (range.kind === "map") return range.key;
  if (range.kind === "object") return stringType;
  return range.kind === "dyn" ? range : null;
}

function typeOfConstant(expr: ConstantExpr): StaticType {
  const { constant } = expr;
  switch (constant.type) {
    case "null":
      return nullType;
    case "bool":
      return boolType;
    case "int":
      return intType;
    case "uint":
      return uintType;
    case "double":
      return doubleType;
    case "bytes":
      return bytesType;
    case "string":
      return { ...stringType, lengthMax: constant.value.length, values: [constant.value] };
  }
}

const PATH_FIELDS_MAX = 3;

/** Where a name without its root may belong: `amount` is `action.cost.amount`. */
function pathsTo(name: string, path: string, type: StaticType, depth: number = 0): string[] {
  if (type.kind !== "object" || depth > PATH_FIELDS_MAX) return [];
  const found: string[] = [];
  for (const [field, { type: inner }] of type.fields) {
    const at = `${path}.${field}`;
    if (field === name) found.push(at);
    else found.push(...pathsTo(name, at, inner, depth + 1));
  }
  return found.slice(0, PATH_FIELDS_MAX);
}
