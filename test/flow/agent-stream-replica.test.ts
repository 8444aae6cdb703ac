// The stream of an agent on one of two servers over one PostgreSQL: what the other one does is told too.

import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { textAt } from "../http.ts";
import { listenAt } from "./agent-listener.ts";
import { type AgentWorld, openAgentWorld, propose, writeAction } from "./agent-world.ts";

let database: TestDatabase;
let a: AgentWorld;
let b: AgentWorld;
const because = { reason: "stop" };

beforeAll(async () => {
  database = await makeTestDatabase();
  a = await openAgentWorld({ databaseUrl: database.url });
  b = await openAgentWorld({ databaseUrl: database.url });
}, 120_000);

afterAll(async () => {
  await a?.[Symbol.asyncDispose]();
  await b?.[Symbol.asyncDispose]();
  await database?.remove();
});

test("an answer that was given on the other server, to its agent alone", async () => {
  const [mine, other] = [await a.agentKey("r1"), await a.agentKey("r2")];
  const [stream, foreign] = await Promise.all([listenAt(a.url, mine), listenAt(a.url, other)]);
  const theirs = textAt((await propose(a, other, writeAction())).body, "job", "id");
  const job = textAt((await propose(a, mine, writeAction())).body, "job", "id");
  await b.as(mine, "POST", `/jobs/${job}/cancel`);
  await b.as(other, "POST", `/jobs/${theirs}/cancel`);

  expect(await stream.next()).toEqual({
    name: "job",
    data: { id: job, state: "CANCELLED", revision: 2 },
  });
  expect(await foreign.next()).toMatchObject({ data: { id: theirs } });
  stream.leave();
  foreign.leave();
});

test("a pause and a kill on the other server", async () => {
  const stream = await listenAt(a.url, await a.agentKey("r3"));
  await b.admin("POST", "/agents/r3/pause", because);
  expect(await stream.next()).toEqual({ name: "agent.paused", data: { because: "r3" } });
  await b.admin("POST", "/agents/r3/kill", because);
  expect(await stream.next()).toEqual({ name: "agent.killed", data: {} });
  expect(await stream.next()).toBeNull();
});

test("a key that was revoked on the other server", async () => {
  const made = await a.admin("POST", "/keys", {
    kind: "agent",
    subject: "r4",
    scopes: ["propose"],
  });
  const stream = await listenAt(a.url, textAt(made.body, "secret"));
  await b.admin("POST", `/keys/${textAt(made.body, "id")}/revoke`);
  expect(await stream.next()).toBeNull();
});
