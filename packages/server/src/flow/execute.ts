// Redeems grants and takes outcomes: the last look before the act, and what came of it.

import { isoOf } from "@holdpoint/core/base/clock";
import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import { refuse } from "@holdpoint/core/base/result";
import { HoldpointError } from "@holdpoint/core/error/error";
import { assert } from "@holdpoint/core/base/assert";
import type { Effect } from "@holdpoint/core/action/action";
import { jobHash } from "@holdpoint/core/action/hash";
import { hasOtherEffect, rulingOnEffect } from "@holdpoint/core/job/effect-change";
import { constraintsToJson } from "@holdpoint/core/job/change";
import type { Job } from "@holdpoint/core/job/job";
import { isHold } from "@holdpoint/core/policy/decision";
import { isPublication } from "@holdpoint/core/policy/publish";
import { actionFromRunning, effectFromWire } from "@holdpoint/core/wire/action-door";
import type { OutcomeRequest, RedeemRequest } from "@holdpoint/core/wire/request";
import type { JobView, RedeemAnswer } from "@holdpoint/core/wire/response";
import { type Queue, queueFull, withRoom } from "./agent-limits.ts";
import { requireActing } from "./agent-standing.ts";
import { changeJob, type JobVerb, notFound, requestKeyOf } from "./change-job.ts";
import type { OutputRow } from "../storage/outputs.ts";
import { nothingMore } from "./commit-change.ts";
import { actorOfAgent, type AgentSubject, type Context, requireAgent } from "./context.ts";
import { asDeclared } from "./known-action.ts";
import type { Basis, LoadedPolicy } from "./loaded-policy.ts";
import { measureOutput, sealOutput } from "./outputs.ts";
import { surroundingsOf } from "./surroundings.ts";
import { viewForAgent } from "./read-job.ts";

export async function redeem(
  ctx: Context,
  request: RedeemRequest,
  idempotencyKey: string | null,
): Promise<RedeemAnswer> {
  const agent = requireAgent(ctx, "redeem");
  requireActing(agent);
  const claims = await ctx.signer.verifyGrant(ctx.caller.tenant, request.grant);
  if (agent.kind === "agent" && claims.sub !== agent.id) {
    throw new HoldpointError("grant_invalid", { message: "the grant was given to another agent" });
  }
  const redeeming = (hasRoom: boolean): JobVerb<RedeemAnswer> => ({
    jobId: claims.jobId,
    name: "redeem",
    by: actorOfAgent(agent),
    requestKey: requestKeyOf(idempotencyKey, "redeem", request as unknown as Json),
    isPolicyBound: true,
    isAgentBound: true,
    isKeyBound: true,
    command: async (found, policy) => {
      const { job } = found.file;
      const now = ctx.clock.now();
      const basis = { facts: job.facts, now };
      const { effect: sent } = request.action;
      const effect = sent === undefined ? undefined : effectFromWire(sent);
      const changed = changedEffect(policy, job, { effect, basis });
      const asked = changed === null ? job : { ...job, action: { ...job.action, ...changed } };
      const ruling = policy.rule(job.tenant, asked, basis);
      const { decision } = changed === null ? ruling : rulingOnEffect(job, ruling);
      if (!hasRoom && !job.held && isHold(decision.kind)) await requireRoom(ctx, job);
      const running = actionFromRunning(request.action, job.action, job.enrichment);
      return {
        ok: true,
        command: {
          kind: "redeem",
          grantId: claims.jti,
          runningHash: jobHash(job.tenant, running),
          ruling,
          changed,
          around: await surroundingsOf(ctx, policy, { tenant: job.tenant, decision }),
          by: actorOfAgent(agent),
          executionId: ctx.ids.execution(),
          now,
        },
      };
    },
    answer: async (file) => receiptFor(ctx, file.job),
  });
  try {
    return await changeJob(ctx, redeeming(false));
  } catch (error) {
    if (!(error instanceof JoinsQueue)) throw error;
    const { queue } = error;
    const result = await withRoom(ctx, queue, () => changeJob(ctx, redeeming(true)));
    if (result === "full") throw queueFull(queue.agent, queue.pending ?? 0);
    return result;
  }
}

/** What nobody was asked about is about to wait for people, in the queue of its agent. */
class JoinsQueue extends Error {
  readonly queue: Queue;

  constructor(queue: Queue) {
    super("a release becomes a hold");
    this.queue = queue;
  }
}

