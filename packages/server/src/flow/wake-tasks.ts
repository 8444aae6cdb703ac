// What the clocks do for tasks: reminds of governance reviews that nobody has closed, each time once on any number of processes.

import { nextReminderAt } from "@holdpoint/core/approval/governance";
import { isoOf } from "@holdpoint/core/base/clock";
import { sweepBatch } from "@holdpoint/core/base/limits";
import { isHoldpointError } from "@holdpoint/core/error/error";
import type { Told } from "../storage/policy-life.ts";
import type { TaskRow } from "../storage/tasks.ts";
import type { Engine } from "./context.ts";
import { record } from "./record.ts";
import { bodyOf, type GovernanceBody } from "./task-body.ts";
import { tell } from "./tell.ts";

/** Moves what is due in one tenant; answers how many tasks were looked at. */
export async function wakeTasks(engine: Engine, tenant: string): Promise<number> {
  const due = await engine.store.dueTasks(tenant, engine.clock.now(), sweepBatch);
  for (const task of due) await wake(engine, tenant, task);
  return due.length;
}

/** After this a reminder that could not be made is tried again. */
const againMs = 60_000;

/** The one whose write is first reminds; reminders that were slept through are one. */
async function wake(engine: Engine, tenant: string, task: TaskRow): Promise<void> {
  const now = engine.clock.now();
  const wakeAt = task.wakeAt ?? now;
  const isOpen = task.kind === "governance" && task.state === "open" && task.dueAt !== null;
  const dueAt = task.dueAt ?? now;
  const next: TaskRow = {
    ...task,
    revision: task.revision + 1,
    wakeAt: isOpen ? nextReminderAt({ createdAt: task.createdAt, dueAt }, now) : null,
    updatedAt: now,
  };
  let told: Told = { events: [], outbox: [] };
  try {
    if (isOpen) told = await reminder(engine, tenant, { task, dueAt, now, wakeAt });
  } catch (error) {
    await putOff(engine, tenant, { task, error });
    return;
  }
  if (await engine.store.changeTask(tenant, next, task.revision, told)) {
    engine.hub.changed(tenant, []);
    engine.hub.messages();
  }
}

/**
 * INVARIANT: a task that nothing can be said of holds up none behind it. A storage that does not
 * answer is no fault of the task: then all of them wait.
 */
async function putOff(
  engine: Engine,
  tenant: string,
  { task, error }: { readonly task: TaskRow; readonly error: unknown },
): Promise<void> {
  if (isHoldpointError(error) && error.code === "storage_unavailable") throw error;
  engine.telemetry.workFailed(`reminder of task ${task.id}`, error);
  const wakeAt = engine.clock.now() + againMs;
  const later: TaskRow = { ...task, revision: task.revision + 1, wakeAt };
  await engine.store.changeTask(tenant, later, task.revision, { events: [], outbox: [] });
}

interface Reminder {
  readonly task: TaskRow;
  readonly dueAt: number;
  readonly now: number;
  /** When it should have been given. */
  readonly wakeAt: number;
}

async function reminder(
  engine: Engine,
  tenant: string,
  { task, dueAt, now, wakeAt }: Reminder,
): Promise<Told> {
  const body = bodyOf<GovernanceBody>(task);
  const isOverdue = now >= dueAt;
  const { policy } = await engine.policies.active(tenant, task.agent);
  const { group } = policy.governance;
  return {
    events: record(engine, tenant, [
      {
        type: "governance.reminded",
        at: now,
        actor: { kind: "timer", id: "governance" },
        jobId: task.jobId,
        revision: null,
        before: null,
        after: null,
        jobHash: null,
        snapshot: null,
        payload: {
          review: task.id,
          review_due_at_ms: dueAt,
          due_at_ms: wakeAt,
          lateness_ms: Math.max(0, now - wakeAt),
        },
      },
    ]),
    outbox: tell(engine, {
      kind: isOverdue ? "governance.overdue" : "governance.reminded",
      jobId: task.jobId,
      audience: group === null ? [] : [`group:${group}`],
      title: isOverdue
        ? `The review of an override is overdue: ${body.title}`
        : `The review of an override is due soon: ${body.title}`,
      lines: [`Overridden for ${body.incident}: ${body.reason}`, `Due ${isoOf(dueAt)}`],
      page: `/governance/${task.id}`,
      facts: { review: task.id, job: task.jobId, due_at: isoOf(dueAt) },
    }),
  };
}
