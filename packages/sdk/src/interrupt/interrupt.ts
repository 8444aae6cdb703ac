// Asks for several calls of a run at once; a run that has to wait is saved and ends, to go on with the answers.

import type { JobView } from "@holdpoint/core/wire/response";
import type { ResumptionView } from "@holdpoint/core/wire/resumption";
import type { Action } from "../action/action.ts";
import { base64Of } from "../client/base64.ts";
import { invalidAnswer } from "../client/job.ts";
import type { RequestOptions } from "../client/options.ts";
import type { Transport } from "../client/transport.ts";
import { post, proposeAction } from "../client/verbs.ts";
import { Interrupted } from "../guard/error.ts";
import { callIdsOf } from "./call-id.ts";
import { type CallOutcome, outcomeOf } from "./outcome.ts";
import { encodeState, type RunState } from "./state.ts";

/** When a run goes on: with each answer, with all of them, or with the first. */
export type ResumeMode = "each" | "all" | "first";

export interface InterruptOptions extends RequestOptions {
  /** Names the run: with the id of a call it names the call, in every process. */
  readonly run: string;
  /** Names the conversation or task; its checkpoints are listed by it. */
  readonly thread: string;
  /**
   * What the run needs to go on. A function is called only when people have to be asked. Left out, the checkpoint
   * named by `checkpoint` is the state.
   */
  readonly state?: RunState | (() => RunState | Promise<RunState>);
  /** The caller's own word for the state's format. Default: `json`, `text` or `bytes`, which the worker reads back. */
  readonly codec?: string;
  /** Default: `all`. */
  readonly mode?: ResumeMode;
  /** Which workers take the run up. Default: `default`. */
  readonly queue?: string;
  /** Sets apart the checkpoints of parts of one thread. Default: none. */
  readonly namespace?: string;
  /** Id of the checkpoint: of a stored one without `state`, of the new one with it. */
  readonly checkpoint?: string;
  /** The resumption by which this process runs, when the run stops again; `hp.worker` gives it. */
  readonly after?: { readonly resumption: string; readonly fence: number };
}

/** The server takes so many calls at once. */
const CALLS_MAX = 64;

/**
 * Proposes the calls. When the run can go on, their outcomes come back at once and nothing is stored; else its
 * state is stored, the calls are bound to it, and {@link Interrupted} is thrown.
 */
export async function interruptRun(
  transport: Transport,
  actions: readonly Action[],
  options: InterruptOptions,
): Promise<CallOutcome[]> {
  const { run, thread, mode = "all", signal } = options;
  if (options.state === undefined && options.checkpoint === undefined) {
    throw new TypeError(
      "an interrupt needs the `state` of its run, or the `checkpoint` that holds it",
    );
  }
  if (actions.length > CALLS_MAX) {
    throw new TypeError(`an interrupt takes ${CALLS_MAX} calls at most, not ${actions.length}`);
  }
  const ids = await callIdsOf(actions);
  const jobs = await proposeAll(
    transport,
    actions.map((action, index) => ({
      ...action,
      agent: { ...action.agent, run, thread, call: ids[index] ?? null },
    })),
    signal,
  );
  const held = jobs.filter(({ job }) => job.state === "APPROVAL");
  const goesOn = held.length === 0 || (mode === "first" && held.length < jobs.length);
  if (goesOn) return jobs.map(outcomeOf);
  throw new Interrupted(held, await suspend(transport, jobs, options));
}

/** All at once; the first that failed is thrown when none is under way any more, and a repeat attaches to the others. */
async function proposeAll(
  transport: Transport,
  actions: readonly Action[],
  signal: AbortSignal | undefined,
): Promise<JobView[]> {
  const answers = await Promise.allSettled(
    actions.map((action) => proposeAction(transport, action, { signal })),
  );
  return answers.map((answer) => {
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  });
}

async function suspend(
  transport: Transport,
  jobs: readonly JobView[],
  options: InterruptOptions,
): Promise<ResumptionView> {
  const { run, thread, mode, queue, namespace, after, signal } = options;
  const body = {
    run,
    thread,
    jobs: jobs.map(({ job }) => job.id),
    checkpoint: await checkpointOf(options),
    ...(mode !== undefined && { mode }),
    ...(queue !== undefined && { queue }),
    ...(namespace !== undefined && { namespace }),
    ...(after !== undefined && { after }),
  };
  const view = (await post(transport, "/resumptions", body, { signal })) as ResumptionView | null;
  if (typeof view?.id === "string") return view;
  throw invalidAnswer("the answer to the interrupt names no resumption");
}

async function checkpointOf(options: InterruptOptions): Promise<object> {
  const { state, checkpoint: id, codec: word } = options;
  if (state === undefined) return { id };
  const value = typeof state === "function" ? await state() : state;
  const { codec, bytes } = encodeState(value, word);
  return { codec, state: base64Of(bytes), ...(id !== undefined && { id }) };
}
