// Intersects constraints: the smallest number, the common entries, the union of what is hidden.

import { canonicalJson } from "../base/json/canonical.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import type { Constraints } from "./decision.ts";

export type Combined =
  | { readonly ok: true; readonly constraints: Constraints | null }
  /** Name of the constraint that both sides together leave nothing for. */
  | { readonly ok: false; readonly name: string };

/** Both constraints at once; an empty common allowlist or contradictory pins leave nothing. */
export function combineConstraints(a: Constraints | null, b: Constraints | null): Combined {
  if (a === null) return { ok: true, constraints: b };
  if (b === null || a === b) return { ok: true, constraints: a };
  const allowlist = common(a.network_allowlist, b.network_allowlist);
  if (allowlist !== undefined && allowlist.length === 0) {
    const wasEmpty = a.network_allowlist?.length === 0 || b.network_allowlist?.length === 0;
    if (!wasEmpty) return { ok: false, name: "network_allowlist" };
  }
  const pin = joinPins(a.pin, b.pin);
  if (pin === null) return { ok: false, name: "pin" };
  const redact =
    a.redact || b.redact
      ? [...new Set([...(a.redact ?? []), ...(b.redact ?? [])])].sort()
      : undefined;
  const runtime = smaller(a.max_runtime_sec, b.max_runtime_sec);
  const rows = smaller(a.max_rows, b.max_rows);
  const recipients = smaller(a.max_recipients, b.max_recipients);
  return {
    ok: true,
    constraints: {
      ...(runtime === undefined ? {} : { max_runtime_sec: runtime }),
      ...(allowlist === undefined ? {} : { network_allowlist: allowlist }),
      ...(rows === undefined ? {} : { max_rows: rows }),
      ...(recipients === undefined ? {} : { max_recipients: recipients }),
      ...(redact === undefined ? {} : { redact }),
      ...(pin === undefined ? {} : { pin }),
    },
  };
}

export function canCombineConstraints(a: Constraints | null, b: Constraints | null): boolean {
  return combineConstraints(a, b).ok;
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}

function common(
  a: readonly string[] | undefined,
  b: readonly string[] | undefined,
): readonly string[] | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  const inB = new Set(b);
  return a.filter((entry) => inB.has(entry)).sort();
}

/** Null when one argument would have to have two values. */
function joinPins(
  a: Readonly<JsonObject> | undefined,
  b: Readonly<JsonObject> | undefined,
): JsonObject | undefined | null {
  if (a === undefined || b === undefined) return (a ?? b) as JsonObject | undefined;
  const joined: JsonObject = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const had: Json | undefined = Object.hasOwn(a, name) ? a[name] : undefined;
    if (had !== undefined && canonicalJson(had) !== canonicalJson(value)) return null;
    joined[name] = value;
  }
  return joined;
}
