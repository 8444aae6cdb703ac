// Checkpoints and the writes beside them: kept, read, listed, copied, and removed while no run goes on from them.

import type { SealedEvent } from "@holdpoint/core/record/event";
import type {
  CheckpointFork,
  CheckpointPlace,
  CheckpointStore,
  CheckpointWriteRow,
  KeptCheckpoint,
  Removal,
  ThreadHead,
  ThreadPlace,
} from "./checkpoints.ts";
import {
  addIn,
  atPlace,
  boundTo,
  findIn,
  foundColumns,
  foundOf,
  type FoundRow,
  keepIn,
  lockIn,
  valuesAt,
} from "./checkpoint-row.ts";
import type { Database, Row, Session, Statement } from "./database.ts";
import { appendEvents, notify } from "./settings-store.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

const latest = statement(
  "latest_checkpoint",
  `select ${foundColumns} from checkpoints c
    where c.tenant = $1 and c.agent = $2 and c.thread = $3 and c.namespace = $4 order by c.seq desc limit 1`,
);
const read = statement(
  "read_checkpoint",
  `select ${foundColumns}, c.sealed from checkpoints c where ${atPlace}`,
);
const list = statement(
  "list_checkpoints",
  `select ${foundColumns} from checkpoints c
    where c.tenant = $1 and c.agent = $2 and c.thread = $3 and ($4::text is null or c.namespace = $4)
      and ($5::bigint is null or c.seq < $5) order by c.seq desc limit $6`,
);
const threads = statement(
  "list_threads",
  `select thread, count(*) as checkpoints, sum(bytes)::bigint as bytes, max(created_at) as saved_at from checkpoints
    where tenant = $1 and agent = $2 and ($3::text is null or thread > $3) group by thread order by thread limit $4`,
);
const writeColumns = "task, index, task_path, channel, codec, sealed, created_at, expires_at";
const keepWrites = statement(
  "keep_checkpoint_writes",
  `insert into checkpoint_writes (tenant, agent, thread, namespace, checkpoint, ${writeColumns})
    select $1, $2, $3, $4, $5, w.task, w.index, w.task_path, w.channel, w.codec, w.sealed, $12, $13
    from unnest($6::text[], $7::int[], $8::text[], $9::text[], $10::text[], $11::bytea[])
      as w(task, index, task_path, channel, codec, sealed)
    order by w.task, w.index
    on conflict (tenant, agent, thread, namespace, checkpoint, task, index) do update
      set task_path = excluded.task_path, channel = excluded.channel, codec = excluded.codec, sealed = excluded.sealed,
        created_at = excluded.created_at, expires_at = excluded.expires_at
      where checkpoint_writes.index < 0`,
);
const writes = statement(
  "checkpoint_writes",
  `select ${writeColumns} from checkpoint_writes
    where tenant = $1 and agent = $2 and thread = $3 and namespace = $4 and checkpoint = $5
    order by task_path, task, index`,
);
// SPEC: a sealed record says how many plain bytes it holds, in four bytes after the name of its key (sealing/seal.ts).
const plainByte = (at: number): string =>
  `get_byte(sealed, 3 + get_byte(sealed, 2) + ${at})::bigint`;
const plainBytes = `case when octet_length(sealed) < 7 then 0
    when octet_length(sealed) < 7 + get_byte(sealed, 2) then octet_length(sealed)
    else (${plainByte(0)} << 24) + (${plainByte(1)} << 16) + (${plainByte(2)} << 8) + ${plainByte(3)} end`;
const writesSize = statement(
  "checkpoint_writes_size",
  `select coalesce(sum(${plainBytes}), 0)::bigint as bytes, count(*)::int as count from checkpoint_writes
    where tenant = $1 and agent = $2 and thread = $3 and namespace = $4 and checkpoint = $5
      and not (task = $6 and index = any ($7::int[]))`,
);
const remove = statement(
  "remove_checkpoint",
  `delete from checkpoints c where ${atPlace} and not exists (select ${boundTo}) returning c.id`,
);
const removeWrites = statement(
  "remove_checkpoint_writes",
  `delete from checkpoint_writes
    where tenant = $1 and agent = $2 and thread = $3 and namespace = $4 and checkpoint = $5`,
);
const lockThread = statement(
  "lock_thread",
  `select c.id from checkpoints c where c.tenant = $1 and c.agent = $2 and c.thread = $3
    order by c.namespace, c.id for update`,
);
const boundInThread = statement(
  "bound_in_thread",
  `select r.id from resumptions r
    where r.tenant = $1 and r.agent = $2 and r.thread = $3 and r.ended_at is null limit 1`,
);
const removeThread = statement(
  "remove_thread",
  // One that was kept and bound since the question is seen with its resumption here, and stays.
  `delete from checkpoints c where c.tenant = $1 and c.agent = $2 and c.thread = $3
    and not exists (select ${boundTo}) returning c.id`,
);
const removeThreadWrites = statement(
  "remove_thread_writes",
  "delete from checkpoint_writes where tenant = $1 and agent = $2 and thread = $3",
);

