// Runs that ended at an interrupt: written once, claimed by one worker at a time, changed under their lock.

import { resumptionAttemptsMax } from "@holdpoint/core/base/limits";
import type { Result } from "@holdpoint/core/base/result";
import type {
  BoundJob,
  Resumption,
  ResumptionMode,
  ResumptionState,
} from "@holdpoint/core/job/resumption";
import { haltedSql } from "./agent-row.ts";
import type { Database, Row, Session, Statement } from "./database.ts";
import { addMessages } from "./message-store.ts";
import type { ClaimRuns, ResumptionFilter, ResumptionStore, RunChange } from "./resumptions.ts";
import { notify } from "./settings-store.ts";
import { tellWith } from "./tasks-store.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

const columns = `id, agent, queue, thread, namespace, checkpoint, digest, run, mode, state, jobs, open, settled, claimed,
  handed, attempts, fence, worker, due_at, last_error, created_at, updated_at, ended_at`;

/** Above all sequence numbers. */
const maxBigint = "9223372036854775807";

export function resumptionCalls(database: Database): ResumptionStore {
  const read = async (tenant: string, one: Statement, values: unknown[]): Promise<Stored[]> =>
    database.query<Stored>(tenant, one, [tenant, ...values]);
  return {
    addResumption: (tenant, run) =>
      database.transaction(tenant, (session) => addRun(session, tenant, run)),
    findResumption: async (tenant, id) => {
      const [row] = await read(tenant, find, [id]);
      return row === undefined ? null : runOf(row);
    },
    listResumptions: async (tenant, filter) => {
      const { limit, after } = filter;
      const { one, given } = listBy(filter);
      const rows = await read(tenant, one, [after, limit + 1, ...given]);
      const page = rows.slice(0, limit);
      const isLast = rows.length <= limit;
      return { runs: page.map(runOf), nextAfter: isLast ? null : (page.at(-1)?.seq ?? null) };
    },
    claimResumptions: async (tenant, terms) => {
      if (terms.id !== null) {
        const runs = await database.transaction(tenant, (session) =>
          takeOne(session, tenant, terms),
        );
        return { runs, nextDueAt: null };
      }
      const rows = await read(tenant, claim, claimValues(terms));
      if (rows.length > 0) return { runs: rows.map(runOf), nextDueAt: null };
      const { agent, queues, thread, now } = terms;
      const values = [tenant, agent, queues, thread, now];
      const [next] = await database.query<{ at: number | null }>(tenant, nextDue, values);
      return { runs: [], nextDueAt: next?.at ?? null };
    },
    changeResumption: (tenant, id, change) =>
      database.transaction(tenant, (session) => changeRun(session, { tenant, id, change })),
    strandedResumptions: async (tenant, now, limit) => {
      const rows = await read(tenant, stranded, [now, limit, resumptionAttemptsMax]);
      const values = [tenant, now, resumptionAttemptsMax];
      const [next] = await database.query<{ at: number | null }>(tenant, nextStranded, values);
      return { runs: rows.map(runOf), nextAt: next?.at ?? null };
    },
    openResumptionsOf: async (tenant, agent, limit) =>
      (await read(tenant, openOf, [agent, limit])).map(runOf),
  };
}

/** INVARIANT: whoever is to be told when the claim comes to nothing is told of it in the claim's own commit. */
async function takeOne(
  session: Session,
  tenant: string,
  terms: ClaimRuns,
): Promise<readonly Resumption[]> {
  const rows = await session.query<Stored>(claimOne, [tenant, ...claimValues(terms)]);
  const runs = rows.map(runOf);
  const messages = runs.flatMap((run) => terms.outbox?.(run) ?? []);
  if (messages.length > 0) await addMessages(session, tenant, messages);
  return runs;
}

const find = statement(
  "find_resumption",
  `select ${columns}, seq from resumptions where tenant = $1 and id = $2`,
);
const lock = statement(
  "lock_resumption",
  `select ${columns}, seq from resumptions where tenant = $1 and id = $2 for update`,
);
const listFilters = ["state", "agent", "thread"] as const;

