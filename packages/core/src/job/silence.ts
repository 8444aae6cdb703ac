// What becomes of a hold when nobody decided: the block, or a release that its rule allows silence to give.

import type { Instant } from "../base/clock.ts";
import type { GrantId, JobId } from "../base/id.ts";
import { standingVotes } from "../approval/review.ts";
import { type Decision, isHold } from "../policy/decision.ts";
import { isPublication } from "../policy/publish.ts";
import { termsOf } from "../policy/terms.ts";
import type { EventActor } from "../record/event.ts";
import { advance, type Change, decisionRecord, factOf, type Ruling } from "./change.ts";
import { release } from "./count-votes.ts";
import type { Job, JobFile, Resolution } from "./job.ts";
import { compareRuling } from "./redecide.ts";
import { returnToReviewers } from "./return-to-reviewers.ts";
import type { HoldSurroundings } from "./staffing.ts";
import { endedWatch } from "./timers.ts";
import type { Timer } from "./watch.ts";
import { timerActor } from "./widen.ts";

export interface Silence {
  readonly now: Instant;
  readonly ruling: Ruling | null;
  readonly around: HoldSurroundings;
  readonly grantId: GrantId;
}

/** `window`: a veto window ended; `timeout`: a rule lets its timeout release; `block`: it does not. */
interface Ending {
  readonly timer: Timer;
  readonly by: "window" | "timeout" | "block";
}

/**
 * INVARIANT: silence releases only what people were told of, what nobody rejected, and what the
 * policy now active would leave to silence too; anything unclear stays blocked (spec 01, 6 and 9).
 */
export function decideBySilence(file: JobFile, silence: Silence, ending: Ending): Change {
  const { job } = file;
  const { ruling, around, now } = silence;
  if (ending.by === "block") return expire(job, silence, { ending, reason: blockedReason(job) });
  if (ruling === null) {
    return expire(job, silence, {
      ending,
      reason: "policy was not asked; the action stays blocked",
    });
  }
  const comparison = compareRuling(job, ruling.decision);
  if (comparison === "denied") return denied(job, silence, { ending, ruling });
  const obstacle = obstacleOf(file, { ruling, near: around.near }, ending);
  const isStricter = comparison === "stricter" || asksMoreTime(job, ruling);
  if (!isStricter && obstacle === null) return released(job, silence, { ending, ruling });
  if (isStricter && ending.by === "window") {
    return { ...returnToReviewers(job, ruling, { now, around }), answer: null };
  }
  const reason = obstacle ?? "policy now asks more; the action stays blocked";
  return expire(job, silence, { ending, reason });
}

/** INVARIANT: silence is as long as the policy now active asks for (spec 01, 6). */
function asksMoreTime({ decision }: Job, { decision: now }: Ruling): boolean {
  if (!isHold(now.kind)) return false;
  const isLonger = now.timeoutMs > decision.timeoutMs;
  if (now.kind !== "allow_unless_rejected") return isLonger;
  return silenceOf(now) > silenceOf(decision);
}

function silenceOf(decision: Decision): number {
  return termsOf(decision).windowMs ?? decision.timeoutMs;
}

function blockedReason({ watch, decision }: Job): string {
  const isUntold = watch?.proof === null && decision.kind === "allow_unless_rejected";
  return isUntold
    ? "nobody could be told; the action stays blocked"
    : "nobody decided in time; the action stays blocked";
}

/** Why silence may not release this; null when it may. */
function obstacleOf(
  file: JobFile,
  { ruling, near }: { readonly ruling: Ruling; readonly near: JobId | null },
  { by }: Ending,
): string | null {
  const { job } = file;
  const votes = [...standingVotes(file.reviews, job.round).values()];
  if (votes.some(({ kind }) => kind === "reject")) {
    return "somebody rejected the action; silence does not release it";
  }
  // SECURITY: no policy changes itself by silence.
  if (isPublication(job.action)) return "a publication is released by people alone";
  // SECURITY: as of now: its twin may have been rejected while this one waited.
  if ((job.watch?.near ?? near) !== null) {
    return "it is near to an action that people rejected; silence does not release it";
  }
  return by === "window" ? windowObstacle(job) : timeoutObstacle(job, ruling);
}

