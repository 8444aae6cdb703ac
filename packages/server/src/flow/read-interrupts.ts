// What a run waits for, as frontends of agents read it: for the agent that proposed.

import { type Interrupt, interruptOf } from "@holdpoint/core/job/interrupt";
import { runInterruptsMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Job } from "@holdpoint/core/job/job";
import { isWaiting } from "@holdpoint/core/job/state";
import { approvalItem, maskedActionView } from "@holdpoint/core/wire/view";
import { notFound } from "./change-job.ts";
import type { Context } from "./context.ts";
import { requireOwnAgent } from "./suspend.ts";

/** `GET /jobs/{id}/interrupt`. */
export async function readInterrupt(ctx: Context, jobId: string): Promise<Interrupt> {
  const agent = requireAgent(ctx);
  const found = await ctx.store.findJob(ctx.caller.tenant, jobId);
  if (found === null || found.file.job.action.actor.agent !== agent) throw notFound(jobId);
  const { job } = found.file;
  if (!isWaiting(job.state)) {
    throw new HoldpointError("approval_not_actionable", { message: `${jobId} is ${job.state}` });
  }
  return shown(ctx, job);
}

/** `GET /runs/{run}/interrupts`. */
export async function readInterrupts(ctx: Context, run: string): Promise<{ items: Interrupt[] }> {
  const agent = requireAgent(ctx);
  const jobs = await ctx.store.heldOfRun(ctx.caller.tenant, agent, run, runInterruptsMax);
  return { items: jobs.map((job) => shown(ctx, job)) };
}

function shown({ publicUrl }: Context, job: Job): Interrupt {
  const held = { ...approvalItem(job), action: maskedActionView(job.action) };
  return interruptOf(held, `${publicUrl}/approvals/${job.id}`);
}

/** SECURITY: an agent sees its own; people have the queue, and nobody else has a run here. */
function requireAgent(ctx: Context): string {
  return requireOwnAgent(ctx, "interrupts are for the agent that proposed; people have the queue")
    .id;
}
