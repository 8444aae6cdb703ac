// From a proposed job to a redeemed grant: the only way by which a guard comes to run its tool.

import type { JobView, RedeemAnswer } from "@holdpoint/core/wire/response";
import type { Action, Effect, JsonObject } from "../action/action.ts";
import { actionOf } from "../action/wire.ts";
import { type HoldpointApiError, isApiError } from "../client/error.ts";
import type { Report } from "../client/report.ts";
import { checkConstraints } from "./constraint.ts";
import type { GuardDoor } from "./door.ts";
import { ActionDenied, ActionHeld } from "./error.ts";
import { failureSummary } from "./outcome.ts";

/** What is to be released, and on which terms. */
export interface Order {
  /** As it was proposed; topic and tool alone where only the job is known. */
  readonly action: Action;
  /** False: whatever else the action is stands in the job. */
  readonly isWhole: boolean;
  /** Previews the parameters that are about to run; null where nothing can. */
  readonly preview: ((params: JsonObject) => Promise<Effect | null>) | null;
  readonly honours: readonly string[];
  /** Whether to wait while people are asked. */
  readonly waits: boolean;
  readonly signal: AbortSignal | undefined;
}

export type Release =
  | {
      readonly kind: "released";
      readonly job: JobView;
      readonly execution: RedeemAnswer["execution"];
      /** What was redeemed and may run. */
      readonly params: JsonObject;
      readonly effect: Effect | null;
    }
  /** Nothing was redeemed here: it was answered with no, or has run, or runs elsewhere. */
  | { readonly kind: "over"; readonly job: JobView };

/** Rounds of waiting and redeeming. */
const ROUNDS_MAX = 64;
/** Refused redemptions in a row while the job has not moved. */
const REFUSALS_MAX = 3;

/** Waits for people, redeems. Throws whatever says why the action may not run as it would. */
export async function release(door: GuardDoor, from: JobView, order: Order): Promise<Release> {
  const { signal } = order;
  let job = from;
  let refusals = 0;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (job.job.state === "APPROVAL") {
      if (!order.waits) throw new ActionHeld(job);
      job = await door.waitOn(job, signal);
    }
    if (job.job.state !== "APPROVED") return { kind: "over", job };
    if (job.grant?.token == null) {
      job = await renewed(door, job, signal);
      continue;
    }
    const running = runningAction(order, job);
    const params = running.params ?? {};
    const effect = (await order.preview?.(params)) ?? null;
    checkConstraints(job, job.constraints, { params, effect, honours: order.honours });
    try {
      const shown = { ...running, effect: order.preview && (effect ?? unseen(job)) };
      const execution = await redeemed(door, job, shown, signal);
      return { kind: "released", job, execution, params, effect };
    } catch (error) {
      if (!isApiError(error) || refusals >= REFUSALS_MAX) throw error;
      const next = await afterRefusal(door, job, error, signal);
      refusals = hasMoved(job, next) ? 0 : refusals + 1;
      job = next;
    }
  }
  throw new Error(`the job ${job.job.id} changed ${ROUNDS_MAX} times on its way; it was not run`);
}

/** The redemption. What was consumed for a caller that has gone is reported as not executed. */
async function redeemed(
  door: GuardDoor,
  job: JobView,
  action: Action,
  signal: AbortSignal | undefined,
): Promise<RedeemAnswer["execution"]> {
  signal?.throwIfAborted();
  const redeeming = door.redeem(job, action);
  return unlessLeft(redeeming, signal, ({ id, job_id: jobId }) =>
    door.report(jobId, notExecuted(id, callerLeft)),
  );
}

export const callerLeft = "the caller went away";

/**
 * What may redeem, for a caller that may go away meanwhile: it then does not end as UNKNOWN, because `undo` says what
 * became of it.
 */
export function unlessLeft<T>(
  redeeming: Promise<T>,
  signal: AbortSignal | undefined,
  undo: (redeemed: T) => Promise<unknown> | null,
): Promise<T> {
  if (signal === undefined) return redeeming;
  let leave: () => void = () => undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener("abort", leave, { once: true });
  });
  void redeeming
    .then((redeemed) => (signal.aborted ? undo(redeemed) : null))
    // Without the server's word the job ends as UNKNOWN, which is what is known then.
    .catch(() => undefined)
    .finally(() => signal.removeEventListener("abort", leave));
  return Promise.race([redeeming, left]);
}

/** The report of an execution that did not come to its effect. */
export function notExecuted(executionId: string | undefined, why: string): Report {
  const summary = failureSummary(`not executed: ${why}`);
  return { status: "FAILED", summary, ...(executionId !== undefined && { executionId }) };
}

/** The action as approved: the guard's own, with what people changed. */
function runningAction({ action, isWhole }: Order, job: JobView): Action {
  const view = actionOf(job.action);
  // SECURITY: which tool runs is the guard's to say, not the job's; for another one there is no redemption.
  if (!isWhole) return { ...view, topic: action.topic, tool: action.tool ?? null };
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

/** For an effect that was shown and cannot be computed any more: an empty one, which is another. */
function unseen(job: JobView): Effect | null {
  return job.action.effect === null ? null : {};
}

/** The job to go on with, or the error that ends it. */
async function afterRefusal(
  door: GuardDoor,
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
    case "effect_changed":
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
  door: GuardDoor,
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
