// Statuses and refusals that several routes share.

import { HoldpointError } from "@holdpoint/core/error/error";
import { isAnswered } from "@holdpoint/core/job/state";
import type { JobView } from "@holdpoint/core/wire/response";

/** 202 and where to wait for a held action, 200 for one that is decided. */
export function proposalStatus(view: JobView): { status: number; headers: Record<string, string> } {
  const etag = `"${view.job.revision}"`;
  if (isAnswered(view.job.state)) return { status: 200, headers: { etag } };
  return { status: 202, headers: { etag, location: `/api/v1/jobs/${view.job.id}` } };
}

export function idempotencyMismatch(): HoldpointError {
  return new HoldpointError("idempotency_mismatch", {
    message: "the Idempotency-Key header and `idempotency_key` differ; send one of them",
    path: "/idempotency_key",
  });
}