/** SECURITY: an effect that grows between proposal and redemption is no way past the limit of waiting holds. */
async function requireRoom({ store }: Context, { tenant, action }: Job): Promise<void> {
  const { agent } = action.actor;
  const pending = (await store.findAgent(tenant, agent))?.limits.pending ?? null;
  if (pending !== null) throw new JoinsQueue({ tenant, agent, pending });
}

/**
 * The effect as the redeemer computed it and the registry completes it, where it is not the one that
 * was shown; null when it is, and when none was sent.
 */
export function changedEffect(
  policy: LoadedPolicy,
  job: Job,
  sent: { readonly effect: Effect | null | undefined; readonly basis: Basis },
): { readonly effect: Effect | null } | null {
  const { basis } = sent;
  if (sent.effect === undefined) return null;
  const declared = asDeclared({ ...job.action, effect: sent.effect }, job);
  const { effect } = policy.learn(job.tenant, declared, basis).action;
  return hasOtherEffect(job, effect) ? { effect } : null;
}

/** A signed statement that this grant was consumed, for whoever runs the action. */
export async function receiptFor(ctx: Context, job: Job): Promise<RedeemAnswer> {
  const { execution } = job;
  assert(execution !== null, "a redeemed job has an execution");
  const claims: JsonObject = {
    iss: ctx.publicUrl,
    sub: job.action.actor.agent,
    jti: execution.id,
    iat: Math.floor(execution.startedAt / 1000),
    job_id: job.id,
    job_hash: job.jobHash,
    grant: execution.grantId,
    policy_snapshot: job.snapshot,
  };
  return {
    execution: {
      id: execution.id,
      job_id: job.id,
      constraints: execution.constraints && constraintsToJson(execution.constraints),
      deadline_at: isoOf(execution.deadlineAt),
      receipt: await ctx.signer.signReceipt(job.tenant, claims),
    },
  };
}

export interface OutcomeInput {
  readonly jobId: string;
  readonly outcome: OutcomeRequest;
  readonly idempotencyKey: string | null;
}

export async function reportOutcome(ctx: Context, input: OutcomeInput): Promise<JobView> {
  const agent = requireAgent(ctx, "redeem");
  const { outcome } = input;
  const output = measureOutput(outcome);
  // Sealed once, and only for a job that can take it.
  let sealing: Promise<OutputRow> | null = null;
  return changeJob<JobView>(ctx, {
    jobId: input.jobId,
    name: "outcome",
    by: actorOfAgent(agent),
    requestKey: requestKeyOf(input.idempotencyKey, "outcome", {
      job: input.jobId,
      outcome: outcome as unknown as Json,
    }),
    isPolicyBound: false,
    command: async (found) => {
      // SECURITY: how a publication ended only the server says, which carries it out.
      const { job } = found.file;
      if (!isOwn(agent, job) || isPublication(job.action)) throw notFound(input.jobId);
      const isTaken = output !== null && job.outcome === null;
      const kept = isTaken ? await (sealing ??= sealOutput(ctx, job, output)) : null;
      return {
        ok: true,
        beside: kept === null ? undefined : () => ({ ...nothingMore, output: kept }),
        command: {
          kind: "report",
          executionId: outcome.execution_id ?? null,
          status: outcome.status,
          summary: outcome.summary ?? null,
          outputDigest: output?.digest ?? outcome.output_digest ?? null,
          hasOutput: kept !== null,
          effect: (outcome.effect as JsonObject | undefined) ?? null,
          by: actorOfAgent(agent),
          now: ctx.clock.now(),
        },
      };
    },
    answer: (file, _change, policy) => viewForAgent(ctx, file, { policy, trace: null }),
  });
}

/** `POST /jobs/{id}/grant`: a fresh grant while the job is approved; not stored, it can be asked again. */
export async function renewGrant(ctx: Context, jobId: string): Promise<JobView> {
  const agent = requireAgent(ctx, "redeem");
  requireActing(agent);
  return changeJob<JobView>(ctx, {
    jobId,
    name: "grant",
    by: actorOfAgent(agent),
    requestKey: null,
    isPolicyBound: false,
    isAgentBound: true,
    command: (found) => {
      if (agent.id !== found.file.job.action.actor.agent || agent.kind !== "agent") {
        return refuse("job_not_found", `no job \`${jobId}\``);
      }
      return {
        ok: true,
        command: {
          kind: "renew",
          grantId: ctx.ids.grant(),
          by: actorOfAgent(agent),
          now: ctx.clock.now(),
        },
      };
    },
    answer: (file, _change, policy) => viewForAgent(ctx, file, { policy, trace: null }),
  });
}

function isOwn(agent: AgentSubject, job: Job): boolean {
  return agent.kind === "enforcement_point" || agent.id === job.action.actor.agent;
}
