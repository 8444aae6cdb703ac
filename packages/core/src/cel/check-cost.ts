// Estimates before it runs what an expression may cost at most, and names the field that no schema bounds.

import { celBudget, jsonNodesMax } from "../base/limits.ts";
import type { CallExpr, Expr, MacroExpr } from "./ast.ts";
import { callUnits, type Part } from "./check-cost-call.ts";
import { boundedBy, type Bound, itemsBound, lengthBound, wholeBound } from "./check-cost-size.ts";
import { shortTextOf } from "./expr-text.ts";
import { childrenOf } from "./parse-shape.ts";
import { dynType, membersOf, sizeMaxOf, type StaticType } from "./type.ts";

export interface StaticCost {
  /** Units of the meter; null when only the limits of a whole action bound it, beyond the budget. */
  readonly max: number | null;
  /** The field without a bound of its own that costs most; null when `max` is known. */
  readonly unbounded: string | null;
}

/** Units that one step of a program takes beside its parts. */
const STEP_UNITS = 2;
const LOOP_UNITS = 4;
const ENTRY_UNITS = 8;

/** `types` are those that the checker found. */
export function staticCostOf(ast: Expr, types: ReadonlyMap<Expr, StaticType>): StaticCost {
  const estimate = new Estimate(types);
  const max = Math.ceil(estimate.unitsOf(ast, 1));
  if (max <= celBudget || estimate.unbounded === null) return { max, unbounded: null };
  return { max: null, unbounded: estimate.unbounded };
}

class Estimate {
  unbounded: string | null = null;
  #unboundedUnits = 0;
  readonly #types: ReadonlyMap<Expr, StaticType>;

  constructor(types: ReadonlyMap<Expr, StaticType>) {
    this.#types = types;
  }

  /** `times` says how often the loops around it run the part; it only ranks unbounded fields. */
  unitsOf(expr: Expr, times: number): number {
    if (expr.kind === "macro") return this.#unitsOfMacro(expr, times);
    let units = STEP_UNITS;
    for (const part of childrenOf(expr)) units += this.unitsOf(part, times);
    if (expr.kind === "call") units += this.#unitsOfCall(expr, times);
    if (expr.kind === "list") units += expr.items.length;
    if (expr.kind === "index") units += this.#unitsOfKey(expr.index, times);
    for (const { key } of expr.kind === "map" ? expr.entries : []) {
      units += ENTRY_UNITS + this.#unitsOfKey(key, times);
    }
    return units;
  }

  #unitsOfMacro(expr: MacroExpr, times: number): number {
    const items = itemsBound(expr.range, this.#typeOf(expr.range));
    const inner = times * items.size;
    const body = this.unitsOf(expr.body, inner);
    const transform = expr.transform === null ? 0 : this.unitsOf(expr.transform, inner);
    const units = items.size * (LOOP_UNITS + body + transform);
    this.#note(expr.range, items, units * times);
    return STEP_UNITS + this.unitsOf(expr.range, times) + units;
  }

  #unitsOfCall(expr: CallExpr, times: number): number {
    if (expr.name === "==" || expr.name === "!=") return this.#unitsOfEquality(expr.args, times);
    if (expr.name === "in") return this.#unitsOfIn(expr.args, times);
    const operands = expr.target === null ? expr.args : [expr.target, ...expr.args];
    const parts = operands.map((operand): Part => this.#partOf(operand));
    const units = callUnits(expr, parts);
    for (const [index, part] of parts.entries()) {
      const operand = operands[index];
      // What the call costs with the longest text there may be, because of this operand.
      if (operand !== undefined && part.isSized) this.#note(operand, part.length, units * times);
    }
    return units;
  }

  #partOf(expr: Expr): Part {
    const type = this.#typeOf(expr);
    const kinds = membersOf(type).map((member) => member.kind);
    const mayBe = (...wanted: readonly StaticType["kind"][]): boolean =>
      kinds.some((kind) => kind === "dyn" || wanted.includes(kind));
    return {
      expr,
      mayBe,
      isSized: mayBe("string", "bytes", "list", "map", "object"),
      length: lengthBound(expr, (part) => this.#typeOf(part)),
      items: itemsBound(expr, type),
    };
  }

  #unitsOfKey(key: Expr, times: number): number {
    const whole = wholeBound(this.#typeOf(key));
    // A key is a scalar; what else is looked up costs nothing, because it is no key.
    const size = Math.min(whole.size, jsonNodesMax);
    this.#note(key, whole, size * times);
    return size;
  }

  #unitsOfEquality(args: readonly Expr[], times: number): number {
    const [left = dynType, right = dynType] = args.map((arg) => this.#typeOf(arg));
    const [one, other] = [wholeBound(left), wholeBound(right)];
    const [least, at] = other.size < one.size ? [other, args[1]] : [one, args[0]];
    if (at !== undefined) this.#note(at, least, least.size * times);
    return equalityUnits(left, right);
  }

  #unitsOfIn(args: readonly Expr[], times: number): number {
    const [item, range] = args;
    if (item === undefined || range === undefined) return 0;
    const type = this.#typeOf(range);
    if (membersOf(type).every((member) => member.kind !== "list" && member.kind !== "dyn")) {
      return this.#unitsOfKey(item, times);
    }
    const items = itemsBound(range, type);
    const each = equalityUnits(this.#typeOf(item), itemTypeOf(type));
    const units = items.size * (STEP_UNITS + each);
    this.#note(range, items, units * times);
    return units;
  }

  #note(expr: Expr, bound: Bound, units: number): void {
    if (bound.isDeclared || units <= this.#unboundedUnits) return;
    this.#unboundedUnits = units;
    this.unbounded = shortTextOf(boundedBy(expr));
  }

  #typeOf(expr: Expr): StaticType {
    return this.#types.get(expr) ?? dynType;
  }
}

function itemTypeOf(type: StaticType): StaticType {
  const [list] = membersOf(type).filter((member) => member.kind === "list");
  return list?.item ?? dynType;
}

/** Two values are compared no further than the smaller one goes, but all keys of maps are listed. */
function equalityUnits(left: StaticType, right: StaticType): number {
  const least = Math.min(wholeBound(left).size, wholeBound(right).size);
  const [one, other] = [keysBound(left), keysBound(right)];
  return one === null || other === null ? least : least + 2 + 3 * (one + other);
}

/** Keys that a value may have; null when it is no map, or not known to be one. */
function keysBound(type: StaticType): number | null {
  const sizes = membersOf(type).flatMap((member) => {
    const isMap = member.kind === "map" || member.kind === "object";
    return isMap ? [sizeMaxOf(member) ?? jsonNodesMax] : [];
  });
  return sizes.length === 0 ? null : Math.max(...sizes);
}
