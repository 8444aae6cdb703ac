// What a call gives that was made before: its recorded outcome, and never a second effect.

import type { JobView } from "@holdpoint/core/wire/response";
import type { JsonObject } from "../action/action.ts";
import { plainObject } from "../action/plain-json.ts";
import { isApiError } from "../client/error.ts";
import type { GuardDoor } from "./door.ts";
import { ActionAlreadyExecuted, ActionFailed, OutcomeUnknown, stopOf } from "./error.ts";
import type { GuardOptions } from "./options.ts";
import { failureSummary, resultOf, send, successOf } from "./outcome.ts";

export interface Replay<P extends object, R> {
  readonly door: GuardDoor;
  readonly options: GuardOptions<P, R>;
  readonly signal: AbortSignal | undefined;
  /** Runs the tool again, for a call of which no outcome came and that has no second effect. */
  readonly again: (job: JobView) => Promise<R>;
}

/** The outcome of a job that nobody here redeemed. */
export async function replay<P extends object, R>(found: JobView, how: Replay<P, R>): Promise<R> {
  const isAnswered = how.options.replay !== "error";
  let job = found;
  if (isAnswered && job.job.state === "EXECUTING") job = await how.door.waitForEnd(job, how.signal);
  switch (job.job.state) {
    case "SUCCEEDED":
      if (!isAnswered) break;
      return (await outputOf(job, how)) as R;
    case "FAILED":
      if (!isAnswered) break;
      throw new ActionFailed(job);
    case "UNKNOWN":
      return settle(job, how);
    default:
      throw stopOf(job);
  }
  throw new ActionAlreadyExecuted(job);
}

async function outputOf<P extends object, R>(job: JobView, how: Replay<P, R>): Promise<unknown> {
  if (job.outcome?.has_output !== true) throw new ActionAlreadyExecuted(job);
  try {
    const { output } = await how.door.output(job.job.id, { signal: how.signal });
    return output;
  } catch (error) {
    if (!isApiError(error, "output_not_found")) throw error;
    throw new ActionAlreadyExecuted(job);
  }
}

/** The ways out of UNKNOWN that the guard has: to ask, or to run again what has no second effect. */
async function settle<P extends object, R>(job: JobView, how: Replay<P, R>): Promise<R> {
  const { door, options, signal } = how;
  const told = await options.reconcile?.(job, {
    params: plainObject(job.action.params as JsonObject) as P & JsonObject,
    idempotencyKey: job.job.id,
    signal,
  });
  if (told == null) {
    if (options.idempotent === true) return how.again(job);
    throw new OutcomeUnknown(job);
  }
  const executionId = job.execution?.id;
  const named = executionId === undefined ? {} : { executionId };
  try {
    if (told.status === "FAILED") {
      const summary = failureSummary(told.reason);
      throw new ActionFailed(
        await door.report(job.job.id, { ...named, status: "FAILED", summary }),
      );
    }
    const constraints = job.execution?.constraints ?? job.constraints;
    const result = resultOf(told.result, constraints);
    await send(door, job.job.id, { ...named, ...(await successOf(result, options, constraints)) });
    return result;
  } catch (error) {
    if (!isApiError(error, "outcome_exists")) throw error;
    // Another process, or a person, said so first.
    return replay(await door.job(job.job.id, { signal }), how);
  }
}
