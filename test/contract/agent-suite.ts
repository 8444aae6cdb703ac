// The contract of registered agents: one write at a time, no rings, kills with their keys, and commits that a halt stops.

import { type AgentRecord, newAgent } from "@holdpoint/core/agent/agent";
import type { AgentWrite } from "@holdpoint/server/storage/agents";
import { describe, expect, test } from "vitest";
import { changing, makeEvent, makeJob, makeKey, opening } from "./sample.ts";
import { statementOf, type World } from "./world.ts";

const now = 1_000_000;

export function agentSuite(world: World): void {
  describe("registered agents", () => {
    recordTests(world);
    chainTests(world);
    keyTests(world);
    haltTests(world);
    leftOverTests(world);
  });
}

function agentOf(id: string, more: Partial<AgentRecord> = {}): AgentRecord {
  return { ...newAgent({ id, owner: null, createdBy: "ada", now }), ...more };
}

function writing(tenant: string, agent: AgentRecord, more: Partial<AgentWrite> = {}): AgentWrite {
  const expected = agent.revision === 1 ? null : agent.revision - 1;
  return { agent, expected, events: [makeEvent(tenant, "agent.changed")], ...more };
}

async function register(world: World, tenant: string, agent: AgentRecord): Promise<void> {
  expect(await world.place().store.writeAgent(tenant, writing(tenant, agent))).toBe("written");
}

function recordTests(world: World): void {
  test("keep the record whole, and give it back by name and page", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const full = agentOf("billing", {
      name: "Billing",
      description: "pays",
      owner: "ada",
      limits: { pending: 3, perMinute: 60 },
      webhookUrl: "https://hooks.example.com/x",
      isLocalAllowed: false,
    });
    await register(world, tenant, full);
    await register(world, tenant, agentOf("archive"));
    expect(await store.findAgent(tenant, "billing")).toEqual(full);
    expect(await store.findAgent(tenant, "nobody")).toBeNull();
    const page = async (after: string | null, state: "active" | "paused" | null = null) =>
      (await store.listAgents(tenant, { state, after, limit: 1 })).map(({ agent }) => agent.id);
    expect(await page(null)).toEqual(["archive"]);
    expect(await page("archive")).toEqual(["billing"]);
    expect(await page("billing")).toEqual([]);
    expect(await page(null, "paused")).toEqual([]);
  });

  test("let one of many writes on the same revision win, with its event", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await register(world, tenant, agentOf("billing"));
    const before = await world.counts(tenant);
    const owners = ["ana", "ben", "cat", "dan"];
    const results = await Promise.all(
      owners.map((owner) =>
        store.writeAgent(tenant, writing(tenant, agentOf("billing", { owner, revision: 2 }))),
      ),
    );
    expect(results.toSorted()).toEqual(["lost", "lost", "lost", "written"]);
    expect(await store.findAgent(tenant, "billing")).toMatchObject({ revision: 2 });
    expect((await world.counts(tenant))["audit_events"]).toBe((before["audit_events"] ?? 0) + 1);
    const first = await Promise.all(
      owners.map((owner) => store.writeAgent(tenant, writing(tenant, agentOf("new", { owner })))),
    );
    expect(first.toSorted()).toEqual(["lost", "lost", "lost", "written"]);
  });

  test("keep the secret of a webhook apart, until it is taken away", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const url = "https://hooks.example.com/x";
    const sealed = Buffer.from([1, 2, 0, 255]);
    const agent = agentOf("billing", { webhookUrl: url });
    await store.writeAgent(tenant, writing(tenant, agent, { webhookSealed: sealed }));
    expect(await store.findAgentWebhook(tenant, "billing")).toEqual({ url, sealed });
    const paused = agentOf("billing", { webhookUrl: url, state: "paused", revision: 2 });
    await register(world, tenant, paused);
    expect(await store.findAgentWebhook(tenant, "billing")).toEqual({ url, sealed });
    const bare = agentOf("billing", { revision: 3 });
    await store.writeAgent(tenant, writing(tenant, bare, { webhookSealed: null }));
    expect(await store.findAgentWebhook(tenant, "billing")).toBeNull();
  });

  test("read a damaged record strictly: no room in the queue, nothing decided alone", async () => {
    const { store, ask } = world.place();
    const tenant = await world.tenant();
    await register(world, tenant, agentOf("billing", { limits: { pending: 9, perMinute: 9 } }));
    await ask("update holdpoint.agents set record = '{\"limits\":' where tenant = $1", [tenant]);
    expect(await store.findAgent(tenant, "billing")).toMatchObject({
      limits: { pending: 0, perMinute: 0 },
      isLocalAllowed: false,
      webhookUrl: null,
    });
  });
}

