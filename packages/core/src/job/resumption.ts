// A run that ended at an interrupt: when it can be taken up, by whom, and what ends it. One lease at a time.

import type { Instant } from "../base/clock.ts";
import {
  resumptionAttemptsMax,
  resumptionBackoffMaxMs,
  resumptionBackoffMs,
} from "../base/limits.ts";
import { refuse, type Result } from "../base/result.ts";

export const resumptionModes = ["each", "all", "first"] as const;
export const resumptionStates = [
  "arming",
  "waiting",
  "claimed",
  "completed",
  "dead",
  "cancelled",
] as const;

export type ResumptionMode = (typeof resumptionModes)[number];
export type ResumptionState = (typeof resumptionStates)[number];

export interface Resumption {
  readonly id: string;
  readonly agent: string;
  readonly queue: string;
  readonly thread: string;
  readonly namespace: string;
  readonly checkpoint: string;
  readonly digest: string;
  readonly run: string | null;
  readonly mode: ResumptionMode;
  readonly state: ResumptionState;
  readonly jobs: readonly string[];
  /** Without an answer. */
  readonly open: readonly string[];
  /** With an answer that no worker has completed yet. */
  readonly settled: readonly string[];
  /** Those of them that the newest claim was given. */
  readonly claimed: readonly string[];
  /** With an answer that a worker completed. */
  readonly handed: readonly string[];
  readonly attempts: number;
  /** Grows by one with each claim. */
  readonly fence: number;
  readonly worker: string | null;
  /**
   * When it can be claimed; null while people think. Of a claimed one the end of the lease, of one that is being
   * bound when the server binds it.
   */
  readonly dueAt: Instant | null;
  readonly lastError: string | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly endedAt: Instant | null;
}

/** Whoever claimed it last, by the fence of that claim. */
export interface Holder {
  readonly fence: number;
  readonly now: Instant;
}

type Changed = Result<{ next: Resumption }>;

export function isEnded({ state }: Pick<Resumption, "state">): boolean {
  return state === "completed" || state === "dead" || state === "cancelled";
}

/** True when the run can go on with the answers that are there. */
function isReady({ mode, open, settled }: Pick<Resumption, "mode" | "open" | "settled">): boolean {
  return settled.length > 0 && (mode !== "all" || open.length === 0);
}

/** What is known of a job when its run has been bound. */
export interface BoundJob {
  readonly id: string;
  readonly isAnswered: boolean;
  /** True when the job waits for this very run. */
  readonly isBound: boolean;
}

/** All jobs are bound, or have their answer; one that moved to another run meanwhile is not waited for. */
export function armed(row: Resumption, jobs: readonly BoundJob[], now: Instant): Resumption {
  const known = new Map(jobs.map((job) => [job.id, job]));
  const answered = row.open.filter((id) => known.get(id)?.isAnswered === true);
  const open = row.open.filter((id) => {
    const job = known.get(id);
    return job?.isAnswered === false && job.isBound;
  });
  return waitingOrOver({ ...row, open, settled: [...row.settled, ...answered] }, now);
}

/** Goes back to waiting, due when there is something to go on with; over when nothing can come any more. */
function waitingOrOver(row: Resumption, now: Instant): Resumption {
  if (row.open.length === 0 && row.settled.length === 0) return ended(row, "cancelled", now);
  const dueAt = isReady(row) ? now : null;
  return { ...row, state: "waiting", worker: null, dueAt, updatedAt: now };
}

function ended(row: Resumption, state: ResumptionState, now: Instant): Resumption {
  return { ...row, state, dueAt: null, updatedAt: now, endedAt: now };
}

/** INVARIANT: only the newest claim counts, also of a worker that slept past its lease. */
function held(row: Resumption, { fence }: Holder): Result<object> {
  if (row.state === "claimed" && row.fence === fence) return { ok: true };
  return refuse("resumption_lost", "the lease is over: another worker has the run, or it ended", {
    facts: { state: row.state, fence: row.fence },
  });
}

