// Writes a change with its sealed events and its messages, and then tells who waits in this process.

import { assert } from "@holdpoint/core/base/assert";
import type { Change } from "@holdpoint/core/job/change";
import type { Job, JobFile } from "@holdpoint/core/job/job";
import type { AuditFact } from "@holdpoint/core/record/event";
import type { AnswerToStore, CommitResult, OutboxMessage, VelocityStep } from "../storage/store.ts";
import type { OutputRow } from "../storage/outputs.ts";
import type { TaskRow } from "../storage/tasks.ts";
import type { Recollection } from "../storage/holds.ts";
import type { Engine } from "./context.ts";
import { notify } from "./notify.ts";
import { record } from "./record.ts";
import { agentChannel, answerToAgent } from "./run-notice.ts";
import { takeoverOf } from "./takeover-task.ts";

/** What a change brings with it beyond the job: tasks for people, and what is recorded and told of them. */
export interface Beside {
  readonly facts: readonly AuditFact[];
  readonly outbox: readonly OutboxMessage[];
  readonly tasks: readonly TaskRow[];
  /** Counts that must still be as they were read. */
  readonly steps: readonly VelocityStep[];
  /** What the execution gave whose outcome the change records. */
  readonly output?: OutputRow | null;
}

export const nothingMore: Beside = { facts: [], outbox: [], tasks: [], steps: [] };

export interface CommitTerms {
  /** The job as it was read; absent for a new one. */
  readonly before?: Job;
  /** Revision that the job must still have; null for a new job. */
  readonly expected: number | null;
  /** Bundle that must still be active; null when it does not matter. */
  readonly bundle: string | null;
  /** Agent that must not be halted; absent or null when it does not matter. */
  readonly agent?: string | null;
  /** Key that must still be live; absent or null when it does not matter. */
  readonly credential?: string | null;
  /** What a new job was compared with. */
  readonly memory?: Recollection | null;
  readonly velocity?: readonly VelocityStep[];
  readonly beside?: Beside;
  readonly answer: AnswerToStore | null;
}

/**
 * INVARIANT: nobody is told before the commit, and a commit whose fate is unknown makes them look.
 * INVARIANT: no override is written without the governance review that judges it.
 */
export async function commitChange(
  engine: Engine,
  file: JobFile,
  change: Change,
  terms: CommitTerms,
): Promise<CommitResult> {
  const { beside: own = nothingMore, velocity = [] } = terms;
  const { job } = change;
  const { tenant } = job;
  const takeover = takeoverOf(engine, change, terms.before);
  const tasks = [...own.tasks, ...takeover.tasks];
  assert(
    !isOverride(change, terms.before) || tasks.some(({ kind }) => kind === "governance"),
    "an override is written with its governance review",
  );
  const outbox = [
    ...notify(engine, change),
    ...own.outbox,
    ...takeover.outbox,
    ...answerToAgent(engine, job, terms.before),
  ];
  try {
    const result = await engine.store.commit(tenant, {
      job,
      review: change.review,
      events: record(engine, tenant, [...change.facts, ...own.facts, ...takeover.facts]),
      outbox,
      tasks,
      velocity: [...velocity, ...own.steps],
      output: own.output ?? null,
      before: terms.before,
      expected: terms.expected,
      bundle: terms.bundle,
      agent: terms.agent ?? null,
      credential: terms.credential ?? null,
      memory: terms.memory ?? null,
      answer: terms.answer,
    });
    if (result === "written") tell(engine, file, { change, tasks, outbox });
    return result;
  } catch (error) {
    engine.hub.changed(tenant, [job.id]);
    throw error;
  }
}

function isOverride({ job }: Change, before: Job | undefined): boolean {
  return (
    job.state === "APPROVED" && before?.state !== "APPROVED" && job.resolution?.code === "override"
  );
}

interface Written {
  readonly change: Change;
  readonly tasks: readonly TaskRow[];
  readonly outbox: readonly OutboxMessage[];
}

function tell(engine: Engine, file: JobFile, { change, tasks, outbox }: Written): void {
  engine.hub.written(change.job.tenant, file);
  const isToAgents = outbox.some(({ channel }) => channel === agentChannel);
  const isToPeople = outbox.some(({ channel }) => channel !== agentChannel);
  if (isToAgents) engine.hub.messages("agents");
  if (isToPeople) engine.hub.messages("people");
  const { job } = change;
  if (job.resumption !== null && job.state !== "APPROVAL") {
    engine.hub.runs.ready(job.tenant, job.action.actor.agent);
  }
  if (change.job.dueAt !== null) engine.hub.deadline(change.job.dueAt);
  for (const { wakeAt } of tasks) if (wakeAt !== null) engine.hub.task(wakeAt);
  engine.telemetry.jobChanged(change);
}
