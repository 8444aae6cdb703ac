// Checkpoints as rows: columns, what is asked beside them, and one kept within a transaction.

import type { CheckpointPlace, FoundCheckpoint, KeptCheckpoint } from "./checkpoints.ts";
import type { CheckpointRow } from "./checkpoints.ts";
import type { Row, Session, Statement } from "./database.ts";

const headColumns = `c.agent, c.thread, c.namespace, c.id, c.seq, c.parent, c.step, c.run, c.codec, c.bytes, c.digest,
  c.forked_from, c.created_at, c.expires_at`;
/** A run that has not ended holds the checkpoint that it goes on from. */
export const boundTo = `from resumptions r where r.tenant = c.tenant and r.agent = c.agent and r.thread = c.thread
  and r.namespace = c.namespace and r.checkpoint = c.id and r.ended_at is null`;
export const foundColumns: string = `${headColumns},
  (select array_agg(r.id order by r.seq) ${boundTo}) as resumptions`;
export const atPlace =
  "c.tenant = $1 and c.agent = $2 and c.thread = $3 and c.namespace = $4 and c.id = $5";

const insert: Statement = {
  name: "keep_checkpoint",
  text: `insert into checkpoints as c (tenant, agent, thread, namespace, id, parent, step, run, codec, bytes, digest,
      sealed, forked_from, created_at, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
    on conflict do nothing returning ${headColumns}, null as resumptions`,
};
const replace: Statement = {
  name: "replace_checkpoint",
  text: `update checkpoints c set parent = $6, step = $7, run = $8, codec = $9, bytes = $10, digest = $11, sealed = $12,
      forked_from = $13, created_at = $14, expires_at = $15
    where ${atPlace} and not exists (select ${boundTo}) returning ${foundColumns}`,
};
const lock: Statement = {
  name: "lock_checkpoint",
  text: `select c.id from checkpoints c where ${atPlace} for update`,
};
const hold: Statement = {
  name: "hold_checkpoint_row",
  text: `select ${foundColumns} from checkpoints c where ${atPlace} for share of c`,
};
const find: Statement = {
  name: "find_checkpoint",
  text: `select ${foundColumns} from checkpoints c where ${atPlace}`,
};

export interface FoundRow extends Row {
  readonly agent: string;
  readonly thread: string;
  readonly namespace: string;
  readonly id: string;
  readonly seq: number;
  readonly parent: string | null;
  readonly step: number | null;
  readonly run: string | null;
  readonly codec: string;
  readonly bytes: number;
  readonly digest: string;
  readonly forked_from: string | null;
  readonly created_at: number;
  readonly expires_at: number;
  readonly resumptions: readonly string[] | null;
}

export function foundOf(row: FoundRow): FoundCheckpoint {
  return {
    head: {
      agent: row.agent,
      thread: row.thread,
      namespace: row.namespace,
      id: row.id,
      run: row.run,
      parent: row.parent,
      step: row.step,
      codec: row.codec,
      bytes: row.bytes,
      digest: row.digest,
      forkedFrom: row.forked_from,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    },
    seq: row.seq,
    resumptions: row.resumptions ?? [],
  };
}

export function valuesAt(tenant: string, place: CheckpointPlace): readonly string[] {
  return [tenant, place.agent, place.thread, place.namespace, place.id];
}

function valuesOf(tenant: string, row: CheckpointRow): readonly unknown[] {
  return [
    ...valuesAt(tenant, row),
    row.parent,
    row.step,
    row.run,
    row.codec,
    row.bytes,
    row.digest,
    row.sealed,
    row.forkedFrom,
    row.createdAt,
    row.expiresAt,
  ];
}

export async function findIn(
  session: Session,
  tenant: string,
  place: CheckpointPlace,
): Promise<FoundCheckpoint | null> {
  const [row] = await session.query<FoundRow>(find, valuesAt(tenant, place));
  return row === undefined ? null : foundOf(row);
}

/** Adds it when its id is free; null when it is taken. */
export async function addIn(
  session: Session,
  tenant: string,
  row: CheckpointRow,
): Promise<FoundCheckpoint | null> {
  const [added] = await session.query<FoundRow>(insert, valuesOf(tenant, row));
  return added === undefined ? null : foundOf(added);
}

/**
 * The checkpoint, held until the transaction ends: nobody removes or replaces it before the
 * resumption that is written beside it can be seen. Null when there is none.
 */
async function holdIn(
  session: Session,
  tenant: string,
  place: CheckpointPlace,
): Promise<FoundCheckpoint | null> {
  const [row] = await session.query<FoundRow>(hold, valuesAt(tenant, place));
  return row === undefined ? null : foundOf(row);
}

/** Waits for whoever binds it; false when it is not there. */
export async function lockIn(
  session: Session,
  tenant: string,
  place: CheckpointPlace,
): Promise<boolean> {
  return (await session.query(lock, valuesAt(tenant, place))).length > 0;
}

/** Keeps a checkpoint within a transaction, and holds it until that ends. */
export async function keepIn(
  session: Session,
  tenant: string,
  row: CheckpointRow,
  isReplacing: boolean,
): Promise<KeptCheckpoint> {
  for (;;) {
    const added = await addIn(session, tenant, row);
    if (added !== null) return { outcome: "kept", found: added };
    if (isReplacing) await lockIn(session, tenant, row);
    const there = await holdIn(session, tenant, row);
    // Whoever had the id has been removed since: it is free now.
    if (there === null) continue;
    if (isSame(there, row, isReplacing)) return { outcome: "same", found: there };
    if (!isReplacing) return { outcome: "other", found: there };
    // The row is locked: a resumption that binds it is committed and seen by this statement, or comes later.
    const [replaced] = await session.query<FoundRow>(replace, valuesOf(tenant, row));
    if (replaced === undefined) return { outcome: "bound", found: there };
    return { outcome: "replaced", found: foundOf(replaced) };
  }
}

/** What is put in the place of another has to be the same in all that is shown of it. */
function isSame({ head }: FoundCheckpoint, row: CheckpointRow, isReplacing: boolean): boolean {
  if (head.digest !== row.digest || head.codec !== row.codec) return false;
  if (!isReplacing) return true;
  return head.parent === row.parent && head.step === row.step && head.run === row.run;
}
