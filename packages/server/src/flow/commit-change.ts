// Writes a change with its sealed events and its messages, and then tells who waits in this process.

import type { Change } from "@holdpoint/core/job/change";
import type { Job, JobFile } from "@holdpoint/core/job/job";
import type { AnswerToStore, CommitResult, VelocityStep } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { notify } from "./notify.ts";
import { record } from "./record.ts";

export interface CommitTerms {
  /** The job as it was read; absent for a new one. */
  readonly before?: Job;
  /** Revision that the job must still have; null for a new job. */
  readonly expected: number | null;
  /** Bundle that must still be active; null when it does not matter. */
  readonly bundle: string | null;
  readonly velocity?: readonly VelocityStep[];
  readonly answer: AnswerToStore | null;
}

/** INVARIANT: nobody is told before the commit, and a commit whose fate is unknown makes them look. */
export async function commitChange(
  engine: Engine,
  file: JobFile,
  change: Change,
  terms: CommitTerms,
): Promise<CommitResult> {
  const { job } = change;
  const { tenant } = job;
  try {
    const result = await engine.store.commit(tenant, {
      job,
      review: change.review,
      events: record(engine, tenant, change.facts),
      outbox: notify(engine, change),
      ...terms,
    });
    if (result === "written") tell(engine, file, change);
    return result;
  } catch (error) {
    engine.hub.changed(tenant, [job.id]);
    throw error;
  }
}

function tell(engine: Engine, file: JobFile, change: Change): void {
  engine.hub.written(change.job.tenant, file);
  if (change.notice !== null) engine.hub.messages();
  if (change.job.dueAt !== null) engine.hub.deadline(change.job.dueAt);
  engine.telemetry.jobChanged(change);
}