function chainTests(world: World): void {
  test("read an agent with all above it, as they are now", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await register(world, tenant, agentOf("root", { owner: "rae" }));
    await register(world, tenant, agentOf("mid", { parent: "root" }));
    await register(world, tenant, agentOf("leaf", { parent: "mid", owner: "lee" }));
    expect(await store.agentChain(tenant, "leaf")).toEqual([
      { id: "leaf", state: "active", owner: "lee" },
      { id: "mid", state: "active", owner: null },
      { id: "root", state: "active", owner: "rae" },
    ]);
    expect(await store.agentChain(tenant, "nobody")).toEqual([]);
    expect(await store.agentChildren(tenant, "root", 10)).toEqual(["mid"]);
    await register(world, tenant, agentOf("root", { revision: 2, state: "paused", owner: "rae" }));
    const states = (await store.agentChain(tenant, "leaf")).map(({ state }) => state);
    expect(states).toEqual(["active", "active", "paused"]);
  });

  test("refuse a parent that is not there, was killed, or would close a ring", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const under = (id: string, parent: string, revision = 2) =>
      store.writeAgent(tenant, writing(tenant, agentOf(id, { parent, revision })));
    await register(world, tenant, agentOf("a"));
    await register(world, tenant, agentOf("b", { parent: "a" }));
    await register(world, tenant, agentOf("c", { parent: "b" }));
    await register(world, tenant, agentOf("dead", { state: "killed" }));
    const before = await world.counts(tenant);
    expect(await under("a", "nobody")).toBe("parent_missing");
    expect(await under("a", "dead")).toBe("parent_killed");
    expect(await under("a", "c")).toBe("parent_cycle");
    expect(await under("a", "a")).toBe("parent_cycle");
    expect(await under("new", "new", 1)).toBe("parent_cycle");
    expect(await world.counts(tenant)).toEqual(before);
  });

  test("never close a ring between two writes at the same moment", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await register(world, tenant, agentOf("a"));
    await register(world, tenant, agentOf("b"));
    const results = await Promise.all([
      store.writeAgent(tenant, writing(tenant, agentOf("a", { parent: "b", revision: 2 }))),
      store.writeAgent(tenant, writing(tenant, agentOf("b", { parent: "a", revision: 2 }))),
    ]);
    expect(results.toSorted()).toEqual(["parent_cycle", "written"]);
  });

  test("refuse a chain of more than eight, counted above and below", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const line = async (name: string, count: number): Promise<void> => {
      for (let at = 1; at <= count; at += 1) {
        const parent = at === 1 ? null : `${name}${at - 1}`;
        await register(world, tenant, agentOf(`${name}${at}`, { parent }));
      }
    };
    await line("up", 5);
    await line("low", 4);
    const move = (parent: string) =>
      store.writeAgent(tenant, writing(tenant, agentOf("low1", { parent, revision: 2 })));
    expect(await move("up5")).toBe("chain_too_long");
    expect(await move("up4")).toBe("written");
    expect(await store.agentChain(tenant, "low4")).toHaveLength(8);
  });
}

