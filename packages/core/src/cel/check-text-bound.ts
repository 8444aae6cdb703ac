// Finds conditions that lean on patterns over text that an outsider words: they are no boundary.

import type { CallExpr, Expr } from "./ast.ts";
import { shortTextOf } from "./expr-text.ts";
import type { CelFault } from "./fault.ts";
import { childrenOf } from "./parse-shape.ts";
import { isFreeText, type StaticType } from "./type.ts";

/** SECURITY: other spellings, encodings and look-alike letters get around a search in text. */
export function findTextBounds(
  ast: Expr,
  types: ReadonlyMap<Expr, StaticType>,
): readonly CelFault[] {
  const faults: CelFault[] = [];
  const visit = (expr: Expr): void => {
    if (expr.kind === "call") {
      const searched = searchedBy(expr);
      const type = searched === null ? undefined : types.get(searched);
      if (searched !== null && type !== undefined && isFreeText(type)) {
        faults.push(faultOf(expr, searched));
      }
    }
    childrenOf(expr).forEach(visit);
  };
  visit(ast);
  return faults;
}

function searchedBy(expr: CallExpr): Expr | null {
  if (expr.name !== "matches" && expr.name !== "contains") return null;
  return expr.target ?? expr.args[0] ?? null;
}

function faultOf(expr: CallExpr, searched: Expr): CelFault {
  return {
    severity: "note",
    code: "regex_on_free_text",
    message: `\`${shortTextOf(searched)}\` is free text: \`${expr.name}\` over it is no security boundary`,
    at: expr.at,
    end: expr.end,
    help: "compare a whole value, or use `host()`, `emailDomain()`, `inCidr()` or `nfkc()` first",
  };
}
