// Compiles `x in ["a", "b"]` over constants: one look into a set.

import { type Code, type Compiling, placeOf } from "./code.ts";
import { CelError, type CelValue } from "./value.ts";
import type { CallExpr, Expr } from "./ast.ts";

export function isStringList(expr: Expr): boolean {
  return expr.kind === "list" && expr.items.every((item) => textOf(item) !== null);
}

function textOf(expr: Expr): string | null {
  return expr.kind === "constant" && expr.constant.type === "string" ? expr.constant.value : null;
}

/** What is no string goes the long way, which knows of hidden values. */
export function membershipCode(
  expr: CallExpr,
  { left, right }: { readonly left: Expr; readonly right: Expr },
  compiling: Compiling,
): Code {
  const items = right.kind === "list" ? right.items.flatMap((item) => textOf(item) ?? []) : [];
  const set: ReadonlySet<string> = new Set(items);
  const list: readonly CelValue[] = items;
  const apply = compiling.operators.binary["in"];
  const code = compiling.compile(left);
  const place = placeOf(expr);
  return (scope, meter) => {
    meter.charge(1);
    const value = code(scope, meter);
    if (typeof value === "string") {
      meter.chargeText(value.length);
      return set.has(value);
    }
    if (value instanceof CelError || apply === undefined) return value;
    return apply(value, list, meter, place);
  };
}
