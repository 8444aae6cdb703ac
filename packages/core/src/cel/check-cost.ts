// Estimates before it runs what an expression may cost at most, and names the field that no schema bounds.

import { jsonNodesMax, paramsBytesMax } from "../base/limits.ts";
import type { CallExpr, Expr, MacroExpr } from "./ast.ts";
import { shortTextOf } from "./expr-text.ts";
import { charactersPerUnit } from "./meter.ts";
import { childrenOf } from "./parse-shape.ts";
import { membersOf, sizeMaxOf, type StaticType } from "./type.ts";

export interface StaticCost {
  /** Units of the meter; null when only a limit on the whole action bounds it, beyond the budget. */
  readonly max: number | null;
  /** The field without a bound of its own that costs most; null when `max` is known. */
  readonly unbounded: string | null;
}

/** Units of one decision: what costs more than this is worth a word. */
const COST_NOTABLE = 100_000;
/** Units that one step of a program or one item of a loop takes beside its parts. */
const STEP_UNITS = 2;
/** Characters that a pattern looks at, and what each costs as a part of a unit at most. */
const SUBJECT_LENGTH_MAX = 4_096;
const PATTERN_SIZE_MAX = 300;
/** Characters of a number, a time or another scalar as text. */
const SCALAR_LENGTH_MAX = 64;

