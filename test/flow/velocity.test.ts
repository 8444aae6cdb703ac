// Sliding counts are strict: over two servers on one PostgreSQL, exactly as many are released as the rule says.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, startServer } from "@holdpoint/server";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { at, call } from "../http.ts";
import { HandClock } from "../sim/engine.ts";

const policy = `version: v1
rules:
  - id: open
    match: { topics: ["job.crm.**"] }
    decision: allow
  - id: burst
    match: { topics: ["job.crm.write"] }
    velocity: { over: 50, in: 10m, per: [agent.id] }
    decision: require_approval
    reason: Unusual volume
  - id: per-account
    match: { topics: ["job.crm.pay"] }
    velocity: { over: 3, in: 1h, per: [params.account] }
    decision: deny
`;

let database: TestDatabase;
let dir: string;
let servers: readonly RunningServer[];
const clock = new HandClock();

beforeAll(async () => {
  database = await makeTestDatabase();
  dir = mkdtempSync(join(tmpdir(), "holdpoint-velocity-"));
  const config = {
    port: 0,
    dev: true,
    dataDir: dir,
    databaseUrl: database.url,
    publicUrl: "http://holdpoint.test",
    logLevel: "silent" as const,
  };
  servers = await Promise.all([startServer(config, { clock }), startServer(config, { clock })]);
  const published = await call(urlOf(0), "POST", "/policies", { body: { source: policy } });
  expect([published.status, published.text]).toEqual([200, published.text]);
});

afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.close()));
  await database.remove();
  rmSync(dir, { recursive: true, force: true });
});

function urlOf(number: number): string {
  return servers[number % 2]?.url ?? "";
}

/** Proposes on both servers in turn, all at once; the decisions in order. */
async function proposeAll(bodies: readonly object[]): Promise<readonly string[]> {
  const answers = await Promise.all(
    bodies.map((body, number) => call(urlOf(number), "POST", "/actions", { body })),
  );
  return answers.map(({ body }) => String(at(body, "decision") ?? at(body, "code")));
}

function countOf(decisions: readonly string[], word: string): number {
  return decisions.filter((decision) => decision === word).length;
}

test("of 200 proposals at once over two servers exactly the 50 that the rule leaves are released", async () => {
  const body = { topic: "job.crm.write" };
  const first = await proposeAll(Array.from({ length: 200 }, () => body));
  expect([countOf(first, "ALLOW"), countOf(first, "REQUIRE_APPROVAL")]).toEqual([50, 150]);

  clock.move(10 * 60_000 - 1);
  expect(await proposeAll([body])).toEqual(["REQUIRE_APPROVAL"]);
  clock.move(10 * 60_000 + 1);
  const second = await proposeAll(Array.from({ length: 60 }, () => body));
  expect([countOf(second, "ALLOW"), countOf(second, "REQUIRE_APPROVAL")]).toEqual([50, 10]);
}, 120_000);

test("each key is counted by itself, and a repeated proposal once", async () => {
  const pay = (account: string, more: object = {}): object => ({
    topic: "job.crm.pay",
    params: { account },
    ...more,
  });
  const accounts = ["a", "b", "c", "d"];
  const bodies = Array.from({ length: 40 }, (_, number) => pay(accounts[number % 4] ?? "a"));
  const decisions = await proposeAll(bodies);
  expect([countOf(decisions, "ALLOW"), countOf(decisions, "DENY")]).toEqual([12, 28]);

  const again = pay("e", { idempotency_key: "same" });
  expect(await proposeAll([again, again, again, again, again])).toEqual(Array(5).fill("ALLOW"));
  expect(await proposeAll([pay("e"), pay("e")])).toEqual(["ALLOW", "ALLOW"]);
  expect(await proposeAll([pay("e")])).toEqual(["DENY"]);
});

test("explaining counts nothing, and says what a proposal would be", async () => {
  const action = { topic: "job.crm.pay", params: { account: "f" } };
  for (let turn = 0; turn < 5; turn += 1) {
    const told = await call(urlOf(turn), "POST", "/policies/explain", { body: { action } });
    expect(at(told.body, "decision")).toBe("ALLOW");
  }
  await proposeAll([action, action, action]);
  const told = await call(urlOf(0), "POST", "/policies/explain", { body: { action } });
  expect(at(told.body, "decision")).toBe("DENY");
});

test("counts that nobody can ask for any more are swept", async () => {
  const rows = () => database.ask("select key from holdpoint.velocity");
  expect((await rows()).length).toBeGreaterThan(0);
  clock.move(24 * 3_600_000);
  await servers[0]?.engine.store.forgetVelocity("default", clock.now());
  expect(await rows()).toEqual([]);
});
