// The task for people that a rejection opens when its rule says `on_reject: escalate`, in the rejection's own commit.

import { maskString } from "@holdpoint/core/action/mask";
import type { Change } from "@holdpoint/core/job/change";
import type { Job } from "@holdpoint/core/job/job";
import { isPublication } from "@holdpoint/core/policy/publish";
import { titleOfJob } from "@holdpoint/core/wire/view";
import type { OutboxMessage } from "../storage/store.ts";
import type { TaskRow } from "../storage/tasks.ts";
import type { Beside } from "./commit-change.ts";
import type { Engine } from "./context.ts";
import type { TakeoverBody } from "./task-body.ts";
import { chainOf } from "./whole-chain.ts";
import { tell } from "./tell.ts";

const nothing = { facts: [], outbox: [], tasks: [] };

/** Whatever door the rejection came by; a publication that is rejected goes back to its author instead. */
export function takeoverOf(
  engine: Engine,
  { job }: Change,
  before: Job | undefined,
): Pick<Beside, "facts" | "outbox" | "tasks"> {
  const { resolution, decision } = job;
  if (job.state !== "REJECTED" || before?.state === "REJECTED" || resolution === null) {
    return nothing;
  }
  if (decision.onReject !== "escalate" || isPublication(job.action)) return nothing;
  const id = engine.ids.takeover();
  const { reason } = resolution;
  return {
    facts: [
      {
        type: "takeover.opened",
        at: job.updatedAt,
        actor: resolution.by,
        jobId: job.id,
        revision: null,
        before: null,
        after: null,
        jobHash: job.jobHash,
        snapshot: job.snapshot,
        payload: { takeover: id, reason },
      },
    ],
    outbox: newsOf(engine, job),
    tasks: [taskOf(id, job, resolution)],
  };
}

function taskOf(id: string, job: Job, resolution: NonNullable<Job["resolution"]>): TaskRow {
  const { action } = job;
  const body: TakeoverBody = {
    title: maskString(titleOfJob(job)),
    topic: action.topic,
    onBehalfOf: action.actor.onBehalfOf,
    run: action.actor.run,
    thread: action.actor.thread,
    checkpoint: action.checkpoint,
    reason: resolution.reason,
    code: resolution.code,
    rejectedBy: { id: resolution.by.id, name: resolution.byName },
    claimedBy: null,
    note: null,
  };
  return {
    id,
    kind: "takeover",
    state: "open",
    revision: 1,
    jobId: job.id,
    ruleId: job.decision.ruleId,
    agent: action.actor.agent,
    person: null,
    subject: null,
    body: JSON.stringify(body),
    dueAt: null,
    wakeAt: null,
    createdAt: job.updatedAt,
    updatedAt: job.updatedAt,
  };
}

function newsOf(engine: Engine, job: Job): readonly OutboxMessage[] {
  const news = {
    kind: "takeover.opened",
    jobId: job.id,
    audience: chainOf(job),
    title: `A person has to take over: ${titleOfJob(job)}`,
    lines: [
      `Rejected by ${job.resolution?.byName ?? job.resolution?.by.id ?? "somebody"}`,
      `Why: ${job.resolution?.reason ?? "no reason given"}`,
      `Agent: ${job.action.actor.agent}`,
    ],
    page: "/takeovers",
  };
  return tell(engine, news);
}