/** `types` are those that the checker found. */
export function staticCostOf(ast: Expr, types: ReadonlyMap<Expr, StaticType>): StaticCost {
  const estimate = new Estimate(types);
  const max = Math.ceil(estimate.unitsOf(ast, 1));
  if (max <= COST_NOTABLE || estimate.unbounded === null) return { max, unbounded: null };
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
    if (expr.kind === "map") units += STEP_UNITS * expr.entries.length;
    return units;
  }

  #unitsOfMacro(expr: MacroExpr, times: number): number {
    const { items, isDeclared } = this.#itemsOf(expr.range);
    const inner = times * items;
    const body = this.unitsOf(expr.body, inner);
    const transform = expr.transform === null ? 0 : this.unitsOf(expr.transform, inner);
    const units = items * (STEP_UNITS + body + transform);
    if (!isDeclared) this.#note(expr.range, units * times);
    return STEP_UNITS + this.unitsOf(expr.range, times) + units;
  }

  #unitsOfCall(expr: CallExpr, times: number): number {
    const parts = expr.target === null ? expr.args : [expr.target, ...expr.args];
    if (expr.name === "==" || expr.name === "!=") return this.#unitsOfEquality(expr.args, times);
    if (expr.name === "in") return this.#unitsOfIn(expr.args, times);
    if (expr.name === "matches") {
      const [subject] = parts;
      if (subject === undefined) return 0;
      return (Math.min(this.#lengthOf(subject).length, SUBJECT_LENGTH_MAX) * PATTERN_SIZE_MAX) / 8;
    }
    if (freeNames.has(expr.name)) return 0;
    let units = 0;
    for (const part of parts) units += this.#unitsOfReading(part, times);
    return units;
  }

  #unitsOfReading(part: Expr, times: number): number {
    if (!this.#mayBe(part, "string", "bytes", "list")) return 0;
    const { length, isDeclared } = this.#lengthOf(part);
    const units = STEP_UNITS + (length / charactersPerUnit) * STEP_UNITS;
    if (!isDeclared) this.#note(part, units * times);
    return units;
  }

  /** Two values are compared no further than the smaller one goes. */
  #unitsOfEquality(args: readonly Expr[], times: number): number {
    const sizes = args.map((arg) => this.#wholeOf(arg));
    const least = sizes.reduce((a, b) => (b.units < a.units ? b : a));
    const at = args[sizes.indexOf(least)];
    if (!least.isDeclared && at !== undefined) this.#note(at, least.units * times);
    return least.units;
  }

  #unitsOfIn(args: readonly Expr[], times: number): number {
    const [item, range] = args;
    if (item === undefined || range === undefined) return 0;
    if (!this.#mayBe(range, "list")) return this.#wholeOf(item).units;
    const { items, isDeclared } = this.#itemsOf(range);
    const units = items * (STEP_UNITS + this.#wholeOf(item).units);
    if (!isDeclared) this.#note(range, units * times);
    return units;
  }

  #note(expr: Expr, units: number): void {
    if (units <= this.#unboundedUnits) return;
    this.#unboundedUnits = units;
    this.unbounded = shortTextOf(expr);
  }

  #mayBe(expr: Expr, ...kinds: StaticType["kind"][]): boolean {
    const members = membersOf(this.#types.get(expr) ?? { kind: "dyn", isFreeText: false });
    return members.some((member) => member.kind === "dyn" || kinds.includes(member.kind));
  }

  #itemsOf(range: Expr): { items: number; isDeclared: boolean } {
    const sizes = membersOf(this.#types.get(range) ?? { kind: "null" }).map(sizeMaxOf);
    if (sizes.every((size) => size !== null))
      return { items: Math.max(...sizes), isDeclared: true };
    if (range.kind === "call" && range.name === "split" && range.target !== null) {
      const { length, isDeclared } = this.#lengthOf(range.target);
      return { items: length + 1, isDeclared };
    }
    return { items: jsonNodesMax, isDeclared: false };
  }

  #wholeOf(expr: Expr): { units: number; isDeclared: boolean } {
    return wholeOf(this.#types.get(expr) ?? { kind: "dyn", isFreeText: false });
  }

  #lengthOf(expr: Expr): { length: number; isDeclared: boolean } {
    if (expr.kind === "call" && expr.name === "+") {
      const parts = expr.args.map((arg) => this.#lengthOf(arg));
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      return { length, isDeclared: parts.every((part) => part.isDeclared) };
    }
    if (expr.kind === "call" && shorteningNames.has(expr.name) && expr.target !== null) {
      return this.#lengthOf(expr.target);
    }
    if (expr.kind === "call" && expr.name === "string" && expr.args[0] !== undefined) {
      const isText = this.#mayBe(expr.args[0], "string", "bytes");
      return isText ? this.#lengthOf(expr.args[0]) : scalarLength;
    }
    const lengths = membersOf(this.#types.get(expr) ?? { kind: "null" }).map(lengthMaxOf);
    if (lengths.every((length) => length !== null)) {
      return { length: Math.max(...lengths), isDeclared: true };
    }
    return { length: paramsBytesMax, isDeclared: false };
  }
}

const scalarLength = { length: SCALAR_LENGTH_MAX, isDeclared: true };
/** What these answer with is no longer than what they are asked of. */
const shorteningNames = new Set(["lowerAscii", "upperAscii", "trim", "substring", "charAt"]);
/** What these do does not grow with the size of anything. */
const freeNames = new Set(["&&", "||", "!", "?:", "type", "dyn"]);

function lengthMaxOf(type: StaticType): number | null {
  if (type.kind === "string") return type.lengthMax;
  if (type.kind === "list") return type.itemsMax;
  const isScalar = type.kind !== "dyn" && type.kind !== "bytes";
  return isScalar ? SCALAR_LENGTH_MAX : null;
}

/** Units of going over all of a value. */
function wholeOf(type: StaticType): { units: number; isDeclared: boolean } {
  switch (type.kind) {
    case "dyn":
    case "bytes":
      return { units: jsonNodesMax, isDeclared: false };
    case "string": {
      const length = type.lengthMax ?? paramsBytesMax;
      return {
        units: STEP_UNITS + length / charactersPerUnit,
        isDeclared: type.lengthMax !== null,
      };
    }
    case "list":
    case "map": {
      const sizeMax = sizeMaxOf(type);
      const inner = wholeOf(type.kind === "list" ? type.item : type.value);
      const units = STEP_UNITS + (sizeMax ?? jsonNodesMax) * (STEP_UNITS * 2 + inner.units);
      return { units, isDeclared: sizeMax !== null && inner.isDeclared };
    }
    case "object": {
      const fields = [...type.fields.values()].map((field) => wholeOf(field.type));
      const units = fields.reduce((sum, field) => sum + STEP_UNITS + field.units, STEP_UNITS);
      return { units, isDeclared: type.rest === null && fields.every((one) => one.isDeclared) };
    }
    case "union": {
      const wholes = type.of.map(wholeOf);
      const units = Math.max(...wholes.map((whole) => whole.units));
      return { units, isDeclared: wholes.every((whole) => whole.isDeclared) };
    }
    default:
      return { units: STEP_UNITS, isDeclared: true };
  }
}
