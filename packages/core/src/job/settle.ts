// A person says how an execution ended of which no outcome came.

import type { Instant } from "../base/clock.ts";
import { refuse, type Result } from "../base/result.ts";
import type { Person } from "../approval/review.ts";
import { advance, type Change, factOf } from "./change.ts";
import { personActor, shownName, unchanged } from "./held.ts";
import type { Job, Outcome } from "./job.ts";

export interface SettleCommand {
  readonly kind: "settle";
  readonly status: Outcome["status"];
  readonly reason: string;
  readonly person: Person;
  readonly now: Instant;
}

/** INVARIANT: only what nobody reported is settled; a report that came first stands. */
export function settleUnknown(job: Job, command: SettleCommand): Result<{ change: Change }> {
  const { status, reason, person, now } = command;
  if (job.outcome !== null) {
    const isRepeat =
      job.outcome.settledBy?.id === person.id &&
      job.outcome.status === status &&
      job.outcome.summary === reason;
    if (isRepeat) return unchanged(job);
    return refuse("outcome_exists", `${job.outcome.status} is recorded already`, {
      facts: { state: job.state },
    });
  }
  if (job.state !== "UNKNOWN") {
    return refuse(
      "job_not_unknown",
      `the job is ${job.state}; only one whose outcome is UNKNOWN is settled`,
      { facts: { state: job.state } },
    );
  }
  const name = shownName(person);
  const outcome: Outcome = {
    status,
    summary: reason,
    outputDigest: null,
    effect: null,
    drift: false,
    settledBy: { id: person.id, name },
    at: now,
  };
  const next = advance(job, now, { state: status, dueAt: null, outcome });
  const fact = factOf(job, next, {
    type: status === "SUCCEEDED" ? "job.succeeded" : "job.failed",
    at: now,
    actor: personActor(person),
    payload: {
      execution: job.execution?.id ?? null,
      summary: null,
      output_digest: null,
      effect: null,
      drift: false,
      reason,
      by_name: name,
    },
  });
  return {
    ok: true,
    change: { job: next, review: null, facts: [fact], notice: null, answer: null },
  };
}
