// Applies one person's review to a hold, and opens or closes the door when the quorum says so.

import {
  approvedLifeMs,
  grantLifeMs,
  reviewsPerJobMax,
  revisionsPerJobMax,
} from "../base/limits.ts";
import { earlier, type Instant } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import type { GrantId, ReviewId } from "../base/id.ts";
import { refuse, type Refusal, type Result } from "../base/result.ts";
import type { Action } from "../action/action.ts";
import { jobHash, presentedHash } from "../action/hash.ts";
import { maskedTarget, maskObject } from "../action/mask.ts";
import { authorizeReview, type Directory } from "../approval/authority.ts";
import { countQuorum, type QuorumState } from "../approval/quorum.ts";
import {
  isVote,
  type Person,
  type Review,
  type ReviewKind,
  standingVotes,
} from "../approval/review.ts";
import { isHold } from "../policy/decision.ts";
import type { JsonObject } from "../base/json/value.ts";
import { advance, type Change, decisionRecord, factOf, type Ruling } from "./change.ts";
import { lapse } from "./lapse.ts";
import { holdTimeout } from "./open.ts";
import { compareRuling } from "./redecide.ts";
import { returnToReviewers } from "./return-to-reviewers.ts";
import type { Enrichment, Job, JobFile } from "./job.ts";

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
  readonly reviewId: ReviewId;
  readonly grantId: GrantId;
  readonly now: Instant;
}

export function applyReview(file: JobFile, command: ReviewCommand): Result<{ change: Change }> {
  const { job } = file;
  const due = lapse(job, command.now);
  if (due !== null && job.state === "APPROVAL") {
    return { ok: true, change: { ...due, answer: alreadyResolved(due.job) } };
  }
  const repeat = findRepeat(file, command);
  if (repeat !== null) return { ok: true, change: unchanged(job, repeat) };
  if (job.state !== "APPROVAL") return notActionable(job);
  const stale = findStale(job, command);
  if (stale !== null) return stale;
  const authority = authorizeReview(reviewedOf(job), command.person, command.directory);
  if (!authority.ok) return authority;
  if (file.reviews.length >= reviewsPerJobMax) {
    return refuse("review_limit", `a job holds at most ${reviewsPerJobMax} reviews`);
  }
  switch (command.verdict) {
    case "comment":
    case "abstain":
      return { ok: true, change: addRemark(job, command) };
    case "reject":
      return { ok: true, change: countVote(file, command) };
    case "approve":
      return { ok: true, change: approve(file, command) };
    case "modify":
      return modify(file, command);
    case "override":
      return refuse("override_refused", "an override has a door of its own");
  }
}

function approve(file: JobFile, command: ReviewCommand): Change {
  const comparison = compareRuling(file.job, command.ruling.decision);
  if (comparison === "denied") return rejectByPolicy(file.job, command);
  if (comparison === "stricter") return returnToReviewers(file.job, command.ruling, command.now);
  return countVote(file, command);
}

function modify(file: JobFile, command: ReviewCommand): Result<{ change: Change }> {
  const { job } = file;
  const { edited, ruling, now } = command;
  if (edited === null)
    return refuse("request_invalid", "a modification carries the new parameters");
  if (job.round >= revisionsPerJobMax) {
    return refuse(
      "review_limit",
      `a job is modified at most ${revisionsPerJobMax} times; propose anew`,
    );
  }
  if (ruling.decision.kind === "deny") {
    return refuse("modify_denied", `policy denies the edit: ${ruling.decision.reason}`, {
      facts: { rule: ruling.decision.ruleId },
    });
  }
  const hash = jobHash(job.tenant, edited);
  if (hash === job.jobHash)
    return refuse("request_invalid", "the edit changes nothing; approve instead");
  const changed = advance(job, now, {
    action: edited,
    jobHash: hash,
    presentedHash: presentedHash(edited),
    enrichment: command.enrichment ?? null,
    proposedAction: job.proposedAction ?? job.action,
    decision: ruling.decision,
    snapshot: ruling.snapshot,
    round: job.round + 1,
    dueAt: earlier(job.dueAt, now + holdTimeout(ruling, null)),
  });
  const fact = factOf(job, changed, {
    type: "job.modified",
    at: now,
    actor: personActor(command.person),
    payload: {
      ...voteRecord(command),
      params: maskObject(edited.params),
      target: maskedTarget(edited),
      cost: edited.cost && { amount: edited.cost.amount, currency: edited.cost.currency },
      ...decisionRecord(ruling),
      review_reason: command.reason,
    },
  });
  const counted = countVote({ job: changed, reviews: file.reviews }, command);
  return {
    ok: true,
    change: {
      ...counted,
      job: { ...counted.job, revision: job.revision + 1 },
      facts: [fact, ...counted.facts.map((one) => ({ ...one, revision: job.revision + 1 }))],
      notice: counted.notice ?? "returned",
    },
  };
}

/** Writes the vote, counts the round, and moves the job when the count is decisive. */
function countVote(file: JobFile, command: ReviewCommand): Change {
  const { job } = file;
  const review = reviewOf(job, command);
  const votes = standingVotes([...file.reviews, review], job.round);
  const quorum = countQuorum(reviewedOf(job), votes, command.directory);
  const next = settle(job, command, quorum);
  const facts = [
    factOf(job, next, {
      type: "review.submitted",
      at: command.now,
      actor: personActor(command.person),
      payload: { ...voteRecord(command), round: job.round },
    }),
  ];
  if (next.state !== job.state) {
    facts.push(
      factOf(job, next, {
        type: next.state === "APPROVED" ? "job.approved" : "job.rejected",
        at: command.now,
        actor: personActor(command.person),
        payload: {
          reason: next.resolution?.reason ?? null,
          code: next.resolution?.code ?? null,
          approvers: [...quorum.approvers],
          grant: next.grant?.id ?? null,
        },
      }),
    );
  }
  return {
    job: next,
    review,
    facts,
    notice: next.state === job.state ? null : "resolved",
    answer: null,
  };
}

