// Takeovers: people claim what an agent was refused, do it by hand or give it back, and the agent is told.

import { authorize } from "@holdpoint/core/approval/authority";
import { isoOf } from "@holdpoint/core/base/clock";
import { errorOf, HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import type { Job } from "@holdpoint/core/job/job";
import { reviewedOf } from "@holdpoint/core/job/reviewed";
import type { EventType } from "@holdpoint/core/record/event";
import type {
  TakeoverAnswer,
  TakeoverPage,
  TakeoverView,
  TaskQuery,
} from "@holdpoint/core/wire/governance";
import type { TaskRow, TaskState } from "../storage/tasks.ts";
import { notFound } from "./change-job.ts";
import { type Context, requireViewer } from "./context.ts";
import { type Present, presentPerson } from "./present-person.ts";
import { record } from "./record.ts";
import { bodyOf, named, type TakeoverBody } from "./task-body.ts";

export async function listTakeovers(ctx: Context, query: TaskQuery): Promise<TakeoverPage> {
  requireViewer(ctx);
  const page = await ctx.store.listTasks(ctx.caller.tenant, {
    kind: "takeover",
    isOpenOnly: query.state === "open",
    limit: query.limit,
    after: query.cursor === undefined ? null : Number(query.cursor),
  });
  return {
    items: page.tasks.map(takeoverView),
    next_cursor: page.nextAfter === null ? null : String(page.nextAfter),
  };
}

export async function readTakeover(ctx: Context, id: string): Promise<TakeoverView> {
  requireViewer(ctx);
  return takeoverView(await findTakeover(ctx, id));
}

export async function claimTakeover(ctx: Context, id: string): Promise<TakeoverAnswer> {
  const { present, task, job } = await openFor(ctx, id);
  const body = bodyOf<TakeoverBody>(task);
  if (task.state === "claimed" && task.person === present.person.id) return answerOf(task, job);
  refuseIfTaken(ctx, task, present, body);
  return write(
    ctx,
    { present, task, job },
    { state: "claimed", type: "takeover.claimed", note: null },
  );
}

/** `done`: a person did by hand what had to be done. `returned`: the agent has it again. */
export async function endTakeover(
  ctx: Context,
  id: string,
  { state, note }: { readonly state: "done" | "returned"; readonly note: string | null },
): Promise<TakeoverAnswer> {
  const { present, task, job } = await openFor(ctx, id, state);
  const body = bodyOf<TakeoverBody>(task);
  if (task.state === state) return answerOf(task, job);
  refuseIfTaken(ctx, task, present, body);
  return write(ctx, { present, task, job }, { state, type: `takeover.${state}`, note });
}

interface Opened {
  readonly present: Present;
  readonly task: TaskRow;
  readonly job: Job;
}

/**
 * SECURITY: whoever may decide about the hold may take it over; the side that asked for the action
 * does not do by hand what it was refused.
 */
async function openFor(
  ctx: Context,
  id: string,
  repeated: "done" | "returned" | null = null,
): Promise<Opened> {
  const present = await presentPerson(ctx);
  const task = await findTakeover(ctx, id);
  const { tenant } = ctx.caller;
  const found = task.jobId === null ? null : await ctx.store.findJob(tenant, task.jobId);
  if (found === null) throw notFound(task.jobId ?? "");
  const { job } = found.file;
  const authority = authorize(reviewedOf(job), present.account, "claim", {
    directory: present.policy.directory,
    at: ctx.clock.now(),
  });
  if (!authority.ok) throw errorOf(authority);
  const isOpen = task.state === "open" || task.state === "claimed";
  const isRepeated = task.state === repeated && task.person === present.person.id;
  if (!isOpen && !isRepeated) throw notOpen(id, task.state);
  return { present, task, job };
}

/** An admin takes a task from whoever claimed it: they may have left. */
function refuseIfTaken(ctx: Context, task: TaskRow, { person }: Present, body: TakeoverBody): void {
  if (task.state !== "claimed" || task.person === person.id || ctx.caller.scopes.has("admin")) {
    return;
  }
  const who = body.claimedBy?.name ?? task.person ?? "somebody else";
  throw new HoldpointError("claim_conflict", { message: `${who} has this takeover` });
}

interface Step {
  readonly state: "claimed" | "done" | "returned";
  readonly type: EventType;
  readonly note: string | null;
}

async function write(
  ctx: Context,
  { present, task, job }: Opened,
  { state, type, note }: Step,
): Promise<TakeoverAnswer> {
  const { person } = present;
  const now = ctx.clock.now();
  const body: TakeoverBody = { ...bodyOf<TakeoverBody>(task), claimedBy: named(person), note };
  const next: TaskRow = {
    ...task,
    state,
    revision: task.revision + 1,
    person: person.id,
    body: JSON.stringify(body),
    updatedAt: now,
  };
  const events = record(ctx, ctx.caller.tenant, [
    {
      type,
      at: now,
      actor: personActor(person),
      jobId: job.id,
      revision: null,
      before: null,
      after: null,
      jobHash: job.jobHash,
      snapshot: null,
      payload: { takeover: task.id, person_name: named(person).name, note },
    },
  ]);
  const told = { events, outbox: [] };
  if (!(await ctx.store.changeTask(ctx.caller.tenant, next, task.revision, told))) {
    throw new HoldpointError("claim_conflict", {
      message: "somebody else was first; read it again",
    });
  }
  ctx.hub.changed(ctx.caller.tenant, [job.id]);
  return answerOf(next, job);
}

async function findTakeover(ctx: Context, id: string): Promise<TaskRow> {
  const task = await ctx.store.findTask(ctx.caller.tenant, id);
  if (task?.kind === "takeover") return task;
  throw new HoldpointError("takeover_not_found", { message: `no takeover \`${id}\`` });
}

function notOpen(id: string, state: TaskState): HoldpointError {
  return new HoldpointError("takeover_not_open", { message: `the takeover \`${id}\` is ${state}` });
}

function answerOf(task: TaskRow, { id, state, revision }: Job): TakeoverAnswer {
  return { takeover: takeoverView(task), job: { id, state, revision } };
}

function takeoverView(task: TaskRow): TakeoverView {
  const body = bodyOf<TakeoverBody>(task);
  const { state } = task;
  return {
    id: task.id,
    state: state === "closed" ? "done" : state,
    job_id: task.jobId ?? "",
    title: body.title,
    topic: body.topic,
    rule: task.ruleId,
    agent: task.agent ?? "",
    on_behalf_of: body.onBehalfOf,
    run: body.run,
    thread: body.thread,
    checkpoint: body.checkpoint,
    reason: body.reason,
    code: body.code,
    rejected_by: body.rejectedBy,
    claimed_by: body.claimedBy,
    note: body.note,
    opened_at: isoOf(task.createdAt),
    updated_at: isoOf(task.updatedAt),
  };
}
