// Finds parts that name nothing of the action and are errors whatever it is.

import { foldConstant, isFault } from "./analyse-fold.ts";
import type { Expr } from "./ast.ts";
import { shortTextOf } from "./expr-text.ts";
import type { CelFault } from "./fault.ts";
import { childrenOf } from "./parse-shape.ts";

/** The smallest such parts; `known` are faults that are told already, and say more. */
export function findConstantErrors(ast: Expr, known: readonly CelFault[]): readonly CelFault[] {
  const faults: CelFault[] = [];
  /** True when the part, or a part of it, was reported. */
  const visit = (expr: Expr): boolean => {
    const inner = childrenOf(expr).map(visit);
    if (inner.includes(true)) return true;
    if (expr.kind !== "call" && expr.kind !== "index" && expr.kind !== "map") return false;
    const value = foldConstant(expr);
    if (!isFault(value)) return false;
    const isKnown = known.some((fault) => fault.at < expr.end && fault.end > expr.at);
    if (!isKnown) {
      faults.push({
        severity: "error",
        code: "always_fails",
        message: `\`${shortTextOf(expr)}\` is always an error: ${value.message}`,
        at: expr.at,
        end: expr.end,
        help: helpFor(expr),
      });
    }
    return true;
  };
  visit(ast);
  return faults;
}

function helpFor(expr: Expr): string | null {
  if (expr.kind !== "call" || expr.target !== null) return null;
  const [argument] = expr.args;
  if (argument?.kind !== "constant" || argument.constant.type !== "string") return null;
  const { value } = argument.constant;
  if (expr.name === "duration") return "write numbers with `h`, `m`, `s` or `ms`: `36h`, `1h30m`";
  if (expr.name !== "timestamp") return null;
  return /^\d{4}-\d\d-\d\d$/.test(value)
    ? `write a time of day and a zone too: \`${value}T00:00:00Z\``
    : "write a time of RFC 3339: `2026-01-01T00:00:00Z`";
}
