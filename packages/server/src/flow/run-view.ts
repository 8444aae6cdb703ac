// Suspended runs as callers see them, and what the record says of them.

import { isoOf } from "@holdpoint/core/base/clock";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Resumption } from "@holdpoint/core/job/resumption";
import type { AuditFact, EventActor, EventType } from "@holdpoint/core/record/event";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import { isoOrNull } from "@holdpoint/core/wire/view";

export function runView(run: Resumption): ResumptionView {
  const isClaimed = run.state === "claimed";
  return {
    id: run.id,
    agent: run.agent,
    queue: run.queue,
    thread: run.thread,
    namespace: run.namespace,
    run: run.run,
    mode: run.mode,
    state: run.state,
    checkpoint: { id: run.checkpoint, digest: run.digest },
    jobs: [...run.jobs],
    open: [...run.open],
    settled: [...run.settled],
    handed: [...run.handed],
    attempts: run.attempts,
    fence: run.fence,
    worker: run.worker,
    due_at: run.state === "waiting" ? isoOrNull(run.dueAt) : null,
    lease_until: isClaimed ? isoOrNull(run.dueAt) : null,
    last_error: run.lastError,
    created_at: isoOf(run.createdAt),
    updated_at: isoOf(run.updatedAt),
    ended_at: isoOrNull(run.endedAt),
  };
}

interface RunFact {
  readonly type: EventType;
  readonly actor: EventActor;
  readonly more?: JsonObject;
}

/** From `before` to `after`; the record names the run's jobs, none of which changes by it. */
export function runFact(
  before: Resumption,
  after: Resumption,
  { type, actor, more = {} }: RunFact,
): AuditFact {
  return {
    type,
    at: after.updatedAt,
    actor,
    jobId: null,
    revision: null,
    before: before.state,
    after: after.state,
    jobHash: null,
    snapshot: null,
    payload: {
      resumption: after.id,
      agent: after.agent,
      thread: after.thread,
      namespace: after.namespace,
      run: after.run,
      checkpoint: after.checkpoint,
      digest: after.digest,
      jobs: [...after.jobs],
      attempts: before.attempts,
      fence: after.fence,
      ...more,
    },
  };
}
