// An installation that moves from the embedded database to PostgreSQL goes on as if nothing had happened.

import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningServer, startServer } from "@holdpoint/server";
import { migrateTo } from "@holdpoint/server/storage/migrate-to";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { at, call, textAt } from "../http.ts";

const source = `version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: reads
    match: { topics: ["job.*.read"] }
    decision: allow
  - id: writes
    match: { topics: ["job.db.*"] }
    decision: require_approval
    timeout: 1h
`;

const peopleSource = `version: v1
people: [{ id: zoe, email: zoe@example.com, accounts: [ada@example.com], roles: [dba] }, { id: yan }]
rosters: { far: { url: "https://calendar.invalid/a.ics" } }
delegations: [{ from: zoe, to: yan, starts: 2026-01-01, ends: 2026-02-01 }]
`;

let root: string;
let dir: string;
let database: TestDatabase;
let server: RunningServer;
/** What the embedded installation said before it moved. */
const before = {
  key: "",
  person: "",
  hold: "",
  grant: "",
  allowed: "",
  events: [] as unknown[],
  jobs: new Map<string, unknown>(),
  policies: null as unknown,
  people: null as unknown,
  delegations: null as unknown,
  jwks: null as unknown,
  cursor: "",
  states: new Map<string, string>(),
};

const read = { topic: "job.files.read", params: { path: 'ü \\ " \u2028', n: 1.5 } };

function start(databaseUrl: string | null): Promise<RunningServer> {
  return startServer({
    port: 0,
    dev: true,
    dataDir: dir,
    databaseUrl,
    publicUrl: "http://holdpoint.test",
    logLevel: "silent",
  });
}

async function events(): Promise<unknown[]> {
  const answer = await call(server.url, "GET", "/audit/events?order=oldest&limit=200");
  return at(answer.body, "items") as unknown[];
}

const leafOf = (event: unknown): unknown => at(event, "leaf");
const idOf = (event: unknown): unknown => at(event, "id");

async function fillEmbedded(): Promise<void> {
  const { url } = server;
  await call(url, "POST", "/policies", { body: { source } });
  const people = await call(url, "POST", "/people/import", { body: { source: peopleSource } });
  expect(people.status).toBe(200);
  const agent = { kind: "agent", subject: "billing", scopes: ["propose", "redeem", "read"] };
  before.key = textAt((await call(url, "POST", "/keys", { body: agent })).body, "secret");
  const person = { kind: "person", subject: "ada@example.com", scopes: ["review"], roles: ["dba"] };
  before.person = textAt((await call(url, "POST", "/keys", { body: person })).body, "secret");
  const { key } = before;
  const allowed = await call(url, "POST", "/actions", { body: read, key });
  before.grant = textAt(allowed.body, "grant", "token");
  before.allowed = textAt(allowed.body, "job", "id");
  const write = { topic: "job.db.delete", params: { id: "c_81" }, risk_tags: ["prod", "write"] };
  const hold = await call(url, "POST", "/actions", { body: write, key });
  before.hold = textAt(hold.body, "job", "id");
  const ids = [before.allowed, before.hold];
  for (const verdict of ["approve", "reject"]) {
    const other = await call(url, "POST", "/actions", { body: { ...write, params: { verdict } } });
    const id = textAt(other.body, "job", "id");
    const review = { reason: "seen", note: "by test" };
    await call(url, "POST", `/approvals/${id}/${verdict}`, { body: review });
    ids.push(id);
  }
  // More than one batch of a table.
  const many = Array.from({ length: 450 }, (_, n) => ({ ...read, params: { n } }));
  await Promise.all(many.map((body) => call(url, "POST", "/actions", { body })));
  for (const id of ids) {
    before.jobs.set(id, at((await call(url, "GET", `/approvals/${id}`)).body, "action"));
  }
  // More sealed bytes than one batch of rows takes.
  for (const bytes of [10, 9_000_000, 9_000_000, 20]) {
    const body = { codec: "bin", state: randomBytes(bytes).toString("base64") };
    const saved = await call(url, "POST", "/threads/moved/checkpoints", { body, key });
    before.states.set(textAt(saved.body, "id"), body.state);
  }
  before.events = await events();
  before.cursor = textAt(before.events[3], "cursor");
  before.policies = (await call(url, "GET", "/policies")).body;
  before.people = (await call(url, "GET", "/people")).body;
  before.delegations = (await call(url, "GET", "/delegations")).body;
  before.jwks = await (await fetch(`${url}/.well-known/jwks.json`)).json();
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "holdpoint-move-"));
  dir = join(root, "data");
  database = await makeTestDatabase();
  server = await start(null);
  await fillEmbedded();
});

