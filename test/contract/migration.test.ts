// Bringing the schema up to date: two servers at once on an empty database, a past that was changed, a newer one.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import pg from "pg";
import { migrate } from "@holdpoint/server/storage/migrate";
import { openPostgres } from "@holdpoint/server/storage/postgres";
import { makeTestDatabase, type TestDatabase } from "../database.ts";

const folder = fileURLToPath(new URL("../../packages/server/migrations/", import.meta.url));
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".sql"))
  .sort();

const made: TestDatabase[] = [];

afterAll(async () => {
  for (const database of made) await database.remove();
});

async function fresh(): Promise<TestDatabase> {
  const database = await makeTestDatabase();
  made.push(database);
  return database;
}

async function run(url: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await migrate(client, 7);
  } finally {
    await client.end();
  }
}

test("several processes that start at once on an empty database migrate it once", async () => {
  const { url, ask } = await fresh();
  const applied = await Promise.all(Array.from({ length: 6 }, () => run(url)));
  expect(applied.flat().sort()).toEqual(names);
  const rows = await ask("select name, checksum, applied_at from holdpoint.schema_migrations");
  const wanted = names.map((name) => ({
    name,
    checksum: createHash("sha256")
      .update(readFileSync(folder + name))
      .digest("hex"),
    applied_at: "7",
  }));
  expect(rows).toEqual(wanted);
  expect(await run(url)).toEqual([]);
});

test("databases of one PostgreSQL that are set up at once share the role without a fight", async () => {
  const urls = (await Promise.all([fresh(), fresh(), fresh()])).map(({ url }) => url);
  const applied = await Promise.all(urls.map(run));
  expect(applied).toEqual([names, names, names]);
});

test("two servers open one empty database at the same time", async () => {
  const { url } = await fresh();
  const options = { url, poolMax: 2, now: () => 0, onProgress: () => undefined };
  const databases = await Promise.all([openPostgres(options), openPostgres(options)]);
  for (const database of databases) await database.close();
  expect(databases).toHaveLength(2);
});

test("a migration that is not the one that was applied stops the start", async () => {
  const { url, ask } = await fresh();
  await run(url);
  await ask("update holdpoint.schema_migrations set checksum = 'another' where name = $1", [
    names[0],
  ]);
  const refused = run(url);
  await expect(refused).rejects.toMatchObject({ code: "migration_failed" });
  await expect(refused).rejects.toThrow("is not the one that was applied");
});

test("a database of a newer version stops the start", async () => {
  const { url, ask } = await fresh();
  await run(url);
  await ask("insert into holdpoint.schema_migrations values ('9999-future.sql', 'x', 1)");
  const refused = run(url);
  await expect(refused).rejects.toMatchObject({ code: "migration_failed" });
  await expect(refused).rejects.toThrow("newer version (9999-future.sql)");
});

test("a migration that fails leaves nothing of itself behind", async () => {
  const { url, ask } = await fresh();
  await ask("create schema holdpoint");
  await ask("create table holdpoint.reviews (mine int)");
  await expect(run(url)).rejects.toMatchObject({ code: "migration_failed" });
  const tables = await ask("select tablename from pg_tables where schemaname = 'holdpoint'");
  expect(tables).toEqual([{ tablename: "reviews" }]);
});

test("a database of the first version keeps its policy, which becomes the first line of the history", async () => {
  const [first = "", ...later] = names;
  const { url, ask } = await fresh();
  // The role belongs to the whole PostgreSQL; any other database that was migrated has made it.
  await run((await fresh()).url);
  const sql = readFileSync(folder + first, "utf8");
  const checksum = createHash("sha256").update(sql).digest("hex");
  await ask(`create schema holdpoint; set search_path to holdpoint; ${sql};
    create table schema_migrations (name text primary key, checksum text not null, applied_at bigint not null);
    insert into schema_migrations values ('${first}', '${checksum}', 1);
    insert into tenants values ('default', 1), ('other', 1);
    insert into policies select t, 'sha256:' || t, '', '{}', a, 'why', 0, 2
      from (values ('default', 'per_ada'), ('other', 'start')) as v(t, a);
    insert into active_policy select t, 'sha256:' || t, 3, 4 from (values ('default'), ('other')) as v(t);`);
  expect(await run(url)).toEqual(later);
  expect(
    await ask(
      `select tenant, digest, before, kind, author, message, at::int from holdpoint.policy_activations order by tenant`,
    ),
  ).toEqual([
    {
      tenant: "default",
      digest: "sha256:default",
      before: null,
      kind: "publish",
      author: "per_ada",
      message: "why",
      at: 4,
    },
    {
      tenant: "other",
      digest: "sha256:other",
      before: null,
      kind: "start",
      author: "start",
      message: "why",
      at: 4,
    },
  ]);
  const active = await ask(
    "select digest, bundle, revision, swept_revision, swept_seq from holdpoint.active_policy where tenant = 'default'",
  );
  // No hold is compared with what it was decided by already.
  expect(active).toEqual([
    {
      digest: "sha256:default",
      bundle: "sha256:default",
      revision: 3,
      swept_revision: 3,
      swept_seq: null,
    },
  ]);
});
