// A proposal that redeems: in the commit that makes the job, when nobody has to be asked; or later, by a repeat.

import { HoldpointError } from "@holdpoint/core/error/error";
import type { Change, Ruling } from "@holdpoint/core/job/change";
import type { Job } from "@holdpoint/core/job/job";
import type { Action } from "@holdpoint/core/action/action";
import { isReadyAtOnce, redeemOpened } from "@holdpoint/core/job/redeem";
import type { JobView } from "@holdpoint/core/wire/response";
import type { Proposal } from "@holdpoint/core/wire/shape";
import { actorOfAgent, type AgentSubject, type Context, requireScope } from "./context.ts";
import { changeJob } from "./change-job.ts";
import { changedEffect, receiptFor } from "./execute.ts";
import { viewForAgent } from "./read-job.ts";
import { surroundingsOf } from "./surroundings.ts";

export type Demand = NonNullable<Proposal["redeem"]>;

/** SECURITY: whoever may not redeem does not come to it by proposing. */
export function atOnceOf(ctx: Context, agent: AgentSubject, demand: Demand | null): Demand | null {
  if (demand === null) return null;
  requireScope(ctx, "redeem");
  if (agent.kind === "agent") return demand;
  throw new HoldpointError("scope_missing", {
    message: "only an agent redeems as it proposes; redeem the grant instead",
    path: "/redeem",
  });
}

/** The change as it was opened, or with its grant redeemed. */
export function redeemedAtOnce(
  ctx: Context,
  opened: Change,
  how: { readonly demand: Demand | null; readonly agent: AgentSubject; readonly ruling: Ruling },
): Change {
  const { job } = opened;
  const { demand, agent, ruling } = how;
  if (demand === null || job.grant === null) return opened;
  return redeemOpened(opened, {
    nonce: demand.nonce,
    enforces: demand.enforces,
    grantId: job.grant.id,
    // What was proposed is what runs: there is no other word of it.
    runningHash: job.jobHash,
    ruling,
    by: actorOfAgent(agent),
    executionId: ctx.ids.execution(),
    now: job.createdAt,
  });
}

interface Again {
  readonly agent: AgentSubject;
  /** The proposal's action: the very one that the job was proposed with. */
  readonly declared: Action;
  readonly demand: Demand;
}

/** Whether a repeat is worth a look; the rest is decided under the job's lock. */
export function mayRedeemAgain({ state, held }: Job, { approved }: Demand): boolean {
  return state === "APPROVED" && (!held || approved);
}

/**
 * A call that comes again takes what people, or policy, released meanwhile. Null when it stays as it is: what stands in
 * the way is told by the redemption of the grant.
 */
export async function redeemedAgain(
  ctx: Context,
  job: Job,
  { agent, declared, demand }: Again,
): Promise<JobView | null> {
  requireScope(ctx, "redeem");
  try {
    return await changeJob<JobView>(ctx, {
      jobId: job.id,
      name: "redeem",
      by: actorOfAgent(agent),
      requestKey: null,
      isPolicyBound: true,
      isAgentBound: true,
      isKeyBound: true,
      command: async ({ file }, policy) => {
        const now = ctx.clock.now();
        const basis = { facts: file.job.facts, now };
        const ruling = policy.rule(file.job.tenant, file.job, basis);
        const changed = changedEffect(policy, file.job, { effect: declared.effect, basis });
        const { grant } = file.job;
        const { enforces, approved } = demand;
        const isReady = isReadyAtOnce(file.job, { ruling, enforces, approved, now });
        if (changed !== null || !isReady || grant === null) throw new NotAtOnce();
        const { tenant } = file.job;
        return {
          ok: true,
          command: {
            kind: "redeem",
            grantId: grant.id,
            // What was proposed is what runs: there is no other word of it.
            runningHash: file.job.jobHash,
            ruling,
            changed: null,
            around: await surroundingsOf(ctx, policy, { tenant, decision: ruling.decision }),
            by: actorOfAgent(agent),
            executionId: ctx.ids.execution(),
            nonce: demand.nonce,
            now,
          },
        };
      },
      answer: async (file, _change, policy) => {
        const view = await viewForAgent(ctx, file, { policy, trace: null });
        return withReceipt(ctx, file.job, { view, demand });
      },
    });
  } catch (error) {
    if (error instanceof NotAtOnce) return null;
    throw error;
  }
}

class NotAtOnce extends Error {}

/**
 * INVARIANT: an execution is handed to the proposal that redeemed it and to its repeats, and to nobody else: whoever
 * finds it without a receipt waits for its end.
 */
export async function withReceipt(
  ctx: Context,
  job: Job,
  { view, demand }: { readonly view: JobView; readonly demand: Demand | null },
): Promise<JobView> {
  if (demand === null || job.state !== "EXECUTING") return view;
  if (job.execution?.nonce !== demand.nonce) return view;
  const { receipt } = (await receiptFor(ctx, job)).execution;
  return { ...view, execution: view.execution && { ...view.execution, receipt } };
}