/** A statement for each choice of filters: one that could also be null would follow no index. */
function listBy(filter: ResumptionFilter): { one: Statement; given: readonly string[] } {
  const used = listFilters.filter((name) => filter[name] !== null);
  const conditions = used.map((name, at) => ` and ${name} = $${at + 4}`).join("");
  const one = statement(
    ["list_resumptions", ...used].join("_"),
    `select ${columns}, seq from resumptions where tenant = $1 and seq < coalesce($2::bigint, ${maxBigint})
      ${conditions} order by seq desc limit $3`,
  );
  return { one, given: used.flatMap((name) => filter[name] ?? []) };
}

// Not ordered by the column itself: that would be an invitation to walk along all runs of all agents.
const openOf = statement(
  "open_resumptions_of",
  `select ${columns}, seq from resumptions where tenant = $1 and agent = $2 and ended_at is null
    order by seq + 0 limit $3`,
);
// SECURITY: the checkpoint is held against its removal until the run that needs it is there.
const holdCheckpoint = statement(
  "hold_checkpoint",
  `select id from checkpoints where tenant = $1 and agent = $2 and thread = $3 and namespace = $4 and id = $5
    and digest = $6 for share`,
);
const add = statement(
  "add_resumption",
  `insert into resumptions (tenant, ${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
    $15, $16, $17, $18, $19, $20, $21, $22, $23, $24) on conflict do nothing`,
);

// A lease that is over is claimed like anything else; its last attempt is buried instead. SECURITY: whoever waited for a
// run may have been halted meanwhile; a halted agent takes none up.
const claimable = `r.tenant = $1 and r.agent = $2 and ($4::text is null or r.thread = $4) and r.due_at <= $6
  and r.state in ('waiting', 'claimed') and r.attempts < ${resumptionAttemptsMax} and not ${haltedSql("$2")}`;
const claimWith = (due: string): string => `with due as materialized (${due})
  update resumptions r set state = 'claimed', fence = r.fence + 1, attempts = r.attempts + 1, worker = $8, due_at = $9,
    claimed = r.settled, updated_at = $6
  from due where r.tenant = $1 and r.id = due.id returning r.seq, ${prefixed("r")}`;
// Queue by queue along the index, so that much that is due costs a claim no more than little.
const claim = statement(
  "claim_resumptions",
  claimWith(`select d.id from (select distinct n.queue from unnest($3::text[]) as n(queue)) q cross join lateral (
      select r.id, r.due_at, r.seq from resumptions r where ${claimable} and r.queue = q.queue and $5::text is null
      order by r.due_at, r.seq limit $7 for update skip locked
    ) d order by d.due_at, d.seq limit $7`),
);
const claimOne = statement(
  "claim_resumption",
  claimWith(`select r.id from resumptions r where ${claimable} and r.id = $5
    and ($3::text[] is null or r.queue = any ($3::text[])) limit $7 for update skip locked`),
);
const nextDue = statement(
  "next_due_resumption",
  `select min(r.due_at) as at from resumptions r where r.tenant = $1 and r.agent = $2 and r.queue = any ($3::text[])
    and ($4::text is null or r.thread = $4) and r.due_at > $5 and r.state in ('waiting', 'claimed')`,
);

// The words of the index: what waits for a worker, however much of it is due, is not in it.
const isStranded =
  "state in ('arming', 'claimed') and due_at is not null and (state = 'arming' or attempts >= $4)";
const stranded = statement(
  "stranded_resumptions",
  `select ${columns}, seq from resumptions where tenant = $1 and due_at <= $2
    and ${isStranded} order by due_at limit $3`,
);
const nextStranded = statement(
  "next_stranded_resumption",
  `select min(due_at) as at from resumptions where tenant = $1 and due_at > $2
    and ${isStranded.replace("$4", "$3")}`,
);

function prefixed(name: string): string {
  return columns
    .split(",")
    .map((column) => `${name}.${column.trim()}`)
    .join(", ");
}

function claimValues({ agent, queues, thread, id, now, ...terms }: ClaimRuns): unknown[] {
  return [agent, queues, thread, id, now, terms.limit, terms.worker, terms.until];
}

async function addRun(
  session: Session,
  tenant: string,
  run: Resumption,
): Promise<Resumption | null> {
  const { agent, thread, namespace, checkpoint, digest } = run;
  const place = [tenant, agent, thread, namespace, checkpoint, digest];
  if ((await session.query(holdCheckpoint, place)).length === 0) return null;
  await session.query(add, [tenant, ...valuesOf(run)]);
  const [row] = await session.query<Stored>(find, [tenant, run.id]);
  return row === undefined ? null : runOf(row);
}

