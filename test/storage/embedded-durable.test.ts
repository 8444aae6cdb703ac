// Proves that the embedded database refuses, or stops, when a commit does not reach the disk.

import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { syncTree } from "@holdpoint/server/storage/pglite/data-folder";
import { openEmbedded } from "@holdpoint/server/storage/pglite/open";
import { diskUrl, makeFolders, type Folders } from "./embedded-folder.ts";

/** The state that PostgreSQL writes into its control file when it was shut down in order. */
const stateShutDown = 1;
const stateOffset = 16;

let folders: Folders;

beforeAll(async () => {
  folders = await makeFolders();
}, 60_000);

afterAll(() => folders.remove());

test("each commit makes the operating system confirm an fsync", async () => {
  await using database = await openEmbedded({ dir: folders.make() });
  await database.pool.query("create table t (n int)");
  const before = await database.syncCount();
  for (let n = 0; n < 20; n += 1) await database.pool.query("insert into t values ($1)", [n]);
  expect((await database.syncCount()) - before).toBeGreaterThanOrEqual(20);
});

test("it refuses to start when fsync does nothing, and frees the folder", async () => {
  const dir = folders.make();
  const refused = openEmbedded({ dir }, { diskModule: diskUrl("skipped-sync") });
  await expect(refused).rejects.toMatchObject({ code: "storage_not_durable" });
  await using database = await openEmbedded({ dir });
  expect(await database.syncCount()).toBeGreaterThan(0);
});

test("settings stored in the database cannot switch durability off", async () => {
  const dir = folders.make();
  const first = await openEmbedded({ dir });
  await first.pool.query("alter system set fsync = off");
  await first.pool.query("alter system set wal_sync_method = 'fdatasync'");
  await first.pool.query("alter database postgres set synchronous_commit = off");
  await first.close();
  await using second = await openEmbedded({ dir });
  const { rows } = await second.pool.query(
    `select current_setting('fsync') as fsync, current_setting('wal_sync_method') as method,
            current_setting('synchronous_commit') as commits`,
  );
  expect(rows).toEqual([{ fsync: "on", method: "fsync", commits: "on" }]);
});

test("a commit whose fsync failed is not acknowledged, and nothing after it is", async () => {
  const dir = folders.make();
  const flag = folders.path("disk-is-broken");
  const faults: Error[] = [];
  const database = await openEmbedded(
    { dir, onFault: (error) => faults.push(error) },
    { diskModule: diskUrl("failing-sync", { when: flag }) },
  );
  await database.pool.query("create table t (n int)");
  writeFileSync(flag, "");
  await expect(database.pool.query("insert into t values (1)")).rejects.toThrow();
  await expect(database.pool.query("select 1")).rejects.toThrow("open it again");
  expect(faults).toHaveLength(1);
  await database.close();
  await using again = await openEmbedded({ dir });
  expect((await again.pool.query("select from t")).rowCount).toBeLessThanOrEqual(1);
});

test("a first start makes a private folder, one database and no leftovers", async () => {
  const dir = folders.path("new/deep/folder");
  const said: string[] = [];
  mkdirSync(join(dir, "pgdata.init-from-a-killed-start"), { recursive: true });
  const database = await openEmbedded({ dir, onProgress: (sentence) => said.push(sentence) });
  expect(statSync(dir).mode & 0o777).toBe(0o700);
  expect(said[0]).toContain("Creating the embedded database");
  expect(readdirSync(dir).toSorted()).toEqual(["lease.json", "pgdata"]);
  await database.close();
}, 60_000);

test("closing leaves a database that was shut down in order, and no lease", async () => {
  const dir = folders.make();
  const database = await openEmbedded({ dir });
  await database.pool.query("create table t (n int)");
  await database.close();
  const control = readFileSync(join(dir, "pgdata/global/pg_control"));
  expect(control.readUInt32LE(stateOffset)).toBe(stateShutDown);
  expect(existsSync(join(dir, "lease.json"))).toBe(false);
});

test("a folder of another PostgreSQL version is refused and left alone", async () => {
  const dir = folders.make();
  writeFileSync(join(dir, "pgdata/PG_VERSION"), "15\n");
  await expect(openEmbedded({ dir })).rejects.toMatchObject({ code: "storage_unavailable" });
  expect(readFileSync(join(dir, "pgdata/PG_VERSION"), "utf8")).toBe("15\n");
});

test("a tree is synced with every file and folder in it", () => {
  const dir = folders.make();
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  expect(syncTree(dir)).toBe(entries.length + 1);
});

test("upkeep writes a checkpoint when the log has grown, and only then", async () => {
  const upkeep = { walBytesMax: 1024 * 1024 };
  await using database = await openEmbedded({ dir: folders.make() }, { upkeep });
  const checkpointAt = async (): Promise<string> => {
    const { rows } = await database.pool.query<{ at: string }>(
      "select redo_lsn::text as at from pg_control_checkpoint()",
    );
    return rows[0]?.at ?? "";
  };
  const before = await checkpointAt();
  await database.maintain();
  expect(await checkpointAt()).toBe(before);
  await database.pool.query(
    "create table t as select n, repeat('x', 500) from generate_series(1, 5000) n",
  );
  await database.maintain();
  expect(await checkpointAt()).not.toBe(before);
});

test("upkeep vacuums as the owner, whatever role the callers of the pool have set", async () => {
  const upkeep = { vacuumEveryMs: 0 };
  const said: string[] = [];
  await using database = await openEmbedded(
    { dir: folders.make(), onProgress: (sentence) => said.push(sentence) },
    { upkeep },
  );
  await database.pool.query("create table t as select n from generate_series(1, 5000) n");
  await database.pool.query("set role pg_monitor");
  await database.maintain();
  const { rows } = await database.pool.query(
    "select reltuples::int as known, current_user::text as who from pg_class where relname = 't'",
  );
  expect(rows).toEqual([{ known: 5000, who: "pg_monitor" }]);
  expect(said).toEqual([]);
});

test("a folder that cannot be used is refused with its name and the reason", async () => {
  const path = folders.path("a-file");
  writeFileSync(path, "");
  await expect(openEmbedded({ dir: path })).rejects.toMatchObject({
    code: "storage_unavailable",
    message: expect.stringContaining(path),
  });
});
