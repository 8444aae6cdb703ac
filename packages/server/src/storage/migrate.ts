// Brings the schema up to date under a lock: safe when two servers start at once, refuses a changed past.

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type pg from "pg";
import { HoldpointError } from "@holdpoint/core/error/error";

const migrationsUrl = new URL("../../migrations/", import.meta.url);
const lockId = 5_208_316_404_001;

/** Applies what is missing; returns the names of the migrations that it applied. */
export async function migrate(client: pg.ClientBase, now: number): Promise<readonly string[]> {
  const files = await readMigrations();
  await client.query("begin");
  try {
    await client.query("select pg_advisory_xact_lock($1)", [lockId]);
    await client.query("create schema if not exists holdpoint");
    await client.query("set local search_path to holdpoint");
    await ensureRole(client);
    await client.query(
      "create table if not exists schema_migrations (name text primary key, checksum text not null, applied_at bigint not null)",
    );
    const known = await client.query<{ name: string; checksum: string }>(
      "select name, checksum from schema_migrations",
    );
    const done = new Map(known.rows.map((row) => [row.name, row.checksum]));
    refuseUnknown(done, files);
    const applied: string[] = [];
    for (const file of files) {
      if (done.has(file.name)) continue;
      await client.query(file.sql);
      await client.query(
        "insert into schema_migrations (name, checksum, applied_at) values ($1, $2, $3)",
        [file.name, file.checksum, now],
      );
      applied.push(file.name);
    }
    await client.query("commit");
    return applied;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    if (error instanceof HoldpointError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new HoldpointError("migration_failed", { message }, { cause: error });
  }
}

interface MigrationFile {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

async function readMigrations(): Promise<readonly MigrationFile[]> {
  const names = (await readdir(migrationsUrl)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(new URL(name, migrationsUrl), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

function refuseUnknown(done: ReadonlyMap<string, string>, files: readonly MigrationFile[]): void {
  const ours = new Map(files.map((file) => [file.name, file.checksum]));
  for (const [name, checksum] of done) {
    if (!ours.has(name)) {
      throw new HoldpointError("migration_failed", {
        message: `the database was migrated by a newer version (${name}); start that version`,
      });
    }
    if (ours.get(name) !== checksum) {
      throw new HoldpointError("migration_failed", {
        message: `migration ${name} is not the one that was applied; use the files of the release`,
      });
    }
  }
}

/** SECURITY: the product works under a role that row level security binds, whoever logs in. */
async function ensureRole(client: pg.ClientBase): Promise<void> {
  await client.query(`do $$
    begin
      if not exists (select from pg_roles where rolname = 'holdpoint_app') then
        begin
          create role holdpoint_app nologin nosuperuser nobypassrls;
        exception
          when duplicate_object or unique_violation then null;
          when insufficient_privilege then
            raise exception 'create the role first: create role holdpoint_app nologin; grant holdpoint_app to %;', current_user;
        end;
      end if;
      if not pg_has_role(current_user, 'holdpoint_app', 'member') then
        execute format('grant holdpoint_app to %I', current_user);
      end if;
    end $$`);
  await client.query("grant usage on schema holdpoint to holdpoint_app");
}
