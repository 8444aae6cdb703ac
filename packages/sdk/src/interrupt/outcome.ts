// What an interrupt gives back for each call: the answer of policy or people, as a value.

import type { JobState } from "@holdpoint/core/job/state";
import type { JobView } from "@holdpoint/core/wire/response";
import type { Action } from "../action/action.ts";
import { actionOf } from "../action/wire.ts";
import { reasonOf } from "../guard/error.ts";

/**
 * `approved`: may run, once, with its grant. `executed`: the same call has run, or has been begun, before.
 * `waiting`: people are still asked. Everything else: does not run.
 */
export type CallOutcomeStatus =
  | "approved"
  | "rejected"
  | "denied"
  | "expired"
  | "cancelled"
  | "revoked"
  | "executed"
  | "waiting";

export interface CallOutcome {
  readonly status: CallOutcomeStatus;
  /** The id of the call in its run. */
  readonly call: string | null;
  /** The action as approved, which people may have changed. */
  readonly action: Action;
  /** True when people changed the action. */
  readonly modified: boolean;
  /** Why, in the words of the policy or the reviewer. */
  readonly reason: string;
  /** The reviewer's structured reason for a rejection. */
  readonly code: string | null;
  /** After a rejection, what the rule asks of the agent. */
  readonly onReject: "abort" | "reroute" | "escalate" | null;
  readonly job: JobView;
}

const statuses: Readonly<Record<JobState, CallOutcomeStatus>> = {
  APPROVAL: "waiting",
  APPROVED: "approved",
  EXECUTING: "executed",
  SUCCEEDED: "executed",
  FAILED: "executed",
  UNKNOWN: "executed",
  DENIED: "denied",
  REJECTED: "rejected",
  EXPIRED: "expired",
  CANCELLED: "cancelled",
  REVOKED: "revoked",
};

/** What the job says of its call. */
export function outcomeOf(job: JobView): CallOutcome {
  return {
    status: statuses[job.job.state],
    call: job.action.agent.call,
    action: actionOf(job.action),
    modified: job.proposed_action !== null,
    reason: reasonOf(job),
    code: job.resolution?.code ?? null,
    onReject: job.resolution?.on_reject ?? null,
    job,
  };
}
