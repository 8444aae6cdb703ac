// Suspends a run: its state is kept, its calls are bound to it, and it waits for their answers without a process.

import { digestOf } from "@holdpoint/core/base/digest";
import { resumptionArmMs } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Job } from "@holdpoint/core/job/job";
import { isEnded, type Resumption } from "@holdpoint/core/job/resumption";
import type { ResumptionView, SuspendRequest } from "@holdpoint/core/wire/resumption";
import { armRun, type Bindings } from "./arm-run.ts";
import { notFound } from "./change-job.ts";
import { bytesOfBase64, digestOfState } from "./checkpoint-state.ts";
import { checkpointNotFound } from "./checkpoint-view.ts";
import { saveCheckpoint } from "./checkpoints.ts";
import { actorOfAgent, type AgentSubject, type Context, requireAgent } from "./context.ts";
import { runView } from "./run-view.ts";

/**
 * `POST /resumptions`. The same call again is the same run: a call that was cut short anywhere goes on where it was,
 * by its repetition or by the server's own clock.
 */
export async function suspendRun(ctx: Context, request: SuspendRequest): Promise<ResumptionView> {
  const agent = requireOwnAgent(ctx);
  await requireNewestClaim(ctx, agent, request.after);
  let calls = await ownJobs(ctx, agent, request.jobs);
  const checkpoint = await keepState(ctx, request);
  let wanted = newRun(ctx, agent, { request, checkpoint, jobs: calls });
  let earlier = await ctx.store.findResumption(ctx.caller.tenant, wanted.id);
  if (earlier !== null) {
    // Read after the run, so that calls which were bound to it a moment ago are seen to be.
    calls = await ownJobs(ctx, agent, request.jobs);
    if (hasLeft(earlier, calls)) {
      wanted = newRun(ctx, agent, { request, checkpoint, jobs: calls, isAnew: true });
      earlier = await ctx.store.findResumption(ctx.caller.tenant, wanted.id);
    }
  }
  if (earlier !== null && earlier.state !== "arming") return runView(requireLive(earlier));
  const replaced = await bindingsOf(ctx, { jobs: calls, run: wanted.id, request });
  const stored = await ctx.store.addResumption(ctx.caller.tenant, wanted);
  if (stored === null) {
    const { agent: own, thread, namespace, checkpoint: id } = wanted;
    throw checkpointNotFound({ agent: own, thread, namespace, id });
  }
  return runView(await armRun(ctx, stored, { by: actorOfAgent(agent), replaced }));
}

/** SECURITY: the runs of an agent are its own; an enforcement point has none. */
export function requireOwnAgent(
  ctx: Context,
  otherwise = "runs are suspended and taken up by the agent itself; use its key",
): AgentSubject {
  const agent = requireAgent(ctx, "propose");
  if (agent.kind === "agent") return agent;
  throw new HoldpointError("scope_missing", { message: otherwise });
}

/**
 * SECURITY: a worker that slept past its lease, or whose run was taken back or given up, suspends nothing in its name:
 * its calls would leave the run of the worker that came after.
 */
async function requireNewestClaim(
  ctx: Context,
  agent: AgentSubject,
  after: SuspendRequest["after"],
): Promise<void> {
  if (after === undefined) return;
  const run = await ctx.store.findResumption(ctx.caller.tenant, after.resumption);
  if (run === null || run.agent !== agent.id) {
    throw new HoldpointError("resumption_not_found", {
      message: `no suspended run \`${after.resumption}\``,
    });
  }
  if (run.fence === after.fence && run.state !== "cancelled" && run.state !== "dead") return;
  throw new HoldpointError("resumption_lost", {
    message: "the lease is over: another worker has the run, or it ended",
    facts: { state: run.state, fence: run.fence },
  });
}

/** Given up or taken back, a run would wait in silence: whoever suspends it again has to know. */
function requireLive(run: Resumption): Resumption {
  if (!isEnded(run) || run.state === "completed") return run;
  throw new HoldpointError("resumption_ended", {
    message: `the run was suspended with this state before, and is ${run.state}; a person can retry a dead one`,
    facts: { resumption: run.id, state: run.state },
  });
}

async function ownJobs(
  ctx: Context,
  agent: AgentSubject,
  ids: readonly string[],
): Promise<readonly Job[]> {
  return Promise.all(
    [...new Set(ids)].map(async (id) => {
      const found = await ctx.store.findJob(ctx.caller.tenant, id);
      if (found?.file.job.action.actor.agent !== agent.id) throw notFound(id);
      return found.file.job;
    }),
  );
}

