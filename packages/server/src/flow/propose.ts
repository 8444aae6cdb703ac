// Takes an agent's proposal, decides it, and writes job, decision and event in one commit.

import type { JobId } from "@holdpoint/core/base/id";
import { asJobId } from "@holdpoint/core/base/id";
import { errorOf, HoldpointError } from "@holdpoint/core/error/error";
import type { Action } from "@holdpoint/core/action/action";
import { jobHash } from "@holdpoint/core/action/hash";
import { parseDuration } from "@holdpoint/core/wire/duration";
import type { Job } from "@holdpoint/core/job/job";
import { openJob, type Remedy } from "@holdpoint/core/job/open";
import type { HoldSurroundings } from "@holdpoint/core/job/plan";
import { isHold } from "@holdpoint/core/policy/decision";
import { actionFromProposal, callKey } from "@holdpoint/core/wire/action-door";
import type { JobView, TraceView } from "@holdpoint/core/wire/response";
import { isOwnTopic, ownTopicPrefix, publisher } from "@holdpoint/core/policy/publish";
import type { Proposal } from "@holdpoint/core/wire/shape";
import type { CommitResult, FoundJob } from "../storage/store.ts";
import { queueFull, requireRate, withRoom } from "./agent-limits.ts";
import { haltOf, requireActing } from "./agent-standing.ts";
import { commitChange } from "./commit-change.ts";
import { type AgentSubject, type Context, requireAgent } from "./context.ts";
import {
  type Counted,
  countProposal,
  firstFacts,
  isSameCount,
  nothingCounted,
  withCounts,
} from "./facts.ts";
import type { KnownAction } from "./known-action.ts";
import type { Basis, LoadedPolicy, VelocityCheck } from "./loaded-policy.ts";
import { viewForAgent } from "./read-job.ts";
import {
  atOnceOf,
  type Demand,
  mayRedeemAgain,
  redeemedAgain,
  redeemedAtOnce,
  withReceipt,
} from "./redeem-at-once.ts";
import { type Recalled, recall } from "./rejection-memory.ts";
import { surroundingsOf } from "./surroundings.ts";

/** Of several processes that count one key at once, one goes on at each attempt. */
const countsMax = 64;
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
  return proposeAction(ctx, {
    agent,
    declared: read.action,
    jobId: proposal.job_id ?? null,
    timeoutMs: proposal.timeout == null ? null : parseDuration(proposal.timeout),
    remedy: null,
    replaces: await findReplaced(ctx, agent, proposal.replaces ?? null),
    atOnce: atOnceOf(ctx, agent, proposal.redeem ?? null),
  });
}

export interface Wish {
  readonly agent: AgentSubject;
  /** The action in the agent's own words. */
  readonly declared: Action;
  /** Id that the agent chose. */
  readonly jobId: string | null;
  readonly timeoutMs: number | null;
  readonly remedy: Remedy | null;
  /** The rejected or denied job in whose place it stands. */
  readonly replaces?: Job | null;
  /** Of a caller that runs at once what nobody has to be asked about. */
  readonly atOnce?: Demand | null;
}

export async function proposeAction(ctx: Context, wish: Wish): Promise<ProposeOutcome> {
  if (wish.agent.id !== publisher) refuseOwnTopic(wish.declared);
  requireActing(wish.agent);
  requireRate(ctx, wish.agent.id, wish.agent.registered?.limits.perMinute ?? null);
  const { tenant } = ctx.caller;
  const running = await redeemKnown(ctx, wish);
  if (running !== null) return { view: running, isNew: false };
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const policy = await ctx.policies.active(tenant, wish.agent.id);
    const now = ctx.clock.now();
    const facts = await firstFacts(ctx, policy, { action: wish.declared, now });
    const basis = { facts, now };
    const known = policy.learn(tenant, wish.declared, basis);
    const checks = policy.velocityChecks(tenant, known, basis);
    const look = { action: known.action, now, isSecondLook: attempt > 0 };
    const recalled = await recall(ctx, policy, look);
    // What was in the way may have been the key: the next try leaves the redemption to its own call, which asks anew.
    const atOnce = attempt === 0 ? (wish.atOnce ?? null) : null;
    const deciding = { wish, atOnce, policy, known, basis, checks, recalled };
    const view = await (checks.length === 0
      ? tryToOpen(ctx, deciding, nothingCounted)
      : openCounted(ctx, deciding));
    if (view !== null) return { view, isNew: true };
    const existing = await findExisting(ctx, wish);
    if (existing !== null) return attach(ctx, existing, wish);
    ctx.policies.forget(tenant);
    await refuseHalted(ctx, wish);
  }
  throw new HoldpointError("policy_stale", {
    message: "policy, tools or counts changed again and again while deciding; propose again",
  });
}

