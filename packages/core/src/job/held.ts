// What every command of a person about a hold begins and ends with.

import type { Instant } from "../base/clock.ts";
import { refuse, type Refusal, type Result } from "../base/result.ts";
import type { Person } from "../approval/review.ts";
import { advance, type Change, factOf, type FactParts, type Notice } from "./change.ts";
import type { Job } from "./job.ts";
import { nextDueAt } from "./timers.ts";
import type { Watch } from "./watch.ts";

export function personActor(person: Person): { kind: "person"; id: string } {
  return { kind: "person", id: person.id };
}

/** What a person is called in the record and on the card. */
export function shownName(person: Person): string | null {
  return person.name ?? person.email;
}

/** The watch of a hold that people can still do something about. */
export function heldWatch(job: Job, now: Instant): Result<{ watch: Watch }> {
  const { watch } = job;
  if (job.state !== "APPROVAL") return notActionable(job);
  if (watch === null) {
    return refuse("approval_not_actionable", "the hold is older than claims and questions");
  }
  return timeIsUp(job, now) ?? { ok: true, watch };
}

/**
 * The refusal of whatever comes when the time of a hold is up, and the clock has not yet said what
 * follows. INVARIANT: a hold is not released later than it may wait, however late the clock is.
 */
export function timeIsUp({ watch }: Job, now: Instant): Refusal | null {
  if (watch === null || now < watch.timeoutAt) return null;
  return refuse("approval_retryable_lock", "the time of the hold is up; see what becomes of it");
}

export function notActionable(job: Job): Refusal {
  if (job.resolution !== null && job.held) return alreadyResolved(job);
  return refuse("approval_not_actionable", `the job is ${job.state}; nobody was asked about it`, {
    facts: { state: job.state },
  });
}

export function alreadyResolved(job: Job): Refusal {
  const who = job.resolution?.byName ?? job.resolution?.by.id ?? "somebody";
  return refuse(
    "approval_already_resolved",
    `the hold was ${job.resolution?.kind ?? "decided"} by ${who}`,
    {
      facts: { state: job.state, resolution: job.resolution?.kind ?? null },
    },
  );
}

/** The hold with another watch and the fact of it; action, decision and votes stay. */
export function watchChanged(
  job: Job,
  watch: Watch,
  fact: FactParts,
  notice: Notice | null = null,
): Result<{ change: Change }> {
  const next = advance(job, fact.at, { watch, dueAt: nextDueAt(watch) });
  const facts = [factOf(job, next, fact)];
  return { ok: true, change: { job: next, review: null, facts, notice, answer: null } };
}

export function unchanged(job: Job): Result<{ change: Change }> {
  return { ok: true, change: { job, review: null, facts: [], notice: null, answer: null } };
}
