// The states of a job and what can follow each: one machine for every door, shared with the console.

export const jobStates = [
  "APPROVAL",
  "APPROVED",
  "EXECUTING",
  "DENIED",
  "REJECTED",
  "EXPIRED",
  "CANCELLED",
  "REVOKED",
  "SUCCEEDED",
  "FAILED",
  "UNKNOWN",
] as const;

export type JobState = (typeof jobStates)[number];

/**
 * What may follow. APPROVED may return to APPROVAL: a redemption is decided anew, and a policy that
 * now asks for people gets them (spec 03, re-decision at redemption).
 */
export const nextStates: Readonly<Record<JobState, readonly JobState[]>> = {
  APPROVAL: ["APPROVAL", "APPROVED", "REJECTED", "EXPIRED", "CANCELLED"],
  APPROVED: ["APPROVED", "APPROVAL", "EXECUTING", "EXPIRED", "CANCELLED", "REVOKED"],
  EXECUTING: ["SUCCEEDED", "FAILED", "UNKNOWN"],
  DENIED: [],
  REJECTED: [],
  EXPIRED: [],
  CANCELLED: [],
  REVOKED: [],
  SUCCEEDED: [],
  FAILED: [],
  UNKNOWN: ["SUCCEEDED", "FAILED"],
};

/** Nothing changes a job in these states any more. */
export function isTerminal(state: JobState): boolean {
  return nextStates[state].length === 0;
}

/** Released, and not taken back before it ran. */
export const releasedStates: readonly JobState[] = [
  "APPROVED",
  "EXECUTING",
  "SUCCEEDED",
  "FAILED",
  "UNKNOWN",
];

/** People can still answer. */
export function isWaiting(state: JobState): boolean {
  return state === "APPROVAL";
}

/** An agent that waits has its answer. */
export function isAnswered(state: JobState): boolean {
  return state !== "APPROVAL";
}

/** It has run, as far as anybody knows, or cannot run any more. */
export function hasEnded(state: JobState): boolean {
  return isTerminal(state) || state === "UNKNOWN";
}

export function canFollow(from: JobState, to: JobState): boolean {
  return nextStates[from].includes(to);
}
