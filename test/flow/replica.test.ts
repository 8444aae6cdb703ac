// Two servers on one PostgreSQL: what one writes the other knows, and nothing happens twice.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, startServer } from "@holdpoint/server";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { type Answer, at, call, textAt } from "../http.ts";

const policy = (decision: string): string => `version: v1
rules:
  - id: reads
    match: { topics: ["job.*.read"] }
    decision: ${decision}
  - id: writes
    match: { topics: ["job.db.*"] }
    decision: require_approval
    timeout: 10m
`;

const patienceMs = 30_000;
let database: TestDatabase;
let dir: string;
let a: RunningServer;
let b: RunningServer;
let hook: Server;
const delivered: string[] = [];
let moved = 0;
const clock = { now: (): number => Date.now() + moved };

beforeAll(async () => {
  database = await makeTestDatabase();
  dir = mkdtempSync(join(tmpdir(), "holdpoint-replica-"));
  hook = createServer((request, response) => {
    delivered.push(String(request.headers["webhook-id"]));
    request.resume().once("end", () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  const { port } = hook.address() as AddressInfo;
  const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
  const config = {
    port: 0,
    dev: true,
    dataDir: dir,
    databaseUrl: database.url,
    publicUrl: "http://holdpoint.test",
    logLevel: "silent" as const,
    webhooks: [{ name: "default", url: `http://127.0.0.1:${port}/`, secret }],
  };
  [a, b] = await Promise.all([startServer(config, { clock }), startServer(config, { clock })]);
  const published = await call(b.url, "POST", "/policies", { body: { source: policy("allow") } });
  expect(published.status).toBe(200);
});

afterAll(async () => {
  await Promise.all([a?.close(), b?.close()]);
  await new Promise((resolve) => hook.close(resolve));
  await database.remove();
  rmSync(dir, { recursive: true, force: true });
});

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

/** The messages to the webhook, once none of them is under way. */
function settledNotices(): Promise<{ id: string; state: string }[]> {
  const text = "select id, state from holdpoint.outbox where channel = 'webhook:default'";
  return eventually(
    () => database.ask<{ id: string; state: string }>(text),
    (rows) => rows.every((row) => row.state !== "pending"),
  );
}

async function hold(server: RunningServer, key?: string): Promise<string> {
  const body = { topic: "job.db.delete", params: { id: "c_81" } };
  const answer = await call(server.url, "POST", "/actions", {
    body,
    ...(key === undefined ? {} : { key }),
  });
  expect(answer.status).toBe(202);
  return textAt(answer.body, "job", "id");
}

test("both started on one empty database, with one policy and one signing key", async () => {
  const keys = await Promise.all(
    [a, b].map(async ({ url }) => (await fetch(`${url}/.well-known/jwks.json`)).json()),
  );
  expect(keys[0]).toEqual(keys[1]);
  expect(at(keys[0], "keys", "length")).toBe(1);
});

test("an approval on one wakes who waits on the other", async () => {
  const id = await hold(a);
  const waiting = call(a.url, "GET", `/jobs/${id}/wait?timeout=60`);
  await eventually(
    async () => a.engine.hub.waiterCount,
    (count) => count > 0,
  );
  const reviewed = await call(b.url, "POST", `/approvals/${id}/approve`, { body: {} });
  expect(reviewed.status).toBe(200);
  const answer = await waiting;
  expect(at(answer.body, "job", "state")).toBe("APPROVED");
  const action = { topic: "job.db.delete", params: { id: "c_81" } };
  const grant = textAt(answer.body, "grant", "token");
  const redeemed = await call(b.url, "POST", "/grants/redeem", { body: { grant, action } });
  expect(redeemed.status).toBe(200);
  const again = await call(a.url, "POST", "/grants/redeem", { body: { grant, action } });
  expect(again.body).toMatchObject({ status: 409, code: "grant_already_redeemed" });
});

test("a grant is redeemed once when both servers are asked at once, many times over", async () => {
  for (let round = 0; round < 10; round += 1) {
    const body = { topic: "job.files.read", params: { round } };
    const allowed = await call(a.url, "POST", "/actions", { body });
    const grant = textAt(allowed.body, "grant", "token");
    const answers = await Promise.all(
      [a, b, a, b].map(({ url }) =>
        call(url, "POST", "/grants/redeem", { body: { grant, action: body } }),
      ),
    );
    const statuses = answers.map((answer) => String(answer.status)).sort();
    expect(statuses).toEqual(["200", "409", "409", "409"]);
  }
});

test("the stream of one shows what happened on the other", async () => {
  const leave = new AbortController();
  const response = await fetch(`${a.url}/api/v1/events`, { signal: leave.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  // The first line comes when the stream is subscribed, so nothing after it is missed.
  let seen = (await reader?.read())?.value ?? "";
  const id = await hold(b);
  while (!seen.includes(`"job_id":"${id}"`)) {
    const part = await reader?.read();
    if (part === undefined || part.done) break;
    seen += part.value;
  }
  leave.abort();
  expect(seen).toContain("event: job.proposed");
  expect(seen).toContain(`"job_id":"${id}"`);
});

test("a policy that one publishes is what the other decides by, from its next decision on", async () => {
  const propose = (): Promise<Answer> =>
    call(a.url, "POST", "/actions", { body: { topic: "job.files.read", params: {} } });
  expect(at((await propose()).body, "decision")).toBe("ALLOW");
  await call(b.url, "POST", "/policies", { body: { source: policy("deny") } });
  expect(at((await propose()).body, "decision")).toBe("DENY");
  await call(a.url, "POST", "/policies", { body: { source: policy("allow") } });
  expect(at((await propose()).body, "decision")).toBe("ALLOW");
});

test("a key that was revoked on one is refused by the other", async () => {
  const made = await call(b.url, "POST", "/keys", {
    body: { kind: "agent", subject: "billing", scopes: ["propose", "redeem", "read"] },
  });
  const key = textAt(made.body, "secret");
  const body = { topic: "job.files.read", params: { for: "billing" } };
  const allowed = await call(a.url, "POST", "/actions", { body, key });
  expect(allowed.status).toBe(200);
  await call(b.url, "POST", `/keys/${textAt(made.body, "id")}/revoke`, { body: {} });
  // A redemption asks the database, so it is refused from the very next call on.
  const grant = textAt(allowed.body, "grant", "token");
  const redeemed = await call(a.url, "POST", "/grants/redeem", {
    body: { grant, action: body },
    key,
  });
  expect(redeemed.body).toMatchObject({ status: 401, code: "unauthenticated" });
  const read = await eventually(
    () => call(a.url, "GET", "/me", { key }),
    (answer) => answer.status === 401,
  );
  expect(read.status).toBe(401);
});

test("a hold expires once, whichever clock looks first", async () => {
  const jobs = await Promise.all(Array.from({ length: 12 }, (_, n) => hold(n % 2 === 0 ? a : b)));
  // A clock that jumps ends the leases of messages that are under way, which are then sent again.
  await settledNotices();
  moved += 11 * 60_000;
  for (const { engine } of [a, b, a, b]) engine.hub.lostTouch();
  for (const id of jobs) {
    const job = await eventually(
      () => call(b.url, "GET", `/jobs/${id}`),
      (answer) => at(answer.body, "job", "state") === "EXPIRED",
    );
    // Opened, told by the webhook, expired.
    expect(at(job.body, "job")).toMatchObject({ state: "EXPIRED", revision: 3 });
    const events = await call(a.url, "GET", `/audit/events?job=${id}&type=job.expired`);
    expect(at(events.body, "items", "length")).toBe(1);
  }
});

test("each notice reached the webhook once", async () => {
  const settled = await settledNotices();
  expect(settled.length).toBeGreaterThan(12);
  expect(new Set(settled.map((row) => row.state))).toEqual(new Set(["delivered"]));
  expect([...delivered].sort()).toEqual(settled.map((row) => row.id).sort());
  const told = await database.ask<{ payload: string }>(
    `select p.payload from holdpoint.audit_events e join holdpoint.audit_payloads p using (tenant, commitment)
     where e.type = 'notice.delivered'`,
  );
  const named = told.map((row) => textAt(JSON.parse(row.payload), "delivery"));
  expect(new Set(named).size).toBe(named.length);
  expect(named).toEqual(expect.arrayContaining(delivered));
});
