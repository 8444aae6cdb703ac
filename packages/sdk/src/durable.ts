// Holdpoint in durable engines (DBOS, Restate, Temporal, Inngest, Trigger.dev): steps around the engine's own wait.

import type { JobView } from "@holdpoint/core/wire/response";
import { isApiError } from "./client/error.ts";
import type { Call } from "./client/transport.ts";
import { ActionHeld } from "./guard/error.ts";
import type { CallOptions, GuardedCall, GuardOptions, ToolFunction } from "./guard/options.ts";
import type { WebhookMessage } from "./webhook.ts";
import type { Resumptions } from "./worker/resumptions.ts";
import { suspendRun } from "./worker/suspend.ts";

export interface DurableClient {
  calls<P extends object, R>(
    fn: ToolFunction<P, R>,
    options: GuardOptions<P, R>,
  ): GuardedCall<P, R>;
  request(call: Call): Promise<unknown>;
}

export interface DurableOptions<P extends object, R> extends GuardOptions<P, R> {
  /** Of the resumptions that wake the workflow. Default: `durable`, which no worker takes that does not name it. */
  readonly queue?: string;
}

/** Where a step stands; it is what makes a replay of it the same call. */
export interface StepPlace extends Pick<CallOptions, "signal"> {
  /** The workflow's id. */
  readonly run: string;
  /** Tells the calls of a workflow apart. */
  readonly call: string;
  /** What the engine is woken by: a workflow's id, an awakeable, a token. Default: the run. */
  readonly wake?: string;
}

/** What a step gives the workflow, as JSON: the result, or that the engine is to wait. */
export type StepEnd<R> =
  | { readonly isHeld: true; readonly jobId: string }
  | { readonly isHeld: false; readonly result: R };

/**
 * A tool as a step of a workflow, which is taken again after each wait until it has its result:
 *
 *     for (;;) {
 *       const step = await engine.step(() => refund(params, { run: workflowId, call: "refund" }));
 *       if (!step.isHeld) return step.result;
 *       await engine.wait();
 *     }
 *
 * The step may be repeated as the engine likes: the call is one job and has one effect. A wait that ends for nothing
 * costs a step, and one whose message was lost ends with the engine's own timeout.
 *
 * @throws (the step) what `Holdpoint.guard` throws: ActionRejected, ActionDenied, … (`isFinalStop`: do not retry those)
 */
export function durableStep<P extends object, R>(
  hp: DurableClient,
  fn: ToolFunction<P, R>,
  options: DurableOptions<P, R>,
): (params: P, place: StepPlace) => Promise<StepEnd<R>> {
  const { queue = "durable" } = options;
  const calls = hp.calls(fn, options);
  return async (params, { run, call, wake = run, signal }) => {
    const signalled = { ...(signal !== undefined && { signal }) };
    const agent = { run, thread: run, call };
    const { job, status } = await calls.propose(params, { agent, redeem: true, ...signalled });
    let held = job;
    if (status !== "held") {
      try {
        return { isHeld: false, result: await calls.run(job, params, signalled) };
      } catch (error) {
        // A stricter policy or another effect sent it back to people.
        if (!(error instanceof ActionHeld)) throw error;
        held = error.job;
      }
    }
    await suspend(hp, held, { run, wake, queue });
    return { isHeld: true, jobId: held.job.id };
  };
}

async function suspend(
  hp: DurableClient,
  job: JobView,
  { run, wake, queue }: { readonly run: string; readonly wake: string; readonly queue: string },
): Promise<void> {
  // The engine keeps the state; the thread says what to wake.
  const state = new TextEncoder().encode("{}");
  await suspendRun(hp, { thread: wake, run, queue, jobs: [job], codec: "durable-engine", state });
}

/** An answer that the same step gets whenever it is repeated: the engine is not to retry it. */
export function isFinalStop(error: unknown): boolean {
  return error instanceof Error && "job" in error && error.name !== "ActionHeld";
}

/** What a receiver needs of the client. */
export interface WakeClient {
  readonly resumptions: Pick<Resumptions, "claimOne" | "complete" | "fail">;
}

export interface WakeOptions {
  /** Names this receiver, for people who look. */
  readonly worker: string;
  /** Completes the engine's wait; `thread` is the step's `wake`, `key` is the same for a repeat of the message. */
  readonly wake: (thread: string, key: string) => Promise<unknown>;
}

/**
 * For a receiver of signed webhooks: wakes the workflow that a verified `run.ready` is about. Answer 2xx once it
 * resolves. A repeat, or one that another receiver has taken, wakes nobody again; when the engine cannot be reached
 * the message comes again, after a pause.
 *
 * @returns whether it woke a workflow
 */
export async function wakeByMessage(
  { resumptions }: WakeClient,
  message: WebhookMessage,
  { worker, wake }: WakeOptions,
): Promise<boolean> {
  if (message.type !== "run.ready") return false;
  const { resumption: id, thread } = message.data;
  let fence: number;
  try {
    ({ fence } = await resumptions.claimOne(id, { worker }));
  } catch (error) {
    if (isApiError(error, "resumption_lost")) return false;
    throw error;
  }
  try {
    await wake(thread, `${id}:${fence}`);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    await resumptions.fail(id, { fence, error: words });
    return false;
  }
  await resumptions.complete(id, { fence });
  return true;
}
