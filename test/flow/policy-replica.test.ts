// Two servers on one PostgreSQL live one life of a policy: approved here, in force there, halted once for both.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, startServer } from "@holdpoint/server";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { at, call, textAt } from "../http.ts";
import { lifePolicy } from "./life-world.ts";

const denying = lifePolicy.replace(
  "decision: allow, reason: Reading",
  "decision: deny, reason: No",
);

const patienceMs = 30_000;
let database: TestDatabase;
let dir: string;
let servers: readonly [RunningServer, RunningServer];
const keys: Record<string, string> = {};

beforeAll(async () => {
  database = await makeTestDatabase();
  dir = mkdtempSync(join(tmpdir(), "holdpoint-policy-replica-"));
  const config = {
    port: 0,
    dev: true,
    dataDir: dir,
    databaseUrl: database.url,
    publicUrl: "http://holdpoint.test",
    logLevel: "silent" as const,
  };
  servers = await Promise.all([startServer(config), startServer(config)]);
  await send(0, "POST /policies", null, { source: lifePolicy });
  for (const subject of ["ana", "bob"]) {
    const scopes = ["read", "review", "admin"];
    const made = await send(0, "POST /keys", null, { kind: "person", subject, scopes });
    keys[subject] = textAt(made.body, "secret");
  }
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await database.remove();
  rmSync(dir, { recursive: true, force: true });
});

/** `what` is a method and a path. */
function send(server: 0 | 1, what: string, who: string | null, body?: unknown) {
  const [method = "", place = ""] = what.split(" ");
  return call(servers[server].url, method, place, {
    ...(who === null ? {} : { key: keys[who] ?? who }),
    ...(body === undefined ? {} : { body }),
  });
}

/** Reads again until it is so, because a notice between two servers takes its time. */
async function eventually<T>(read: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  const deadline = performance.now() + patienceMs;
  let value = await read();
  while (!isSo(value) && performance.now() < deadline) {
    await nextTurn();
    value = await read();
  }
  return value;
}

const state = async (server: 0 | 1) => (await send(server, "GET /policies/state", "ana")).body;

async function agentKey(subject: string): Promise<string> {
  const scopes = ["propose", "read"];
  const made = await send(0, "POST /keys", null, { kind: "agent", subject, scopes });
  return textAt(made.body, "secret");
}

async function decided(server: 0 | 1, key: string): Promise<unknown> {
  const action = { topic: "job.db.read", params: {} };
  return at((await send(server, "POST /actions", key, action)).body, "decision");
}

test("A rollout takes the same agents on both, and what one decides halts it for the other.", async () => {
  const agents = await Promise.all(Array.from({ length: 12 }, (_, n) => agentKey(`worker-${n}`)));
  for (const key of agents) {
    expect(await decided(0, key)).toBe("ALLOW");
    expect(await decided(1, key)).toBe("ALLOW");
  }
  const sent = await send(0, "POST /policies/drafts", "ana", { source: denying });
  const place = `/policies/drafts/${textAt(sent.body, "id")}`;
  const asked = await send(0, `POST ${place}/publish`, "ana", { rollout: 50 });
  const job = textAt(asked.body, "job", "id");
  // Approved on the other server, which carries it out.
  expect((await send(1, `POST /approvals/${job}/approve`, "bob", {})).status).toBe(200);
  await eventually(
    () => state(0),
    (one) => at(one, "percent") === 50,
  );

  const inside: string[] = [];
  for (const key of agents) {
    const here = await decided(0, key);
    expect(await decided(1, key)).toBe(here);
    if (here === "DENY") inside.push(key);
  }
  expect(inside.length).toBeGreaterThan(0);
  expect(inside.length).toBeLessThan(agents.length);

  const [first = ""] = inside;
  const isHalted = async () => at(await state(1), "rollout", "state") === "halted";
  for (let count = 0; count < 40 && !(await isHalted()); count += 1) await decided(0, first);
  const halted = await eventually(
    () => state(1),
    (one) => at(one, "rollout", "state") === "halted",
  );
  expect(at(halted, "percent")).toBeNull();
  await eventually(
    () => decided(0, first),
    (decision) => decision === "ALLOW",
  );
  expect(await decided(1, first)).toBe("ALLOW");
  const events = await send(0, "GET /audit/events?type=policy.rollout.halted", "ana");
  expect(at(events.body, "items")).toHaveLength(1);
  // Each decision of the candidate was counted once, by whichever server looked.
  const proposed = await database.ask<{ count: string }>(
    `select count(*) as count from holdpoint.audit_events where type = 'job.proposed' and leaf like $1`,
    [`%${textAt(halted, "rollout", "candidate")}%`],
  );
  const counted = Number(at(halted, "rollout", "counts", "candidate", "cases"));
  expect(counted).toBeGreaterThanOrEqual(20);
  expect(counted).toBeLessThanOrEqual(Number(proposed[0]?.count));
});
