// A proposal that is redeemed in the same call when it needs nobody, and leaves nothing unknown that did not run.

import type { JobView, RedeemAnswer } from "@holdpoint/core/wire/response";
import type { Action } from "../action/action.ts";
import { canLimitNetwork } from "../client/network-limit.ts";
import type { GuardDoor } from "./door.ts";
import { callerLeft, notExecuted, unlessLeft } from "./release.ts";

/** By these a call can be stopped before it runs: its grant is not consumed until that is known. */
const CHECKED_FIRST = new Set(["pin", "max_rows", "max_recipients"]);

export interface AtOnce {
  /** Constraints that the tool function itself keeps. */
  readonly honours: readonly string[];
  readonly signal: AbortSignal | undefined;
  /** Whether to redeem also what people have approved meanwhile. */
  readonly approved: boolean;
}

export async function proposeAtOnce(
  door: GuardDoor,
  action: Action,
  { honours, signal, approved }: AtOnce,
): Promise<JobView> {
  signal?.throwIfAborted();
  const network = canLimitNetwork() ? ["network_allowlist"] : [];
  const kept = ["max_runtime_sec", "redact", ...network, ...honours];
  const enforces = [...new Set(kept)].filter((name) => !CHECKED_FIRST.has(name));
  const proposing = door.propose(action, { redeem: { enforces, approved } });
  return unlessLeft(proposing, signal, (job) => {
    const execution = executionOf(job);
    return execution && door.report(execution.job_id, notExecuted(execution.id, callerLeft));
  });
}

/** What this very proposal redeemed; null where another one runs the job, or nobody does yet. */
export function executionOf({ job, execution }: JobView): RedeemAnswer["execution"] | null {
  if (job.state !== "EXECUTING" || execution?.receipt === undefined) return null;
  const { id, constraints, deadline_at, receipt } = execution;
  return { id, job_id: job.id, constraints, deadline_at, receipt };
}