/**
 * Proposals that are counted together wait for each other here, instead of losing in the database;
 * against another process the one that lost counts again, until something else was in the way.
 */
async function openCounted(ctx: Context, deciding: Deciding): Promise<JobView | null> {
  const { checks, basis } = deciding;
  const leave = await ctx.lanes.enter(checks.map(({ key }) => `${ctx.caller.tenant} ${key}`));
  try {
    let counted = await countProposal(ctx, checks, basis.now);
    for (let attempt = 0; attempt < countsMax; attempt += 1) {
      const view = await tryToOpen(ctx, deciding, counted);
      if (view !== null) return view;
      const again = await countProposal(ctx, checks, basis.now);
      if (isSameCount(counted, again)) return null;
      counted = again;
    }
    return null;
  } finally {
    leave();
  }
}

interface Deciding {
  readonly wish: Wish;
  readonly atOnce: Demand | null;
  readonly policy: LoadedPolicy;
  readonly known: KnownAction;
  readonly basis: Basis;
  readonly checks: readonly VelocityCheck[];
  readonly recalled: Recalled;
}

/** Null when another change was first. */
async function tryToOpen(
  ctx: Context,
  deciding: Deciding,
  counted: Counted,
): Promise<JobView | null> {
  const { wish, policy, known, recalled } = deciding;
  const { tenant } = ctx.caller;
  const { now } = deciding.basis;
  const facts = withCounts(deciding.basis.facts, counted);
  const ruling = policy.rule(tenant, known, { facts, now });
  const opened = openJob({
    tenant,
    id: wish.jobId === null ? ctx.ids.job() : asJobId(wish.jobId),
    action: known.action,
    declared: known.enrichment === null ? undefined : wish.declared,
    enrichment: known.enrichment,
    facts,
    remedy: wish.remedy,
    replaces: wish.replaces ?? null,
    memory: recalled.memory,
    around: await aroundOf(ctx, deciding, ruling.decision),
    requester: wish.agent.requester,
    ruling,
    timeoutMs: wish.timeoutMs,
    grantId: ctx.ids.grant(),
    now,
  });
  const change = redeemedAtOnce(ctx, opened, {
    demand: deciding.atOnce,
    agent: wish.agent,
    ruling,
  });
  const file = { job: change.job, reviews: [] };
  const { bundle } = policy;
  const memory = recalled.recollection;
  const isRun = change.job.execution !== null;
  // SECURITY: what runs at once was redeemed: neither the agent nor its key is believed from memory.
  const acting = isRun || wish.agent.registered !== undefined ? wish.agent.id : null;
  const credential = isRun ? ctx.caller.keyId : null;
  const bound = { expected: null, bundle, agent: acting, credential, memory };
  const terms = { ...bound, velocity: counted.steps, answer: null };
  const write = (): Promise<CommitResult> => commitChange(ctx, file, change, terms);
  const isHeld = change.job.state === "APPROVAL";
  if ((await (isHeld ? writeHold(ctx, wish, write) : write())) !== "written") return null;
  // A shadow is compared with what policy says, not with what people said before.
  if (recalled.memory === null) ctx.shadows.offer(change.job);
  const view = await viewForAgent(ctx, file, {
    policy,
    trace: ruling.trace as unknown as TraceView,
  });
  return withReceipt(ctx, change.job, { view, demand: wish.atOnce ?? null });
}

/** A hold joins the queue of its agent; the same proposal again is no second one in a full queue. */
async function writeHold(
  ctx: Context,
  wish: Wish,
  write: () => Promise<CommitResult>,
): Promise<CommitResult> {
  const { agent } = wish;
  const pending = agent.registered?.limits.pending ?? null;
  const result = await withRoom(
    ctx,
    { tenant: ctx.caller.tenant, agent: agent.id, pending },
    write,
  );
  if (result !== "full") return result;
  if ((await findExisting(ctx, wish)) !== null) return "lost";
  throw queueFull(agent.id, pending ?? 0);
}

/** A proposal that was not written, and has no job: its agent may have been halted meanwhile. */
async function refuseHalted(ctx: Context, { agent, atOnce = null }: Wish): Promise<void> {
  if (agent.registered === undefined && atOnce === null) return;
  const halt = await haltOf(ctx, ctx.caller.tenant, agent.id);
  if (halt !== null) throw halt;
}

