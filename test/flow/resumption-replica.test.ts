// Two servers on one PostgreSQL: a run is suspended at one, answered at any, and taken up at the other, once.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, startServer } from "@holdpoint/server";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { type Answer, at, call, textAt } from "../http.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: writes
    match: { topics: ["job.db.*"] }
    decision: require_approval
    timeout: 10m
`;

let database: TestDatabase;
let dir: string;
let a: RunningServer;
let b: RunningServer;

beforeAll(async () => {
  database = await makeTestDatabase();
  dir = mkdtempSync(join(tmpdir(), "holdpoint-run-replica-"));
  const config = {
    port: 0,
    dev: true,
    dataDir: dir,
    databaseUrl: database.url,
    publicUrl: "http://holdpoint.test",
    logLevel: "silent" as const,
  };
  [a, b] = await Promise.all([startServer(config), startServer(config)]);
  const published = await call(a.url, "POST", "/policies", { body: { source: policy } });
  expect(published.status).toBe(200);
});

afterAll(async () => {
  await Promise.all([a?.close(), b?.close()]);
  await database.remove();
  rmSync(dir, { recursive: true, force: true });
});

async function post(server: RunningServer, path: string, body: object = {}): Promise<Answer> {
  const answer = await call(server.url, "POST", path, { body });
  if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
  return answer;
}

interface Suspended {
  readonly id: string;
  readonly job: string;
}

async function suspended(server: RunningServer, thread: string): Promise<Suspended> {
  const action = { topic: "job.db.delete", params: { thread } };
  const job = textAt((await post(server, "/actions", action)).body, "job", "id");
  const checkpoint = { codec: "text", state: Buffer.from(thread).toString("base64") };
  const run = await post(server, "/resumptions", { thread, jobs: [job], checkpoint, queue: "q" });
  return { id: textAt(run.body, "id"), job };
}

async function claim(server: RunningServer, more: object = {}): Promise<readonly string[]> {
  const body = { worker: "w", queues: ["q"], ...more };
  const answer = await post(server, "/resumptions/claim", body);
  const items = at(answer.body, "items") as readonly unknown[];
  return items.map((item) => textAt(item, "resumption", "id"));
}

async function asleep(server: RunningServer, count: number): Promise<void> {
  while (server.engine.hub.runs.count < count) await nextTurn();
}

// One that is not woken sleeps for longer than the test may take.
test(
  "a worker that sleeps at one server is woken by an answer at the other",
  {
    timeout: 45_000,
  },
  async () => {
    for (const [suspends, answers, works] of [
      [a, a, b],
      [a, b, a],
      [b, a, b],
    ] as const) {
      const thread = `wake-${[suspends, answers, works].map(({ port }) => port).join("-")}`;
      const run = await suspended(suspends, thread);
      const waiting = claim(works, { thread, timeout: 50 });
      await asleep(works, 1);
      await post(answers, `/approvals/${run.job}/approve`);
      expect(await waiting).toEqual([run.id]);
    }
  },
);

test("workers at both servers who ask at once take each run once", async () => {
  const runs: Suspended[] = [];
  for (let index = 0; index < 12; index += 1) {
    runs.push(await suspended(index % 2 === 0 ? a : b, `race-${index}`));
  }
  const taken: string[] = [];
  const work = async (server: RunningServer): Promise<void> => {
    while (taken.length < runs.length) {
      const ids = await claim(server, { limit: 2, timeout: 2 });
      taken.push(...ids);
    }
  };
  const workers = [a, b, a, b].map(work);
  await asleep(a, 2);
  await asleep(b, 2);
  await Promise.all(
    runs.map(({ job }, index) => post(index % 3 === 0 ? a : b, `/approvals/${job}/approve`)),
  );
  await Promise.all(workers);
  expect(taken.toSorted()).toEqual(runs.map(({ id }) => id).toSorted());
});

test("a claim at one server is not the other's to complete with an older fence", async () => {
  const run = await suspended(a, "fence");
  await post(b, `/approvals/${run.job}/approve`);
  const old = await post(a, `/resumptions/${run.id}/claim`, { worker: "old", lease: "5s" });
  const fresh = await post(b, "/resumptions/claim", {
    ...{ worker: "new", queues: ["q"], thread: "fence", timeout: 50 },
  });
  expect(at(fresh.body, "items", 0, "fence")).toBe(2);
  const path = `/resumptions/${run.id}/complete`;
  const late = await call(a.url, "POST", path, { body: { fence: at(old.body, "fence") } });
  expect([late.status, at(late.body, "code")]).toEqual([409, "resumption_lost"]);
  expect((await post(a, path, { fence: 2 })).status).toBe(200);
});
