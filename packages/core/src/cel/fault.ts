// What is wrong or doubtful in an expression, at its place in the source text.

export interface CelFault {
  readonly severity: "error" | "warning" | "note";
  /** Stable, snake_case: `unknown_field`, `syntax`, `type_mismatch`, `unguarded_optional`, … */
  readonly code: string;
  readonly message: string;
  /** Offsets into the source, in UTF-16 units; `end` is exclusive. */
  readonly at: number;
  readonly end: number;
  readonly help: string | null;
}
