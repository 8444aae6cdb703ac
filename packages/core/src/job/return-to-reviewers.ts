// Sends a job back to its reviewers, because policy now asks other people, or for another reason.

import { earlier, type Instant } from "../base/clock.ts";
import { holdTimeoutMaxMs } from "../base/limits.ts";
import { refuse } from "../base/result.ts";
import { advance, type Change, decisionRecord, factOf, type Ruling } from "./change.ts";
import type { Job } from "./job.ts";
import { holdTimeout, type HoldSurroundings, planWatch } from "./plan.ts";
import { nextDueAt } from "./timers.ts";
import type { Watch } from "./watch.ts";

/** People have to look again: the rule that asks, or whom it asks, is another now. */
export function returnToReviewers(
  job: Job,
  ruling: Ruling,
  { now, around }: { readonly now: Instant; readonly around: HoldSurroundings },
): Change {
  const { watch, facts } = planWatch(
    {
      decision: ruling.decision,
      action: job.action,
      requester: job.requester,
      revision: job.revision + 1,
      askedMs: null,
      now,
      before: before(job, ruling, now),
    },
    around,
  );
  const next = advance(job, now, {
    state: "APPROVAL",
    decision: ruling.decision,
    snapshot: ruling.snapshot,
    round: job.round + 1,
    held: true,
    grant: null,
    resolution: null,
    // A run whose call waits goes on waiting; one that went on with a release has taken it up.
    resumption: job.state === "APPROVAL" ? job.resumption : null,
    watch,
    dueAt: nextDueAt(watch),
  });
  const refusal = refuse(
    "approval_stale_snapshot",
    `policy now decides by ${ruling.decision.ruleId ?? "its default"}; the job waits for a new review`,
    { facts: { state: next.state, revision: next.revision } },
  );
  return {
    job: next,
    review: null,
    facts: [
      factOf(job, next, {
        type: "job.returned",
        at: now,
        actor: { kind: "policy", id: ruling.decision.ruleId ?? "default" },
        payload: decisionRecord(ruling),
      }),
      ...facts.map((fact) => factOf(job, next, fact)),
    ],
    notice: "returned",
    answer: refusal,
  };
}

/**
 * The hold so far. INVARIANT: a hold that is returned while people look at it gets no more time
 * than it had; one that was released begins with the time of its rule.
 */
function before({ watch, state, dueAt }: Job, ruling: Ruling, now: Instant): Watch | null {
  if (watch === null && state !== "APPROVAL") return null;
  if (watch === null)
    return { ...noWatch, timeoutAt: earlier(dueAt, now + holdTimeout(ruling, null)) };
  if (state === "APPROVAL") return watch;
  return { ...watch, timeoutAt: now + holdTimeoutMaxMs, slaAt: null, isOverdue: false };
}

/** A hold from before holds had a watch. */
const noWatch: Omit<Watch, "timeoutAt"> = {
  level: 0,
  widened: [],
  stepsTaken: 0,
  levelAt: 0,
  proof: null,
  timers: [],
  slaAt: null,
  isOverdue: false,
  claim: null,
  questions: [],
  lastPair: [],
  near: null,
  basisRevision: 0,
};
