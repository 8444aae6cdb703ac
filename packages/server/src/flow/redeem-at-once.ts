// A proposal that is redeemed in the commit that makes it, when nobody has to be asked.

import { HoldpointError } from "@holdpoint/core/error/error";
import type { Change, Ruling } from "@holdpoint/core/job/change";
import type { Job } from "@holdpoint/core/job/job";
import { redeemOpened } from "@holdpoint/core/job/redeem";
import type { JobView } from "@holdpoint/core/wire/response";
import type { Proposal } from "@holdpoint/core/wire/shape";
import { actorOfAgent, type AgentSubject, type Context, requireScope } from "./context.ts";
import { receiptFor } from "./execute.ts";

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

/**
 * INVARIANT: an execution is handed to the proposal that redeemed it and to its repeats, and to nobody else: whoever
 * finds it without a receipt waits for its end.
 */
export async function withReceipt(
  ctx: Context,
  { state, execution, ...job }: Job,
  { view, demand }: { readonly view: JobView; readonly demand: Demand | null },
): Promise<JobView> {
  if (demand === null || state !== "EXECUTING" || execution?.nonce !== demand.nonce) return view;
  const { receipt } = (await receiptFor(ctx, { ...job, state, execution })).execution;
  return { ...view, execution: view.execution && { ...view.execution, receipt } };
}
