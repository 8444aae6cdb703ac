// Reads of jobs: one by id or key with its reviews, the queue page by page, what is due.

import type { Job, JobFile } from "@holdpoint/core/job/job";
import type { TakeoverHead } from "@holdpoint/core/wire/hold";
import type { Database, Row, Statement } from "./database.ts";
import { jobColumns, jobOfRow, type JobRow, reviewOfRow, type ReviewRow } from "./job-row.ts";
import type { ApprovalFilter, FoundJob, JobPage, Store, StoredAnswer } from "./store.ts";

/** Of `jobs j`, as a JobRow takes them. */
export const columnsOfJob: string = jobColumns.map((name) => `j.${name}`).join(", ");
export const reviewsOfJob: string = `(select json_agg(json_build_object('id', r.id, 'round', r.round, 'job_hash', r.job_hash,
  'person_record', r.person_record, 'voted_for', r.voted_for, 'kind', r.kind, 'reason', r.reason, 'code', r.code, 'note', r.note, 'at', r.at)
  order by r.seq) from reviews r where r.tenant = j.tenant and r.job_id = j.id) as reviews`;
const beside = `(select a.bundle from active_policy a where a.tenant = j.tenant) as active_bundle,
  (select r.id from jobs r where r.tenant = j.tenant and r.remediates = j.id limit 1) as remediated_by,
  (select r.id from jobs r where r.tenant = j.tenant and r.replaces = j.id order by r.seq desc limit 1) as replaced_by,
  case when j.state = 'REJECTED' then (select json_build_object('id', t.id, 'state', t.state, 'note', t.body::json ->> 'note')
    from tasks t where t.tenant = j.tenant and t.job_id = j.id and t.kind = 'takeover' order by t.seq desc limit 1) end as takeover`;

const findById: Statement = {
  name: "find_job",
  text: `select ${columnsOfJob}, ${reviewsOfJob}, ${beside}, k.request_hash as answer_hash,
    k.status as answer_status, k.answer as answer_text
  from jobs j left join idempotency k on k.tenant = j.tenant and k.subject = $3 and k.key = $4
  where j.tenant = $1 and j.id = $2`,
};
const findByKey: Statement = {
  name: "find_job_by_key",
  text: `select ${columnsOfJob}, ${reviewsOfJob}, ${beside}, null as answer_hash
  from jobs j where j.tenant = $1 and j.agent = $2 and j.idempotency_key = $3`,
};
const countPending: Statement = {
  name: "count_pending",
  text: `select count(*) as count from
    (select from jobs where tenant = $1 and state = 'APPROVAL' limit $2) as waiting`,
};
const findDue: Statement = {
  name: "find_due",
  text: `select ${columnsOfJob}, ${reviewsOfJob} from jobs j
  where j.tenant = $1 and j.due_at <= $2 order by j.due_at limit $3`,
};
const findNextDue: Statement = {
  name: "find_next_due",
  text: `select min(due_at) as due_at from jobs where tenant = $1 and due_at > $2`,
};
const findSimilar: Statement = {
  name: "find_similar",
  text: `select ${columnsOfJob} from jobs j where j.tenant = $1 and j.held and j.topic = $2 and j.id <> $3
    and j.state <> 'APPROVAL' order by j.seq desc limit $4`,
};

interface FileRow extends JobRow {
  readonly reviews: readonly ReviewRow[] | null;
}

interface FoundRow extends FileRow {
  readonly active_bundle: string | null;
  readonly remediated_by: string | null;
  readonly replaced_by: string | null;
  readonly takeover: TakeoverHead | null;
  readonly answer_hash: string | null;
  readonly answer_status: number;
  readonly answer_text: string;
}

type JobReads = Pick<
  Store,
  | "findJob"
  | "findJobByKey"
  | "listApprovals"
  | "countPending"
  | "dueFiles"
  | "nextDueAt"
  | "findSimilar"
>;

