// Two replicas over one database, killed while timers fall due: every effect happens, and happens once.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Watch } from "@holdpoint/core/job/watch";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { call } from "../http.ts";

const program = fileURLToPath(new URL("../../packages/cli/dist/main.js", import.meta.url));
const holdsEach = 60;
const patienceMs = 60_000;
/** Longer than the slow rule lets a hold wait. */
const awayMs = 4 * 3_600_000;
const source = `version: v1
groups: { first: { members: [ana] }, second: { members: [bo] } }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ group: first }]
    escalate: [{ after: 1s, to: "group:second" }]
    remind: [2s]
    timeout: 5s
  - id: slow
    match: { topics: ["job.slow.*"] }
    decision: require_approval
    approvals: [{ group: first }]
    escalate: [{ after: 10m, to: "group:second" }]
    remind: [20m]
    timeout: 1h
`;

interface Replica {
  readonly child: ChildProcess;
  readonly url: string;
}

let dir: string;
let database: TestDatabase;
let running: Replica[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "holdpoint-timers-kill-"));
  writeFileSync(join(dir, "policy.yaml"), source);
  database = await makeTestDatabase();
});

afterEach(async () => {
  await Promise.all(running.map(kill));
  running = [];
});

afterAll(async () => {
  await database.remove();
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<Replica> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(HOLDPOINT_|DATABASE_)/.test(name),
  );
  const args = ["--dev", "--json", "--quiet", "--port", "0", "--policy", join(dir, "policy.yaml")];
  const child = spawn(process.execPath, [program, "start", ...args, "--data", dir], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...Object.fromEntries(inherited), DATABASE_URL: database.url },
  });
  const { stdout } = child;
  if (stdout === null) throw new Error("no pipe");
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    createInterface({ input: stdout }).on("line", (line) => {
      const said = JSON.parse(line) as { event?: string; url?: string };
      if (said.event === "listening" && said.url !== undefined) resolve(said.url);
    });
  });
  const replica = { child, url };
  running.push(replica);
  return replica;
}

async function kill({ child }: Replica): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function hold(
  replicas: readonly Replica[],
  name: string,
  topic = "job.db.delete",
): Promise<void> {
  await Promise.all(
    Array.from({ length: holdsEach }, async (_, index) => {
      const { url } = replicas[index % replicas.length] ?? { url: "" };
      const body = { topic, params: { index }, job_id: `${name}-${index}` };
      const { status } = await call(url, "POST", "/actions", { body });
      expect(status).toBeLessThan(300);
    }),
  );
}

async function ended(name: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const [row] = await database.ask<{ count: number }>(
      "select count(*)::int as count from holdpoint.jobs where id like $1 and state = 'EXPIRED'",
      [`${name}-%`],
    );
    if (row?.count === holdsEach) return;
    if (performance.now() > deadline) throw new Error(`${row?.count} of ${holdsEach} holds ended`);
    await pause(50);
  }
}

interface Effect extends Record<string, unknown> {
  readonly job: string;
  readonly type: string;
  readonly times: number;
}

/** How often each thing happened to each hold, by the record and by what was told. */
async function effectsOf(name: string): Promise<readonly Effect[]> {
  return database.ask<Effect>(
    `select job_id as job, type, count(*)::int as times from holdpoint.audit_events
      where job_id like $1 and type in ('hold.escalated', 'hold.reminded', 'job.expired') group by 1, 2
    union all select job_id, kind, count(*)::int from holdpoint.outbox
      where job_id like $1 and channel = 'log' and kind in ('approval.escalated', 'approval.reminded', 'approval.resolved')
      group by 1, 2`,
    [`${name}-%`],
  );
}

async function expectOnce(name: string): Promise<void> {
  const effects = await effectsOf(name);
  expect(effects.filter(({ times }) => times !== 1)).toEqual([]);
  const count = (type: string): number => effects.filter((one) => one.type === type).length;
  for (const type of ["hold.escalated", "job.expired", "approval.escalated", "approval.resolved"]) {
    expect([type, count(type)]).toEqual([type, holdsEach]);
  }
  // A reminder that would come after the end is none; what was recorded was told, and the other way round.
  expect(count("approval.reminded")).toBe(count("hold.reminded"));
}

test.each([1_005, 1_030, 3_010, 5_005, 5_030])(
  "a replica that is killed %i ms after the holds were opened loses no effect and doubles none",
  async (ms) => {
    const name = `kill-${ms}`;
    const [one, two] = [await start(), await start()];
    await hold([one, two], name);
    await pause(ms);
    await kill(one);
    const again = start();
    await ended(name);
    await again;
    await expectOnce(name);
  },
  120_000,
);

/** Moves the clocks of the holds into the past, each by another span, instead of waiting for them. */
async function letPass(name: string): Promise<void> {
  const rows = await database.ask<{ id: string; watch: string; due_at: string }>(
    "select id, watch, due_at from holdpoint.jobs where id like $1 and state = 'APPROVAL'",
    [`${name}-%`],
  );
  await Promise.all(
    rows.map(async ({ id, watch, due_at: dueAt }) => {
      const byMs = awayMs + 10 * Number(id.slice(name.length + 1));
      const was = JSON.parse(watch) as Watch;
      const timers = was.timers.map((timer) => ({ ...timer, dueAt: timer.dueAt - byMs }));
      const moved = { ...was, timers, timeoutAt: was.timeoutAt - byMs };
      await database.ask("update holdpoint.jobs set watch = $2, due_at = $3 where id = $1", [
        id,
        JSON.stringify(moved),
        Number(dueAt) - byMs,
      ]);
    }),
  );
}

test("replicas that were all away while everything fell due catch up in the order of the due times", async () => {
  const name = "away";
  const [one, two] = [await start(), await start()];
  await hold([one, two], name, "job.slow.delete");
  await Promise.all([kill(one), kill(two)]);
  await letPass(name);
  await start();
  await ended(name);
  await expectOnce(name);
  const rows = await database.ask<{ due: number; lateness: number; type: string }>(
    `select (p.payload::jsonb ->> 'due_at_ms')::float8 as due, e.type,
      (p.payload::jsonb ->> 'lateness_ms')::float8 as lateness
    from holdpoint.audit_events e join holdpoint.audit_payloads p on p.commitment = e.commitment
      where e.job_id like 'away-%' and e.type in ('hold.escalated', 'job.expired') order by e.seq`,
  );
  for (const type of ["hold.escalated", "job.expired"]) {
    const due = rows.filter((row) => row.type === type).map((row) => row.due);
    expect(due).toHaveLength(holdsEach);
    expect(due).toEqual(due.toSorted((a, b) => a - b));
  }
  for (const { lateness } of rows) expect(lateness).toBeGreaterThan(awayMs / 2);
}, 120_000);
