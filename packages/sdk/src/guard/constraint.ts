// The constraints that a grant carries: which this guard keeps itself, and which it must not accept.

import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json as CoreJson } from "@holdpoint/core/base/json/value";
import type { JobView } from "@holdpoint/core/wire/response";
import type { Effect, Json, JsonObject } from "../action/action.ts";
import { canLimitNetwork } from "../client/network-limit.ts";
import { ConstraintNotSupported, ConstraintViolated } from "./error.ts";
import { isRedactable } from "./redact.ts";

/** What the running tool has to keep to. Names are those of the policy file. */
export type Constraints = Readonly<JsonObject>;

/** What is known of a call before it runs. */
export interface Known {
  readonly params: JsonObject;
  /** The preview, computed now; null when there is none. */
  readonly effect: Effect | null;
  /** Constraints that the tool function itself keeps. */
  readonly honours: readonly string[];
}

/** How one constraint stands: kept, of no use here, or broken for the reason given. */
type Standing = "kept" | "unkept" | { readonly broken: string };

/** What is counted in an effect, by the constraint that bounds it. */
const COUNTS = { max_rows: "rows", max_recipients: "recipients" } as const;

/** Throws unless everything that the call has to keep to is kept, by this guard or by the tool. */
export function checkConstraints(
  job: JobView,
  constraints: Constraints | null,
  known: Known,
): void {
  const unkept: string[] = [];
  for (const [name, value] of Object.entries(constraints ?? {})) {
    const standing = standingOf(name, value, known);
    if (standing === "unkept") unkept.push(name);
    else if (standing !== "kept") throw new ConstraintViolated(job, name, standing.broken);
  }
  if (unkept.length > 0) throw new ConstraintNotSupported(job, unkept);
}

/** Seconds that the tool may run, or null when it may run as long as it likes. */
export function maxRuntimeSec(constraints: Constraints | null): number | null {
  const value = constraints?.["max_runtime_sec"];
  return isSeconds(value) ? value : null;
}

/** Hosts that the guard keeps the tool to, or null when it leaves that to the tool. */
export function hostsOf(
  constraints: Constraints | null,
  honours: readonly string[],
): readonly string[] | null {
  const value = constraints?.["network_allowlist"];
  return isTexts(value) && !honours.includes("network_allowlist") ? value : null;
}

/** Names and paths of what is taken out of the result. */
export function redactedOf(constraints: Constraints | null): readonly string[] {
  const value = constraints?.["redact"];
  return isTexts(value) ? value : [];
}

/** In words, by how much the effect that a call had was larger than it was allowed; null when it was not. */
export function excessOf(constraints: Constraints | null, effect: Effect | null): string | null {
  const excesses = Object.entries(COUNTS).flatMap(([name, member]) => {
    const broken = excess(constraints?.[name], effect, member);
    return broken === null ? [] : [broken];
  });
  return excesses.length === 0 ? null : excesses.join("; ");
}

function standingOf(name: string, value: Json | undefined, known: Known): Standing {
  const byTool: Standing = known.honours.includes(name) ? "kept" : "unkept";
  switch (name) {
    case "max_runtime_sec":
      return isSeconds(value) ? "kept" : "unkept";
    case "network_allowlist":
      return isTexts(value) && canLimitNetwork() ? "kept" : byTool;
    case "max_rows":
    case "max_recipients": {
      if (!isCount(value)) return "unkept";
      const broken = excess(value, known.effect, COUNTS[name]);
      if (broken !== null) return { broken };
      return typeof known.effect?.[COUNTS[name]] === "number" ? "kept" : byTool;
    }
    case "pin":
      return pinStanding(value, known.params);
    case "redact":
      return isTexts(value) && value.every(isRedactable) ? "kept" : "unkept";
    default:
      return byTool;
  }
}

function excess(
  most: Json | undefined,
  effect: Effect | null,
  member: "rows" | "recipients",
): string | null {
  const count = effect?.[member];
  if (!isCount(most) || typeof count !== "number" || count <= most) return null;
  return `${count} ${member}, and ${most} are allowed`;
}

function pinStanding(pins: Json | undefined, params: JsonObject): Standing {
  if (typeof pins !== "object" || pins === null || Array.isArray(pins)) return "unkept";
  for (const [name, pinned] of Object.entries(pins)) {
    const given: Json | undefined = Object.hasOwn(params, name) ? params[name] : undefined;
    if (given === undefined || textOf(given) !== textOf(pinned as Json)) {
      return { broken: `\`${name}\` has to be ${textOf(pinned as Json)}` };
    }
  }
  return "kept";
}

function textOf(value: Json): string {
  return canonicalJson(value as CoreJson);
}

function isSeconds(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isTexts(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
