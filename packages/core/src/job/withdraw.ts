// Ends a job before it ran: the agent or an operator cancels it, a person revokes its release.

import type { Instant } from "../base/clock.ts";
import { refuse, type Result } from "../base/result.ts";
import type { EventActor } from "../record/event.ts";
import { advance, type Change, factOf } from "./change.ts";
import { lapse } from "./lapse.ts";
import type { Job } from "./job.ts";

export interface WithdrawCommand {
  readonly kind: "cancel" | "revoke";
  readonly by: EventActor;
  readonly byName: string | null;
  readonly reason: string | null;
  readonly now: Instant;
}

export function withdraw(job: Job, command: WithdrawCommand): Result<{ change: Change }> {
  const isCancel = command.kind === "cancel";
  const state = isCancel ? "CANCELLED" : "REVOKED";
  if (job.state === state) {
    return { ok: true, change: { job, review: null, facts: [], notice: null, answer: null } };
  }
  const due = job.state === "EXECUTING" ? null : lapse(job, command.now);
  if (due !== null) {
    return {
      ok: true,
      change: { ...due, answer: refuse("job_not_cancellable", "its time had run out") },
    };
  }
  const mayEnd = job.state === "APPROVED" || (isCancel && job.state === "APPROVAL");
  if (!mayEnd) {
    return refuse(
      isCancel ? "job_not_cancellable" : "job_not_approved",
      `the job is ${job.state}; ${isCancel ? "only a waiting or approved job can be cancelled" : "only an approved job has something to revoke"}`,
      { facts: { state: job.state } },
    );
  }
  const next = advance(job, command.now, {
    state,
    dueAt: null,
    grant: null,
    resolution: {
      kind: isCancel ? "cancelled" : "revoked",
      by: command.by,
      byName: command.byName,
      reason: command.reason,
      code: null,
      at: command.now,
    },
  });
  const fact = factOf(job, next, {
    type: isCancel ? "job.cancelled" : "job.revoked",
    at: command.now,
    actor: command.by,
    payload: { reason: command.reason, by_name: command.byName },
  });
  return {
    ok: true,
    change: { job: next, review: null, facts: [fact], notice: "resolved", answer: null },
  };
}