interface Kept {
  readonly id: string;
  readonly digest: string;
}

/** A state without an id is named by its content, so that the same call finds what it kept before. */
async function keepState(ctx: Context, request: SuspendRequest): Promise<Kept> {
  const { thread, run = null, checkpoint } = request;
  const namespace = request.namespace ?? "";
  const { id, codec, state, step, parent } = checkpoint;
  if (state === undefined) {
    if (id !== undefined) return findState(ctx, { thread, namespace, id });
    throw refusedCheckpoint(
      "a run goes on from a state: send `state`, or the `id` of a checkpoint",
    );
  }
  if (codec === undefined) throw refusedCheckpoint("say with `codec` what reads the state again");
  const bytes = bytesOfBase64(state, "/checkpoint/state");
  const named = id ?? `state_${digestOfState(bytes).slice("sha256:".length, 47)}`;
  const kept = { namespace, id: named, run, codec, state, step, parent, replace: false };
  return saveCheckpoint(ctx, thread, kept);
}

async function findState(
  ctx: Context,
  place: { readonly thread: string; readonly namespace: string; readonly id: string },
): Promise<Kept> {
  const agent = requireOwnAgent(ctx).id;
  const found = await ctx.store.findCheckpoint(ctx.caller.tenant, { agent, ...place });
  if (found === null) throw checkpointNotFound({ agent, ...place });
  return found.head;
}

function refusedCheckpoint(message: string): HoldpointError {
  return new HoldpointError("request_invalid", { message, path: "/checkpoint" });
}

/**
 * INVARIANT: a run that is not waited for by a call that waits would never go on with its answer, though its state is the
 * same: the call went back to people after the run had taken its release up, or moved to another run.
 */
function hasLeft(run: Resumption, jobs: readonly Job[]): boolean {
  if (run.state === "arming") return false;
  return jobs.some(({ state, resumption }) => state === "APPROVAL" && resumption !== run.id);
}

interface Wanted {
  readonly request: SuspendRequest;
  readonly checkpoint: Kept;
  readonly jobs: readonly Job[];
  /** The rounds of its calls name it as well. */
  readonly isAnew?: boolean;
}

function newRun(
  { clock, caller }: Context,
  agent: AgentSubject,
  { request, checkpoint, jobs: calls, isAnew = false }: Wanted,
): Resumption {
  const { thread, queue, mode } = request;
  const namespace = request.namespace ?? "";
  const run = request.run ?? null;
  const jobs = calls.map(({ id }) => id);
  const names = calls.map(({ id, round }) => (isAnew ? `${id}#${round}` : id));
  const now = clock.now();
  const { tenant } = caller;
  const { digest } = checkpoint;
  const identity = {
    name: "resumption",
    tenant,
    agent: agent.id,
    thread,
    namespace,
    digest,
    mode,
    queue,
    run,
  };
  return {
    id: `run_${digestOf("request", { ...identity, jobs: names.toSorted() }).slice("sha256:".length, 47)}`,
    ...{ agent: agent.id, queue, thread, namespace, run, mode, jobs, digest },
    checkpoint: checkpoint.id,
    state: "arming",
    open: jobs,
    settled: [],
    claimed: [],
    handed: [],
    attempts: 0,
    fence: 0,
    worker: null,
    dueAt: now + resumptionArmMs,
    lastError: null,
    createdAt: now,
    updatedAt: now,
    endedAt: null,
  };
}

interface Moving {
  readonly jobs: readonly Job[];
  readonly run: string;
  readonly request: SuspendRequest;
}

/**
 * Which runs the jobs move away from. SECURITY: from a run that a worker has, a job moves only by the newest claim of
 * it: a worker that slept past its lease takes nothing away from the one that came after.
 */
async function bindingsOf(ctx: Context, { jobs, run, request }: Moving): Promise<Bindings> {
  const bindings = new Map<string, string>();
  for (const { id, state, resumption } of jobs) {
    if (state !== "APPROVAL" || resumption === null || resumption === run) continue;
    const before = await ctx.store.findResumption(ctx.caller.tenant, resumption);
    const isTaken = before?.state === "claimed";
    const isOurs =
      request.after?.resumption === resumption && request.after.fence === before?.fence;
    if (isTaken && !isOurs) {
      throw new HoldpointError("job_suspended", {
        message: `job \`${id}\` belongs to run \`${resumption}\`, which a worker has; say \`after\` with its fence`,
        facts: { job: id, resumption },
      });
    }
    bindings.set(id, resumption);
  }
  return bindings;
}
