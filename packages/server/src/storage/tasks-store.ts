// Tasks for people after a decision: written with it, changed by compare-and-set, woken by the clocks.

import type { Database, Row, Session, Statement } from "./database.ts";
import { addMessages } from "./message-store.ts";
import type { Told } from "./policy-life.ts";
import { appendEvents, notify } from "./settings-store.ts";
import type { TaskKind, TaskRow, TaskState, TaskStore } from "./tasks.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

const columns = `id, kind, state, revision, job_id, rule_id, agent, person, subject, body, due_at, wake_at,
  created_at, updated_at`;

type TaskCalls = Pick<
  TaskStore,
  | "findTask"
  | "findTaskOfJob"
  | "listTasks"
  | "changeTask"
  | "dueTasks"
  | "nextTaskAt"
  | "openFindings"
  | "lastFindingClosedAt"
  | "overridesOf"
  | "tasksBetween"
>;

export function taskCalls(database: Database): TaskCalls {
  const read = async (tenant: string, one: Statement, values: unknown[]): Promise<TaskRow[]> =>
    (await database.query<Stored>(tenant, one, [tenant, ...values])).map(taskOf);
  return {
    findTask: async (tenant, id) => (await read(tenant, find, [id]))[0] ?? null,
    findTaskOfJob: async (tenant, jobId, kind) =>
      (await read(tenant, findOfJob, [jobId, kind]))[0] ?? null,
    listTasks: async (tenant, { kind, isOpenOnly, limit, after }) => {
      const values = [tenant, kind, after, limit + 1];
      const one = isOpenOnly ? listOpen : listAll;
      const rows = await database.query<Stored>(tenant, one, values);
      const page = rows.slice(0, limit);
      const isLast = rows.length <= limit;
      return { tasks: page.map(taskOf), nextAfter: isLast ? null : (page.at(-1)?.seq ?? null) };
    },
    changeTask: (tenant, task, expected, told) =>
      database.transaction(tenant, (session) => change(session, { tenant, task, expected, told })),
    dueTasks: (tenant, now, limit) => read(tenant, due, [now, limit]),
    nextTaskAt: async (tenant) => {
      const [row] = await database.query<{ next: number | null }>(tenant, next, [tenant]);
      return row?.next ?? null;
    },
    openFindings: (tenant, subjects) => read(tenant, findings, [[...subjects]]),
    lastFindingClosedAt: async (tenant, subject) => {
      const [row] = await database.query<{ at: number | null }>(tenant, lastClosed, [
        tenant,
        subject,
      ]);
      return row?.at ?? null;
    },
    overridesOf: (tenant, { subject, since, limit }) => {
      const mark = subject.indexOf(":");
      return read(tenant, overrides, [
        subject.slice(0, mark),
        subject.slice(mark + 1),
        since,
        limit,
      ]);
    },
    tasksBetween: (tenant, { kind, from, to }, limit) =>
      read(tenant, kind === "governance" ? overridesBetween : between, [kind, from, to, limit]),
  };
}

const find = statement(
  "find_task",
  `select ${columns}, seq from tasks where tenant = $1 and id = $2`,
);
const findOfJob = statement(
  "find_task_of_job",
  `select ${columns}, seq from tasks where tenant = $1 and job_id = $2 and job_id is not null and kind = $3
    order by seq desc limit 1`,
);
const listOpen = statement(
  "list_open_tasks",
  `select ${columns}, seq from tasks where tenant = $1 and kind = $2 and state in ('open', 'claimed')
    and ($3::bigint is null or seq < $3) order by seq desc limit $4`,
);
const listAll = statement(
  "list_tasks",
  `select ${columns}, seq from tasks where tenant = $1 and kind = $2
    and ($3::bigint is null or seq < $3) order by seq desc limit $4`,
);
const due = statement(
  "due_tasks",
  `select ${columns}, seq from tasks where tenant = $1 and wake_at is not null and wake_at <= $2
    order by wake_at, seq limit $3`,
);
const next = statement(
  "next_task",
  "select min(wake_at) as next from tasks where tenant = $1 and wake_at is not null",
);
const findings = statement(
  "open_findings",
  `select ${columns}, seq from tasks where tenant = $1 and kind = 'finding' and state = 'open'
    and subject = any ($2::text[]) order by seq`,
);
const lastClosed = statement(
  "last_finding",
  `select max(updated_at) as at from tasks where tenant = $1 and kind = 'finding' and state = 'closed'
    and subject = $2`,
);
// An override of two people counts for both of them.
const overrides = statement(
  "overrides_of",
  `select ${columns}, seq from tasks where tenant = $1 and kind = 'governance' and created_at > $4
    and case $2 when 'rule' then rule_id = $3 when 'agent' then agent = $3
      else body::jsonb -> 'people' @> jsonb_build_array(jsonb_build_object('id', $3::text)) end
    order by created_at, seq limit $5`,
);
const overridesBetween = statement(
  "overrides_between",
  `select ${columns}, seq from tasks where tenant = $1 and kind = 'governance' and kind = $2
    and created_at >= $3 and created_at < $4 order by created_at, seq limit $5`,
);
const between = statement(
  "tasks_between",
  `select ${columns}, seq from tasks where tenant = $1 and kind = $2 and created_at >= $3 and created_at < $4
    order by created_at, seq limit $5`,
);

interface TaskWrite {
  readonly tenant: string;
  readonly task: TaskRow;
  readonly expected: number;
  readonly told: Told;
}

/** What a task is about never changes; its state, its words and its clock do. */
const write = statement(
  "change_task",
  `update tasks set revision = $3, state = $4, person = $5, body = $6, due_at = $7, wake_at = $8,
      updated_at = $9
    where tenant = $1 and id = $2 and revision = $10 returning id`,
);

async function change(
  session: Session,
  { tenant, task, expected, told }: TaskWrite,
): Promise<boolean> {
  const { id, revision, state, person, body, dueAt, wakeAt, updatedAt } = task;
  const values = [tenant, id, revision, state, person, body, dueAt, wakeAt, updatedAt, expected];
  if ((await session.query(write, values)).length === 0) return false;
  await tellWith(session, tenant, told);
  const jobs = task.jobId === null ? [] : [task.jobId];
  await session.query(notify, [JSON.stringify({ tenant, jobs })]);
  return true;
}

/** The record and the messages of a change, in its transaction. */
export async function tellWith(
  session: Session,
  tenant: string,
  { events, outbox }: Told,
): Promise<void> {
  if (events.length > 0) await appendEvents(session, tenant, events);
  if (outbox.length > 0) await addMessages(session, tenant, outbox);
}

interface Stored extends Row {
  readonly seq: number;
  readonly id: string;
  readonly kind: TaskKind;
  readonly state: TaskState;
  readonly revision: number;
  readonly job_id: string | null;
  readonly rule_id: string | null;
  readonly agent: string | null;
  readonly person: string | null;
  readonly subject: string | null;
  readonly body: string;
  readonly due_at: number | null;
  readonly wake_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
}

function taskOf(row: Stored): TaskRow {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    revision: row.revision,
    jobId: row.job_id,
    ruleId: row.rule_id,
    agent: row.agent,
    person: row.person,
    subject: row.subject,
    body: row.body,
    dueAt: row.due_at,
    wakeAt: row.wake_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