afterAll(async () => {
  await server?.close();
  await database.remove();
  rmSync(root, { recursive: true, force: true });
});

test("a folder that a server has open is not moved", async () => {
  const moving = migrateTo({
    dataDir: dir,
    databaseUrl: database.url,
    onProgress: () => undefined,
  });
  await expect(moving).rejects.toMatchObject({ code: "storage_locked" });
  await server.close();
  expect(existsSync(join(dir, "MIGRATED"))).toBe(false);
});

test("a folder without a database is refused, and none is made there", async () => {
  const empty = join(root, "nothing");
  const moving = migrateTo({
    dataDir: empty,
    databaseUrl: database.url,
    onProgress: () => undefined,
  });
  await expect(moving).rejects.toMatchObject({ code: "config_invalid" });
  expect(existsSync(empty)).toBe(false);
});

test("a target that holds data is refused and keeps what it holds", async () => {
  const taken = await makeTestDatabase();
  const other = await startServer({
    port: 0,
    dev: true,
    databaseUrl: taken.url,
    logLevel: "silent",
  });
  await other.close();
  const moving = migrateTo({ dataDir: dir, databaseUrl: taken.url, onProgress: () => undefined });
  await expect(moving).rejects.toThrow("holds data already");
  expect(existsSync(join(dir, "MIGRATED"))).toBe(false);
  const forced =
    "select relname from pg_class where relkind = 'r' and relrowsecurity and not relforcerowsecurity";
  expect(await taken.ask(forced)).toEqual([]);
  await taken.remove();
});

test("the move tells what it does, counts every table, and leaves a note without the password", async () => {
  const said: string[] = [];
  const { tables } = await migrateTo({
    dataDir: dir,
    databaseUrl: database.url,
    onProgress: (sentence) => said.push(sentence),
    now: () => Date.UTC(2026, 0, 2),
  });
  expect(tables).toMatchObject({ tenants: 1, api_keys: 2, people: 1, jobs: 454, reviews: 2 });
  expect(tables).toMatchObject({ people_documents: 1, rosters: 1 });
  expect(tables["audit_events"]).toBeGreaterThan(454);
  const said1 = said.join("\n");
  expect(said1).toContain("jobs: 454 moved and compared.");
  const note = readFileSync(join(dir, "MIGRATED"), "utf8");
  const { password, host, pathname } = new URL(database.url);
  expect(note).toBe(
    `The data of this folder was moved to postgres://postgres@${host}${pathname} at 2026-01-02T00:00:00.000Z.\n`,
  );
  expect(said1 + note).not.toContain(password);
  const forced =
    "select relname from pg_class where relkind = 'r' and relrowsecurity and not relforcerowsecurity";
  expect(await database.ask(forced)).toEqual([]);
});

test("a second move is refused, and so is a start on the folder that was left", async () => {
  const again = migrateTo({ dataDir: dir, databaseUrl: database.url, onProgress: () => undefined });
  await expect(again).rejects.toThrow("was moved to postgres://");
  const starting = start(null);
  await expect(starting).rejects.toMatchObject({ code: "config_invalid" });
  await expect(starting).rejects.toThrow("was moved to postgres://");
});

test("the server on PostgreSQL shows the same jobs, policies, keys and events in the same order", async () => {
  server = await start(database.url);
  for (const [id, action] of before.jobs) {
    const card = await call(server.url, "GET", `/approvals/${id}`);
    expect(at(card.body, "action")).toEqual(action);
  }
  expect((await call(server.url, "GET", "/policies")).body).toEqual(before.policies);
  expect(await (await fetch(`${server.url}/.well-known/jwks.json`)).json()).toEqual(before.jwks);
  expect((await call(server.url, "GET", "/people")).body).toEqual(before.people);
  expect((await call(server.url, "GET", "/delegations")).body).toEqual(before.delegations);
  const { person } = before;
  expect((await call(server.url, "GET", "/people/me", { key: person })).body).toMatchObject({
    id: "zoe",
    roles: ["dba"],
  });
  const moved = await events();
  expect(moved.map(idOf)).toEqual(before.events.map(idOf));
  expect(moved.map(leafOf)).toEqual(before.events.map(leafOf));
});

