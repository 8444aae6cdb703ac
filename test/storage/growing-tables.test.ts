// A plan that was made while a table was empty is made anew as the table grows.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database, Row, Statement } from "@holdpoint/server/storage/database";
import { databaseOver, openEmbeddedStore } from "@holdpoint/server/storage/embedded";
import { watchGrowingTables } from "@holdpoint/server/storage/growing-tables";
import { jobReads } from "@holdpoint/server/storage/job-store";
import { openEmbedded } from "@holdpoint/server/storage/pglite/open";
import { openPostgres } from "@holdpoint/server/storage/postgres";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { makeTestDatabase } from "../database.ts";

const tenant = "default";
const rows = 5_000;
const settings = { now: () => 0, onProgress: () => undefined };
/** What a statement did, by its plan. */
const walked = /Rows Removed by Filter: (\d+)/g;

const fillSql = `insert into holdpoint.outbox (tenant, id, job_id, channel, kind, body, due_at, created_at)
  select '${tenant}', 'message-' || g, 'job-' || g, 'log', 'k', repeat('b', 100), g, g from generate_series($2::int + 1, $2::int + $1::int) g`;

/** The text of a statement that the store runs. */
async function textOf(ask: (database: Database) => Promise<unknown>): Promise<string> {
  let text = "";
  const database = {
    query: async (_: string, statement: Statement) => {
      text = statement.text;
      return [] as Row[];
    },
  };
  await ask(database as unknown as Database);
  return text;
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const planned = "set plan_cache_mode to force_generic_plan; set enable_seqscan to off";
  await client.query(`set search_path to holdpoint; set jit to off; ${planned}`);
  return client;
}

test("a job is found by its key although its statement was prepared before there were any", async () => {
  const made = await makeTestDatabase();
  onTestFinished(() => made.remove());
  await (await openPostgres({ url: made.url, poolMax: 1, ...settings })).close();
  const client = await open(made.url);
  const pool = new pg.Pool({ connectionString: made.url, max: 1 });
  onTestFinished(() => Promise.all([client.end(), pool.end()]).then(() => undefined));
  const text = await textOf((database) => jobReads(database).findJob(tenant, "job-1"));
  await client.query(`prepare find_job as ${text}`);
  const mostWalked = async (): Promise<number> => {
    const run = `execute find_job ('${tenant}', 'job-${rows}', '', '')`;
    const { rows: plan } = await client.query<{ "QUERY PLAN": string }>(
      `explain (analyze, costs off, timing off) ${run}`,
    );
    const lines = plan.map((row) => row["QUERY PLAN"]).join("\n");
    expect(lines).toContain("on jobs");
    return Math.max(0, ...[...lines.matchAll(walked)].map(([, passed]) => Number(passed)));
  };
  expect(await mostWalked()).toBe(0);
  await client.query(`insert into jobs (tenant, id, revision, state, round, held, agent, topic, environment,
      risk_tags, title, job_hash, proposed_hash, presented_hash, snapshot, action, decision, requester, created_at,
      updated_at)
    select '${tenant}', 'job-' || g, 1, 'APPROVAL', 1, true, 'agent', 'topic', 'prod', '{}', 't', 'h', 'h', 'h', 's',
      '{}', '{}', '{}', g, g from generate_series(1, ${rows}) g`);
  await watchGrowingTables(pool).look();
  expect(await mostWalked()).toBeLessThan(100);
});

test.each(["PostgreSQL", "embedded"])("%s looks by itself", async (engine) => {
  const made = await makeTestDatabase();
  onTestFinished(() => made.remove());
  const dir = mkdtempSync(join(tmpdir(), "holdpoint-grows-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const database =
    engine === "embedded"
      ? await openEmbeddedStore({ dir, onFault: () => undefined, ...settings })
      : await openPostgres({ url: made.url, poolMax: 2, ...settings });
  onTestFinished(() => database.close());
  const ask = async <R extends Row>(text: string, values: unknown[] = []): Promise<R[]> =>
    database.query<R>(tenant, { name: `n${text.length}`, text }, values);
  const pagesKnown = async (): Promise<number> =>
    (
      await ask<{ relpages: number }>(
        "select relpages from pg_class where oid = 'holdpoint.outbox'::regclass",
      )
    )[0]?.relpages ?? -1;
  await ask(fillSql, [2_000, 0]);
  expect(await pagesKnown()).toBe(0);
  for (let i = 0; i < 120; i += 1) await ask("select 1 as one");
  await expect.poll(pagesKnown).toBeGreaterThan(7);
  const [session] = await ask<{ role: string }>("select current_user::text as role");
  expect(session?.role).toBe("holdpoint_app");
});

test("a table is analysed again when it has doubled, and not before", async () => {
  const dir = mkdtempSync(join(tmpdir(), "holdpoint-growing-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const embedded = await openEmbedded({ dir });
  onTestFinished(() => embedded.close());
  await databaseOver(embedded, 0);
  const tables = watchGrowingTables(embedded.pool);
  let filled = 0;
  const knownAfter = async (count: number): Promise<number> => {
    await embedded.pool.query(fillSql, [count, filled]);
    filled += count;
    await tables.look();
    const { rows: known } = await embedded.pool.query<{ relpages: number }>(
      "select relpages from pg_class where oid = 'holdpoint.outbox'::regclass",
    );
    return known[0]?.relpages ?? -1;
  };
  const first = await knownAfter(1_000);
  expect(first).toBeGreaterThan(7);
  expect(await knownAfter(500)).toBe(first);
  expect(await knownAfter(1_000)).toBeGreaterThan(2 * first);
});
