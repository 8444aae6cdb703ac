// What is recorded and told of an action that an agent ran by a decision that the server does not share.

import type { Job } from "@holdpoint/core/job/job";
import { titleOfJob } from "@holdpoint/core/wire/view";
import type { TaskRow } from "../storage/tasks.ts";
import { type Beside, nothingMore } from "./commit-change.ts";
import type { Context } from "./context.ts";
import type { FindingBody } from "./task-body.ts";
import { tell } from "./tell.ts";

/** One finding about an agent is open at a time; each action is told and stands in the record. */
export function besideMismatch(ctx: Context, job: Job, why: string): Beside {
  const { agent } = job.action.actor;
  const now = job.updatedAt;
  const body: FindingBody = { name: agent, count: 1, perMs: 0, reviews: [], closing: null };
  const task: TaskRow = {
    id: ctx.ids.finding(),
    kind: "finding",
    state: "open",
    revision: 1,
    jobId: job.id,
    ruleId: null,
    agent,
    person: null,
    subject: `local:${agent}`,
    body: JSON.stringify(body),
    dueAt: null,
    wakeAt: null,
    createdAt: now,
    updatedAt: now,
  };
  return {
    ...nothingMore,
    tasks: [task],
    outbox: tell(ctx, {
      kind: "local.mismatch",
      jobId: job.id,
      audience: [],
      title: `An agent ran what the server would not have released: ${titleOfJob(job)}`,
      lines: [`Agent ${agent}`, why],
      page: `/approvals/${job.id}`,
      facts: { job: job.id, agent, why },
    }),
  };
}