/** What is neither held by policy nor like something rejected needs nobody, and waits for no look at people. */
async function aroundOf(
  ctx: Context,
  { policy, recalled }: Deciding,
  decision: Job["decision"],
): Promise<HoldSurroundings | null> {
  if (!isHold(decision.kind) && recalled.memory === null) return null;
  const near = recalled.memory?.likeness === "near" ? recalled.memory.job.id : null;
  return surroundingsOf(ctx, policy, { tenant: ctx.caller.tenant, decision, near });
}

/** SECURITY: of another agent's job nothing is told, not even that it is there. */
async function findReplaced(
  ctx: Context,
  agent: AgentSubject,
  id: string | null,
): Promise<Job | null> {
  if (id === null) return null;
  const found = await ctx.store.findJob(ctx.caller.tenant, id);
  const job = found?.file.job;
  const isOwn = job?.action.actor.agent === agent.id;
  if (job !== undefined && isOwn && (job.state === "REJECTED" || job.state === "DENIED")) {
    return job;
  }
  throw new HoldpointError("action_invalid", {
    message: isOwn
      ? `the job is ${job?.state}; only a rejected or denied one is replaced`
      : `you have no job \`${id}\``,
    path: "/replaces",
  });
}

/** SECURITY: what the server does by itself is never proposed from outside. */
function refuseOwnTopic(action: Action): void {
  if (!isOwnTopic(action.topic)) return;
  throw new HoldpointError("action_invalid", {
    message: `topics below \`${ownTopicPrefix}\` are the server's own; choose another`,
    path: "/topic",
  });
}

async function findExisting(ctx: Context, wish: Wish): Promise<FoundJob | null> {
  const { tenant } = ctx.caller;
  const { idempotencyKey } = wish.declared;
  const byId = wish.jobId === null ? null : await ctx.store.findJob(tenant, wish.jobId);
  if (byId !== null || idempotencyKey === null) return byId;
  return ctx.store.findJobByKey(tenant, wish.agent.id, idempotencyKey);
}

/** A call that comes again to run what was released, by what this process wrote last; null when that does not help. */
async function redeemKnown(
  ctx: Context,
  { agent, declared, jobId, atOnce = null }: Wish,
): Promise<JobView | null> {
  const { idempotencyKey } = declared;
  if (atOnce === null || idempotencyKey === null || jobId !== null) return null;
  const { tenant } = ctx.caller;
  const job = ctx.hub.recentOfCall(tenant, agent.id, idempotencyKey)?.job;
  if (job === undefined || !mayRedeemAgain(job, atOnce)) return null;
  if (job.proposedHash !== jobHash(tenant, declared)) return null;
  return redeemedAgain(ctx, job, { agent, declared, demand: atOnce });
}

/** The same proposal again, after a lost answer: the job that it made answers. */
async function attach(ctx: Context, existing: FoundJob, wish: Wish): Promise<ProposeOutcome> {
  const { agent, declared: action, atOnce = null } = wish;
  const { job } = existing.file;
  const isOwn = job.action.actor.agent === agent.id;
  if (!isOwn || job.proposedHash !== jobHash(job.tenant, action)) {
    const isKey =
      isOwn &&
      action.idempotencyKey !== null &&
      job.action.idempotencyKey === action.idempotencyKey;
    throw new HoldpointError(isKey ? "idempotency_mismatch" : "job_exists", {
      message: isKey
        ? mismatchOf(action)
        : `the job id \`${job.id as JobId}\` is taken; choose another or leave it out`,
    });
  }
  let found = existing;
  if (atOnce !== null && mayRedeemAgain(job, atOnce)) {
    const running = await redeemedAgain(ctx, job, { agent, declared: action, demand: atOnce });
    if (running !== null) return { view: running, isNew: false };
    // Another repeat may have been first.
    found = (await findExisting(ctx, wish)) ?? existing;
  }
  const policy = await ctx.policies.get(job.tenant, found.activeBundle ?? "", agent.id);
  const view = await viewForAgent(ctx, found.file, { policy, trace: null });
  return { view: await withReceipt(ctx, found.file.job, { view, demand: atOnce }), isNew: false };
}

function mismatchOf({ idempotencyKey, actor }: Action): string {
  if (idempotencyKey !== callKey(actor)) {
    return "the idempotency key was used for another action; choose a new one";
  }
  return `the call \`${actor.call}\` of the run \`${actor.run}\` was another action before; name this one otherwise`;
}
