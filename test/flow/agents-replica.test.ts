// Agents on two servers over one PostgreSQL: a halt on one counts on the other, also for a key that it believes.

import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTestDatabase, type TestDatabase } from "../database.ts";
import { at, textAt } from "../http.ts";
import {
  type AgentWorld,
  eventually,
  openAgentWorld,
  propose,
  readAction,
  released,
  writeAction,
} from "./agent-world.ts";

let database: TestDatabase;
let a: AgentWorld;
let b: AgentWorld;
const because = { reason: "stop" };

beforeAll(async () => {
  database = await makeTestDatabase();
  a = await openAgentWorld({ databaseUrl: database.url });
  b = await openAgentWorld({ databaseUrl: database.url });
});

afterAll(async () => {
  await a?.[Symbol.asyncDispose]();
  await b?.[Symbol.asyncDispose]();
  await database?.remove();
});

test("a pause on one refuses redemptions on the other from the next call on", async () => {
  const key = await a.agentKey("worker");
  for (let round = 0; round < 10; round += 1) {
    const action = readAction();
    // The other has seen the key a moment ago, and believes it.
    const { id, grant } = await released(a, key, action);
    await b.admin("POST", "/agents/worker/pause", because);
    const redeemed = await a.as(key, "POST", "/grants/redeem", { grant, action });
    expect(redeemed.body).toMatchObject({ status: 403, code: "agent_paused" });
    const fresh = await a.as(key, "POST", `/jobs/${id}/grant`);
    expect(fresh.body).toMatchObject({ status: 403, code: "agent_paused" });
    await b.admin("POST", "/agents/worker/resume", because);
    expect((await a.as(key, "POST", "/grants/redeem", { grant, action })).status).toBe(200);
  }
});

test("a pause that was ended elsewhere refuses nothing more, though nobody has told of it yet", async () => {
  const key = await a.agentKey("halted");
  const action = readAction();
  const { grant } = await released(a, key, action);
  await a.admin("POST", "/agents/halted/pause", because);
  const refused = await propose(a, key, writeAction());
  expect(refused.body).toMatchObject({ status: 403, code: "agent_paused" });
  // As another server writes it, without the message that follows.
  await database.ask(`update holdpoint.agents set state = 'active' where id = 'halted'`);
  expect((await propose(a, key, writeAction())).status).toBe(202);
  expect((await a.as(key, "POST", "/grants/redeem", { grant, action })).status).toBe(200);
});

test("a pause of the one above refuses them too, and so does an enforcement point's credential", async () => {
  const key = await a.agentKey("leaf");
  await a.admin("PUT", "/agents/root");
  await a.admin("PUT", "/agents/leaf", { parent: "root" });
  const point = await a.keyOf({
    kind: "enforcement_point",
    subject: "gate",
    scopes: ["redeem", "read"],
  });
  expect((await a.as(point, "GET", "/me")).status).toBe(200);
  const action = readAction();
  const { grant } = await released(a, key, action);
  await b.admin("POST", "/agents/root/pause", because);
  for (const credential of [key, point]) {
    const answer = await a.as(credential, "POST", "/grants/redeem", { grant, action });
    expect(answer.body).toMatchObject({ status: 403, code: "agent_paused" });
  }
});

test("a key that one believes proposes nothing that is written after the other's pause was heard", async () => {
  const key = await a.agentKey("talker");
  await released(a, key, readAction());
  await b.admin("POST", "/agents/talker/pause", because);
  // What asks for an acting agent in the commit is refused at once; the cached key only says it sooner.
  const answer = await propose(a, key, writeAction());
  expect(answer.body).toMatchObject({ status: 403, code: "agent_paused" });
});

test("a killed agent is nobody on the other, and what it left is ended by either", async () => {
  const key = await a.agentKey("rogue");
  const held = await propose(a, key, writeAction());
  const action = readAction();
  const { grant } = await released(a, key, action);
  const killed = await b.admin("POST", "/agents/rogue/kill", because);
  expect(at(killed.body, "ended", "keys")).toBe(1);
  const redeemed = await a.as(key, "POST", "/grants/redeem", { grant, action });
  expect(redeemed.body).toMatchObject({ status: 401, code: "agent_killed" });
  const read = await eventually(
    () => a.as(key, "GET", "/me"),
    (answer) => answer.status === 401,
  );
  expect(read.status).toBe(401);
  const id = textAt(held.body, "job", "id");
  expect(at((await a.admin("GET", `/jobs/${id}`)).body, "job", "state")).toBe("CANCELLED");
});

test("holds and keys of before there was a registry are reviewed, redeemed and stopped", async () => {
  const key = await a.agentKey("older");
  const lead = await a.keyOf({
    kind: "person",
    subject: "lena",
    scopes: ["read", "review"],
    roles: ["lead"],
  });
  const action = writeAction();
  const held = await propose(a, key, action);
  const id = textAt(held.body, "job", "id");
  await database.ask(`delete from holdpoint.agents where id = 'older'`);
  await database.ask(
    `update holdpoint.jobs set requester = '{"agentOwner":null,"keyCreator":"local"}' where id = $1`,
    [id],
  );
  b.server.engine.hub.changed("default", null);
  a.server.engine.hub.changed("default", null);
  const approved = await b.as(lead, "POST", `/approvals/${id}/approve`, { reason: "fine" });
  expect(approved.status).toBe(200);
  const grant = textAt((await a.as(key, "GET", `/jobs/${id}`)).body, "grant", "token");
  await b.admin("POST", "/agents/older/pause", because);
  const refused = await a.as(key, "POST", "/grants/redeem", { grant, action });
  expect(refused.body).toMatchObject({ code: "agent_paused" });
  await b.admin("POST", "/agents/older/resume", because);
  expect((await a.as(key, "POST", "/grants/redeem", { grant, action })).status).toBe(200);
});
