// The constraints that a grant carries: which this guard keeps itself, and which it must not accept.

import type { Json, JsonObject } from "../action/action.ts";

/** What the running tool has to keep to. Names are those of the policy file. */
export type Constraints = Readonly<JsonObject>;

/** Kept by the guard itself. */
const OWN = "max_runtime_sec";

/**
 * Names of the constraints that nobody here enforces.
 *
 * @param honours constraints that the tool function itself keeps
 */
export function unenforced(constraints: Constraints | null, honours: readonly string[]): string[] {
  return Object.entries(constraints ?? {})
    .filter(([name, value]) => !(name === OWN ? isSeconds(value) : honours.includes(name)))
    .map(([name]) => name);
}

/** Seconds that the tool may run, or null when it may run as long as it likes. */
export function maxRuntimeSec(constraints: Constraints | null): number | null {
  const value = constraints?.[OWN];
  return isSeconds(value) ? value : null;
}

function isSeconds(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}
