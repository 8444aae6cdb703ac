// Binds a hold to the saved state of its run: whoever takes the run up is handed the answer.

import type { Instant } from "../base/clock.ts";
import { refuse, type Result } from "../base/result.ts";
import type { EventActor } from "../record/event.ts";
import { advance, type Change, factOf } from "./change.ts";
import { lapse } from "./lapse.ts";
import type { Job } from "./job.ts";

export interface SuspendCommand {
  readonly kind: "suspend";
  readonly resumption: string;
  /** The suspended run that the job moves away from; null when it waits for none. */
  readonly replaces: string | null;
  readonly checkpoint: {
    readonly id: string;
    readonly thread: string;
    readonly namespace: string;
    readonly digest: string;
  };
  readonly by: EventActor;
  readonly now: Instant;
}

/**
 * A job that has its answer, or gets it by its time, needs no binding: the run goes on with it at once. INVARIANT: a job
 * waits for one run at most, and moves to another only from the one that the caller has seen.
 */
export function suspendJob(job: Job, command: SuspendCommand): Result<{ change: Change }> {
  const { resumption, replaces, checkpoint, now } = command;
  if (job.state !== "APPROVAL" || job.resumption === resumption) {
    return { ok: true, change: { job, review: null, facts: [], notice: null, answer: null } };
  }
  const due = lapse(job, now);
  if (due !== null) return { ok: true, change: due };
  if (job.resumption !== null && job.resumption !== replaces) {
    return refuse("job_suspended", "the job waits for another run that was suspended since", {
      facts: { resumption: job.resumption },
    });
  }
  const next = advance(job, now, { resumption });
  const fact = factOf(job, next, {
    type: "run.suspended",
    at: now,
    actor: command.by,
    payload: {
      resumption,
      replaces: job.resumption,
      checkpoint: checkpoint.id,
      thread: checkpoint.thread,
      namespace: checkpoint.namespace,
      digest: checkpoint.digest,
    },
  });
  return {
    ok: true,
    change: { job: next, review: null, facts: [fact], notice: null, answer: null },
  };
}
