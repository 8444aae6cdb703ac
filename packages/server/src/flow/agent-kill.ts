// Ends an agent for good: its keys at once, then what it left open, in batches that any process goes on with.

import { agentSweepMax } from "@holdpoint/core/base/limits";
import { isHoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import { cancelled } from "@holdpoint/core/job/resumption";
import type { AgentKilled } from "@holdpoint/core/wire/agents";
import { turnFacts } from "./agent-fact.ts";
import { findOrBegin, stale, told, turnTo, viewOf } from "./agents.ts";
import { changeJob } from "./change-job.ts";
import { type Caller, type Context, type Engine, requirePerson } from "./context.ts";
import { record } from "./record.ts";
import { runFact } from "./run-view.ts";

const attemptsMax = 8;
/** Batches that the call itself ends; the clocks end the rest. */
const batchesMax = 5;
/** Killed agents that one look of the clocks takes. */
const agentsMax = 16;
const registry = { kind: "system", id: "registry" } as const;

/** INVARIANT: nothing brings a killed agent back; killing it again goes on with what is left of it. */
export async function killAgent(ctx: Context, id: string, reason: string): Promise<AgentKilled> {
  const keys = await writeKill(ctx, id, reason);
  const { tenant } = ctx.caller;
  let swept: Swept = nothingSwept;
  for (let batch = 0; batch < batchesMax && !swept.isComplete; batch += 1) {
    swept = sum(swept, await sweepAgent(ctx, tenant, id));
  }
  const { jobs, resumptions, isComplete } = swept;
  return {
    ...(await viewOf(ctx, id)),
    ended: { keys, jobs, resumptions, is_complete: isComplete },
  };
}

/** Answers how many keys ended. */
async function writeKill(ctx: Context, id: string, reason: string): Promise<number> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const now = ctx.clock.now();
    const { agent, expected } = await findOrBegin(ctx, id, person.id);
    const turned = turnTo(agent, { kind: "kill", reason, by: person.id, now });
    if (turned === null) return 0;
    const facts = turnFacts(turned, { before: agent, expected, by: personActor(person) });
    const killed = await ctx.store.killAgent(tenant, {
      agent: turned,
      expected,
      webhookSealed: null,
      events: record(ctx, tenant, facts),
      now,
    });
    if (killed === null) continue;
    told(ctx, tenant, id);
    return killed.keys;
  }
  throw stale(id);
}

interface Swept {
  readonly jobs: number;
  readonly resumptions: number;
  readonly isComplete: boolean;
}

const nothingSwept: Swept = { jobs: 0, resumptions: 0, isComplete: false };

function sum(one: Swept, other: Swept): Swept {
  return {
    jobs: one.jobs + other.jobs,
    resumptions: one.resumptions + other.resumptions,
    isComplete: other.isComplete,
  };
}

/** What killed agents left open in a tenant; true when something is left still. */
export async function sweepKilled(engine: Engine, tenant: string): Promise<boolean> {
  const agents = await engine.store.agentsToSweep(tenant, agentsMax);
  let isLeft = agents.length === agentsMax;
  for (const agent of agents) {
    const { isComplete } = await sweepAgent(engine, tenant, agent);
    isLeft ||= !isComplete;
  }
  return isLeft;
}

/** Runs first: the answers of their jobs would wake them. */
async function sweepAgent(engine: Engine, tenant: string, agent: string): Promise<Swept> {
  const runs = await engine.store.openResumptionsOf(tenant, agent, agentSweepMax);
  for (const { id } of runs) await cancelRun(engine, tenant, id);
  if (runs.length === agentSweepMax) {
    return { jobs: 0, resumptions: runs.length, isComplete: false };
  }
  const jobs = await engine.store.openJobsOf(tenant, agent, agentSweepMax);
  const endings = jobs.map((id) => endJob(engine, tenant, id));
  const isEnded = (await Promise.all(endings)).every(Boolean);
  const isComplete = isEnded && jobs.length < agentSweepMax;
  if (isComplete) await engine.store.agentSwept(tenant, agent);
  return { jobs: jobs.length, resumptions: runs.length, isComplete };
}

async function cancelRun(engine: Engine, tenant: string, id: string): Promise<void> {
  await engine.store.changeResumption(tenant, id, (run) => {
    const result = cancelled(run, engine.clock.now());
    if (!result.ok) return result;
    const actor = registry;
    const more = { reason: killedReason };
    const fact = runFact(run, result.next, { type: "run.cancelled", actor, more });
    const told = { events: record(engine, tenant, [fact]), outbox: [] };
    return { ok: true, next: result.next, told };
  });
}

const killedReason = "the agent was killed";

/** A hold is cancelled, a release revoked. False when the job could not be ended now. */
async function endJob(engine: Engine, tenant: string, jobId: string): Promise<boolean> {
  const ctx: Context = { ...engine, caller: callerOf(tenant) };
  try {
    await changeJob(ctx, {
      jobId,
      name: "kill",
      by: registry,
      requestKey: null,
      isPolicyBound: false,
      command: ({ file }) => ({
        ok: true,
        command: {
          kind: file.job.state === "APPROVAL" ? "cancel" : "revoke",
          by: registry,
          byName: null,
          reason: killedReason,
          now: engine.clock.now(),
        },
      }),
      answer: async () => null,
    });
    return true;
  } catch (error) {
    if (!isHoldpointError(error)) throw error;
    // It ended by itself meanwhile, or is looked at again.
    return error.code === "job_not_approved" || error.code === "job_not_cancellable";
  }
}

function callerOf(tenant: string): Caller {
  return {
    tenant,
    agent: null,
    person: null,
    scopes: new Set(),
    keyId: null,
    isDevelopment: false,
  };
}
