// People say how an execution ended of which no outcome came.

import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import { isPublication } from "@holdpoint/core/policy/publish";
import type { SettleRequest } from "@holdpoint/core/wire/request";
import type { JobView } from "@holdpoint/core/wire/response";
import { changeJob, requestKeyOf } from "./change-job.ts";
import { type Context, requirePerson } from "./context.ts";
import { viewForAgent } from "./read-job.ts";

export interface SettleInput {
  readonly jobId: string;
  readonly said: SettleRequest;
  readonly idempotencyKey: string | null;
}

export async function settleJob(ctx: Context, input: SettleInput): Promise<JobView> {
  const person = requirePerson(ctx, "review");
  const { status, reason } = input.said;
  return changeJob<JobView>(ctx, {
    jobId: input.jobId,
    name: "settle",
    by: personActor(person),
    requestKey: requestKeyOf(input.idempotencyKey, "settle", {
      job: input.jobId,
      status,
      reason,
    }),
    isPolicyBound: false,
    command: ({ file: { job } }) => {
      // SECURITY: how a publication ended only the server says, which carries it out.
      if (isPublication(job.action)) {
        throw new HoldpointError("job_not_unknown", {
          message: "the server itself says how a publication ended",
        });
      }
      const now = ctx.clock.now();
      return { ok: true, command: { kind: "settle", status, reason, person, now } };
    },
    answer: (file, _change, policy) => viewForAgent(ctx, file, { policy, trace: null }),
  });
}
