// What a suspended run makes known: messages for the agent's webhook, and for people when it was given up.

import { isoOf } from "@holdpoint/core/base/clock";
import type { Job } from "@holdpoint/core/job/job";
import type { Resumption } from "@holdpoint/core/job/resumption";
import type { OutboxMessage } from "../storage/store.ts";
import type { Engine } from "./context.ts";
import { tell } from "./tell.ts";

/** Where messages to agents stand; what one says is looked up when it is sent. */
export const agentChannel = "agent";

/** What a message to an agent is made from, in the outbox. */
export interface AgentMessage {
  readonly tenant: string;
  readonly agent: string;
  readonly resumption: string;
  /** The answer that it tells of; null when it tells that the run can go on. */
  readonly job: string | null;
  /** Tells only if this claim is still the newest, once its lease is over. */
  readonly fence: number | null;
}

export function toAgent(engine: Engine, message: AgentMessage, dueAt: number): OutboxMessage {
  const kind = message.job === null ? "run.ready" : "job.settled";
  return {
    id: engine.ids.delivery(),
    // People who look who was told about a job look for people.
    jobId: null,
    channel: agentChannel,
    kind,
    body: JSON.stringify({ type: kind, timestamp: isoOf(dueAt), data: message }),
    dueAt,
  };
}

/** An answer that a suspended run waits for. */
export function answerToAgent(engine: Engine, job: Job, before: Job | undefined): OutboxMessage[] {
  const { tenant, resumption, state } = job;
  const isAnswer = state !== "APPROVAL" && before?.state === "APPROVAL";
  if (resumption === null || !isAnswer) return [];
  const { agent } = job.action.actor;
  return [toAgent(engine, { tenant, agent, resumption, job: job.id, fence: null }, job.updatedAt)];
}

/** The run can go on at its due date. */
export function readyToAgent(engine: Engine, tenant: string, run: Resumption): OutboxMessage[] {
  if (run.state !== "waiting" || run.dueAt === null) return [];
  const { agent, id: resumption } = run;
  return [toAgent(engine, { tenant, agent, resumption, job: null, fence: null }, run.dueAt)];
}

/** A run that nobody takes up any more is for people to look at: its owner, and the shared places. */
export async function deadRunNotice(
  engine: Engine,
  tenant: string,
  agent: string,
): Promise<(run: Resumption) => readonly OutboxMessage[]> {
  const owner = (await engine.store.findAgent(tenant, agent))?.owner ?? null;
  return (run) =>
    tell(engine, {
      kind: "dead_run",
      jobId: run.jobs[0] ?? null,
      audience: owner === null ? [] : [`person:${owner}`],
      title: `A run of ${run.agent} was given up: ${run.lastError ?? "no reason was told"}`,
      lines: [
        `Thread ${run.thread}, ${run.jobs.length} call${run.jobs.length === 1 ? "" : "s"}, ${run.attempts} attempts`,
        `Look at it and try it again: holdpoint runs retry ${run.id}`,
      ],
      page: "/runs",
      facts: { resumption: run.id, agent: run.agent, thread: run.thread },
    });
}
