// Writes a vote, counts its round, and moves the job when the count is decisive.

import type { Instant } from "../base/clock.ts";
import { approvedLifeMs, grantLifeMs } from "../base/limits.ts";
import type { GrantId } from "../base/id.ts";
import { countQuorum, type QuorumState } from "../approval/quorum.ts";
import { standingVotes } from "../approval/review.ts";
import type { EventActor } from "../record/event.ts";
import { advance, type Change, factOf } from "./change.ts";
import { withoutClaim } from "./claim.ts";
import { personActor, shownName } from "./held.ts";
import type { Job, JobFile, Resolution } from "./job.ts";
import { type Authorized, reviewOf, voteRecord } from "./review-command.ts";
import { reviewedOf } from "./reviewed.ts";
import { endedWatch, nextDueAt } from "./timers.ts";

export function countVote(file: JobFile, authorized: Authorized): Change {
  const { job } = file;
  const { command, authority } = authorized;
  const review = reviewOf(job, authorized);
  const votes = standingVotes([...file.reviews, review], job.round);
  const quorum = countQuorum(reviewedOf(job), votes, command.directory);
  const next = settle(job, authorized, quorum);
  const actor = personActor(authority.person);
  const facts = [
    factOf(job, next, {
      type: "review.submitted",
      at: command.now,
      actor,
      payload: { ...voteRecord(authorized), round: job.round },
    }),
  ];
  const isSettled = next.state !== job.state;
  if (isSettled) {
    facts.push(
      factOf(job, next, {
        type: next.state === "APPROVED" ? "job.approved" : "job.rejected",
        at: command.now,
        actor,
        payload: {
          reason: next.resolution?.reason ?? null,
          code: next.resolution?.code ?? null,
          approvers: [...quorum.approvers],
          grant: next.grant?.id ?? null,
        },
      }),
    );
  }
  return { job: next, review, facts, notice: isSettled ? "resolved" : null, answer: null };
}

function settle(job: Job, { command, authority }: Authorized, quorum: QuorumState): Job {
  const { now } = command;
  const { person } = authority;
  if (quorum.outcome === "open") return afterVote(job, person.id, now);
  const said = {
    by: personActor(person),
    byName: shownName(person),
    reason: command.reason,
    code: command.code,
    at: now,
  };
  if (quorum.outcome === "rejected") {
    return advance(job, now, {
      state: "REJECTED",
      dueAt: null,
      grant: null,
      watch: endedWatch(job.watch),
      resolution: { kind: "rejected", ...said },
    });
  }
  return release(job, { grantId: command.grantId, approvers: quorum.approvers, said });
}

/** Whoever voted has read the card: it is free for the next. */
function afterVote(job: Job, voter: string, now: Instant): Job {
  const { watch } = job;
  if (watch === null || watch.claim?.person !== voter) return advance(job, now, {});
  const free = withoutClaim(watch);
  return advance(job, now, { watch: free, dueAt: nextDueAt(free) });
}

export interface Release {
  readonly grantId: GrantId;
  readonly approvers: readonly string[];
  readonly said: Omit<Resolution, "kind" | "by"> & { readonly by: EventActor };
}

/** The job as people released it, with the grant that names them. */
export function release(job: Job, { grantId, approvers, said }: Release): Job {
  const now = said.at;
  return advance(job, now, {
    state: "APPROVED",
    dueAt: now + approvedLifeMs,
    grant: { id: grantId, issuedAt: now, expiresAt: now + grantLifeMs, approvers },
    watch: endedWatch(job.watch),
    resolution: { kind: "approved", ...said },
  });
}
