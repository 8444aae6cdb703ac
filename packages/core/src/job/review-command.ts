// What a person says about a hold, as a door hands it to the reducer, and how it is written down.

import type { Instant } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import type { GrantId, ReviewId } from "../base/id.ts";
import type { JsonObject } from "../base/json/value.ts";
import { refuse, type Refusal } from "../base/result.ts";
import type { Action } from "../action/action.ts";
import type { Authority, Directory } from "../approval/authority.ts";
import type { Person, Review, ReviewKind } from "../approval/review.ts";
import type { Ruling } from "./change.ts";
import { shownName } from "./held.ts";
import type { Enrichment, Job } from "./job.ts";
import type { HoldSurroundings } from "./plan.ts";

export interface ReviewCommand {
  readonly kind: "review";
  readonly verdict: ReviewKind;
  readonly person: Person;
  readonly reason: string | null;
  readonly code: string | null;
  readonly note: string | null;
  /** What the reviewer saw, when the door sent it: both are compared. */
  readonly seenHash: Digest | null;
  readonly seenRevision: number | null;
  /** Modify only: the edited action. */
  readonly edited: Action | null;
  /** Modify only: what the server made of the edit. */
  readonly enrichment?: Enrichment | null;
  /** Policy now active, over the action (or the edited one). */
  readonly ruling: Ruling;
  readonly directory: Directory;
  /** Who is there to be asked, when an edit or another policy asks anew. */
  readonly around: HoldSurroundings;
  readonly reviewId: ReviewId;
  readonly grantId: GrantId;
  readonly now: Instant;
}

/** A review whose author is known and authorised: the command in the name of the person behind the account. */
export interface Authorized {
  readonly command: ReviewCommand;
  readonly authority: Pick<Authority, "person" | "votedFor">;
}

export function reviewOf(job: Job, { command, authority }: Authorized): Review {
  return {
    id: command.reviewId,
    round: job.round,
    jobHash: job.jobHash,
    // SECURITY: with the roles of the credential alone; those of the people file are asked whenever votes
    // are counted, so that a role that was taken away takes the vote with it.
    person: { ...authority.person, roles: command.person.roles },
    votedFor: authority.votedFor,
    kind: command.verdict,
    reason: command.reason,
    code: command.code,
    note: command.note,
    at: command.now,
  };
}

export function voteRecord({ command, authority }: Authorized): JsonObject {
  return {
    verdict: command.verdict,
    review: command.reviewId,
    person_name: shownName(authority.person),
    voted_for: authority.votedFor,
    assurance: authority.person.assurance,
    reason: command.reason,
    code: command.code,
    note: command.note,
  };
}

/**
 * INVARIANT: a review counts only for the job hash that the person was shown (spec 01, 5). Claims,
 * votes and reminders of others raise the revision and leave what was shown as it is.
 */
export function findStale(
  job: Job,
  seen: { readonly seenHash: Digest | null; readonly seenRevision: number | null },
): Refusal | null {
  const { seenHash, seenRevision } = seen;
  const facts = { job_hash: job.jobHash, revision: job.revision };
  if (seenHash !== null && seenHash !== job.jobHash) {
    return refuse("approval_stale_request", "the action changed since you looked; read it again", {
      facts,
    });
  }
  const basis = job.watch?.basisRevision ?? job.revision;
  if (seenRevision !== null && (seenRevision < basis || seenRevision > job.revision)) {
    return refuse("approval_stale_request", "the job changed since you looked; read it again", {
      facts,
    });
  }
  return null;
}