export function extended(row: Resumption, holder: Holder, leaseMs: number): Changed {
  const holds = held(row, holder);
  if (!holds.ok) return holds;
  return { ok: true, next: { ...row, dueAt: holder.now + leaseMs, updatedAt: holder.now } };
}

/**
 * The answers that this claim was given are done with; what came while the worker worked is for the next claim. Said
 * again after a lost reply it changes nothing: a claim that was given something, and has nothing left, completed it.
 */
export function completed(row: Resumption, holder: Holder): Changed {
  const isOver = row.state === "completed" || row.state === "waiting";
  if (isOver && row.fence === holder.fence && row.claimed.length === 0) {
    return { ok: true, next: row };
  }
  const holds = held(row, holder);
  if (!holds.ok) return holds;
  const { now } = holder;
  const isDone = (id: string): boolean => row.claimed.includes(id);
  const settled = row.settled.filter((id) => !isDone(id));
  const handed = [...row.handed, ...row.settled.filter(isDone)];
  const next = { ...row, settled, handed, claimed: [], attempts: 0, lastError: null };
  const goesOn = row.mode === "each" && (row.open.length > 0 || settled.length > 0);
  return { ok: true, next: goesOn ? waitingOrOver(next, now) : ended(next, "completed", now) };
}

export interface Failure extends Holder {
  readonly error: string;
  readonly isFinal: boolean;
  /** From 0 to 1. */
  readonly chance: number;
}

/** Said again after a lost reply it changes nothing. */
export function failed(row: Resumption, failure: Failure): Changed {
  const isOver = row.state === "dead" || row.state === "waiting";
  if (isOver && row.fence === failure.fence && row.claimed.length > 0) {
    return { ok: true, next: row };
  }
  const holds = held(row, failure);
  if (!holds.ok) return holds;
  const { now, error } = failure;
  const next = { ...row, lastError: error };
  if (failure.isFinal || row.attempts >= resumptionAttemptsMax) {
    return { ok: true, next: ended(next, "dead", now) };
  }
  const pauseMs = backoffMs(row.attempts, failure.chance);
  return {
    ok: true,
    next: { ...next, state: "waiting", worker: null, dueAt: now + pauseMs, updatedAt: now },
  };
}

/** Doubles with each attempt; half of it is chance, so that many do not come back at once. */
function backoffMs(attempts: number, chance: number): number {
  const doubled = resumptionBackoffMs * 2 ** Math.max(0, attempts - 1);
  return Math.round(Math.min(doubled, resumptionBackoffMaxMs) * (0.5 + chance / 2));
}

/** Given back as it was: what was claimed with it was too much for one answer. */
export function released(row: Resumption, holder: Holder): Changed {
  const holds = held(row, holder);
  if (!holds.ok) return holds;
  const { now } = holder;
  const attempts = row.attempts - 1;
  const next: Resumption = { ...row, state: "waiting", worker: null, attempts, dueAt: now };
  return { ok: true, next: { ...next, updatedAt: now } };
}

/** Its last lease is over without a word, or what is stored for it cannot be used. */
export function buried(row: Resumption, error: string, now: Instant): Resumption {
  return ended({ ...row, lastError: error }, "dead", now);
}

export function retried(row: Resumption, now: Instant): Changed {
  if (row.state !== "dead") {
    return refuse("resumption_not_dead", `the run is ${row.state}`, {
      facts: { state: row.state },
    });
  }
  const next = waitingOrOver({ ...row, attempts: 0, endedAt: null }, now);
  return { ok: true, next };
}

/** Taken back; a worker that has it learns so at its next word. */
export function cancelled(row: Resumption, now: Instant): Changed {
  if (row.state === "cancelled") return { ok: true, next: row };
  if (isEnded(row)) {
    return refuse("resumption_ended", `the run is ${row.state}`, { facts: { state: row.state } });
  }
  return { ok: true, next: ended(row, "cancelled", now) };
}
