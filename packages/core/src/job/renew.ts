// Issues a fresh grant for a job that is still approved; the one before stops working.

import { grantLifeMs } from "../base/limits.ts";
import type { Instant } from "../base/clock.ts";
import type { GrantId } from "../base/id.ts";
import { refuse, type Result } from "../base/result.ts";
import type { EventActor } from "../record/event.ts";
import { advance, type Change, factOf } from "./change.ts";
import { lapse } from "./lapse.ts";
import type { Job } from "./job.ts";

export interface RenewCommand {
  readonly kind: "renew";
  readonly grantId: GrantId;
  readonly by: EventActor;
  readonly now: Instant;
}

export function renewGrant(job: Job, command: RenewCommand): Result<{ change: Change }> {
  const { now } = command;
  if (job.state !== "APPROVED" || job.grant === null) {
    return refuse("job_not_approved", `the job is ${job.state}; only an approved job has a grant`, {
      facts: { state: job.state },
    });
  }
  const due = lapse(job, now);
  if (due !== null) {
    return {
      ok: true,
      change: { ...due, answer: refuse("job_not_approved", "the release was not used in time") },
    };
  }
  const grant = { ...job.grant, id: command.grantId, issuedAt: now, expiresAt: now + grantLifeMs };
  const next = advance(job, now, { grant });
  const fact = factOf(job, next, {
    type: "grant.issued",
    at: now,
    actor: command.by,
    payload: { grant: grant.id, replaces: job.grant.id },
  });
  return {
    ok: true,
    change: { job: next, review: null, facts: [fact], notice: null, answer: null },
  };
}
