// Checkpoints and writes to keep, and runs that go on from them, made from plain words.

import { createHash, randomBytes } from "node:crypto";
import type {
  CheckpointPlace,
  CheckpointRow,
  CheckpointWriteRow,
} from "@holdpoint/server/storage/checkpoints";
import type { Session } from "@holdpoint/server/storage/database";
import { statementOf, type World } from "./world.ts";

export const now = 1_000_000;
export const expiresAt: number = now + 1_000;

let made = 0;

/** The store sees sealed bytes only, so any will do. */
export function makeRow(
  wish: Partial<CheckpointRow> = {},
  sealed = randomBytes(40),
): CheckpointRow {
  made += 1;
  return {
    agent: "billing",
    thread: "t-1",
    namespace: "",
    id: `c-${made}`,
    run: "run-1",
    parent: null,
    step: 1,
    codec: "json",
    bytes: sealed.length,
    digest: `sha256:${createHash("sha256").update(sealed).digest("hex")}`,
    forkedFrom: null,
    createdAt: now,
    expiresAt,
    sealed,
    ...wish,
  };
}

export function makeWrite(place: CheckpointPlace, wish: Partial<CheckpointWriteRow> = {}) {
  const { agent, thread, namespace, id } = place;
  const write: CheckpointWriteRow = {
    place: { agent, thread, namespace, id },
    task: "task-1",
    index: 0,
    taskPath: "",
    channel: "messages",
    codec: "json",
    sealed: randomBytes(20),
    createdAt: now,
    expiresAt,
    ...wish,
  };
  return write;
}

export function headOf({ sealed: _, ...head }: CheckpointRow): Omit<CheckpointRow, "sealed"> {
  return head;
}

const bindText = `insert into resumptions (tenant, id, agent, queue, thread, namespace, checkpoint, digest, mode, state, jobs, open,
    settled, claimed, handed, attempts, fence, created_at, updated_at)
  values ($1, $2, $3, 'default', $4, $5, $6, 'sha256:0', 'all', 'waiting', '{job_1}', '{job_1}', '{}', '{}', '{}', 0, 0, 1, 1)`;

/** A run that goes on from the checkpoint, as a suspension writes it. */
export async function bind(
  session: Session,
  tenant: string,
  { agent, thread, namespace, id }: CheckpointPlace,
  resumption: string,
): Promise<void> {
  const values = [tenant, resumption, agent, thread, namespace, id];
  await session.query(statementOf(bindText), values);
}

export function sessionOf(world: World, tenant: string): Session {
  return { query: (one, values) => world.place().database.query(tenant, one, values) };
}

export async function endRuns(world: World, tenant: string): Promise<void> {
  const text =
    "update resumptions set ended_at = 2, state = 'completed' where tenant = $1 and ended_at is null";
  await sessionOf(world, tenant).query(statementOf(text), [tenant]);
}