function settle(job: Job, command: ReviewCommand, quorum: QuorumState): Job {
  const { now, person } = command;
  if (quorum.outcome === "open") return advance(job, now, {});
  const isApproved = quorum.outcome === "approved";
  return advance(job, now, {
    state: isApproved ? "APPROVED" : "REJECTED",
    dueAt: isApproved ? now + approvedLifeMs : null,
    grant: isApproved
      ? {
          id: command.grantId,
          issuedAt: now,
          expiresAt: now + grantLifeMs,
          approvers: quorum.approvers,
        }
      : null,
    resolution: {
      kind: isApproved ? "approved" : "rejected",
      by: personActor(person),
      byName: person.name ?? person.email,
      reason: command.reason,
      code: command.code,
      at: now,
    },
  });
}

function rejectByPolicy(job: Job, command: ReviewCommand): Change {
  const { decision, snapshot } = command.ruling;
  const actor = { kind: "policy" as const, id: decision.ruleId ?? "default" };
  const next = advance(job, command.now, {
    state: "REJECTED",
    dueAt: null,
    decision,
    snapshot,
    resolution: {
      kind: "rejected",
      by: actor,
      byName: null,
      reason: decision.reason,
      code: "policy_violation",
      at: command.now,
    },
  });
  return {
    job: next,
    review: null,
    facts: [
      factOf(job, next, {
        type: "job.rejected",
        at: command.now,
        actor,
        payload: decisionRecord(command.ruling),
      }),
    ],
    notice: "resolved",
    answer: refuse("approval_stale_snapshot", `policy now denies the action: ${decision.reason}`, {
      facts: { state: next.state },
    }),
  };
}

function addRemark(job: Job, command: ReviewCommand): Change {
  const next = advance(job, command.now, {});
  return {
    job: next,
    review: reviewOf(job, command),
    facts: [
      factOf(job, next, {
        type: "review.submitted",
        at: command.now,
        actor: personActor(command.person),
        payload: { ...voteRecord(command), round: job.round },
      }),
    ],
    notice: null,
    answer: null,
  };
}

/** The same vote by the same person is answered with the first one; nothing is written. */
function findRepeat(file: JobFile, command: ReviewCommand): Review | null {
  if (!isVote(command.verdict)) return null;
  const standing = standingVotes(file.reviews, file.job.round).get(command.person.id);
  if (standing === undefined) return null;
  if (command.verdict === "modify") {
    const isSame =
      command.edited !== null && jobHash(file.job.tenant, command.edited) === file.job.jobHash;
    return standing.kind === "modify" && isSame ? standing : null;
  }
  const isSame = standing.kind === command.verdict;
  if (isSame && command.seenHash !== null && command.seenHash !== standing.jobHash) return null;
  return isSame ? standing : null;
}

function unchanged(job: Job, review: Review): Change {
  return { job, review, facts: [], notice: null, answer: null };
}

/** INVARIANT: a review counts only for the job hash that the person was shown (spec 01, 5). */
function findStale(job: Job, command: ReviewCommand): Refusal | null {
  if (command.seenHash !== null && command.seenHash !== job.jobHash) {
    return refuse("approval_stale_request", "the action changed since you looked; read it again", {
      facts: { job_hash: job.jobHash, revision: job.revision },
    });
  }
  if (command.seenRevision !== null && command.seenRevision !== job.revision) {
    return refuse("approval_stale_request", "the job changed since you looked; read it again", {
      facts: { job_hash: job.jobHash, revision: job.revision },
    });
  }
  return null;
}

function notActionable(job: Job): Refusal {
  if (job.resolution !== null && job.held) return alreadyResolved(job);
  return refuse("approval_not_actionable", `the job is ${job.state}; nobody was asked about it`, {
    facts: { state: job.state },
  });
}

function alreadyResolved(job: Job): Refusal {
  const who = job.resolution?.byName ?? job.resolution?.by.id ?? "somebody";
  return refuse(
    "approval_already_resolved",
    `the hold was ${job.resolution?.kind ?? "decided"} by ${who}`,
    {
      facts: { state: job.state, resolution: job.resolution?.kind ?? null },
    },
  );
}

export function reviewedOf(job: Job): Parameters<typeof authorizeReview>[0] {
  return {
    // An edit that policy releases without people still needs its editor to be one who may review.
    requirements: isHold(job.decision.kind) ? job.decision.requirements : anyReviewer,
    exclude: job.decision.exclude,
    strongAuth: job.decision.strongAuth,
    agentOwner: job.requester.agentOwner,
    keyCreator: job.requester.keyCreator,
    onBehalfOf: job.action.actor.onBehalfOf,
  };
}

const anyReviewer = [{ kind: "any", name: "", count: 1, denyCount: 1, after: null }] as const;

function reviewOf(job: Job, command: ReviewCommand): Review {
  return {
    id: command.reviewId,
    round: job.round,
    jobHash: job.jobHash,
    person: command.person,
    kind: command.verdict,
    reason: command.reason,
    code: command.code,
    note: command.note,
    at: command.now,
  };
}

function voteRecord(command: ReviewCommand): JsonObject {
  return {
    verdict: command.verdict,
    review: command.reviewId,
    person_name: command.person.name ?? command.person.email,
    assurance: command.person.assurance,
    reason: command.reason,
    code: command.code,
    note: command.note,
  };
}

export function personActor(person: Person): { kind: "person"; id: string } {
  return { kind: "person", id: person.id };
}
