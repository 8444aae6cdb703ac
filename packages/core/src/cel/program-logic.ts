// Compiles `&&`, `||` and `?:`: an error on one side gives way to a decisive answer of the other.

import { type Code, type Compiling, constantCode, placeOf, unfit } from "./code.ts";
import type { CallExpr } from "./ast.ts";
import type { CelPlace, CelResult } from "./value.ts";

export function compileLogic(expr: CallExpr, compiling: Compiling): Code {
  const [first, second, third] = expr.args.map((arg) => compiling.compile(arg));
  const [firstExpr, secondExpr] = expr.args;
  if (first === undefined || second === undefined || firstExpr === undefined) {
    return constantCode(null);
  }
  if (third !== undefined) return choice(first, [second, third], placeOf(firstExpr));
  const places = [placeOf(firstExpr), placeOf(secondExpr ?? firstExpr)] as const;
  return junction([first, second], expr.name === "||", places);
}

/** `decisive` is what settles the whole from either side: true for `||`, false for `&&`. */
function junction(
  [left, right]: readonly [Code, Code],
  decisive: boolean,
  places: readonly [CelPlace, CelPlace],
): Code {
  return (scope, meter) => {
    meter.charge(1);
    const a = left(scope, meter);
    if (a === decisive) return decisive;
    const b = right(scope, meter);
    if (b === decisive) return decisive;
    return typeof a === "boolean" && typeof b === "boolean" ? b : undecided([a, b], places);
  };
}

/** The first side that is no boolean says why there is no answer. */
function undecided(
  [a, b]: readonly [CelResult, CelResult],
  places: readonly [CelPlace, CelPlace],
): CelResult {
  return typeof a === "boolean" ? unfit(places[1], b) : unfit(places[0], a);
}

function choice(condition: Code, [yes, no]: readonly [Code, Code], place: CelPlace): Code {
  return (scope, meter) => {
    meter.charge(1);
    const chosen = condition(scope, meter);
    if (chosen === true) return yes(scope, meter);
    return chosen === false ? no(scope, meter) : unfit(place, chosen);
  };
}
