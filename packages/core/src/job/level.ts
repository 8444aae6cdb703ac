// The levels of a hold: whom one asks, and the clocks that run once somebody there was told.

import type { Instant } from "../base/clock.ts";
import { deliveryProofMs } from "../base/limits.ts";
import { addBusiness } from "../people/business-time.ts";
import type { Duty } from "../people/duty.ts";
import { termsOf } from "../policy/terms.ts";
import { type Asked, firstDutyOf, levelTargets, type Moment } from "./staffing.ts";
import { inOrder } from "./timers.ts";
import type { Proof, Timer, TimerKind, Watch } from "./watch.ts";

/** The instant after so much time of these targets: business time where all of them keep hours. */
export function timeAfter(
  targets: readonly string[],
  { at, ms }: { readonly at: Instant; readonly ms: number },
  duty: Duty,
): Instant {
  const hours = duty.hoursOf(targets);
  return hours === null ? at + ms : addBusiness(hours, at, ms);
}

/** What goes on when the next level is reached. */
const lasting: readonly TimerKind[] = ["claim", "sla", "window"];

export function dashboardProof(at: Instant): Proof {
  return { channel: "dashboard", person: null, at };
}

/**
 * The timers of a level that was just reached: its clocks wait until somebody there was told.
 * `isThere`: what `isStaffed` says of it.
 */
export function reachLevel(asked: Asked, watch: Watch, moment: Moment, isThere: boolean): Watch {
  const { now, around } = moment;
  const kept = watch.timers.filter(({ kind }) => lasting.includes(kind));
  const reached = {
    ...watch,
    levelAt: now,
    proof: null,
    timers: [...kept, { kind: "timeout", dueAt: watch.timeoutAt } as const],
  };
  if (!isThere) return waitForDuty(asked, reached, moment);
  if (around.hasChannels)
    return withTimers(reached, [{ kind: "delivery", dueAt: proofDueAt(asked, reached, moment) }]);
  return startClocks(asked, reached, {
    proof: dashboardProof(now),
    moment,
  });
}

/** A notice that is gathered leaves later, unless the hold ends too soon to be gathered. */
function proofDueAt(asked: Asked, watch: Watch, { now, around }: Moment): Instant {
  const gatherMs = around.duty.gatherMs?.(levelTargets(asked.decision, watch)) ?? 0;
  const isGathered = watch.timeoutAt - now >= 2 * gatherMs;
  return now + deliveryProofMs + (isGathered ? gatherMs : 0);
}

/** Nobody is there and nobody is left to ask: whoever comes on duty first is told then. */
function waitForDuty(asked: Asked, watch: Watch, { now, around }: Moment): Watch {
  const from = firstDutyOf(
    levelTargets(asked.decision, watch),
    { from: now, to: watch.timeoutAt },
    around.duty,
  );
  return withTimers(watch, from === null ? [] : [{ kind: "reminder", dueAt: from }]);
}

/**
 * The clocks of a level from the moment that a channel accepted its notice for somebody.
 * INVARIANT: a veto window begins with the first proof, and the hold does not end before it.
 */
export function startClocks(
  asked: Asked,
  watch: Watch,
  { proof, moment }: { readonly proof: Proof; readonly moment: Moment },
): Watch {
  const { decision } = asked;
  const terms = termsOf(decision);
  const targets = levelTargets(decision, watch);
  const after = (ms: number): Instant =>
    timeAfter(targets, { at: proof.at, ms }, moment.around.duty);
  const step = terms.escalate[watch.stepsTaken];
  const slaAt = watch.slaAt ?? (decision.slaMs === null ? null : after(decision.slaMs));
  const opensWindow =
    decision.kind === "allow_unless_rejected" &&
    !watch.timers.some(({ kind }) => kind === "window");
  const windowAt = opensWindow ? after(terms.windowMs ?? decision.timeoutMs) : null;
  const timeoutAt = Math.min(Math.max(watch.timeoutAt, windowAt ?? 0), asked.endsBy);
  const begun: Timer[] = terms.remindMs.map((ms) => ({ kind: "reminder", dueAt: after(ms) }));
  if (slaAt !== null && !watch.isOverdue) begun.push({ kind: "sla", dueAt: slaAt });
  if (step !== undefined) {
    // SPEC: `after` counts on through the chain; the part that is left runs from this level's notice.
    const beforeMs = terms.escalate[watch.stepsTaken - 1]?.afterMs ?? 0;
    begun.push({ kind: "escalation", dueAt: after(step.afterMs - beforeMs) });
  }
  if (windowAt !== null) begun.push({ kind: "window", dueAt: windowAt });
  const kept = watch.timers.filter(
    ({ kind }) => kind === "claim" || kind === "window" || kind === "timeout",
  );
  const ending = kept.map((timer) =>
    timer.kind === "timeout" ? { ...timer, dueAt: timeoutAt } : timer,
  );
  return withTimers({ ...watch, proof, slaAt, timeoutAt, timers: ending }, begun);
}

/** INVARIANT: the earliest first; nothing is planned for after the end of the hold. */
export function withTimers(watch: Watch, more: readonly Timer[]): Watch {
  const within = [...watch.timers, ...more].filter(
    ({ kind, dueAt }) => kind === "timeout" || dueAt <= watch.timeoutAt,
  );
  return { ...watch, timers: inOrder(within) };
}
