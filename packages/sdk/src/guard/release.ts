// From a proposal to a redeemed grant: the only way by which a guard comes to run its tool.

import type { JobView, RedeemAnswer } from "@holdpoint/core/wire/response";
import type { Action, JsonObject } from "../action/action.ts";
import { actionOf } from "../action/wire.ts";
import { type HoldpointApiError, isApiError } from "../client/error.ts";
import { unenforced } from "./constraint.ts";
import { ActionDenied, ConstraintNotSupported, stopOf } from "./error.ts";

/** What this needs of the client. */
export interface ReleaseDoor {
  propose(action: Action, options?: { signal?: AbortSignal | undefined }): Promise<JobView>;
  job(jobId: string, options?: { signal?: AbortSignal | undefined }): Promise<JobView>;
  waitOn(job: JobView, signal: AbortSignal | undefined): Promise<JobView>;
  freshGrant(jobId: string, options?: { signal?: AbortSignal | undefined }): Promise<JobView>;
  redeem(
    grant: JobView | string,
    action: Action,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<RedeemAnswer["execution"]>;
}

export interface Released {
  readonly job: JobView;
  readonly execution: RedeemAnswer["execution"];
  /** What was redeemed and may run. */
  readonly params: JsonObject;
}

/** Rounds of waiting and redeeming. */
const ROUNDS_MAX = 64;
/** Refused redemptions in a row while the job has not moved. */
const REFUSALS_MAX = 3;

/**
 * Proposes, waits for people, redeems. Throws whatever says why the action may not run.
 *
 * @param honours constraints that the tool keeps; a job with any other is not redeemed
 */
export async function release(
  door: ReleaseDoor,
  action: Action,
  honours: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Released> {
  let job = await door.propose(action, { signal });
  let refusals = 0;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (job.job.state === "APPROVAL") job = await door.waitOn(job, signal);
    if (job.job.state !== "APPROVED") throw stopOf(job);
    const unkept = unenforced(job.constraints, honours);
    if (unkept.length > 0) throw new ConstraintNotSupported(job, unkept);
    if (job.grant?.token == null) {
      job = await renewed(door, job, signal);
      continue;
    }
    const running = runningAction(action, job);
    try {
      const execution = await door.redeem(job, running, { signal });
      return { job, execution, params: running.params ?? {} };
    } catch (error) {
      if (!isApiError(error) || refusals >= REFUSALS_MAX) throw error;
      const next = await afterRefusal(door, job, error, signal);
      refusals = hasMoved(job, next) ? 0 : refusals + 1;
      job = next;
    }
  }
  throw new Error(`the job ${job.job.id} changed ${ROUNDS_MAX} times on its way; it was not run`);
}

/** The action as approved: the guard's own, with what people changed. */
function runningAction(action: Action, job: JobView): Action {
  const view = actionOf(job.action);
  const effective: Action = {
    ...action,
    // The server may have added risk tags and cannot have removed any; they are part of the hash.
    riskTags: view.riskTags ?? [],
    idempotencyKey: view.idempotencyKey ?? null,
  };
  if (job.proposed_action === null) return effective;
  return {
    ...effective,
    params: view.params ?? {},
    target: view.target ?? null,
    cost: view.cost ?? null,
  };
}

/** The job to go on with, or the error that ends it. */
async function afterRefusal(
  door: ReleaseDoor,
  job: JobView,
  error: HoldpointApiError,
  signal: AbortSignal | undefined,
): Promise<JobView> {
  const { id } = job.job;
  switch (error.code) {
    case "grant_expired":
      return renewed(door, job, signal);
    case "grant_policy_denied":
      throw new ActionDenied(await door.job(id, { signal }), error.problem.detail);
    case "grant_not_live": {
      const now = await door.job(id, { signal });
      // Somebody renewed the grant, and the job brought the new one; else ask for one.
      const isReplaced = now.grant?.token != null && now.grant.id !== job.grant?.id;
      return now.job.state === "APPROVED" && !isReplaced ? renewed(door, now, signal) : now;
    }
    case "grant_hash_mismatch":
    case "grant_already_redeemed": {
      const now = await door.job(id, { signal });
      // INVARIANT: without a move of the job the same refusal would come again; the tool is not run.
      if (!hasMoved(job, now)) throw error;
      return now;
    }
    default:
      throw error;
  }
}

/** The job with a fresh grant, or as it is when it is not APPROVED any more. */
async function renewed(
  door: ReleaseDoor,
  job: JobView,
  signal: AbortSignal | undefined,
): Promise<JobView> {
  try {
    return await door.freshGrant(job.job.id, { signal });
  } catch (error) {
    if (!isApiError(error, "job_not_approved")) throw error;
    return door.job(job.job.id, { signal });
  }
}

function hasMoved(before: JobView, after: JobView): boolean {
  return before.job.revision !== after.job.revision || before.job.state !== after.job.state;
}
