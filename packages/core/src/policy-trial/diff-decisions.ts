// Says which of two decisions about one action is the looser one, and in what.

import { canonicalJson } from "../base/json/canonical.ts";
import type { Json } from "../base/json/value.ts";
import {
  type Constraints,
  type Decision,
  type Escalation,
  type HoldTerms,
  isHold,
  strictnessOf,
} from "../policy/decision.ts";
import { termsOf } from "../policy/terms.ts";

export interface DecisionDifference {
  readonly direction: "same" | "loosened" | "tightened";
  /** `decision`, or what it asks for and binds to: `approvals`, `constraints.max_rows`, … */
  readonly about: readonly string[];
}

/**
 * INVARIANT: what is looser in one respect and tighter in another is loosened, because nobody who
 * looks for loosening may miss it.
 */
export function compareDecisions(before: Decision, after: Decision): DecisionDifference {
  const change = strictnessOf(after.kind) - strictnessOf(before.kind);
  if (change !== 0) {
    return { direction: change < 0 ? "loosened" : "tightened", about: ["decision"] };
  }
  const looser = [...looserParts(before, after)];
  const tighter = [...looserParts(after, before)];
  const about = [...new Set([...looser, ...tighter])];
  if (looser.length > 0) return { direction: "loosened", about };
  return { direction: tighter.length > 0 ? "tightened" : "same", about };
}

/** In what `after`, of the same kind, asks or binds less than `before`. */
function* looserParts(before: Decision, after: Decision): Generator<string> {
  if (before.kind === "deny") return;
  if (isHold(before.kind)) {
    if (!asksAtLeast(after, before)) yield "approvals";
    if (!before.exclude.every((who) => after.exclude.includes(who))) yield "exclude";
    if (before.strongAuth !== null && after.strongAuth === null) yield "strong_auth";
    if (before.onTimeout !== "allow" && after.onTimeout === "allow") yield "on_timeout";
    yield* looserTerms(before, after);
  }
  yield* looserConstraints(before.constraints, after.constraints);
}

/** True when everything that `less` asks of people is asked by `more` too. */
function asksAtLeast(more: Decision, less: Decision): boolean {
  return less.requirements.every((wanted) =>
    more.requirements.some(
      (asked) =>
        asked.kind === wanted.kind &&
        asked.name === wanted.name &&
        asked.count >= wanted.count &&
        asked.denyCount <= wanted.denyCount &&
        (wanted.blind !== true || asked.blind === true) &&
        (wanted.after === null || asked.after === wanted.after),
    ),
  );
}

/** More people who may decide, or sooner; more ways to decide without them. */
function* looserTerms(before: Decision, after: Decision): Generator<string> {
  const [old, fresh] = [termsOf(before), termsOf(after)];
  const isKnown = ({ to, afterMs }: Escalation): boolean =>
    old.escalate.some((step) => step.to === to && step.afterMs <= afterMs);
  if (!fresh.escalate.every(isKnown)) yield "escalate";
  if (canOverrideMore(old, fresh)) yield "emergency";
  if (!old.isLowRisk && fresh.isLowRisk) yield "low_risk";
  // After the window of a veto the action runs.
  if (before.kind !== "allow_unless_rejected") return;
  const isByWindow = old.windowMs !== null || fresh.windowMs !== null;
  if ((fresh.windowMs ?? after.timeoutMs) < (old.windowMs ?? before.timeoutMs)) {
    yield isByWindow ? "window" : "timeout";
  }
}

/** True when an override is possible that was not: by other people, or in other circumstances. */
function canOverrideMore(old: HoldTerms, fresh: HoldTerms): boolean {
  if (fresh.emergency === null || fresh.invariants.length > 0) return false;
  if (old.emergency === null || old.invariants.length > 0) return true;
  const asks = fresh.emergency;
  return !old.emergency.every((wanted) =>
    asks.some(
      ({ by, within }) =>
        by === wanted.by && within.every((circumstance) => wanted.within.includes(circumstance)),
    ),
  );
}

const numbers = ["max_runtime_sec", "max_rows", "max_recipients"] as const;

function* looserConstraints(
  before: Constraints | null,
  after: Constraints | null,
): Generator<string> {
  if (before === null) return;
  for (const name of numbers) {
    const bound = before[name];
    if (bound !== undefined && (after?.[name] ?? Infinity) > bound) yield `constraints.${name}`;
  }
  const hosts = before.network_allowlist;
  const open = after?.network_allowlist;
  if (hosts !== undefined && (open === undefined || !open.every((host) => hosts.includes(host)))) {
    yield "constraints.network_allowlist";
  }
  const hidden = new Set(after?.redact);
  if (!(before.redact ?? []).every((path) => hidden.has(path))) yield "constraints.redact";
  const pins = Object.entries(before.pin ?? {});
  if (!pins.every(([name, value]) => isPinned(after?.pin, name, value))) yield "constraints.pin";
}

function isPinned(pins: Constraints["pin"], name: string, value: Json): boolean {
  if (pins === undefined || !Object.hasOwn(pins, name)) return false;
  return canonicalJson(pins[name] ?? null) === canonicalJson(value);
}
