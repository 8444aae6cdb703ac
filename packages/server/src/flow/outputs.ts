// Keeps what executions gave, sealed, and gives it to whoever repeats a call in place of a second execution.

import { createHash } from "node:crypto";
import { isoOf } from "@holdpoint/core/base/clock";
import type { Json } from "@holdpoint/core/base/json/value";
import { errorOf, HoldpointError } from "@holdpoint/core/error/error";
import type { Job } from "@holdpoint/core/job/job";
import { type Output, readOutput } from "@holdpoint/core/job/output";
import type { OutcomeRequest } from "@holdpoint/core/wire/request";
import type { OutputView } from "@holdpoint/core/wire/response";
import type { OutputRow } from "../storage/outputs.ts";
import { type Context, type Engine, requireScope } from "./context.ts";
import { findVisible } from "./read-job.ts";

/** Null when the outcome came without one. */
export function measureOutput({ output, output_digest: said }: OutcomeRequest): Output | null {
  if (output === undefined) return null;
  const read = readOutput(output, said ?? null);
  if (!read.ok) throw errorOf(read);
  return read.output;
}

export async function sealOutput(
  { sealer, clock, keeping }: Engine,
  job: Job,
  { canonical, digest }: Output,
): Promise<OutputRow> {
  const createdAt = clock.now();
  return {
    jobId: job.id,
    bytes: canonical.length,
    digest,
    sealed: await sealer.seal(contextOf(job.tenant, job.id), canonical),
    createdAt,
    expiresAt: createdAt + keeping.outputMs,
  };
}

/** SECURITY: an output that stands in the row of another job does not open. */
function contextOf(tenant: string, jobId: string): readonly string[] {
  return [tenant, "output", jobId];
}

/**
 * `GET /jobs/{id}/output`. SECURITY: people see that there is one; what is in it is between the
 * agent and its tools.
 */
export async function readOutputOf(ctx: Context, jobId: string): Promise<OutputView> {
  const { agent, tenant, scopes } = ctx.caller;
  if (!scopes.has("propose")) requireScope(ctx, "redeem");
  if (agent === null) {
    throw new HoldpointError("scope_missing", {
      message: "outputs are for the agent that proposed and for enforcement points",
    });
  }
  const { job } = (await findVisible(ctx, jobId)).file;
  const isTheirs = agent.kind === "enforcement_point" || agent.id === job.action.actor.agent;
  const row = isTheirs ? await ctx.store.findOutput(tenant, job.id, ctx.clock.now()) : null;
  if (row === null || job.outcome === null) {
    throw new HoldpointError("output_not_found", {
      message: job.outcome?.hasOutput === true ? "it was kept, and its time is over" : noneKept,
    });
  }
  const plain = await ctx.sealer.open(contextOf(tenant, job.id), row.sealed);
  return {
    job_id: job.id,
    status: job.outcome.status,
    output: JSON.parse(verified(plain, row.digest)) as Json,
    digest: row.digest as OutputView["digest"],
    bytes: row.bytes,
    created_at: isoOf(row.createdAt),
  };
}

const noneKept = "no output was recorded with the outcome of this job";

/** INVARIANT: what is given out is what the record names by its digest. */
function verified(plain: Uint8Array, digest: string): string {
  const found = `sha256:${createHash("sha256").update(plain).digest("hex")}`;
  if (found === digest) return Buffer.from(plain).toString("utf8");
  throw new HoldpointError("seal_broken", {
    message: "an output is not the one that was recorded",
  });
}
