// Applies one person's review to a hold: whether it is taken, and what becomes of it. Every door ends here.

import { reviewsPerJobMax } from "../base/limits.ts";
import { refuse, type Refusal, type Result } from "../base/result.ts";
import { jobHash } from "../action/hash.ts";
import { authorize } from "../approval/authority.ts";
import { isPairTaken } from "../approval/quorum.ts";
import { isVote, type Person, type Review, standingVotes } from "../approval/review.ts";
import { advance, type Change, factOf } from "./change.ts";
import { heardFrom } from "./claim.ts";
import { countVote } from "./count-votes.ts";
import { alreadyResolved, notActionable, personActor, timeIsUp } from "./held.ts";
import type { Job, JobFile } from "./job.ts";
import { lapse } from "./lapse.ts";
import { modify } from "./modify.ts";
import { rejectByPolicy } from "./policy-rejection.ts";
import { compareRuling } from "./redecide.ts";
import { returnToReviewers } from "./return-to-reviewers.ts";
import {
  type Authorized,
  findStale,
  type ReviewCommand,
  reviewOf,
  voteRecord,
} from "./review-command.ts";
import { reviewedOf } from "./reviewed.ts";
import { nextDueAt } from "./timers.ts";

export function applyReview(file: JobFile, command: ReviewCommand): Result<{ change: Change }> {
  const { job } = file;
  const due = lapse(job, command.now);
  if (due !== null && job.state === "APPROVAL") {
    return { ok: true, change: { ...due, answer: alreadyResolved(due.job) } };
  }
  const ctx = { directory: command.directory, at: command.now };
  const act =
    command.verdict === "modify" ? "modify" : isVote(command.verdict) ? "vote" : "comment";
  const authority = authorize(reviewedOf(job), command.person, act, ctx);
  const repeated = findRepeat(file, command, authority.ok ? authority.votedFor : null);
  if (repeated !== null) return { ok: true, change: unchanged(job, repeated) };
  if (job.state !== "APPROVAL") return notActionable(job);
  const stale = findStale(job, command);
  if (stale !== null) return stale;
  if (!authority.ok) return authority;
  return beyondBounds(file, command) ?? take(file, { command, authority });
}

/**
 * SECURITY: a rejection is taken as long as nothing else was decided, whatever time and talk came
 * before it: it only ever blocks, and a veto window must not be talked over.
 */
function beyondBounds({ job, reviews }: JobFile, { verdict, now }: ReviewCommand): Refusal | null {
  if (verdict === "reject") return null;
  if (reviews.length >= reviewsPerJobMax) {
    return refuse("review_limit", `a job holds at most ${reviewsPerJobMax} reviews`);
  }
  return timeIsUp(job, now);
}

function take(file: JobFile, authorized: Authorized): Result<{ change: Change }> {
  switch (authorized.command.verdict) {
    case "comment":
    case "abstain":
      return { ok: true, change: addRemark(file.job, authorized) };
    case "reject":
      return { ok: true, change: countVote(file, authorized) };
    case "approve":
      return approve(file, authorized);
    case "modify":
      return modify(file, authorized);
    case "override":
      return refuse("override_refused", "an override has a door of its own");
  }
}

function approve(asked: JobFile, authorized: Authorized): Result<{ change: Change }> {
  const { ruling, now, around, directory } = authorized.command;
  const file = { ...asked, job: afterPair(asked.job, around.lastPair) };
  const { job } = file;
  const comparison = compareRuling(job, ruling.decision);
  if (comparison === "denied") return { ok: true, change: rejectByPolicy(job, ruling, now) };
  if (comparison === "stricter") {
    return { ok: true, change: returnToReviewers(job, ruling, { now, around }) };
  }
  const votes = standingVotes([...file.reviews, reviewOf(job, authorized)], job.round);
  const actor = authorized.authority.person.id;
  if (isPairTaken(reviewedOf(job), votes, { directory, actor })) {
    return refuse(
      "approval_not_authorized",
      "the other one of the last pair approved already, and the rule rotates pairs",
    );
  }
  return { ok: true, change: countVote(file, authorized) };
}

/**
 * The hold with the last pair of this moment: another hold of the rule may have been released since
 * this one was opened. SECURITY: else several that are proposed at once have one pair for all.
 */
function afterPair(job: Job, lastPair: readonly string[]): Job {
  const isRotating = job.decision.exclude.includes("last_pair");
  if (job.watch === null || !isRotating || lastPair.length === 0) return job;
  return { ...job, watch: { ...job.watch, lastPair } };
}

function addRemark(job: Job, authorized: Authorized): Change {
  const { command, authority } = authorized;
  const { person } = authority;
  const watch = job.watch && heardFrom(job, job.watch, person.id, command.now);
  const next = advance(
    job,
    command.now,
    watch === null ? {} : { watch, dueAt: nextDueAt(watch) ?? job.dueAt },
  );
  return {
    job: next,
    review: reviewOf(job, authorized),
    facts: [
      factOf(job, next, {
        type: "review.submitted",
        at: command.now,
        actor: personActor(person),
        payload: { ...voteRecord(authorized), round: job.round },
      }),
    ],
    notice: null,
    answer: null,
  };
}

/**
 * The same vote by the same person is answered with the first one; nothing is written. While the
 * hold waits it has to be in the same place: who may vote for themselves now votes anew.
 */
function findRepeat(file: JobFile, command: ReviewCommand, votedFor: string | null): Review | null {
  if (!isVote(command.verdict)) return null;
  const { job } = file;
  const standing = ownVote(file, command);
  if (standing === null) return null;
  if (job.state === "APPROVAL" && (standing.votedFor ?? null) !== votedFor) return null;
  if (command.verdict === "modify") {
    const isSame = command.edited !== null && jobHash(job.tenant, command.edited) === job.jobHash;
    return standing.kind === "modify" && isSame ? standing : null;
  }
  const isSame = standing.kind === command.verdict;
  if (isSame && command.seenHash !== null && command.seenHash !== standing.jobHash) return null;
  return isSame ? standing : null;
}

/** The standing vote of the person behind the account, whichever of their accounts they use. */
function ownVote({ job, reviews }: JobFile, { person, directory }: ReviewCommand): Review | null {
  const own: Person | null = directory.canonical(person);
  return own === null ? null : (standingVotes(reviews, job.round).get(own.id) ?? null);
}

function unchanged(job: Job, review: Review): Change {
  return { job, review, facts: [], notice: null, answer: null };
}
