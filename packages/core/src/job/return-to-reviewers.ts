// Sends a job back to its reviewers, because policy now asks other people, or for another reason.

import { earlier, type Instant } from "../base/clock.ts";
import { refuse } from "../base/result.ts";
import { advance, type Change, decisionRecord, factOf, type Ruling } from "./change.ts";
import type { Job } from "./job.ts";
import { holdTimeout } from "./open.ts";

/** People have to look again: the rule that asks, or whom it asks, is another now. */
export function returnToReviewers(job: Job, ruling: Ruling, now: Instant): Change {
  const next = advance(job, now, {
    state: "APPROVAL",
    decision: ruling.decision,
    snapshot: ruling.snapshot,
    round: job.round + 1,
    held: true,
    grant: null,
    resolution: null,
    dueAt:
      job.state === "APPROVAL"
        ? earlier(job.dueAt, now + holdTimeout(ruling, null))
        : now + holdTimeout(ruling, null),
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
    ],
    notice: "returned",
    answer: refusal,
  };
}
