// The stream of an agent: what it tells, whom it tells nothing, and when it ends.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, at, textAt } from "../http.ts";
import { type Listener, listenAt, openStream } from "./agent-listener.ts";
import {
  type AgentWorld,
  openAgentWorld,
  propose,
  readAction,
  released,
  writeAction,
} from "./agent-world.ts";

let world: AgentWorld;
const because = { reason: "stop" };

beforeAll(async () => {
  world = await openAgentWorld();
}, 120_000);

afterAll(() => world?.[Symbol.asyncDispose]());

const open = (key: string): Promise<Response> => openStream(world.url, key);
const listen = (key: string): Promise<Listener> => listenAt(world.url, key);

async function held(key: string): Promise<string> {
  return textAt((await propose(world, key, writeAction())).body, "job", "id");
}

function cancel(key: string, job: string): Promise<Answer> {
  return world.as(key, "POST", `/jobs/${job}/cancel`);
}

test("tells an agent of its own jobs, and of no one else's", async () => {
  const [mine, other] = [await world.agentKey("s1"), await world.agentKey("s2")];
  const all = await Promise.all([listen(mine), listen(mine), listen(other)]);
  const [first, second, foreign] = all;
  const theirs = await held(other);
  await cancel(other, theirs);
  const job = await held(mine);
  await cancel(mine, job);

  const news = { name: "job", data: { id: job, state: "CANCELLED", revision: 2 } };
  expect(await first.next()).toEqual(news);
  expect(await second.next()).toEqual(news);
  expect(await foreign.next()).toMatchObject({ data: { id: theirs } });
  for (const one of all) one.leave();
});

test("tells each step of an execution, by whichever process it is taken", async () => {
  const key = await world.agentKey("s3");
  const stream = await listen(key);
  const action = readAction();
  const { id, grant } = await released(world, key, action);
  await world.as(key, "POST", "/grants/redeem", { grant, action });
  await world.as(key, "POST", `/jobs/${id}/outcome`, { status: "SUCCEEDED" });

  const states = [await stream.next(), await stream.next()].map((event) => at(event, "data"));
  expect(states).toMatchObject([
    { id, state: "EXECUTING" },
    { id, state: "SUCCEEDED" },
  ]);
  stream.leave();
});

test("tells of a run that can be taken up", async () => {
  const key = await world.agentKey("s4");
  const stream = await listen(key);
  const job = await held(key);
  const checkpoint = { codec: "text", state: Buffer.from("x").toString("base64") };
  const run = await world.as(key, "POST", "/resumptions", { thread: "t", jobs: [job], checkpoint });
  expect(run.status).toBe(200);
  await cancel(key, job);

  let event = await stream.next();
  while (event?.name === "job") event = await stream.next();
  expect(event).toEqual({ name: "run.ready", data: {} });
  stream.leave();
});

test("tells of a pause of one above, and of its end", async () => {
  const key = await world.agentKey("leaf");
  await world.admin("PUT", "/agents/root", {});
  await world.admin("PUT", "/agents/leaf", { parent: "root" });
  const stream = await listen(key);
  await world.admin("POST", "/agents/root/pause", because);
  expect(await stream.next()).toEqual({ name: "agent.paused", data: { because: "root" } });
  const late = await listen(key);
  expect(await late.next()).toEqual({ name: "agent.paused", data: { because: "root" } });
  await world.admin("POST", "/agents/root/resume", because);
  expect(await stream.next()).toEqual({ name: "agent.resumed", data: {} });
  stream.leave();
  late.leave();
});

test("ends when the agent is killed, after saying so", async () => {
  const key = await world.agentKey("s5");
  const stream = await listen(key);
  await world.admin("POST", "/agents/s5/kill", because);
  expect(await stream.next()).toEqual({ name: "agent.killed", data: {} });
  expect(await stream.next()).toBeNull();
  expect((await open(key)).status).toBe(401);
});

test("ends when its key is revoked, and another key of the agent goes on", async () => {
  const made = await world.admin("POST", "/keys", {
    kind: "agent",
    subject: "s6",
    scopes: ["propose"],
  });
  const other = await world.agentKey("s6");
  const [stolen, own] = await Promise.all([listen(textAt(made.body, "secret")), listen(other)]);
  await world.admin("POST", `/keys/${textAt(made.body, "id")}/revoke`);
  expect(await stolen.next()).toBeNull();
  const job = await held(other);
  await cancel(other, job);
  expect(await own.next()).toMatchObject({ data: { id: job } });
  own.leave();
});

test("is for agents: an enforcement point, a person and nobody are refused", async () => {
  const point = await world.keyOf({
    kind: "enforcement_point",
    subject: "gate",
    scopes: ["redeem", "read"],
  });
  const person = await world.keyOf({ kind: "person", subject: "ann", scopes: ["read"] });
  expect((await open(point)).status).toBe(403);
  expect((await open(person)).status).toBe(403);
  expect((await open("hp_default_nothing")).status).toBe(401);
});

test("ends at shutdown, so that clients go elsewhere", async () => {
  const last = await openAgentWorld();
  const response = await fetch(`${last.url}/api/v1/agent/stream`, {
    headers: { authorization: `Bearer ${await last.agentKey("s7")}` },
  });
  const whole = response.text();
  await last[Symbol.asyncDispose]();
  expect(await whole).toBe("retry: 1000\n\n");
}, 120_000);
