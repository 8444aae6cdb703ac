// The plain form of asking: the answer as a value, for callers that redeem and run by themselves.

import type { JobView } from "@holdpoint/core/wire/response";
import type { JobState } from "@holdpoint/core/job/state";
import type { Action } from "../action/action.ts";
import { actionOf } from "../action/wire.ts";
import { reasonOf } from "./error.ts";

/** What came of asking. */
export interface Approval {
  /** `APPROVED`: redeem the grant, then run. Everything else: do not run. */
  readonly status: Exclude<JobState, "APPROVAL">;
  readonly job: JobView;
  /** The action as approved, which people may have changed. */
  readonly action: Action;
  /** True when people changed the action. */
  readonly modified: boolean;
  /** The grant (a compact JWS), while `status` is `APPROVED`. */
  readonly grant: string | null;
  /** Why, in the words of the policy or the reviewer. */
  readonly reason: string;
  /** The reviewer's structured reason for a rejection. */
  readonly code: string | null;
  /** After a rejection, what the rule asks of the agent. */
  readonly onReject: "abort" | "reroute" | "escalate" | null;
}

/** The answer that a job holds. */
export function approvalOf(job: JobView): Approval {
  const { state } = job.job;
  if (state === "APPROVAL")
    throw new TypeError(`the job ${job.job.id} is still waiting for people`);
  return {
    status: state,
    job,
    action: actionOf(job.action),
    modified: job.proposed_action !== null,
    grant: state === "APPROVED" ? (job.grant?.token ?? null) : null,
    reason: reasonOf(job),
    code: job.resolution?.code ?? null,
    onReject: job.resolution?.on_reject ?? null,
  };
}
