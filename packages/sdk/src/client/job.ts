// Reads jobs out of answers: what is not plainly one is refused, so that nothing runs on a guess.

import { jobStates } from "@holdpoint/core/job/state";
import type { JobView } from "@holdpoint/core/wire/response";
import { HoldpointApiError } from "./error.ts";

/** The path of a job below `/api/v1`. */
export function jobPath(jobId: string): string {
  return `/jobs/${encodeURIComponent(jobId)}`;
}

/** The answer as a job; `jobId` is the one that was asked about, when one was. */
export function readJob(value: unknown, jobId?: string): JobView {
  const view = value as JobView | null;
  const head = view?.job;
  const usable =
    typeof head?.id === "string" &&
    (jobId === undefined || head.id === jobId) &&
    jobStates.includes(head.state) &&
    typeof view?.action?.topic === "string";
  if (usable) return view as JobView;
  throw invalidAnswer("the answer is not the job that was asked about");
}

/** For a 2xx whose content cannot be what was asked for. */
export function invalidAnswer(detail: string): HoldpointApiError {
  return new HoldpointApiError({
    type: "about:blank",
    title: "The answer is not one of Holdpoint",
    status: 200,
    code: "answer_invalid",
    detail: `${detail}; does this package fit the server's version?`,
    retry: "never",
  });
}