function valuesOf(run: Resumption): unknown[] {
  return [
    run.id,
    run.agent,
    run.queue,
    run.thread,
    run.namespace,
    run.checkpoint,
    run.digest,
    run.run,
    run.mode,
    run.state,
    run.jobs,
    run.open,
    run.settled,
    run.claimed,
    run.handed,
    run.attempts,
    run.fence,
    run.worker,
    run.dueAt,
    run.lastError,
    run.createdAt,
    run.updatedAt,
    run.endedAt,
  ];
}

const jobsOfRun = statement(
  "jobs_of_resumption",
  `select id, state <> 'APPROVAL' as is_answered, resumption is not distinct from $3 as is_bound from jobs
    where tenant = $1 and id = any ($2::text[])`,
);
/** What a run is about never changes; its answers, its claims and its clock do. */
const write = statement(
  "change_resumption",
  `update resumptions set state = $3, open = $4, settled = $5, claimed = $6, handed = $7, attempts = $8, fence = $9,
    worker = $10, due_at = $11, last_error = $12, updated_at = $13, ended_at = $14 where tenant = $1 and id = $2`,
);

interface Changing<R extends RunChange> {
  readonly tenant: string;
  readonly id: string;
  readonly change: (run: Resumption, jobs: readonly BoundJob[]) => Result<R>;
}

// INVARIANT: the jobs are read after the lock is had. An answer that is written later waits for the lock, and finds
// the run as it is left here; one that was written before is seen: none is lost between the two.
async function changeRun<R extends RunChange>(
  session: Session,
  { tenant, id, change }: Changing<R>,
): Promise<Result<R> | null> {
  const [row] = await session.query<Stored>(lock, [tenant, id]);
  if (row === undefined) return null;
  const run = runOf(row);
  const result = change(run, run.state === "arming" ? await boundJobs(session, tenant, run) : []);
  if (!result.ok || result.next === run) return result;
  const { next, told } = result;
  const { state, open, settled, claimed, handed, attempts, fence, worker } = next;
  const rest = [next.dueAt, next.lastError, next.updatedAt, next.endedAt];
  const lists = [open, settled, claimed, handed];
  await session.query(write, [tenant, id, state, ...lists, attempts, fence, worker, ...rest]);
  await tellWith(session, tenant, told);
  // A lease that is extended is nobody's news.
  if (next.state === "claimed" && told.events.length === 0) return result;
  await session.query(notify, [JSON.stringify({ tenant, jobs: [], agents: [run.agent] })]);
  return result;
}

async function boundJobs(
  session: Session,
  tenant: string,
  { id, jobs }: Resumption,
): Promise<readonly BoundJob[]> {
  const rows = await session.query<BoundRow>(jobsOfRun, [tenant, jobs, id]);
  return rows.map((row) => ({ id: row.id, isAnswered: row.is_answered, isBound: row.is_bound }));
}

interface BoundRow extends Row {
  readonly id: string;
  readonly is_answered: boolean;
  readonly is_bound: boolean;
}

interface Stored extends Row {
  readonly seq: number;
  readonly id: string;
  readonly agent: string;
  readonly queue: string;
  readonly thread: string;
  readonly namespace: string;
  readonly checkpoint: string;
  readonly digest: string;
  readonly run: string | null;
  readonly mode: ResumptionMode;
  readonly state: ResumptionState;
  readonly jobs: string[];
  readonly open: string[];
  readonly settled: string[];
  readonly claimed: string[];
  readonly handed: string[];
  readonly attempts: number;
  readonly fence: number;
  readonly worker: string | null;
  readonly due_at: number | null;
  readonly last_error: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly ended_at: number | null;
}

function runOf(row: Stored): Resumption {
  const { id, agent, queue, thread, namespace, checkpoint, digest, run, mode, state } = row;
  const { jobs, open, settled, claimed, handed, attempts, fence, worker } = row;
  return {
    ...{ id, agent, queue, thread, namespace, checkpoint, digest, run, mode, state },
    ...{ jobs, open, settled, claimed, handed, attempts, fence, worker },
    dueAt: row.due_at,
    lastError: row.last_error,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at,
  };
}
