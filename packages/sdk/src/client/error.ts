// The ways a call to Holdpoint can fail. Two copies of a package are common: go by `name` and `code`.

import type { Problem } from "@holdpoint/core/wire/response";

/** The server answered with a refusal or a fault. `code` is stable, the message may change. */
export class HoldpointApiError extends Error {
  override readonly name: string = "HoldpointApiError";
  /** Stable code of the error catalogue, such as `job_not_found`; `answer_invalid` for an answer that makes no sense. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** `never`: the same call fails again; `later`: try again; `request`: ask for a fresh one first. */
  readonly retry: "never" | "later" | "request";
  /** JSON Pointer to the place in what was sent, when one place is at fault. */
  readonly path: string | undefined;
  /** The whole problem document (RFC 9457). */
  readonly problem: Problem;

  constructor(problem: Problem) {
    const place = problem.path === undefined || problem.path === "" ? "" : ` (at ${problem.path})`;
    super(`${problem.code}: ${problem.detail}${place}`);
    this.code = problem.code;
    this.status = problem.status;
    this.retry = problem.retry;
    this.path = problem.path;
    this.problem = problem;
  }
}

/**
 * No usable answer within the time allowed. Nothing is run without one: an action whose proposal or
 * redemption ends like this has not been executed by the guard.
 */
export class HoldpointUnreachable extends Error {
  override readonly name: string = "HoldpointUnreachable";
  readonly code = "unreachable";
  /** The server's base URL. */
  readonly url: string;

  constructor(url: string, why: string, options?: { cause?: unknown }) {
    super(`no answer from Holdpoint at ${url}: ${why}`, options);
    this.url = url;
  }
}

/** A wait came to its own time limit; the job still waits for people and can be attached to again. */
export class WaitTimedOut extends Error {
  override readonly name: string = "WaitTimedOut";
  readonly code = "wait_timed_out";
  readonly jobId: string;

  constructor(jobId: string, timeoutMs: number) {
    super(`no decision on ${jobId} within ${timeoutMs} ms; it still waits, attach to it by its id`);
    this.jobId = jobId;
  }
}

/** By name, so that it also knows the error of another copy of this package. */
export function isApiError(error: unknown, code?: string): error is HoldpointApiError {
  return (
    error instanceof Error &&
    error.name === "HoldpointApiError" &&
    (code === undefined || ("code" in error && error.code === code))
  );
}
