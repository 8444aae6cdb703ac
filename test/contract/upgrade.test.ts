// A database as the version before people and time left it, with holds, votes, releases and messages on their way: all of it goes on.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { type RunningServer, startServer } from "@holdpoint/server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { type Answer, at, call, textAt } from "../http.ts";
import { HandClock } from "../sim/engine.ts";

const folder = fileURLToPath(new URL("../../packages/server/migrations/", import.meta.url));
/** What a server of that version wrote: one row a line, with the name of its table. */
const left = fileURLToPath(new URL("version-3.jsonl", import.meta.url));
const startedAt = Date.UTC(2026, 0, 1);
const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;

let database: TestDatabase;
let receiver: Server;
let server: RunningServer;
const clock = new HandClock(startedAt + 10_000);
const received = new Map<string, string>();
const log: string[] = [];

beforeAll(async () => {
  // The role belongs to the whole PostgreSQL; a database that was migrated has made it.
  await using _other = await migrated();
  database = await makeTestDatabase();
  await fill(database.url);
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      received.set(String(request.headers["webhook-id"]), body);
      response.end();
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  server = await startServer(
    {
      databaseUrl: database.url,
      dev: true,
      port: 0,
      publicUrl: "http://holdpoint.test",
      webhooks: [{ name: "default", url, secret }],
    },
    { clock, write: (line) => void log.push(line), onProgress: () => undefined },
  );
});

afterAll(async () => {
  await server.close();
  receiver.close();
  await database.remove();
});

async function migrated(): Promise<AsyncDisposable> {
  const made = await makeTestDatabase();
  const other = await startServer({
    databaseUrl: made.url,
    dev: true,
    port: 0,
    logLevel: "silent",
  });
  await other.close();
  return { [Symbol.asyncDispose]: () => made.remove() };
}

async function fill(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create schema holdpoint; set search_path to holdpoint;
      create table schema_migrations (name text primary key, checksum text not null, applied_at bigint not null)`);
    const names = readdirSync(folder)
      .filter((name) => name.endsWith(".sql") && name < "0004")
      .sort();
    for (const name of names) {
      const sql = readFileSync(folder + name, "utf8");
      await client.query(sql);
      const checksum = createHash("sha256").update(sql).digest("hex");
      await client.query("insert into schema_migrations values ($1, $2, 1)", [name, checksum]);
    }
    for (const line of readFileSync(left, "utf8").trim().split("\n")) {
      const [table, row] = JSON.parse(line) as [string, object];
      await client.query(
        `insert into ${table} overriding system value select * from json_populate_record(null::${table}, $1)`,
        [JSON.stringify(row)],
      );
    }
    for (const table of ["jobs", "reviews", "audit_events", "outbox", "policy_activations"]) {
      await client.query(
        `select setval(pg_get_serial_sequence('${table}', 'seq'), (select max(seq) from ${table}))`,
      );
    }
  } finally {
    await client.end();
  }
}

const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
  call(`http://127.0.0.1:${server.port}`, method, path, body === undefined ? {} : { body });
const state = async (id: string): Promise<string> =>
  textAt((await send("GET", `/jobs/${id}`)).body, "job", "state");

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error("it never became so");
    server.engine.hub.work();
    await nextTurn();
  }
}

test("messages that were on their way arrive under the names that they had", async () => {
  const rows = readFileSync(left, "utf8").trim().split("\n");
  const ids = rows
    .map((line) => JSON.parse(line) as [string, Record<string, string>])
    .filter(([table, row]) => table === "outbox" && row["state"] === "pending")
    .map(([, row]) => row["id"] ?? "");
  expect(ids.length).toBeGreaterThan(3);
  clock.move(10_000);
  await until(() => ids.every((id) => received.has(id)));
  const sql = "select count(*)::int as count from holdpoint.outbox where state = 'pending'";
  await until(async () => (await database.ask<{ count: number }>(sql))[0]?.count === 0);
});

test("what was released is redeemed, and what was running ends", async () => {
  const { body } = await send("GET", "/jobs/approved");
  const action = { topic: "job.db.delete", params: { id: "c_81" } };
  const grant = textAt(body, "grant", "token");
  expect((await send("POST", "/grants/redeem", { grant, action })).status).toBe(200);
  for (const id of ["approved", "running"]) {
    await send("POST", `/jobs/${id}/outcome`, { status: "SUCCEEDED", summary: "done" });
    expect(await state(id)).toBe("SUCCEEDED");
  }
});

test("a hold without a watch is shown and commented on, claimed by nobody, and counts the votes that it had", async () => {
  const card = await send("GET", "/approvals/half");
  expect(card.status).toBe(200);
  expect((await send("GET", "/approvals?limit=10")).status).toBe(200);
  for (const [verb, body, answer] of [
    ["claim", {}, [409, "approval_not_actionable"]],
    ["ask", { text: "Why now?" }, [409, "approval_not_actionable"]],
    ["comment", { note: "looking" }, [200, undefined]],
    ["override", { reason: "now", incident: "i" }, [403, "override_refused"]],
  ] as const) {
    const told = await send("POST", `/approvals/half/${verb}`, body);
    expect([told.status, at(told.body, "code")], verb).toEqual(answer);
  }
  await send("POST", "/approvals/half/approve", { reason: "and so do I" });
  expect(await state("half")).toBe("APPROVED");
});

test("what people rejected before is remembered", async () => {
  const again = { topic: "job.db.delete", params: { id: "c_99" }, job_id: "again" };
  const { body } = await send("POST", "/actions", again);
  expect([at(body, "job", "state"), at(body, "code") ?? at(body, "resolution", "code")]).toEqual([
    "DENIED",
    "previously_rejected",
  ]);
});

test("a hold without a watch ends when it would have, and a release that nobody took too", async () => {
  expect(await state("held")).toBe("APPROVAL");
  clock.move(60_000);
  await until(async () => (await state("held")) === "EXPIRED");
  clock.move(86_400_000);
  await until(async () => (await state("allowed")) === "EXPIRED");
});

test("nothing failed on the way", () => {
  expect(log.filter((line) => /failed/.test(line))).toEqual([]);
});