export function jobReads(database: Database): JobReads {
  const first = async (
    tenant: string,
    statement: Statement,
    values: unknown[],
  ): Promise<FoundJob | null> => {
    const [row] = await database.query<FoundRow>(tenant, statement, values);
    return row === undefined ? null : foundOf(row);
  };
  return {
    findJob: (tenant, id, answer) =>
      first(tenant, findById, [tenant, id, answer?.subject ?? "", answer?.key ?? ""]),
    findJobByKey: (tenant, agent, key) => first(tenant, findByKey, [tenant, agent, key]),
    listApprovals: async (tenant, filter) => {
      const { text, values } = pageQuery(tenant, filter);
      const rows = await database.query<JobRow>(tenant, { name: pageName(filter), text }, values);
      return pageOf(rows, filter.limit);
    },
    countPending: async (tenant, max) => {
      const [row] = await database.query<{ count: number }>(tenant, countPending, [tenant, max]);
      return Number(row?.count ?? 0);
    },
    dueFiles: async (tenant, now, limit) => {
      const rows = await database.query<FileRow>(tenant, findDue, [tenant, now, limit]);
      return rows.map(fileOf);
    },
    nextDueAt: async (tenant, after) => {
      const values = [tenant, after ?? -1];
      const [row] = await database.query<{ due_at: number | null }>(tenant, findNextDue, values);
      return row?.due_at ?? null;
    },
    findSimilar: async (tenant, job, limit) => {
      const rows = await database.query<JobRow>(tenant, findSimilar, [
        tenant,
        job.action.topic,
        job.id,
        limit,
      ]);
      return rows.map(jobOfRow);
    },
  };
}

function fileOf(row: FileRow): JobFile {
  return { job: jobOfRow(row), reviews: (row.reviews ?? []).map(reviewOfRow) };
}

function foundOf(row: FoundRow): FoundJob {
  return {
    file: fileOf(row),
    activeBundle: row.active_bundle,
    remediatedBy: row.remediated_by,
    replacedBy: row.replaced_by,
    takeover: row.takeover,
    answer: answerOf(row),
  };
}

function answerOf(row: FoundRow): StoredAnswer | null {
  if (row.answer_hash === null) return null;
  return { requestHash: row.answer_hash, status: row.answer_status, answer: row.answer_text };
}

function pageOf(rows: readonly JobRow[], limit: number): JobPage {
  const page = rows.slice(0, limit);
  const jobs: readonly Job[] = page.map(jobOfRow);
  const isMore = rows.length > limit;
  const positions = page.map((row) => row.seq);
  return { jobs, positions, nextAfter: isMore ? (positions.at(-1) ?? null) : null };
}

interface Clause {
  readonly tag: string;
  readonly sql: (place: number) => string;
  readonly value: unknown;
}

/** Keyset by the sequence number: the page never shifts, and an index serves its order. */
function pageQuery(tenant: string, filter: ApprovalFilter): { text: string; values: unknown[] } {
  const values: unknown[] = [tenant, filter.limit + 1];
  const wheres = ["j.tenant = $1", scopeOf(filter)];
  for (const clause of clausesOf(filter)) {
    values.push(clause.value);
    wheres.push(clause.sql(values.length));
  }
  const order = filter.isNewestFirst ? "desc" : "asc";
  return {
    text: `select ${columnsOfJob} from jobs j where ${wheres.join(" and ")} order by j.seq ${order} limit $2`,
    values,
  };
}

/** One prepared statement for each shape of filter. */
function pageName(filter: ApprovalFilter): string {
  const parts = clausesOf(filter).map((clause) => clause.tag);
  return ["page", scopeTag(filter), filter.isNewestFirst ? "d" : "a", ...parts].join("_");
}

function scopeTag(filter: ApprovalFilter): string {
  if (filter.state !== null) return filter.state === "APPROVAL" ? "pending" : "state";
  return filter.includeResolved ? "all" : "pending";
}

function scopeOf(filter: ApprovalFilter): string {
  return scopeTag(filter) === "pending" ? "j.state = 'APPROVAL'" : "j.held";
}

function clausesOf(filter: ApprovalFilter): readonly Clause[] {
  const clauses: Clause[] = [];
  const add = (tag: string, value: unknown, sql: (place: number) => string): void => {
    if (value !== null) clauses.push({ tag, value, sql });
  };
  add("after", filter.after, (place) => `j.seq ${filter.isNewestFirst ? "<" : ">"} $${place}`);
  if (scopeTag(filter) === "state") add("state", filter.state, (place) => `j.state = $${place}`);
  add("rule", filter.rule, (place) => `j.rule_id = $${place}`);
  add("topic", filter.topic, (place) => `j.topic like $${place}`);
  add("agent", filter.agent, (place) => `j.agent = $${place}`);
  add("risk", filter.risk, (place) => `$${place} = any (j.risk_tags)`);
  add(
    "text",
    filter.text,
    (place) => `position(lower($${place}) in lower(j.title || ' ' || j.topic || ' ' || j.id)) > 0`,
  );
  return clauses;
}

/** A topic filter with `*` as LIKE takes it; everything else is literal. */
export function likeOfTopic(topic: string): string {
  return topic.replaceAll(/[\\%_]/g, (character) => `\\${character}`).replaceAll(/\*+/g, "%");
}

export type { Row };
