// What the parts of the checker share: the types found so far, and where faults go.

import type { Expr } from "./ast.ts";
import { shortTextOf } from "./expr-text.ts";
import type { CelFault } from "./fault.ts";
import type { StaticType } from "./type.ts";

export interface FaultWords {
  readonly code: string;
  readonly message: string;
  readonly help?: string | null;
  readonly severity?: CelFault["severity"];
}

/** What the parts of the checker share. */
export interface Checking {
  /** Checks a part, once, and says what type it has. */
  readonly typeOf: (expr: Expr) => StaticType;
  readonly isNamed: (name: string) => boolean;
  readonly report: (place: Place, words: FaultWords) => void;
}

export interface Place {
  readonly at: number;
  readonly end: number;
}

/** An argument with its type; a method's target is the first. */
export interface Argument {
  readonly expr: Expr;
  readonly type: StaticType;
}

/** A condition that says what the author may have meant by a value alone. */
export function comparisonFor(expr: Expr, type: StaticType): string | null {
  const text = shortTextOf(expr);
  if (type.kind === "string") return `compare it: \`${text} != ""\``;
  if (type.kind === "list" || type.kind === "map" || type.kind === "object") {
    return `ask for its size: \`size(${text}) > 0\``;
  }
  const isNumber = type.kind === "double" || type.kind === "int" || type.kind === "uint";
  return isNumber ? `compare it: \`${text} > 0\`` : null;
}