export function checkpointCalls(database: Database): CheckpointStore {
  const session = (tenant: string): Session => ({
    query: (one, values) => database.query(tenant, one, values),
  });
  return {
    keepCheckpoint: async (tenant, row, isReplacing) => {
      // One statement is enough for the usual case, in which the id is new.
      const added = await addIn(session(tenant), tenant, row);
      if (added !== null) return { outcome: "kept", found: added };
      return database.transaction(tenant, (within) => keepIn(within, tenant, row, isReplacing));
    },
    forkCheckpoint: (tenant, fork) =>
      database.transaction(tenant, (within) => forkIn(within, tenant, fork)),
    findCheckpoint: (tenant, place) => findIn(session(tenant), tenant, place),
    latestCheckpoint: async (tenant, { agent, thread, namespace }) => {
      const values = [tenant, agent, thread, namespace];
      const [row] = await database.query<FoundRow>(tenant, latest, values);
      return row === undefined ? null : foundOf(row);
    },
    readCheckpoint: async (tenant, place) => {
      const [row] = await database.query<OpenedFields>(tenant, read, valuesAt(tenant, place));
      return row === undefined ? null : { ...foundOf(row), sealed: row.sealed };
    },
    listCheckpoints: async (tenant, { agent, thread, namespace, before, limit }) => {
      const values = [tenant, agent, thread, namespace, before, limit + 1];
      const rows = await database.query<FoundRow>(tenant, list, values);
      const page = rows.slice(0, limit);
      const isMore = rows.length > limit;
      return { items: page.map(foundOf), nextBefore: isMore ? (page.at(-1)?.seq ?? null) : null };
    },
    listThreads: async (tenant, { agent, after, limit }) => {
      const values = [tenant, agent, after, limit + 1];
      const rows = await database.query<ThreadRow>(tenant, threads, values);
      return rows.map((row) => threadOf(agent, row));
    },
    keepCheckpointWrites: (tenant, rows) => writeIn(session(tenant), tenant, rows),
    checkpointWritesSize: async (tenant, place, { task, indexes }) => {
      const values = [...valuesAt(tenant, place), task, indexes];
      const [size] = await database.query<SizeRow>(tenant, writesSize, values);
      return { bytes: size?.bytes ?? 0, count: size?.count ?? 0 };
    },
    checkpointWrites: async (tenant, place) => {
      const rows = await database.query<WriteRow>(tenant, writes, valuesAt(tenant, place));
      return rows.map((row) => writeOf(place, row));
    },
    removeCheckpoint: (tenant, place, events) =>
      database.transaction(tenant, (within) => removeIn(within, tenant, { place, events })),
    removeThread: (tenant, thread, events) =>
      database.transaction(tenant, (within) => removeThreadIn(within, tenant, { thread, events })),
    forgetCheckpoints: (tenant, now, limit) =>
      database.transaction(tenant, (within) => forgetIn(within, tenant, { now, limit })),
  };
}

async function forkIn(
  session: Session,
  tenant: string,
  { row, writes: beside, events }: CheckpointFork,
): Promise<KeptCheckpoint> {
  const kept = await keepIn(session, tenant, row, false);
  if (kept.outcome !== "kept") return kept;
  await writeIn(session, tenant, beside);
  await tell(session, tenant, events);
  return kept;
}

