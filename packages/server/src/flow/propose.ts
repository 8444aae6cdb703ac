// Takes an agent's proposal, decides it, and writes job, decision and event in one commit.

import type { JobId } from "@holdpoint/core/base/id";
import { asJobId } from "@holdpoint/core/base/id";
import { errorOf, HoldpointError } from "@holdpoint/core/error/error";
import type { Action } from "@holdpoint/core/action/action";
import { jobHash } from "@holdpoint/core/action/hash";
import { parseDuration } from "@holdpoint/core/wire/duration";
import { openJob } from "@holdpoint/core/job/open";
import { actionFromProposal } from "@holdpoint/core/wire/action-door";
import type { JobView, TraceView } from "@holdpoint/core/wire/response";
import { noFacts } from "@holdpoint/core/policy/facts";
import { isOwnTopic, ownTopicPrefix } from "@holdpoint/core/policy/publish";
import type { Proposal } from "@holdpoint/core/wire/shape";
import type { FoundJob } from "../storage/store.ts";
import { commitChange } from "./commit-change.ts";
import { type AgentSubject, type Context, requireAgent } from "./context.ts";
import { viewForAgent } from "./read-job.ts";

const attemptsMax = 12;

export interface ProposeOutcome {
  readonly view: JobView;
  /** False when the proposal attached to a job that it had made before. */
  readonly isNew: boolean;
}

export async function propose(ctx: Context, proposal: Proposal): Promise<ProposeOutcome> {
  const agent = requireAgent(ctx, "propose");
  const read = actionFromProposal(proposal, agent.id);
  if (!read.ok) throw errorOf(read);
  refuseOwnTopic(read.action);
  const { tenant } = ctx.caller;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const policy = await ctx.policies.active(tenant, agent.id);
    const now = ctx.clock.now();
    const ruling = policy.rule(tenant, read.action, { facts: noFacts, now });
    const change = openJob({
      tenant,
      id: proposal.job_id === undefined ? ctx.ids.job() : asJobId(proposal.job_id),
      action: read.action,
      requester: agent.requester,
      ruling,
      timeoutMs: proposal.timeout == null ? null : parseDuration(proposal.timeout),
      grantId: ctx.ids.grant(),
      now,
    });
    const file = { job: change.job, reviews: [] };
    const terms = { expected: null, bundle: policy.bundle, answer: null };
    if ((await commitChange(ctx, file, change, terms)) === "written") {
      const view = await viewForAgent(ctx, file, {
        policy,
        trace: ruling.trace as unknown as TraceView,
      });
      return { view, isNew: true };
    }
    const existing = await findExisting(ctx, proposal, agent);
    if (existing !== null) return attach(ctx, { existing, action: read.action, agent });
    ctx.policies.forget(tenant);
  }
  throw new HoldpointError("policy_stale", {
    message: "the policy changed again and again while deciding; propose again",
  });
}

/** SECURITY: what the server does by itself is never proposed from outside. */
export function refuseOwnTopic(action: Action): void {
  if (!isOwnTopic(action.topic)) return;
  throw new HoldpointError("action_invalid", {
    message: `topics below \`${ownTopicPrefix}\` are the server's own; choose another`,
    path: "/topic",
  });
}

async function findExisting(
  ctx: Context,
  proposal: Proposal,
  agent: AgentSubject,
): Promise<FoundJob | null> {
  const { tenant } = ctx.caller;
  const byId =
    proposal.job_id === undefined ? null : await ctx.store.findJob(tenant, proposal.job_id);
  if (byId !== null || proposal.idempotency_key == null) return byId;
  return ctx.store.findJobByKey(tenant, agent.id, proposal.idempotency_key);
}

interface Attachment {
  readonly existing: FoundJob;
  readonly action: Action;
  readonly agent: AgentSubject;
}

/** The same proposal again, after a lost answer: the job that it made answers. */
async function attach(
  ctx: Context,
  { existing, action, agent }: Attachment,
): Promise<ProposeOutcome> {
  const { job } = existing.file;
  const isOwn = job.action.actor.agent === agent.id;
  if (!isOwn || job.proposedHash !== jobHash(job.tenant, action)) {
    const isKey =
      isOwn &&
      action.idempotencyKey !== null &&
      job.action.idempotencyKey === action.idempotencyKey;
    throw new HoldpointError(isKey ? "idempotency_mismatch" : "job_exists", {
      message: isKey
        ? "the idempotency key was used for another action; choose a new one"
        : `the job id \`${job.id as JobId}\` is taken; choose another or leave it out`,
    });
  }
  const policy = await ctx.policies.get(job.tenant, existing.activeBundle ?? "", agent.id);
  return { view: await viewForAgent(ctx, existing.file, { policy, trace: null }), isNew: false };
}