function keyTests(world: World): void {
  const created = (tenant: string) => makeEvent(tenant, "key.created");
  const registration = (tenant: string, agent: AgentRecord) => ({
    agent,
    event: makeEvent(tenant, "agent.registered"),
  });

  test("register the agent of its first key once, and find key and chain in one look", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const key = makeKey({ subject: "billing" });
    const other = makeKey({ subject: "billing" });
    const agent = agentOf("billing", { owner: "ada", limits: { pending: 2, perMinute: null } });
    await store.addKey(tenant, key, created(tenant), registration(tenant, agent));
    const late = registration(tenant, agentOf("billing", { owner: "eve" }));
    await store.addKey(tenant, other, created(tenant), late);
    expect(await store.findAgent(tenant, "billing")).toEqual(agent);
    expect(await store.findKey(tenant, other.secretHash)).toMatchObject({
      id: other.id,
      registered: {
        chain: [{ id: "billing", state: "active", owner: "ada" }],
        limits: { pending: 2, perMinute: null },
        isLocalAllowed: true,
      },
    });
    expect(await world.counts(tenant)).toMatchObject({ api_keys: 2, agents: 1, audit_events: 3 });
  });

  test("leave an agent of before there was a registry without one", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const key = makeKey({ subject: "older" });
    await store.addKey(tenant, key, created(tenant));
    expect(await store.findKey(tenant, key.secretHash)).not.toHaveProperty("registered");
    expect(await store.isAgentKnown(tenant, "older")).toBe(true);
    expect(await store.isAgentKnown(tenant, "nobody")).toBe(false);
  });

  test("revoke every key of an agent that is killed, and give it none again", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const keys = [makeKey({ subject: "billing" }), makeKey({ subject: "billing" })];
    const other = makeKey({ subject: "archive" });
    const first = registration(tenant, agentOf("billing"));
    for (const key of keys) await store.addKey(tenant, key, created(tenant), first);
    await store.addKey(tenant, other, created(tenant));
    const killed = agentOf("billing", { revision: 2, state: "killed" });
    const kill = { ...writing(tenant, killed), now: now + 5 };
    expect(await store.killAgent(tenant, kill)).toEqual({ keys: 2 });
    for (const key of keys) {
      const found = await store.findKey(tenant, key.secretHash);
      expect(found).toMatchObject({ revokedAt: now + 5 });
      expect(found?.registered?.chain[0]?.state).toBe("killed");
    }
    expect((await store.findKey(tenant, other.secretHash))?.revokedAt).toBeNull();
    const before = await world.counts(tenant);
    const again = store.addKey(tenant, makeKey({ subject: "billing" }), created(tenant), first);
    expect(await again).toBe("killed");
    expect(await store.killAgent(tenant, kill)).toBeNull();
    expect(await world.counts(tenant)).toEqual(before);
  });

  test("leave no live key behind when keys are made while the agent is killed", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await register(world, tenant, agentOf("billing"));
    const keys = Array.from({ length: 4 }, () => makeKey({ subject: "billing" }));
    const killed = agentOf("billing", { revision: 2, state: "killed" });
    const first = registration(tenant, agentOf("billing"));
    await Promise.all([
      ...keys.slice(0, 2).map((key) => store.addKey(tenant, key, created(tenant), first)),
      store.killAgent(tenant, { ...writing(tenant, killed), now }),
      ...keys.slice(2).map((key) => store.addKey(tenant, key, created(tenant), first)),
    ]);
    const live = (await store.keysOfAgent(tenant, "billing")).filter((key) => !key.revokedAt);
    expect(live).toEqual([]);
  });

  test("end a key that is replaced, and neither a dead one nor another agent's", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await register(world, tenant, agentOf("billing"));
    const old = makeKey({ subject: "billing", createdAt: 0, expiresAt: 900_000_000 });
    const others = makeKey({ subject: "archive", expiresAt: 900_000_000 });
    for (const key of [old, others]) await store.addKey(tenant, key, created(tenant));
    const rotate = (id: string, endsAt: number) =>
      store.rotateKey(tenant, {
        agent: "billing",
        key: makeKey({ subject: "billing", createdAt: now }),
        replaces: { id, endsAt },
        events: [makeEvent(tenant, "agent.key_rotated")],
      });
    expect(await rotate(old.id, now + 50)).toBe("written");
    expect(await store.findKey(tenant, old.secretHash)).toMatchObject({ expiresAt: now + 50 });
    // A later rotation never gives an ending key more time.
    expect(await rotate(old.id, now + 500)).toBe("written");
    expect(await store.findKey(tenant, old.secretHash)).toMatchObject({ expiresAt: now + 50 });
    const before = await world.counts(tenant);
    expect(await rotate(others.id, now)).toBe("no_key");
    expect(await rotate("key_none", now)).toBe("no_key");
    expect(await world.counts(tenant)).toEqual(before);
  });
}