async function writeIn(
  session: Session,
  tenant: string,
  rows: readonly CheckpointWriteRow[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  await session.query(keepWrites, [
    ...valuesAt(tenant, first.place),
    rows.map((row) => row.task),
    rows.map((row) => row.index),
    rows.map((row) => row.taskPath),
    rows.map((row) => row.channel),
    rows.map((row) => row.codec),
    rows.map((row) => row.sealed),
    first.createdAt,
    first.expiresAt,
  ]);
}

/**
 * INVARIANT: the row is locked before it is asked whether a run goes on from it. Whoever binds it
 * holds it until the resumption can be seen, and finds it gone when it comes later.
 */
async function removeIn(
  session: Session,
  tenant: string,
  { place, events }: { place: CheckpointPlace; events: readonly SealedEvent[] },
): Promise<Removal> {
  if (!(await lockIn(session, tenant, place))) return "missing";
  const removed = await session.query(remove, valuesAt(tenant, place));
  if (removed.length === 0) return "bound";
  await session.query(removeWrites, valuesAt(tenant, place));
  await tell(session, tenant, events);
  return "removed";
}

async function removeThreadIn(
  session: Session,
  tenant: string,
  { thread, events }: { thread: ThreadPlace; events: readonly SealedEvent[] },
): Promise<number | "bound"> {
  const values = [tenant, thread.agent, thread.thread];
  await session.query(lockThread, values);
  if ((await session.query(boundInThread, values)).length > 0) return "bound";
  const removed = await session.query(removeThread, values);
  await session.query(removeThreadWrites, values);
  if (removed.length > 0) await tell(session, tenant, events);
  return removed.length;
}

const expired = statement(
  "expired_checkpoints",
  `select c.ctid::text as at, c.agent, c.thread, c.namespace, c.id from checkpoints c
    where c.tenant = $1 and c.expires_at <= $2 and not exists (select ${boundTo})
    order by c.expires_at limit $3 for update of c skip locked`,
);
const removeExpired = statement(
  "remove_expired_checkpoints",
  `delete from checkpoints c where c.ctid = any ($2::tid[]) and c.tenant = $1 and not exists (select ${boundTo})
    returning c.agent, c.thread, c.namespace, c.id`,
);
const removeWritesOf = statement(
  "remove_writes_of_checkpoints",
  `delete from checkpoint_writes w using
    unnest($2::text[], $3::text[], $4::text[], $5::text[]) as k(agent, thread, namespace, id)
    where w.tenant = $1 and w.agent = k.agent and w.thread = k.thread and w.namespace = k.namespace
      and w.checkpoint = k.id`,
);
/** Of checkpoints that never came, or were removed while their writes arrived. */
const removeExpiredWrites = statement(
  "remove_expired_checkpoint_writes",
  `delete from checkpoint_writes w where w.tenant = $1 and w.ctid = any (array(
    select e.ctid from checkpoint_writes e where e.tenant = $1 and e.expires_at <= $2 and not exists (
      select from checkpoints c where c.tenant = e.tenant and c.agent = e.agent and c.thread = e.thread
        and c.namespace = e.namespace and c.id = e.checkpoint)
    order by e.expires_at limit $3 for update skip locked))
    returning w.task`,
);

async function forgetIn(
  session: Session,
  tenant: string,
  { now, limit }: { now: number; limit: number },
): Promise<number> {
  const over = await session.query<{ at: string }>(expired, [tenant, now, limit]);
  const places = over.map(({ at }) => at);
  const removed = await session.query<PlaceRow>(removeExpired, [tenant, places]);
  const columns = (["agent", "thread", "namespace", "id"] as const).map((name) =>
    removed.map((row) => row[name]),
  );
  await session.query(removeWritesOf, [tenant, ...columns]);
  // While checkpoints are left over, so are their writes: they would all be looked at again with each batch.
  if (over.length === limit) return removed.length;
  const left = await session.query(removeExpiredWrites, [tenant, now, limit]);
  return removed.length + left.length;
}

async function tell(
  session: Session,
  tenant: string,
  events: readonly SealedEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await appendEvents(session, tenant, events);
  await session.query(notify, [JSON.stringify({ tenant })]);
}

interface OpenedFields extends FoundRow {
  readonly sealed: Buffer;
}

interface PlaceRow extends Row {
  readonly agent: string;
  readonly thread: string;
  readonly namespace: string;
  readonly id: string;
}

interface SizeRow extends Row {
  readonly bytes: number;
  readonly count: number;
}

interface ThreadRow extends Row {
  readonly thread: string;
  readonly checkpoints: number;
  readonly bytes: number;
  readonly saved_at: number;
}

interface WriteRow extends Row {
  readonly task: string;
  readonly index: number;
  readonly task_path: string;
  readonly channel: string;
  readonly codec: string;
  readonly sealed: Buffer;
  readonly created_at: number;
  readonly expires_at: number;
}

function threadOf(agent: string, row: ThreadRow): ThreadHead {
  return {
    agent,
    thread: row.thread,
    checkpoints: row.checkpoints,
    bytes: row.bytes,
    savedAt: row.saved_at,
  };
}

function writeOf(place: CheckpointPlace, row: WriteRow): CheckpointWriteRow {
  return {
    place,
    task: row.task,
    index: row.index,
    taskPath: row.task_path,
    channel: row.channel,
    codec: row.codec,
    sealed: row.sealed,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
