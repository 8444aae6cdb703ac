// Plans a hold from its decision: the level that can be reached at once, its timers, and when it ends.

import type { Instant } from "../base/clock.ts";
import { holdTimeoutMaxMs, holdTimeoutMinMs } from "../base/limits.ts";
import type { Action } from "../action/action.ts";
import type { Decision } from "../policy/decision.ts";
import type { FactParts, Ruling } from "./change.ts";
import type { Requester } from "./job.ts";
import { reachLevel, timeAfter } from "./level.ts";
import { type Asked, type HoldSurroundings, isStaffed, levelTargets } from "./staffing.ts";
import type { Watch } from "./watch.ts";
import { widen } from "./widen.ts";

export type { HoldSurroundings };

export interface HoldToPlan {
  readonly decision: Decision;
  readonly action: Action;
  /** Whom nobody counts on: the action is their own. Absent asks everybody. */
  readonly requester?: Requester;
  /** Of the job after the change that the hold is planned in. */
  readonly revision: number;
  /** What the agent asked for, in milliseconds; can only shorten the hold. */
  readonly askedMs: number | null;
  readonly now: Instant;
  /** The hold so far: it ends no later than it would have, and keeps its claim and its questions. */
  readonly before: Watch | null;
}

/** The watch of a hold whose action, decision or round is new, and what happened to it at once. */
export function planWatch(
  hold: HoldToPlan,
  around: HoldSurroundings,
): { watch: Watch; facts: readonly FactParts[] } {
  const { decision, now, before } = hold;
  const asked: Asked = {
    decision,
    action: hold.action,
    requester: hold.requester ?? null,
    endsBy: now + holdTimeoutMaxMs,
  };
  const fresh: Watch = {
    level: 0,
    widened: [],
    stepsTaken: 0,
    levelAt: now,
    proof: null,
    timers: before?.timers.filter(({ kind }) => kind === "claim") ?? [],
    timeoutAt: endOf(hold, around),
    slaAt: before?.slaAt ?? null,
    isOverdue: before?.isOverdue ?? false,
    claim: before?.claim ?? null,
    questions: before?.questions ?? [],
    lastPair: around.lastPair.length > 0 ? around.lastPair : (before?.lastPair ?? []),
    near: around.near ?? before?.near ?? null,
    basisRevision: hold.revision,
  };
  const at = { now, around };
  if (isStaffed(asked, fresh, at)) return { watch: reachLevel(asked, fresh, at, true), facts: [] };
  const { watch, facts } = widen(asked, fresh, "nobody_on_duty", at);
  return { watch, facts: facts.map((fact) => timed(fact, now, now)) };
}

/** The shorter of the rule's time and the agent's, within the product's bounds. */
export function holdTimeout(
  { decision }: Pick<Ruling, "decision">,
  askedMs: number | null,
): number {
  const shortest = Math.min(decision.timeoutMs, askedMs ?? Number.POSITIVE_INFINITY);
  return Math.min(Math.max(shortest, holdTimeoutMinMs), holdTimeoutMaxMs);
}

/**
 * SPEC: the rule's time counts in the hours of whom it asks; the agent's own is time on the wall.
 * SECURITY: the agent shortens only what its end blocks: where the end releases the action, or asks
 * others, it would choose how little time people have.
 */
function endOf(hold: HoldToPlan, around: HoldSurroundings): Instant {
  const { decision, now, before } = hold;
  const askedMs = decision.onTimeout === "block" ? hold.askedMs : null;
  const targets = levelTargets(decision, { level: 0, widened: [] });
  const byRule = timeAfter(targets, { at: now, ms: holdTimeout(hold, null) }, around.duty);
  const byAgent = now + holdTimeout(hold, askedMs);
  const ends = askedMs === null ? byRule : Math.min(byRule, Math.max(byAgent, now));
  const latest = Math.min(ends, now + holdTimeoutMaxMs);
  return before === null ? latest : Math.min(latest, before.timeoutAt);
}

/** A fact of a timer with when it was due and how late it came. */
export function timed(fact: FactParts, dueAt: Instant, now: Instant): FactParts {
  return { ...fact, payload: { ...fact.payload, due_at_ms: dueAt, lateness_ms: now - dueAt } };
}