/** INVARIANT: a window opens with a proof that somebody was told, and is open only because of it. */
function windowObstacle({ decision }: Job): string | null {
  if (decision.kind === "allow_unless_rejected") return null;
  return "the rule asks for an approval; silence is none";
}

function timeoutObstacle({ action, decision, watch }: Job, ruling: Ruling): string | null {
  if (watch?.proof == null) return "nobody could be told; the action stays blocked";
  const [one, ...more] = decision.requirements;
  if (!termsOf(decision).isLowRisk) return "the rule does not call the action low in risk";
  if (action.reversible !== true) return "the action cannot be undone; silence does not release it";
  if (one?.count !== 1 || more.length > 0) return "more than one approval is asked";
  if (decision.strongAuth !== null) return "the rule asks for a passkey";
  const still = ruling.decision;
  const isStill =
    still.ruleId === decision.ruleId && still.onTimeout === "allow" && termsOf(still).isLowRisk;
  return isStill ? null : "the policy now active does not let the timeout release it";
}

interface Ruled {
  readonly ending: Ending;
  readonly ruling: Ruling;
}

function released(job: Job, { now, grantId }: Silence, { ending, ruling }: Ruled): Change {
  const by: EventActor = { kind: "policy", id: ending.by };
  const reason =
    ending.by === "window"
      ? "nobody rejected within the window"
      : "nobody answered in time, and the rule lets the timeout release what can be undone";
  const said = { by, byName: null, reason, code: null, at: now };
  const next = release(job, { grantId, approvers: [], said });
  const payload = {
    reason,
    code: null,
    approvers: [],
    grant: grantId,
    policy_snapshot: ruling.snapshot,
    notified_at_ms: job.watch?.proof?.at ?? null,
    ...lateness(ending, now),
  };
  const fact = factOf(job, next, { type: "job.approved", at: now, actor: by, payload });
  return { job: next, review: null, facts: [fact], notice: "resolved", answer: null };
}

function denied(job: Job, { now }: Silence, { ending, ruling }: Ruled): Change {
  const actor: EventActor = { kind: "policy", id: ruling.decision.ruleId ?? "default" };
  const next = ended(job, now, {
    kind: "rejected",
    by: actor,
    byName: null,
    reason: ruling.decision.reason,
    code: "policy_violation",
    at: now,
  });
  const after = { ...next, decision: ruling.decision, snapshot: ruling.snapshot };
  const payload = { ...decisionRecord(ruling), ...lateness(ending, now) };
  const fact = factOf(job, after, { type: "job.rejected", at: now, actor, payload });
  return { job: after, review: null, facts: [fact], notice: "resolved", answer: null };
}

function expire(
  job: Job,
  { now }: Silence,
  { ending, reason }: { readonly ending: Ending; readonly reason: string },
): Change {
  const next = ended(job, now, {
    kind: "expired",
    by: timerActor,
    byName: null,
    reason,
    code: null,
    at: now,
  });
  const payload = { ...lateness(ending, now), reason };
  const fact = factOf(job, next, { type: "job.expired", at: now, actor: timerActor, payload });
  return { job: next, review: null, facts: [fact], notice: "resolved", answer: null };
}

function ended(job: Job, now: Instant, resolution: Resolution): Job {
  return advance(job, now, {
    state: resolution.kind === "rejected" ? "REJECTED" : "EXPIRED",
    dueAt: null,
    grant: null,
    watch: endedWatch(job.watch),
    resolution,
  });
}

function lateness(
  { timer }: Ending,
  now: Instant,
): { readonly due_at_ms: number; readonly lateness_ms: number } {
  return { due_at_ms: timer.dueAt, lateness_ms: now - timer.dueAt };
}
