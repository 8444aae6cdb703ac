// The boot self-test: a database that does not reach the disk must not hold anybody's approval.

import type pg from "pg";
import { HoldpointError } from "@holdpoint/core/error/error";

const requiredSettings: readonly (readonly [name: string, value: string])[] = [
  ["fsync", "on"],
  ["wal_sync_method", "fsync"],
  ["synchronous_commit", "on"],
  ["full_page_writes", "on"],
];

const prepareSql = `
  create schema if not exists holdpoint_boot;
  create table if not exists holdpoint_boot.probe (
    id smallint primary key, starts bigint not null, started_at timestamptz not null
  )`;

const probeSql = `
  insert into holdpoint_boot.probe as probe (id, starts, started_at) values (1, 1, now())
  on conflict (id) do update set starts = probe.starts + 1, started_at = now()`;

function refuse(message: string): never {
  throw new HoldpointError("storage_not_durable", {
    message: `${message}; an acknowledged write would not survive a power cut, so nothing is started`,
  });
}

/** Writes one row and requires that the operating system confirmed an fsync before the answer. */
export async function testDurability(pool: pg.Pool, syncCount: () => number): Promise<void> {
  for (const [name, value] of requiredSettings) {
    const { rows } = await pool.query<{ value: string }>("select current_setting($1) as value", [
      name,
    ]);
    const found = rows[0]?.value;
    if (found !== value) refuse(`the setting ${name} is ${found} and must be ${value}`);
  }
  await pool.query(prepareSql);
  const before = syncCount();
  await pool.query(probeSql);
  if (syncCount() <= before) refuse("a commit was answered without one fsync of the disk");
}
