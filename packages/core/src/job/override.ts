// Releases a hold in an emergency, past those who were asked: recorded with its reason, and looked at afterwards.

import type { Instant } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import type { GrantId, ReviewId } from "../base/id.ts";
import { reviewsPerJobMax } from "../base/limits.ts";
import { assert } from "../base/assert.ts";
import { refuse, type Result } from "../base/result.ts";
import { authorize, type Authority, type Directory } from "../approval/authority.ts";
import type { Person, Review } from "../approval/review.ts";
import { isHold } from "../policy/decision.ts";
import { isPublication } from "../policy/publish.ts";
import { advance, type Change, factOf, type FactParts, type Ruling } from "./change.ts";
import { release } from "./count-votes.ts";
import { alreadyResolved, notActionable, personActor, shownName, timeIsUp } from "./held.ts";
import type { Job, JobFile } from "./job.ts";
import { lapse } from "./lapse.ts";
import type { HoldSurroundings } from "./plan.ts";
import { rejectByPolicy } from "./policy-rejection.ts";
import { compareRuling } from "./redecide.ts";
import { returnToReviewers } from "./return-to-reviewers.ts";
import { findStale } from "./review-command.ts";
import { reviewedOf } from "./reviewed.ts";

export interface OverrideCommand {
  readonly kind: "override";
  readonly person: Person;
  readonly reason: string;
  readonly incident: string;
  /** Distinct people that it takes: one, or two while a finding is open. */
  readonly needed: number;
  /** The circumstances of the rule that are there; never empty. */
  readonly circumstances: readonly string[];
  /** Whom the hold had asked, at every level. */
  readonly skipped: readonly string[];
  /** The review of this override that is opened in the same commit. */
  readonly governance: { readonly id: string; readonly dueAt: Instant };
  readonly seenHash: Digest | null;
  /** Policy now active, over the action. */
  readonly ruling: Ruling;
  readonly directory: Directory;
  readonly around: HoldSurroundings;
  readonly reviewId: ReviewId;
  readonly grantId: GrantId;
  readonly now: Instant;
}

/** INVARIANT: an override passes by those who were asked, never by policy, an invariant, or the record. */
export function applyOverride(file: JobFile, command: OverrideCommand): Result<{ change: Change }> {
  const { job } = file;
  const { ruling, now, around } = command;
  const due = lapse(job, now);
  if (due !== null && job.state === "APPROVAL") {
    return { ok: true, change: { ...due, answer: alreadyResolved(due.job) } };
  }
  if (job.state !== "APPROVAL") return notActionable(job);
  const late = timeIsUp(job, now);
  if (late !== null) return late;
  const stale = findStale(job, { seenHash: command.seenHash, seenRevision: null });
  if (stale !== null) return stale;
  const authority = authorizeBoth(job, command);
  if (!authority.ok) return authority;
  const comparison = compareRuling(job, ruling.decision);
  if (comparison === "denied") return { ok: true, change: rejectByPolicy(job, ruling, now) };
  if (comparison === "stricter") {
    return { ok: true, change: returnToReviewers(job, ruling, { now, around }) };
  }
  if (file.reviews.length >= reviewsPerJobMax) {
    return refuse("review_limit", `a job holds at most ${reviewsPerJobMax} reviews`);
  }
  return { ok: true, change: count(file, command, authority.person) };
}

/**
 * SECURITY: the rule that holds the job and the rule as it is now both have to let this person
 * override, so that what policy took back since is gone.
 */
function authorizeBoth(job: Job, command: OverrideCommand): Result<Authority> {
  const { ruling, directory, now, circumstances } = command;
  assert(command.needed >= 1, "an override takes somebody");
  if (isPublication(job.action)) {
    return refuse("override_refused", "a publication takes its people; nobody overrides it");
  }
  if (circumstances.length === 0) {
    return refuse("override_refused", "none of the circumstances that the rule names is there");
  }
  const ctx = { directory, at: now };
  const first = authorize(reviewedOf(job), command.person, "override", ctx);
  if (!first.ok || !isHold(ruling.decision.kind)) return first;
  const current = reviewedOf({ ...job, decision: ruling.decision });
  return authorize(current, command.person, "override", ctx);
}

/** Counts distinct people who overrode in this round and still may; the last one needed releases. */
function count(file: JobFile, command: OverrideCommand, person: Person): Change {
  const { job } = file;
  const earlier = earlierOverrides(file, command);
  const given = new Set([...earlier.keys(), person.id]);
  const own = earlier.get(person.id);
  if (own !== undefined && given.size < command.needed) {
    return { job, review: own, facts: [], notice: null, answer: null };
  }
  const approvers = [...given].sort();
  const isReleased = approvers.length >= command.needed;
  const next = isReleased
    ? released(job, command, { person, approvers })
    : advance(job, command.now, {});
  const submitted: FactParts = {
    type: "override.submitted",
    at: command.now,
    actor: personActor(person),
    payload: {
      review: command.reviewId,
      person_name: shownName(person),
      assurance: person.assurance,
      reason: command.reason,
      incident: command.incident,
      circumstances: [...command.circumstances],
      needed: command.needed,
      given: approvers.length,
      skipped: [...command.skipped],
    },
  };
  const parts = isReleased
    ? [submitted, ...releaseFacts(next, command, { person, approvers })]
    : [submitted];
  return {
    job: next,
    review: reviewOf(job, command, person),
    facts: parts.map((part) => factOf(job, next, part)),
    notice: isReleased ? "overridden" : null,
    answer: null,
  };
}

interface Given {
  readonly person: Person;
  readonly approvers: readonly string[];
}

function released(job: Job, command: OverrideCommand, { person, approvers }: Given): Job {
  return release(job, {
    grantId: command.grantId,
    approvers,
    said: {
      by: personActor(person),
      byName: shownName(person),
      reason: command.reason,
      code: "override",
      at: command.now,
    },
  });
}

/** INVARIANT: no override releases a job without opening the review of it. */
function releaseFacts(
  next: Job,
  { reason, governance, now }: OverrideCommand,
  { person, approvers }: Given,
): readonly FactParts[] {
  return [
    {
      type: "job.approved",
      at: now,
      actor: personActor(person),
      payload: {
        reason,
        code: "override",
        approvers: [...approvers],
        grant: next.grant?.id ?? null,
        governance: governance.id,
      },
    },
    {
      type: "governance.opened",
      at: now,
      actor: { kind: "system", id: "governance" },
      payload: {
        review: governance.id,
        job: next.id,
        person: person.id,
        people: [...approvers],
        rule: next.decision.ruleId,
        agent: next.action.actor.agent,
        due_at_ms: governance.dueAt,
      },
    },
  ];
}

function earlierOverrides(
  { job, reviews }: JobFile,
  { directory, now }: OverrideCommand,
): ReadonlyMap<string, Review> {
  const overrides = new Map<string, Review>();
  for (const review of reviews) {
    if (review.kind !== "override" || review.round !== job.round) continue;
    const ctx = { directory, at: now };
    const authority = authorize(reviewedOf(job), review.person, "override", ctx);
    if (authority.ok) overrides.set(authority.person.id, review);
  }
  return overrides;
}

function reviewOf(job: Job, command: OverrideCommand, person: Person): Review {
  return {
    id: command.reviewId,
    round: job.round,
    jobHash: job.jobHash,
    // As of a vote: the roles of the people file are asked whenever it is counted.
    person: { ...person, roles: command.person.roles },
    votedFor: null,
    kind: "override",
    reason: command.reason,
    code: null,
    note: command.incident,
    at: command.now,
  };
}
