// What is asked of suspended runs and recorded outputs all the time follows an index, however many of them there are.

import { checkpointCalls } from "@holdpoint/server/storage/checkpoints-store";
import { outputCalls } from "@holdpoint/server/storage/outputs-store";
import type { Database, Row, Session, Statement } from "@holdpoint/server/storage/database";
import { openPostgres } from "@holdpoint/server/storage/postgres";
import { resumptionCalls } from "@holdpoint/server/storage/resumptions-store";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTestDatabase, type TestDatabase } from "../database.ts";

const rows = 20_000;
const tenant = "default";
let made: TestDatabase;
let client: pg.Client;
/** The plan of each statement, with what it did. */
const plans = new Map<string, string>();

beforeAll(async () => {
  made = await makeTestDatabase();
  const options = { url: made.url, poolMax: 1, now: () => 0, onProgress: () => undefined };
  await (await openPostgres(options)).close();
  client = new pg.Client({ connectionString: made.url });
  await client.connect();
  await client.query("set search_path to holdpoint, public");
  await client.query("set jit to off");
  await client.query("set plan_cache_mode to force_generic_plan");
  await client.query(`insert into outputs (tenant, job_id, bytes, digest, sealed, created_at, expires_at)
    select '${tenant}', 'job-' || g, 10, 'd', '\\x00', g, g from generate_series(1, ${rows}) g`);
  // A third is due, for agents that do not come; another third waits for people; the others are over.
  await client.query(`insert into resumptions (tenant, id, agent, queue, thread, namespace, checkpoint, digest, mode,
      state, jobs, open, settled, claimed, handed, attempts, fence, due_at, created_at, updated_at, ended_at)
    select '${tenant}', 'run-' || g, 'agent-' || (g % 4), 'default', 't-' || g, '', 'c', 'd', 'all',
      case when g % 3 = 2 then 'completed' else 'waiting' end, '{}', '{}', '{}', '{}', '{}', 0, 0,
      case when g % 3 = 0 then g end, g, g, case when g % 3 = 2 then g end from generate_series(1, ${rows}) g`);
  // One agent has only runs that are over.
  await client.query(`insert into resumptions (tenant, id, agent, queue, thread, namespace, checkpoint, digest, mode,
      state, jobs, open, settled, claimed, handed, attempts, fence, created_at, updated_at, ended_at)
    select '${tenant}', 'over-' || g, 'agent-old', 'default', 't-old', '', 'c', 'd', 'all', 'completed', '{}', '{}',
      '{}', '{}', '{}', 0, 0, g, g, g from generate_series(1, ${rows}) g`);
  await client.query(`insert into checkpoints (tenant, agent, thread, namespace, id, codec, bytes, digest, sealed,
      created_at, expires_at)
    values ('${tenant}', 'agent-old', 't-old', '', 'c', 'json', 10, 'd', '\\x00', 1, 1)`);
  await client.query("analyze");
});
afterAll(async () => {
  await client.end();
  await made.remove();
});

/** Explains what it is asked, and answers it; nothing of it lasts. */
const explaining = {
  query: async <R extends Row>(_tenant: string, { name, text }: Statement, values: unknown[]) => {
    await client.query("begin");
    try {
      await client.query(`prepare ${name} as ${text}`);
      const given = values.map(literal).join(", ");
      const explained = await client.query<{ "QUERY PLAN": string }>(
        `explain (analyze, costs off, timing off) execute ${name} (${given})`,
      );
      plans.set(name, explained.rows.map((row) => row["QUERY PLAN"]).join("\n"));
      return [] as R[];
    } finally {
      await client.query("rollback");
      await client.query("deallocate all");
    }
  },
  transaction: <T>(of: string, work: (session: Session) => Promise<T>): Promise<T> =>
    work({
      query: <R extends Row>(one: Statement, values: readonly unknown[]) =>
        explaining.query<R>(of, one, [...values]),
    }),
} as unknown as Database;

function literal(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `array[${value.map(literal).join(", ")}]::text[]`;
  return typeof value === "number" ? `${value}` : `'${String(value)}'`;
}

/** The most rows that any step of the plan touched, taken or passed over. */
function touchedBy(name: string): number {
  const plan = plans.get(name) ?? "";
  const counts = [...plan.matchAll(/actual rows=(\d+)|Removed by Filter: (\d+)/g)];
  expect(counts.length, plan).toBeGreaterThan(0);
  return Math.max(...counts.map(([, taken, passed]) => Number(taken ?? passed)));
}

const runs = resumptionCalls(explaining);
const terms = { agent: "agent-0", queues: ["default"], thread: null, id: null, worker: "w" };

test("a claim touches as many runs as it takes, however many are due", async () => {
  await runs.claimResumptions(tenant, { ...terms, now: rows, until: rows + 1, limit: 16 });
  expect(touchedBy("claim_resumptions")).toBeLessThan(100);
});

test("a claim of one run touches that one", async () => {
  const one = { ...terms, queues: null, id: "run-12" };
  await runs.claimResumptions(tenant, { ...one, now: rows, until: rows + 1, limit: 1 });
  expect(touchedBy("claim_resumption")).toBeLessThan(100);
});

test("runs that nobody moves on are found without those that wait for a worker", async () => {
  await runs.strandedResumptions(tenant, rows, 100);
  expect(touchedBy("stranded_resumptions")).toBeLessThan(100);
  expect(touchedBy("next_stranded_resumption")).toBeLessThan(100);
});

test.each([
  { title: "those of all others", agent: "nobody" },
  { title: "its runs that are over", agent: "agent-old" },
])("the open runs of an agent are found without $title", async ({ agent }) => {
  await runs.openResumptionsOf(tenant, agent, 100);
  expect(touchedBy("open_resumptions_of")).toBeLessThan(100);
});

test("runs that are over do not make their thread's state slower to read", async () => {
  const place = { agent: "agent-old", thread: "t-old", namespace: "", id: "c" };
  await checkpointCalls(explaining).readCheckpoint(tenant, place);
  expect(plans.get("read_checkpoint")).toContain("on resumptions");
  expect(touchedBy("read_checkpoint")).toBeLessThan(100);
});

const anyRun = { state: null, agent: null, thread: null, limit: 50, after: null };

test.each([
  { title: "of a state that few have", filter: { state: "dead" }, name: "list_resumptions_state" },
  { title: "of an agent with few", filter: { agent: "nobody" }, name: "list_resumptions_agent" },
  { title: "of a thread", filter: { thread: "t-9" }, name: "list_resumptions_thread" },
  { title: "of a late page", filter: { after: 60 }, name: "list_resumptions" },
] as const)("the list $title is found along an index", async ({ filter, name }) => {
  await runs.listResumptions(tenant, { ...anyRun, ...filter });
  expect(touchedBy(name)).toBeLessThan(100);
});

test("outputs whose time is over are removed a few at a time", async () => {
  await outputCalls(explaining).forgetOutputs(tenant, rows / 2, 50);
  expect(touchedBy("forget_outputs")).toBeLessThan(100);
});
