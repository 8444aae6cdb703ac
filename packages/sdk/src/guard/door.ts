// What a guard needs of the client.

import type { JobView, OutputView, RedeemAnswer } from "@holdpoint/core/wire/response";
import type { Action } from "../action/action.ts";
import type { KnownCalls } from "../client/known-calls.ts";
import type { ProposalOptions, RequestOptions } from "../client/options.ts";
import type { Report } from "../client/report.ts";

export interface GuardDoor {
  /** What is known of calls that were proposed before. */
  readonly known: KnownCalls;
  propose(action: Action, options?: ProposalOptions): Promise<JobView>;
  job(jobId: string, options?: RequestOptions): Promise<JobView>;
  /** Until people have answered. */
  waitOn(job: JobView, signal: AbortSignal | undefined): Promise<JobView>;
  /** Until it has run or cannot run any more. */
  waitForEnd(job: JobView, signal: AbortSignal | undefined): Promise<JobView>;
  freshGrant(jobId: string, options?: RequestOptions): Promise<JobView>;
  redeem(
    grant: JobView | string,
    action: Action,
    options?: RequestOptions,
  ): Promise<RedeemAnswer["execution"]>;
  report(jobId: string, outcome: Report): Promise<JobView>;
  /** Sends a report in the background. Resolves at once, or later while too many are under way. */
  behind(jobId: string, sending: () => Promise<void>): Promise<void>;
  output(jobId: string, options?: RequestOptions): Promise<OutputView>;
}
