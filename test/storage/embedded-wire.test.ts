// Proves that a real pg.Pool over the embedded database behaves as over a PostgreSQL server.

import { afterAll, beforeAll, expect, test } from "vitest";
import { openEmbedded, type EmbeddedDatabase } from "@holdpoint/server/storage/pglite/open";
import { makeFolders, type Folders } from "./embedded-folder.ts";

const waitMsMax = 200;
let folders: Folders;
let database: EmbeddedDatabase;

beforeAll(async () => {
  folders = await makeFolders();
  database = await openEmbedded({ dir: folders.make() });
  await database.pool.query("create table item (id int primary key, body jsonb, blob bytea)");
}, 60_000);

afterAll(async () => {
  await database.close();
  folders.remove();
}, 60_000);

test("parameters, jsonb, bytea, dates and nulls come back as they went in", async () => {
  const blob = Buffer.from([0, 1, 255, 92, 39]);
  const body = { text: "ünï", list: [1, 2.5, null], nested: { yes: true } };
  const at = new Date("2026-11-21T10:00:00.123Z");
  const { rows } = await database.pool.query(
    "select $1::jsonb as body, $2::bytea as blob, $3::timestamptz as at, $4::text as none, $5::bigint as big",
    [JSON.stringify(body), blob, at, null, "9007199254740993"],
  );
  expect(rows).toEqual([{ body, blob, at, none: null, big: "9007199254740993" }]);
});

test("an error carries its SQLSTATE and the constraint that was broken", async () => {
  await database.pool.query("insert into item (id) values (1)");
  const again = database.pool.query("insert into item (id) values (1)");
  await expect(again).rejects.toMatchObject({ code: "23505", constraint: "item_pkey" });
});

test("an error inside a transaction blocks it until it is rolled back", async () => {
  const client = await database.pool.connect();
  await client.query("begin");
  await client.query("insert into item (id) values (2)");
  await expect(client.query("select 1/0")).rejects.toMatchObject({ code: "22012" });
  await expect(client.query("select 1")).rejects.toMatchObject({ code: "25P02" });
  await client.query("rollback");
  client.release();
  const { rowCount } = await database.pool.query("select from item where id = 2");
  expect(rowCount).toBe(0);
});

test("a client destroyed inside a transaction leaves nothing behind", async () => {
  const client = await database.pool.connect();
  await client.query("begin");
  await client.query("insert into item (id) values (3)");
  await client.query("set statement_timeout = 12345");
  await client.query("set role pg_monitor");
  await client.query("select pg_advisory_lock(7)");
  await client.query({ name: "kept", text: "select 1" });
  client.release(true);
  const left = await database.pool.query<{
    rows: number;
    locks: number;
    timeout: string;
    who: string;
  }>(
    `select (select count(*)::int from item where id = 3) as rows,
            (select count(*)::int from pg_locks where locktype = 'advisory') as locks,
            current_setting('statement_timeout') as timeout, current_user::text as who`,
  );
  expect(left.rows).toEqual([{ rows: 0, locks: 0, timeout: "0", who: "postgres" }]);
  const named = await database.pool.query({ name: "kept", text: "select 2 as two" });
  expect(named.rows).toEqual([{ two: 2 }]);
});

test("a client destroyed while its query runs does not disturb the next one", async () => {
  const client = await database.pool.connect();
  const lost = client.query("select pg_sleep(0.2), 'lost' as word");
  const isLost = expect(lost).rejects.toThrow("terminated");
  client.release(true);
  const { rows } = await database.pool.query("select 'next' as word");
  await isLost;
  expect(rows).toEqual([{ word: "next" }]);
});

test("the late end of a failed query never answers the query after it", async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 300 }, (_, n) =>
      n % 3 === 0
        ? database.pool.query("select 1/$1::int", [0])
        : database.pool.query<{ n: number }>("select $1::int as n", [n]),
    ),
  );
  const seen = outcomes.map((outcome) =>
    outcome.status === "fulfilled" ? outcome.value.rows[0]?.n : "error",
  );
  expect(seen).toEqual(seen.map((_, n) => (n % 3 === 0 ? "error" : n)));
});

