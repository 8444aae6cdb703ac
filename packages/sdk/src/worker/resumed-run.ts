// What a worker goes on from: the state as it was saved, and the outcome of each call that the run waited for.

import type { JobView } from "@holdpoint/core/wire/response";
import type { ClaimedRun, ResumptionView } from "@holdpoint/core/wire/resumption";
import { bytesOfBase64 } from "../client/base64.ts";
import { invalidAnswer } from "../client/job.ts";
import { type CallOutcome, outcomeOf } from "../interrupt/outcome.ts";
import { decodeState, type RunState } from "../interrupt/state.ts";

export interface ResumedRun {
  readonly thread: string;
  readonly namespace: string;
  readonly run: string | null;
  /** As it was saved: JSON, text, or bytes for any other codec than `json` and `text`. */
  readonly state: RunState;
  readonly codec: string;
  readonly checkpoint: Omit<ClaimedRun["checkpoint"], "state">;
  /** Of the call that the run waited for; of several the first with an answer. */
  readonly outcome: CallOutcome;
  /** Of every call of the run, in the order of the interrupt; `waiting` while people are still asked. */
  readonly outcomes: readonly CallOutcome[];
  /** Of the calls whose answers this is about: those that no worker has completed yet. */
  readonly answered: readonly CallOutcome[];
  readonly jobs: readonly JobView[];
  readonly resumption: ResumptionView;
  /** Passed as `after` to an interrupt by which the run stops again. */
  readonly claim: { readonly resumption: string; readonly fence: number };
  /** 1 for the first. */
  readonly attempt: number;
  /** Aborts when the run is another worker's: nothing may be done for it any more. */
  readonly signal: AbortSignal;
}

export function resumedRun(claimed: ClaimedRun, signal: AbortSignal): ResumedRun {
  const { resumption, fence, jobs } = claimed;
  const { state: base64, ...checkpoint } = claimed.checkpoint;
  const { codec } = checkpoint;
  const outcomes = jobs.map(outcomeOf);
  const answered = outcomes.filter(({ job }) => resumption.settled.includes(job.job.id));
  const [outcome] = answered;
  if (outcome === undefined) throw invalidAnswer("the run goes on with no answer");
  return {
    thread: resumption.thread,
    namespace: resumption.namespace,
    run: resumption.run,
    state: decodeState(codec, bytesOfBase64(base64)),
    codec,
    checkpoint,
    outcome,
    outcomes,
    answered,
    jobs,
    resumption,
    claim: { resumption: resumption.id, fence },
    attempt: resumption.attempts,
    signal,
  };
}
