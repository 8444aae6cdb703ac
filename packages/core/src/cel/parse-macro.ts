// Tells the macros from other calls: `has(a.b)` and the loops over lists and maps.

import { syntaxFault } from "./lex.ts";
import type { CallExpr, Expr, MacroExpr } from "./ast.ts";
import type { CelFault } from "./fault.ts";

const macroNames: ReadonlyMap<string, MacroExpr["macro"]> = new Map([
  ["all", "all"],
  ["exists", "exists"],
  ["exists_one", "exists_one"],
  ["existsOne", "exists_one"],
  ["filter", "filter"],
  ["map", "map"],
]);

/** Null when the call is an ordinary one. */
export function asMacro(call: CallExpr): Expr | CelFault | null {
  if (call.target === null) return call.name === "has" ? asHas(call) : null;
  const macro = macroNames.get(call.name);
  if (macro === undefined) return null;
  const [variable, first, second, ...more] = call.args;
  const isLong = second !== undefined;
  if (first === undefined || more.length > 0 || (isLong && macro !== "map")) {
    const help = `\`${call.name}(x, …)\`: a variable and what to ask of it`;
    return syntaxFault(`\`${call.name}\` wants a variable and an expression`, call, help);
  }
  if (variable?.kind !== "ident") {
    const place = variable ?? call;
    return syntaxFault(`the variable of \`${call.name}\` is not a name`, place, null);
  }
  return {
    kind: "macro",
    macro,
    range: call.target,
    variable: variable.name,
    body: first,
    transform: second ?? null,
    at: call.at,
    end: call.end,
  };
}

function asHas(call: CallExpr): Expr | CelFault {
  const [operand, ...more] = call.args;
  if (operand?.kind !== "select" || operand.isTest || more.length > 0) {
    const help = "`has(a.b)` asks whether `a` has the field `b`";
    return syntaxFault("`has` wants one field, written with a dot", call, help);
  }
  return { ...operand, isTest: true, at: call.at, end: call.end };
}
