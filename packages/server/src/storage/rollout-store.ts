// Staged rollouts: at most one runs in a tenant, and every change of one is a compare-and-set.

import type { Database, Row, Session, Statement } from "./database.ts";
import type { PolicyLifeStore, RolloutRecord } from "./policy-life.ts";

const statement = (name: string, text: string): Statement => ({ name, text });

const columns = `id, revision, state, base, candidate, percent, author, message, job_id, cursor_txid, cursor_seq,
  base_counts, candidate_counts, reason, created_at, updated_at`;

type RolloutCalls = Pick<PolicyLifeStore, "lastRollout" | "countRollout">;

export function rolloutCalls(database: Database): RolloutCalls {
  return {
    lastRollout: async (tenant) => {
      const text = `select ${columns} from policy_rollouts where tenant = $1
        order by state = 'running' desc, created_at desc, id desc limit 1`;
      const [row] = await database.query<RolloutRow>(tenant, statement("last_rollout", text), [
        tenant,
      ]);
      return row === undefined ? null : rolloutOf(row);
    },
    countRollout: (tenant, record, expected) =>
      database.transaction(tenant, (session) =>
        changeRollout(session, { tenant, record, expected }),
      ),
  };
}

export async function addRollout(
  session: Session,
  tenant: string,
  rollout: RolloutRecord,
): Promise<void> {
  await endRunning(session, {
    tenant,
    at: rollout.createdAt,
    reason: "another rollout was begun",
  });
  const text = `insert into policy_rollouts (tenant, ${columns})
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`;
  await session.query(statement("add_rollout", text), [tenant, ...valuesOf(rollout)]);
}

interface RolloutWrite {
  readonly tenant: string;
  readonly record: RolloutRecord;
  readonly expected: number;
}

/** False when the rollout is not at the expected revision any more, or has ended. */
export async function changeRollout(
  session: Session,
  { tenant, record, expected }: RolloutWrite,
): Promise<boolean> {
  const text = `update policy_rollouts set revision = $3, state = $4, base = $5, candidate = $6, percent = $7,
      author = $8, message = $9, job_id = $10, cursor_txid = $11, cursor_seq = $12, base_counts = $13,
      candidate_counts = $14, reason = $15, created_at = $16, updated_at = $17
    where tenant = $1 and id = $2 and revision = $18 and state = 'running' returning id`;
  const values = [tenant, ...valuesOf(record), expected];
  return (await session.query(statement("change_rollout", text), values)).length > 0;
}

export async function endRunning(
  session: Session,
  { tenant, at, reason }: { tenant: string; at: number; reason: string },
): Promise<void> {
  const text = `update policy_rollouts set state = 'replaced', revision = revision + 1, reason = $3, updated_at = $2
    where tenant = $1 and state = 'running'`;
  await session.query(statement("end_rollouts", text), [tenant, at, reason]);
}

function valuesOf(rollout: RolloutRecord): unknown[] {
  return [
    rollout.id,
    rollout.revision,
    rollout.state,
    rollout.base,
    rollout.candidate,
    rollout.percent,
    rollout.author,
    rollout.message,
    rollout.jobId,
    rollout.cursor.txid,
    rollout.cursor.seq,
    rollout.baseCounts,
    rollout.candidateCounts,
    rollout.reason,
    rollout.createdAt,
    rollout.updatedAt,
  ];
}

interface RolloutRow extends Row {
  readonly id: string;
  readonly revision: number;
  readonly state: RolloutRecord["state"];
  readonly base: string;
  readonly candidate: string;
  readonly percent: number;
  readonly author: string;
  readonly message: string | null;
  readonly job_id: string | null;
  readonly cursor_txid: number;
  readonly cursor_seq: number;
  readonly base_counts: string;
  readonly candidate_counts: string;
  readonly reason: string | null;
  readonly created_at: number;
  readonly updated_at: number;
}

function rolloutOf(row: RolloutRow): RolloutRecord {
  return {
    id: row.id,
    revision: row.revision,
    state: row.state,
    base: row.base,
    candidate: row.candidate,
    percent: row.percent,
    author: row.author,
    message: row.message,
    jobId: row.job_id,
    cursor: { txid: row.cursor_txid, seq: row.cursor_seq },
    baseCounts: row.base_counts,
    candidateCounts: row.candidate_counts,
    reason: row.reason,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
