// Governance: overrides that people judge afterwards, and findings about too many of them.

import { authorize, type GovernanceSeat } from "@holdpoint/core/approval/authority";
import { isSamePerson } from "@holdpoint/core/approval/name";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { errorOf, HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import { reviewedOf } from "@holdpoint/core/job/reviewed";
import type { AuditFact, EventType } from "@holdpoint/core/record/event";
import type {
  GovernanceCloseRequest,
  GovernanceFindingView,
  GovernancePage,
  GovernanceView,
  TaskQuery,
} from "@holdpoint/core/wire/governance";
import type { TaskKind, TaskRow } from "../storage/tasks.ts";
import { notFound } from "./change-job.ts";
import { type Context, requireViewer } from "./context.ts";
import { governanceFindingView, governanceView } from "./governance-view.ts";
import { type Present, presentPerson } from "./present-person.ts";
import { record } from "./record.ts";
import { bodyOf, type FindingBody, type GovernanceBody, named } from "./task-body.ts";
import { tell } from "./tell.ts";

const findingsShown = 200;
const attemptsMax = 8;

export async function listGovernance(ctx: Context, query: TaskQuery): Promise<GovernancePage> {
  requireViewer(ctx);
  const { tenant } = ctx.caller;
  const isOpenOnly = query.state === "open";
  const [page, findings] = await Promise.all([
    ctx.store.listTasks(tenant, {
      kind: "governance",
      isOpenOnly,
      limit: query.limit,
      after: query.cursor === undefined ? null : Number(query.cursor),
    }),
    ctx.store.listTasks(tenant, { kind: "finding", isOpenOnly, limit: findingsShown, after: null }),
  ]);
  const now = ctx.clock.now();
  return {
    items: page.tasks.map((task) => governanceView(task, now)),
    findings: findings.tasks.map(governanceFindingView),
    next_cursor: page.nextAfter === null ? null : String(page.nextAfter),
  };
}

export async function readGovernance(ctx: Context, id: string): Promise<GovernanceView> {
  requireViewer(ctx);
  return governanceView(await findTask(ctx, id, "governance"), ctx.clock.now());
}

/** INVARIANT: nobody judges their own override, nor one of an action that was asked for on their side. */
export async function closeGovernance(
  ctx: Context,
  id: string,
  request: GovernanceCloseRequest,
  attempts: number = attemptsMax,
): Promise<GovernanceView> {
  const present = await presentPerson(ctx);
  const task = await findTask(ctx, id, "governance");
  const body = bodyOf<GovernanceBody>(task);
  await requireJudge(ctx, present, task, body);
  const now = ctx.clock.now();
  const { verdict } = body;
  if (task.state !== "open") {
    const isRepeated =
      verdict?.by.id === present.person.id &&
      verdict.isLegitimate === request.legitimate &&
      verdict.whatWentWrong === request.what_went_wrong &&
      verdict.howToAvoid === request.how_to_avoid;
    if (isRepeated) return governanceView(task, now);
    throw closedBefore(id);
  }
  const closed = ended(task, now, {
    ...body,
    verdict: {
      isLegitimate: request.legitimate,
      whatWentWrong: request.what_went_wrong,
      howToAvoid: request.how_to_avoid,
      by: named(present.person),
      at: now,
    },
  });
  const fact = factOf("governance.closed", present, {
    review: id,
    legitimate: request.legitimate,
    what_went_wrong: request.what_went_wrong,
    how_to_avoid: request.how_to_avoid,
  });
  const outbox = tell(ctx, {
    kind: "governance.closed",
    jobId: task.jobId,
    audience: [...body.people.map((person) => `person:${person.id}`), ...groupOf(present)],
    title: `An override was judged ${request.legitimate ? "legitimate" : "not legitimate"}`,
    lines: [body.title, request.what_went_wrong, request.how_to_avoid],
    page: `/governance/${id}`,
    facts: { review: id, job: task.jobId, legitimate: request.legitimate },
  });
  const told = {
    events: record(ctx, ctx.caller.tenant, [{ ...fact, jobId: task.jobId, at: now }]),
    outbox,
  };
  if (await ctx.store.changeTask(ctx.caller.tenant, closed, task.revision, told)) {
    tellWorkers(ctx, task);
    return governanceView(closed, now);
  }
  // Somebody else closed it, or a reminder came between: read it again.
  if (attempts > 1) return closeGovernance(ctx, id, request, attempts - 1);
  throw closedBefore(id);
}

/** INVARIANT: a finding is closed by none of those whose overrides it counts. */
export async function closeFinding(
  ctx: Context,
  id: string,
  note: string,
): Promise<GovernanceFindingView> {
  const present = await presentPerson(ctx);
  const task = await findTask(ctx, id, "finding");
  const body = bodyOf<FindingBody>(task);
  await requireFindingJudge(ctx, present, task, body);
  if (task.state !== "open") {
    if (body.closing?.by.id === present.person.id && body.closing.note === note) {
      return governanceFindingView(task);
    }
    throw closedBefore(id);
  }
  const now = ctx.clock.now();
  const closing = { note, by: named(present.person), at: now };
  const closed = ended(task, now, { ...body, closing });
  const fact = factOf("finding.closed", present, { finding: id, note });
  const told = { events: record(ctx, ctx.caller.tenant, [{ ...fact, at: now }]), outbox: [] };
  if (await ctx.store.changeTask(ctx.caller.tenant, closed, task.revision, told)) {
    tellWorkers(ctx, task);
    return governanceFindingView(closed);
  }
  throw closedBefore(id);
}

async function requireJudge(
  ctx: Context,
  present: Present,
  task: TaskRow,
  body: GovernanceBody,
): Promise<void> {
  const found = task.jobId === null ? null : await ctx.store.findJob(ctx.caller.tenant, task.jobId);
  if (found === null) throw notFound(task.jobId ?? "");
  const { policy, account } = present;
  const authority = authorize(reviewedOf(found.file.job), account, "govern", {
    directory: policy.directory,
    at: ctx.clock.now(),
    governance: seatOf(
      ctx,
      present,
      body.people.map(({ id }) => id),
    ),
  });
  if (!authority.ok) throw errorOf(authority);
}

/** Whoever took part in an override that the finding counts, or owns the agent that it is about. */
async function requireFindingJudge(
  ctx: Context,
  present: Present,
  task: TaskRow,
  body: FindingBody,
): Promise<void> {
  const own = task.subject?.startsWith("person:") === true ? task.subject.slice(7) : null;
  const names = [...present.policy.directory.namesOf(present.person), present.person.id];
  const isAboutSelf = own !== null && isSamePerson(own, names);
  if (isAboutSelf) {
    throw new HoldpointError("approval_self_review", {
      message: "the finding is about you; somebody else has to close it",
    });
  }
  for (const id of body.reviews) {
    const review = await ctx.store.findTask(ctx.caller.tenant, id);
    if (review === null) continue;
    await requireJudge(ctx, present, review, bodyOf<GovernanceBody>(review));
  }
}

function seatOf(ctx: Context, { policy }: Present, overriders: readonly string[]): GovernanceSeat {
  const { group } = policy.policy.governance;
  return { group, isAdmin: ctx.caller.scopes.has("admin"), overriders };
}

async function findTask(ctx: Context, id: string, kind: TaskKind): Promise<TaskRow> {
  const task = await ctx.store.findTask(ctx.caller.tenant, id);
  if (task !== null && task.kind === kind) return task;
  throw new HoldpointError("governance_not_found", {
    message: kind === "finding" ? `no finding \`${id}\`` : `no governance review \`${id}\``,
  });
}

function ended(task: TaskRow, now: number, body: object): TaskRow {
  return {
    ...task,
    state: "closed",
    revision: task.revision + 1,
    body: JSON.stringify(body),
    wakeAt: null,
    updatedAt: now,
  };
}

function closedBefore(id: string): HoldpointError {
  return new HoldpointError("governance_closed", { message: `\`${id}\` is closed` });
}

function factOf(type: EventType, { person }: Present, payload: JsonObject): AuditFact {
  const nothing = { revision: null, before: null, after: null, jobHash: null, snapshot: null };
  return { type, at: 0, actor: personActor(person), jobId: null, ...nothing, payload };
}

function groupOf({ policy }: Present): readonly string[] {
  const { group } = policy.policy.governance;
  return group === null ? [] : [`group:${group}`];
}

function tellWorkers(ctx: Context, { jobId }: TaskRow): void {
  ctx.hub.changed(ctx.caller.tenant, jobId === null ? [] : [jobId]);
  ctx.hub.messages();
}