test("a grant of before is redeemed, once, by the agent's key of before", async () => {
  const { key, grant } = before;
  const body = { grant, action: read };
  const redeemed = await call(server.url, "POST", "/grants/redeem", { body, key });
  expect(redeemed.status).toBe(200);
  const again = await call(server.url, "POST", "/grants/redeem", { body, key });
  expect(again.body).toMatchObject({ code: "grant_already_redeemed" });
});

test("the state that an agent saved before opens by the key of the folder", async () => {
  const { key } = before;
  expect(before.states.size).toBe(4);
  for (const [id, state] of before.states) {
    const place = `/threads/moved/checkpoints/${id}?include=state`;
    const read = await call(server.url, "GET", place, { key });
    expect(at(read.body, "state") === state).toBe(true);
  }
});

test("a hold of before is approved and goes on", async () => {
  const { key, hold, person } = before;
  const waiting = call(server.url, "GET", `/jobs/${hold}/wait?timeout=30`, { key });
  await call(server.url, "POST", `/approvals/${hold}/approve`, { body: {}, key: person });
  expect(at((await waiting).body, "job", "state")).toBe("APPROVED");
});

test("what is written now comes after what was moved, also for a cursor of before", async () => {
  const newest = await call(server.url, "GET", "/audit/events?order=newest&limit=5");
  const types = (at(newest.body, "items") as unknown[]).map((event) => at(event, "type"));
  expect(types).toContain("job.approved");
  const known = new Set(before.events.map(idOf));
  const after = `/audit/events?order=oldest&limit=200&cursor=${before.cursor}`;
  const rest = at((await call(server.url, "GET", after)).body, "items") as unknown[];
  const place = before.events.findIndex((event) => at(event, "cursor") === before.cursor);
  const wanted = before.events.slice(place + 1).map(idOf);
  expect(rest.slice(0, wanted.length).map(idOf)).toEqual(wanted);
  expect(known.size).toBe(before.events.length);
  const proposed = await call(server.url, "POST", "/actions", { body: read });
  expect(proposed.status).toBe(200);
});

test("the stream resumes after an event of before", async () => {
  const leave = new AbortController();
  const response = await fetch(`${server.url}/api/v1/events`, {
    headers: { "last-event-id": before.cursor },
    signal: leave.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  while (!seen.includes(`"job_id":"${before.hold}","revision":2`)) {
    const part = await reader?.read();
    if (part === undefined || part.done) break;
    seen += part.value;
  }
  leave.abort();
  const first = /"id":"(evt_\w+)"/.exec(seen)?.[1];
  expect(first).toBe(idOf(before.events[4]));
});

test("without the note the folder serves what it held, and a login that is no superuser moves it", async () => {
  await server.close();
  rmSync(join(dir, "MIGRATED"));
  server = await start(null);
  expect((await events()).map(idOf)).toEqual(before.events.map(idOf));
  await server.close();
  const plain = await makeTestDatabase();
  const login = `hp_login_${process.pid}`;
  await plain.ask(`create role ${login} login password 'plain' in role holdpoint_app`);
  await plain.ask(`alter database ${new URL(plain.url).pathname.slice(1)} owner to ${login}`);
  const url = new URL(plain.url);
  Object.assign(url, { username: login, password: "plain" });
  await migrateTo({ dataDir: dir, databaseUrl: url.href, onProgress: () => undefined });
  server = await start(url.href);
  expect((await events()).map(idOf)).toEqual(before.events.map(idOf));
  await server.close();
  await plain.ask(`reassign owned by ${login} to postgres`);
  await plain.ask(`drop owned by ${login}`);
  await plain.ask(`drop role ${login}`);
  await plain.remove();
});
