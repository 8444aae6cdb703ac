// What time alone does to a job: a hold or a release ends, an execution without outcome is unknown.

import type { Instant } from "../base/clock.ts";
import type { EventType } from "../record/event.ts";
import { advance, type Change, factOf } from "./change.ts";
import type { Job } from "./job.ts";
import type { JobState } from "./state.ts";
import { endedWatch } from "./timers.ts";

const timer = { kind: "timer", id: "timer" } as const;

/** The change that is due at `now`, or null. Time is up at the deadline itself. */
export function lapse(job: Job, now: Instant): Change | null {
  if (job.dueAt === null || now < job.dueAt) return null;
  switch (job.state) {
    case "APPROVAL":
      if (goesOn(job, now)) return null;
      return end(job, now, "EXPIRED", "nobody decided in time; the action stays blocked");
    case "APPROVED":
      return end(job, now, "EXPIRED", "the release was not used in time");
    case "EXECUTING":
      return forget(job, now);
    case "DENIED":
    case "REJECTED":
    case "EXPIRED":
    case "CANCELLED":
    case "REVOKED":
    case "SUCCEEDED":
    case "FAILED":
    case "UNKNOWN":
      return null;
  }
}

/** A hold with timers ends here only when its time is up and nothing but the block can follow. */
function goesOn({ watch, decision }: Job, now: Instant): boolean {
  if (watch === null) return false;
  const isWindowDue = watch.timers.some(({ kind, dueAt }) => kind === "window" && dueAt <= now);
  return now < watch.timeoutAt || decision.onTimeout !== "block" || isWindowDue;
}

function end(job: Job, now: Instant, state: JobState, reason: string): Change {
  const next = advance(job, now, {
    state,
    dueAt: null,
    grant: null,
    watch: endedWatch(job.watch),
    resolution: { kind: "expired", by: timer, byName: null, reason, code: null, at: now },
  });
  return changeOf(job, next, "job.expired", now);
}

/** INVARIANT: an unknown outcome is shown to people, never retried by the product. */
function forget(job: Job, now: Instant): Change {
  return changeOf(job, advance(job, now, { state: "UNKNOWN", dueAt: null }), "job.unknown", now);
}

function changeOf(job: Job, next: Job, type: EventType, now: Instant): Change {
  const dueAt = job.state === "APPROVAL" ? (job.watch?.timeoutAt ?? job.dueAt) : job.dueAt;
  return {
    job: next,
    review: null,
    facts: [
      factOf(job, next, {
        type,
        at: now,
        actor: timer,
        payload: {
          due_at_ms: dueAt,
          lateness_ms: now - (dueAt ?? now),
          reason: next.resolution?.reason ?? null,
        },
      }),
    ],
    notice: type === "job.unknown" ? "unknown" : "resolved",
    answer: null,
  };
}