function haltTests(world: World): void {
  const cases = [
    ["itself is paused", "leaf", "paused"],
    ["itself is killed", "leaf", "killed"],
    ["parent is paused", "mid", "paused"],
    ["parent is killed", "mid", "killed"],
    ["parent's parent is paused", "root", "paused"],
  ] as const;
  for (const [what, halted, state] of cases) {
    test(`a change that demands an acting agent is lost while its ${what}`, async () => {
      const { store } = world.place();
      const tenant = await world.tenant();
      await register(world, tenant, agentOf("root"));
      await register(world, tenant, agentOf("mid", { parent: "root" }));
      await register(world, tenant, agentOf("leaf", { parent: "mid" }));
      const job = makeJob(tenant);
      await store.commit(tenant, { ...opening(job), agent: "leaf" });
      const before = await store.findAgent(tenant, halted);
      if (before === null) throw new Error("it is registered");
      const record = { ...before, revision: 2, state };
      await register(world, tenant, record);
      const counts = await world.counts(tenant);
      const next = { ...changing(job, {}), agent: "leaf" };
      expect(await store.commit(tenant, next)).toBe("lost");
      expect(await store.commit(tenant, { ...opening(makeJob(tenant)), agent: "leaf" })).toBe(
        "lost",
      );
      expect(await world.counts(tenant)).toEqual(counts);
      // What demands nothing goes on, such as the clock that ends a hold.
      expect(await store.commit(tenant, changing(job, {}))).toBe("written");
    });
  }

  test("agents that are not registered, and those beside a halted one, go on", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await register(world, tenant, agentOf("other", { state: "paused" }));
    await register(world, tenant, agentOf("below", { parent: "other" }));
    const commit = (agent: string) => store.commit(tenant, { ...opening(makeJob(tenant)), agent });
    const results = await Promise.all([commit("older"), commit("other"), commit("below")]);
    expect(results).toEqual(["written", "lost", "lost"]);
  });

  test("a commit that names its key is written only while the key is live, and its neighbours are", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    const live = makeKey();
    const ended = makeKey({ expiresAt: job.updatedAt });
    const revoked = makeKey();
    for (const key of [live, ended, revoked]) {
      await store.addKey(tenant, key, makeEvent(tenant, "key.created"));
    }
    await store.revokeKey(tenant, revoked.id, 1, makeEvent(tenant, "key.revoked"));
    const ids = [live.id, ended.id, revoked.id, "key_of_nobody", null];
    const results = await Promise.all(
      ids.map((credential) => store.commit(tenant, { ...opening(makeJob(tenant)), credential })),
    );
    expect(results).toEqual(["written", "lost", "lost", "lost", "written"]);
  });

  test("a ring of damaged rows ends the reading, and halts", async () => {
    const { store, database } = world.place();
    const tenant = await world.tenant();
    await register(world, tenant, agentOf("a"));
    await register(world, tenant, agentOf("b", { parent: "a" }));
    const text = "update agents set parent = 'b' where id = 'a'";
    await database.query(tenant, statementOf(text), []);
    expect(await store.commit(tenant, { ...opening(makeJob(tenant)), agent: "b" })).toBe("lost");
    expect((await store.agentChain(tenant, "b")).length).toBeGreaterThan(8);
  });
}

function leftOverTests(world: World): void {
  test("know which jobs a killed agent left open until nothing is left", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    const agent = job.action.actor.agent;
    await store.commit(tenant, opening(job));
    await register(world, tenant, agentOf(agent));
    expect(await store.agentsToSweep(tenant, 5)).toEqual([]);
    expect(await store.countOpenHolds(tenant, agent, 10)).toBe(1);
    expect(await store.countOpenHolds(tenant, agent, 0)).toBe(0);
    expect(await store.countOpenHolds(tenant, "nobody", 10)).toBe(0);
    const killed = agentOf(agent, { revision: 2, state: "killed" });
    await store.killAgent(tenant, { ...writing(tenant, killed), now });
    expect(await store.agentsToSweep(tenant, 5)).toEqual([agent]);
    expect(await store.openJobsOf(tenant, agent, 5)).toEqual([job.id]);
    expect(await store.openJobsOf(tenant, "nobody", 5)).toEqual([]);
    await store.agentSwept(tenant, agent);
    expect(await store.agentsToSweep(tenant, 5)).toEqual([]);
  });
}
