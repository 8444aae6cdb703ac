// Refused attempts are events too: who tried what on which job, and the code that they were told.

import { entryOf, type HoldpointError } from "@holdpoint/core/error/error";
import type { Job } from "@holdpoint/core/job/job";
import type { EventActor } from "@holdpoint/core/record/event";
import type { Context } from "./context.ts";
import { record } from "./record.ts";

export interface Attempt {
  readonly verb: string;
  readonly by: EventActor;
  /** Null when the attempt was refused before a job was read. */
  readonly job: Job | null;
}

const recorded = new WeakSet<HoldpointError>();

/**
 * Records a refusal once and gives its error back. Without a job only what speaks of authority is
 * recorded: a credential that may not, a grant that was not signed here.
 */
export async function refusedAttempt(
  ctx: Context,
  error: HoldpointError,
  attempt: Attempt,
): Promise<HoldpointError> {
  const { job } = attempt;
  const isAuthority = entryOf(error.code).kind === "forbidden" || error.code === "grant_invalid";
  if (recorded.has(error) || (job === null && !isAuthority)) return error;
  const events = record(ctx, ctx.caller.tenant, [
    {
      type: "attempt.refused",
      at: ctx.clock.now(),
      actor: attempt.by,
      jobId: job?.id ?? null,
      revision: null,
      before: job?.state ?? null,
      after: null,
      jobHash: job?.jobHash ?? null,
      snapshot: job?.snapshot ?? null,
      payload: { verb: attempt.verb, code: error.code, message: error.detail.message },
    },
  ]);
  const change = {
    job: null,
    expected: null,
    bundle: null,
    review: null,
    outbox: [],
    answer: null,
  };
  await ctx.store.commit(ctx.caller.tenant, { ...change, events });
  ctx.hub.changed(ctx.caller.tenant, []);
  recorded.add(error);
  return error;
}
