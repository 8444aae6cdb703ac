// Drafts of policies: rare writes, each by compare-and-set on the draft's revision.

import type { Database, Row, Session, Statement } from "./database.ts";
import type { DraftRecord, DraftState, PolicyLifeStore } from "./policy-life.ts";
import { addMessages } from "./message-store.ts";
import { appendEvents } from "./settings-store.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

const columns = `id, revision, state, source, message, author, author_record, writers, base, digest, findings,
  results, plan, job_id, activate_at, outcome, created_at, updated_at`;
/** Everything but the long texts. */
const headColumns = `id, revision, state, '' as source, message, author, author_record, writers, base,
  digest, '[]' as findings, null as results, plan, job_id, activate_at, outcome, created_at, updated_at`;

type DraftCalls = Pick<
  PolicyLifeStore,
  | "addDraft"
  | "changeDraft"
  | "removeDraft"
  | "countDrafts"
  | "findDraft"
  | "findDraftOfJob"
  | "listDrafts"
  | "busyDrafts"
>;

export function draftCalls(database: Database): DraftCalls {
  const find = async (tenant: string, column: "id" | "job_id", value: string) => {
    const text = `select ${columns} from policy_drafts where tenant = $1 and ${column} = $2`;
    const [row] = await database.query<DraftRow>(tenant, statement(`draft_by_${column}`, text), [
      tenant,
      value,
    ]);
    return row === undefined ? null : draftOf(row);
  };
  return {
    addDraft: (tenant, draft, event) =>
      database.transaction(tenant, async (session) => {
        const text = `insert into policy_drafts (tenant, ${columns})
          values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`;
        await session.query(statement("add_draft", text), [tenant, ...valuesOf(draft)]);
        await appendEvents(session, tenant, [event]);
      }),
    changeDraft: (tenant, draft, expected, told) =>
      database.transaction(tenant, async (session) => {
        if (!(await writeDraft(session, { tenant, draft, expected }))) return false;
        if (told.events.length > 0) await appendEvents(session, tenant, told.events);
        if (told.outbox.length > 0) await addMessages(session, tenant, told.outbox);
        return true;
      }),
    removeDraft: (tenant, id, expected, told) =>
      database.transaction(tenant, async (session) => {
        const text = `delete from policy_drafts where tenant = $1 and id = $2 and revision = $3
          and state in ('open', 'scheduled') returning id`;
        const values = [tenant, id, expected];
        const removed = await session.query(statement("remove_draft", text), values);
        if (removed.length === 0) return false;
        if (told.events.length > 0) await appendEvents(session, tenant, told.events);
        if (told.outbox.length > 0) await addMessages(session, tenant, told.outbox);
        return true;
      }),
    countDrafts: async (tenant) => {
      const text = `select count(*)::int as count from policy_drafts where tenant = $1 and state <> 'published'`;
      const [row] = await database.query<CountRow>(tenant, statement("count_drafts", text), [
        tenant,
      ]);
      return row?.count ?? 0;
    },
    findDraft: (tenant, id) => find(tenant, "id", id),
    findDraftOfJob: (tenant, jobId) => find(tenant, "job_id", jobId),
    listDrafts: async (tenant, limit) => {
      const text = `select ${headColumns} from policy_drafts where tenant = $1 and id in (
          select id from policy_drafts where tenant = $1 order by state = 'published', updated_at desc, id limit $2)
        order by updated_at desc, id`;
      const rows = await database.query<DraftRow>(tenant, statement("list_drafts", text), [
        tenant,
        limit,
      ]);
      return rows.map(draftOf);
    },
    busyDrafts: async (tenant, limit) => {
      const text = `select ${headColumns} from policy_drafts
        where tenant = $1 and state in ('proposed', 'scheduled', 'activated') order by id limit $2`;
      const rows = await database.query<DraftRow>(tenant, statement("busy_drafts", text), [
        tenant,
        limit,
      ]);
      return rows.map(draftOf);
    },
  };
}

interface DraftWrite {
  readonly tenant: string;
  readonly draft: DraftRecord;
  readonly expected: number;
}

/** False when the draft is not at the expected revision any more. */
export async function writeDraft(
  session: Session,
  { tenant, draft, expected }: DraftWrite,
): Promise<boolean> {
  const text = `update policy_drafts set revision = $3, state = $4, source = $5, message = $6, author = $7,
      author_record = $8, writers = $9, base = $10, digest = $11, findings = $12, results = $13, plan = $14,
      job_id = $15, activate_at = $16, outcome = $17, created_at = $18, updated_at = $19
    where tenant = $1 and id = $2 and revision = $20 returning id`;
  const values = [tenant, ...valuesOf(draft), expected];
  return (await session.query(statement("change_draft", text), values)).length > 0;
}

function valuesOf(draft: DraftRecord): unknown[] {
  return [
    draft.id,
    draft.revision,
    draft.state,
    draft.source,
    draft.message,
    draft.author,
    draft.authorRecord,
    draft.writers,
    draft.base,
    draft.digest,
    draft.findings,
    draft.results,
    draft.plan,
    draft.jobId,
    draft.activateAt,
    draft.outcome,
    draft.createdAt,
    draft.updatedAt,
  ];
}

interface CountRow extends Row {
  readonly count: number;
}

interface DraftRow extends Row {
  readonly id: string;
  readonly revision: number;
  readonly state: DraftState;
  readonly source: string;
  readonly message: string | null;
  readonly author: string;
  readonly author_record: string;
  readonly writers: string;
  readonly base: string | null;
  readonly digest: string | null;
  readonly findings: string;
  readonly results: string | null;
  readonly plan: string | null;
  readonly job_id: string | null;
  readonly activate_at: number | null;
  readonly outcome: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

function draftOf(row: DraftRow): DraftRecord {
  return {
    id: row.id,
    revision: row.revision,
    state: row.state,
    source: row.source,
    message: row.message,
    author: row.author,
    authorRecord: row.author_record,
    writers: row.writers,
    base: row.base,
    digest: row.digest,
    findings: row.findings,
    results: row.results,
    plan: row.plan,
    jobId: row.job_id,
    activateAt: row.activate_at,
    outcome: row.outcome,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
