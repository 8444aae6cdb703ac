// Ends a hold that people look at because policy now denies the action.

import type { Instant } from "../base/clock.ts";
import { refuse } from "../base/result.ts";
import { advance, type Change, decisionRecord, factOf, type Ruling } from "./change.ts";
import type { Job } from "./job.ts";
import { endedWatch } from "./timers.ts";

export function rejectByPolicy(job: Job, ruling: Ruling, now: Instant): Change {
  const { decision, snapshot } = ruling;
  const actor = { kind: "policy" as const, id: decision.ruleId ?? "default" };
  const next = advance(job, now, {
    state: "REJECTED",
    dueAt: null,
    decision,
    snapshot,
    watch: endedWatch(job.watch),
    resolution: {
      kind: "rejected",
      by: actor,
      byName: null,
      reason: decision.reason,
      code: "policy_violation",
      at: now,
    },
  });
  return {
    job: next,
    review: null,
    facts: [
      factOf(job, next, { type: "job.rejected", at: now, actor, payload: decisionRecord(ruling) }),
    ],
    notice: "resolved",
    answer: refuse("approval_stale_snapshot", `policy now denies the action: ${decision.reason}`, {
      facts: { state: next.state },
    }),
  };
}
