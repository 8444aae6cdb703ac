// Moves an embedded installation to an empty PostgreSQL, all or nothing; the source stays as it was.

import { existsSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { isoOf } from "@holdpoint/core/base/clock";
import { HoldpointError, isHoldpointError } from "@holdpoint/core/error/error";
import {
  copySequences,
  copyTable,
  countRows,
  describeTable,
  type Table,
  tallyTable,
} from "./copy-table.ts";
import { migrate } from "./migrate.ts";
import { noteMove, refuseMovedFolder } from "./moved.ts";
import { asOwner } from "./as-owner.ts";
import { type EmbeddedDatabase, openEmbedded } from "./pglite/open.ts";
import { preparePostgres } from "./postgres.ts";

export interface MigrateOptions {
  /** Folder of the embedded installation; no server may have it open. */
  readonly dataDir: string;
  /** PostgreSQL 15 or newer, without data of Holdpoint. */
  readonly databaseUrl: string;
  readonly onProgress: (sentence: string) => void;
  readonly now?: () => number;
}

export interface Migrated {
  /** Rows that were moved, by table. */
  readonly tables: Record<string, number>;
}

/** In an order in which every row finds what it refers to. */
const tableNames = [
  "tenants",
  "policies",
  "tool_registries",
  "people_documents",
  "active_policy",
  "policy_activations",
  "policy_drafts",
  "policy_rollouts",
  "policy_shadows",
  "shadow_verdicts",
  "people",
  "api_keys",
  "signing_keys",
  "jobs",
  "reviews",
  "audit_events",
  "audit_payloads",
  "outbox",
  "identities",
  "link_codes",
  "rosters",
  "incidents",
  "tasks",
  "idempotency",
  "velocity",
  "checkpoints",
  "checkpoint_writes",
  "resumptions",
  "outputs",
  "agents",
  "local_batches",
] as const;

export async function migrateTo(options: MigrateOptions): Promise<Migrated> {
  const { dataDir, databaseUrl, onProgress } = options;
  const now = options.now ?? Date.now;
  if (!existsSync(join(dataDir, "pgdata"))) {
    throw new HoldpointError("config_invalid", {
      message: `${dataDir} holds no embedded database; name the data folder with --data`,
    });
  }
  refuseMovedFolder(dataDir);
  await preparePostgres({ url: databaseUrl, now, onProgress });
  const embedded = await openEmbedded({ dir: dataDir, onProgress });
  try {
    const tables = await moveAll(embedded, options, now());
    const target = nameOf(databaseUrl);
    noteMove(dataDir, target, isoOf(now()));
    onProgress(`Everything is in ${target}; the folder ${dataDir} is as it was.`);
    return { tables };
  } finally {
    await embedded.close();
  }
}

/** The address as people may read it. */
function nameOf(databaseUrl: string): string {
  const { protocol, username, host, pathname } = new URL(databaseUrl);
  return `${protocol}//${username === "" ? "" : `${username}@`}${host}${pathname}`;
}

async function moveAll(
  embedded: EmbeddedDatabase,
  options: MigrateOptions,
  now: number,
): Promise<Record<string, number>> {
  let moved: Record<string, number> = {};
  const target = new pg.Client({ connectionString: options.databaseUrl });
  target.on("error", () => undefined);
  await target.connect();
  try {
    await asOwner(embedded.pool, async (source) => {
      await migrate(source, now);
      moved = await moveIn(source, target, options.onProgress);
    });
  } finally {
    await target.end();
  }
  return moved;
}

async function moveIn(
  source: pg.ClientBase,
  target: pg.ClientBase,
  onProgress: (sentence: string) => void,
): Promise<Record<string, number>> {
  await target.query("begin");
  try {
    await refuseUnknownTables(source);
    await refuseDisorder(source);
    await takeOver(target);
    const moved: Record<string, number> = {};
    for (const name of tableNames) {
      const table = await describeTable(source, name);
      moved[name] = await moveTable(source, target, table);
      onProgress(`${name}: ${moved[name]} moved and compared.`);
    }
    await handOver(target);
    await target.query("commit");
    return moved;
  } catch (error) {
    await target.query("rollback").catch(() => undefined);
    if (isHoldpointError(error)) throw error;
    const message = `nothing was moved: ${error instanceof Error ? error.message : String(error)}`;
    throw new HoldpointError("migration_failed", { message }, { cause: error });
  }
}

async function moveTable(
  source: pg.ClientBase,
  target: pg.ClientBase,
  table: Table,
): Promise<number> {
  const sent = await copyTable(source, target, table);
  await copySequences(source, target, table);
  const arrived = await tallyTable(target, table);
  const counts = [await countRows(source, table), await countRows(target, table), arrived.rows];
  if (sent.digest !== arrived.digest || counts.some((count) => count !== sent.rows)) {
    throw failed(`${table.name} did not arrive as it was sent; nothing was moved`);
  }
  return sent.rows;
}

/** A table that this list forgot would be lost without a word. */
async function refuseUnknownTables(source: pg.ClientBase): Promise<void> {
  const { rows } = await source.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'holdpoint' and tablename <> 'schema_migrations'",
  );
  const known: readonly string[] = tableNames;
  const unknown = rows.map((row) => row.name).find((name) => !known.includes(name));
  if (unknown !== undefined) throw failed(`the table ${unknown} is not known; nothing was moved`);
}

/** The order of the record is that of its numbers, because one session wrote all of it. */
async function refuseDisorder(source: pg.ClientBase): Promise<void> {
  const { rows } = await source.query(
    `select from (select seq, lag(seq) over (partition by tenant order by txid, seq) as before
       from holdpoint.audit_events) as e where e.before > e.seq limit 1`,
  );
  if (rows.length > 0) throw failed("the record is not in the order of its numbers");
}

/** Shuts servers out, looks past the wall between tenants, and refuses what holds data. */
async function takeOver(target: pg.ClientBase): Promise<void> {
  const all = tableNames.map((name) => `holdpoint.${name}`).join(", ");
  await target.query(`lock table ${all} in access exclusive mode`);
  for (const name of tableNames) {
    await target.query(`alter table holdpoint.${name} no force row level security`);
    const { rows } = await target.query(`select from holdpoint.${name} limit 1`);
    if (rows.length > 0) {
      throw failed(`the target holds data already (in ${name}); give an empty database`);
    }
  }
}

async function handOver(target: pg.ClientBase): Promise<void> {
  for (const name of tableNames) {
    await target.query(`alter table holdpoint.${name} force row level security`);
  }
}

function failed(message: string): HoldpointError {
  return new HoldpointError("migration_failed", { message });
}