test("200 queries at once each get their own answer", async () => {
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      database.pool.query<{ n: number; size: number }>(
        "select $1::int as n, length($2::text) as size",
        [n, "y".repeat(n * 50)],
      ),
    ),
  );
  expect(answers.map((answer) => answer.rows[0])).toEqual(
    answers.map((_, n) => ({ n, size: n * 50 })),
  );
});

test("a parameter of 1 MB and a result of 20 MB pass unharmed", async () => {
  const blob = Buffer.alloc(1024 * 1024, 0);
  for (let at = 0; at < blob.length; at += 1) blob[at] = (at * 31) % 251;
  await database.pool.query("insert into item (id, blob) values (4, $1)", [blob]);
  const stored = await database.pool.query<{ blob: Buffer }>("select blob from item where id = 4");
  expect(stored.rows[0]?.blob.equals(blob)).toBe(true);
  const large = await database.pool.query<{ n: number; text: string }>(
    "select n, repeat('z', 1000000) || n as text from generate_series(1, 20) n",
  );
  expect(large.rows.map(({ n, text }) => text.length === 1_000_000 + String(n).length)).toEqual(
    Array.from({ length: 20 }, () => true),
  );
});

test("a query that waits for a second client inside a transaction fails instead of hanging", async () => {
  const dir = folders.make();
  await using small = await openEmbedded({ dir }, { waitMsMax });
  const client = await small.pool.connect();
  await client.query("begin");
  await expect(small.pool.query("select 1")).rejects.toThrow("timeout exceeded");
  await client.query("rollback");
  client.release();
});

test("listeners hear committed notifications, across clients, until they stop", async () => {
  const heard: string[] = [];
  const stop = await database.listen("jobs", (payload) => heard.push(payload));
  const client = await database.pool.connect();
  await client.query("begin");
  await client.query("notify jobs, 'rolled back'");
  client.release(true);
  await database.pool.query("select pg_notify('jobs', $1)", ["first"]);
  await expect(database.pool.query("select 1/0")).rejects.toThrow("division by zero");
  await database.pool.query("select pg_notify('jobs', $1)", ["é".repeat(3000)]);
  await stop();
  await database.pool.query("notify jobs, 'too late'");
  expect(heard).toEqual(["first", "é".repeat(3000)]);
});

test("two listeners of one channel stop independently, and an odd name is only a name", async () => {
  const heard: string[] = [];
  const channel = 'odd "name"; drop';
  const stopA = await database.listen(channel, (payload) => heard.push(`a:${payload}`));
  const stopB = await database.listen(channel, (payload) => heard.push(`b:${payload}`));
  await database.pool.query("select pg_notify($1, '1')", [channel]);
  await stopA();
  await database.pool.query("select pg_notify($1, '2')", [channel]);
  await stopB();
  await database.pool.query("select pg_notify($1, '3')", [channel]);
  expect(heard).toEqual(["a:1", "b:1", "b:2"]);
});

test("LISTEN on a client of the pool works as with a server", async () => {
  const client = await database.pool.connect();
  const heard = new Promise((resolve) =>
    client.once("notification", ({ channel, payload }) => resolve({ channel, payload })),
  );
  await client.query("listen direct");
  await client.query("notify direct, 'hello'");
  expect(await heard).toEqual({ channel: "direct", payload: "hello" });
  client.release(true);
});

test("closing waits for every query that was asked before", async () => {
  const dir = folders.make();
  const short = await openEmbedded({ dir });
  await short.pool.query("create table seen (n int)");
  const asked = Array.from({ length: 50 }, (_, n) =>
    short.pool.query("insert into seen values ($1)", [n]),
  );
  await Promise.all([short.close(), short.close()]);
  await Promise.all(asked);
  await expect(short.pool.query("select 1")).rejects.toThrow("after calling end");
  await using again = await openEmbedded({ dir });
  const { rows } = await again.pool.query("select count(*)::int as n from seen");
  expect(rows).toEqual([{ n: 50 }]);
});
