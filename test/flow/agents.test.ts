// The registry of agents through the API: who they are, who answers for them, and the switches that stop them.

import { makeSecret } from "@holdpoint/server/flow/key-secret";
import { keyCreatedFact } from "@holdpoint/server/flow/manage-keys";
import { record } from "@holdpoint/server/flow/record";
import { Holdpoint, modelMessage } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeKey } from "../contract/sample.ts";
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

let world: AgentWorld;
let lead: string;

beforeAll(async () => {
  world = await openAgentWorld();
  lead = await world.keyOf({
    kind: "person",
    subject: "lena@example.com",
    scopes: ["read", "review"],
    roles: ["lead"],
  });
});

afterAll(() => world[Symbol.asyncDispose]());

const because = { reason: "it misbehaves" };

describe("registration", () => {
  test("the first key of an agent registers it, with the owner of the key", async () => {
    await world.agentKey("first", { owner: "lena@example.com" });
    const shown = await world.admin("GET", "/agents/first");
    expect(shown.body).toMatchObject({ state: "active", standing: "active", parent: null });
    const people = await world.admin("GET", "/keys");
    const items = at(people.body, "items") as { kind: string; subject: string; owner: string }[];
    const owner = items.find(({ subject }) => subject === "first")?.owner;
    expect(at(shown.body, "owner")).toBe(owner);
    expect(at(shown.body, "keys", "length")).toBe(1);
    const listed = await world.admin("GET", "/agents");
    const ids = (at(listed.body, "items") as { id: string }[]).map(({ id }) => id);
    expect(ids).toContain("first");
  });

  test("what a change leaves out stays, and null takes away", async () => {
    const put = (body: object) => world.admin("PUT", "/agents/plain", body);
    await put({ name: "Plain", description: "does things", limits: { pending: 4 }, local: false });
    const changed = await put({ description: null, limits: { per_minute: 9 } });
    expect(changed.body).toMatchObject({
      name: "Plain",
      description: null,
      limits: { pending: 4, per_minute: 9 },
      local: false,
      revision: 2,
    });
    const stale = await put({ name: "Other", revision: 1 });
    expect([stale.status, at(stale.body, "code")]).toEqual([409, "agent_stale"]);
    expect((await put({ name: "Other", revision: 2 })).status).toBe(200);
    const event = await world.admin("GET", "/audit/events?type=agent.changed&limit=200");
    expect(at(event.body, "items", "length")).toBeGreaterThanOrEqual(2);
  });

  test("a parent has to be registered and above", async () => {
    await world.admin("PUT", "/agents/above");
    await world.admin("PUT", "/agents/below", { parent: "above" });
    for (const [id, parent] of [
      ["above", "nobody"],
      ["above", "below"],
      ["above", "above"],
    ]) {
      const refused = await world.admin("PUT", `/agents/${id}`, { parent });
      expect(refused.body).toMatchObject({ status: 400, code: "agent_invalid", path: "/parent" });
    }
    expect((await world.admin("GET", "/agents/above")).body).toMatchObject({ children: ["below"] });
  });

  test("only people who administer read or write it", async () => {
    const agent = await world.agentKey("curious");
    for (const key of [agent, lead]) {
      for (const [method, path, body] of [
        ["GET", "/agents", undefined],
        ["GET", "/agents/curious", undefined],
        ["PUT", "/agents/curious", { owner: null }],
        ["POST", "/agents/curious/pause", because],
        ["POST", "/agents/curious/resume", because],
        ["POST", "/agents/curious/kill", because],
        ["POST", "/agents/curious/keys", {}],
      ] as const) {
        const answer = await world.as(key, method, path, body);
        expect([method, path, answer.status, at(answer.body, "code")]).toEqual([
          method,
          path,
          403,
          "scope_missing",
        ]);
      }
    }
  });

  test("the secret of a webhook is shown once and stored sealed; private addresses are refused", async () => {
    const made = await world.admin("PUT", "/agents/told", {
      webhook: { url: "https://hooks.example.com/runs" },
    });
    const secret = textAt(made.body, "webhook_secret");
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const again = await world.admin("PUT", "/agents/told", {
      webhook: { url: "https://hooks.example.com/runs" },
    });
    expect(at(again.body, "webhook_secret")).toBeNull();
    const shown = await world.admin("GET", "/agents/told");
    expect(shown.text).not.toContain(secret.slice(6));
    const stored = await world.server.engine.store.findAgentWebhook("default", "told");
    expect(Buffer.from(stored?.sealed ?? []).includes(secret.slice(6))).toBe(false);
    for (const url of [
      "http://hooks.example.com/x",
      "https://10.0.0.1/x",
      "https://[fd00::1]/x",
      "https://2130706433@example.com/x",
      "https://169.254.169.254/latest",
      "ftp://example.com/x",
      "nonsense",
    ]) {
      const refused = await world.admin("PUT", "/agents/told", { webhook: { url } });
      expect([url, at(refused.body, "path")]).toEqual([url, "/webhook/url"]);
    }
  });
});

describe("a paused agent", () => {
  test("cannot use what people approved before, reads on, and goes on when it is resumed", async () => {
    const key = await world.agentKey("worker");
    const action = writeAction();
    const held = await propose(world, key, action);
    const id = textAt(held.body, "job", "id");
    await world.as(lead, "POST", `/approvals/${id}/approve`, { reason: "fine" });
    const job = await world.as(key, "GET", `/jobs/${id}`);
    const grant = textAt(job.body, "grant", "token");

    const paused = await world.admin("POST", "/agents/worker/pause", because);
    expect(paused.body).toMatchObject({ state: "paused", state_reason: because.reason });

    const redeemed = await world.as(key, "POST", "/grants/redeem", { grant, action });
    expect(redeemed.body).toMatchObject({ status: 403, code: "agent_paused" });
    const fresh = await world.as(key, "POST", `/jobs/${id}/grant`);
    expect(fresh.body).toMatchObject({ status: 403, code: "agent_paused" });
    const proposed = await propose(world, key, readAction());
    expect(proposed.body).toMatchObject({ status: 403, code: "agent_paused" });
    expect((await world.as(key, "GET", `/jobs/${id}`)).status).toBe(200);
    expect((await world.as(key, "GET", `/jobs/${id}/wait?timeout=0`)).status).toBe(200);
    const tried = await world.admin("GET", "/audit/events?type=attempt.refused&limit=200");
    expect(tried.text).toContain("agent_paused");

    await world.admin("POST", "/agents/worker/resume", { reason: "looked at" });
    const after = await world.as(key, "POST", "/grants/redeem", { grant, action });
    expect(after.status).toBe(200);

    // What runs already may say how it ended, also while its agent is paused.
    await world.admin("POST", "/agents/worker/pause", because);
    const reported = await world.as(key, "POST", `/jobs/${id}/outcome`, { status: "SUCCEEDED" });
    expect(at(reported.body, "job", "state")).toBe("SUCCEEDED");
  });

  test("is not helped by an enforcement point that redeems in its place", async () => {
    const key = await world.agentKey("gated");
    const point = await world.keyOf({
      kind: "enforcement_point",
      subject: "gateway",
      scopes: ["redeem", "read"],
    });
    const action = readAction();
    const { grant } = await released(world, key, action);
    await world.admin("POST", "/agents/gated/pause", because);
    const refused = await world.as(point, "POST", "/grants/redeem", { grant, action });
    expect(refused.body).toMatchObject({ status: 403, code: "agent_paused" });
    await world.admin("POST", "/agents/gated/resume", because);
    expect((await world.as(point, "POST", "/grants/redeem", { grant, action })).status).toBe(200);
  });

  test("halts all below it, until they stand elsewhere", async () => {
    await world.admin("PUT", "/agents/chief");
    const key = await world.agentKey("helper");
    await world.admin("PUT", "/agents/helper", { parent: "chief" });
    const action = readAction();
    const { grant } = await released(world, key, action);
    await world.admin("POST", "/agents/chief/pause", because);
    const refused = await world.as(key, "POST", "/grants/redeem", { grant, action });
    expect(refused.body).toMatchObject({ code: "agent_paused", facts: { halted_by: "chief" } });
    expect((await world.admin("GET", "/agents/helper")).body).toMatchObject({
      state: "active",
      standing: "paused",
      halted_by: "chief",
    });
    await world.admin("POST", "/agents/chief/kill", because);
    expect((await propose(world, key, readAction())).body).toMatchObject({ code: "agent_paused" });
    await world.admin("PUT", "/agents/helper", { parent: null });
    expect((await world.as(key, "POST", "/grants/redeem", { grant, action })).status).toBe(200);
  });

  test("that nobody registered acts as before, and can be stopped all the same", async () => {
    const key = await olderKey("older");
    await released(world, key, readAction());
    expect((await world.admin("GET", "/agents/older")).status).toBe(404);
    expect((await world.admin("POST", "/agents/nobody/pause", because)).status).toBe(404);
    await world.admin("POST", "/agents/older/pause", because);
    expect((await propose(world, key, readAction())).body).toMatchObject({ code: "agent_paused" });
    const types = await world.admin("GET", "/audit/events?type=agent.registered&limit=200");
    expect(types.text).toContain('"older"');
  });

  test("of the development connection is stopped too, and its person is not", async () => {
    await world.admin("POST", "/agents/dev/pause", because);
    expect((await world.admin("POST", "/actions", readAction())).body).toMatchObject({
      code: "agent_paused",
    });
    expect((await world.admin("POST", "/agents/dev/resume", because)).status).toBe(200);
    expect((await world.admin("POST", "/actions", readAction())).status).toBe(200);
  });
});

/** As a version without a registry left it: a key, and no row. */
async function olderKey(agent: string): Promise<string> {
  const { engine } = world.server;
  const { secret, hash } = makeSecret("default", engine.random);
  const key = makeKey({ subject: agent, secretHash: hash, scopes: ["propose", "redeem", "read"] });
  const by = { kind: "system", id: "test" } as const;
  const [event] = record(engine, "default", [keyCreatedFact(key, by)]);
  if (event === undefined) throw new Error("a fact is sealed");
  await engine.store.addKey("default", key, event);
  return secret;
}

describe("a killed agent", () => {
  test("is nobody from the next call on, and loses what it had open", async () => {
    const key = await world.agentKey("rogue");
    const point = await world.keyOf({
      kind: "enforcement_point",
      subject: "outer",
      scopes: ["redeem", "read"],
    });
    const held = await propose(world, key, writeAction());
    const id = textAt(held.body, "job", "id");
    const action = readAction();
    const { id: free, grant } = await released(world, key, action);

    const killed = await world.admin("POST", "/agents/rogue/kill", because);
    expect(killed.body).toMatchObject({
      state: "killed",
      standing: "killed",
      ended: { keys: 1, jobs: 2, resumptions: 0, is_complete: true },
    });

    for (const [method, path] of [
      ["GET", "/me"],
      ["GET", `/jobs/${id}`],
      ["POST", "/actions"],
      ["POST", "/grants/redeem"],
    ] as const) {
      const answer = await world.as(key, method, path, { topic: "job.files.read" });
      expect([path, answer.status, at(answer.body, "code")]).toEqual([path, 401, "agent_killed"]);
    }
    const byPoint = await world.as(point, "POST", "/grants/redeem", { grant, action });
    expect(byPoint.body).toMatchObject({ status: 409, code: "grant_not_live" });
    const states = await Promise.all(
      [id, free].map(async (job) => (await world.admin("GET", `/jobs/${job}`)).body),
    );
    expect(states.map((body) => at(body, "job", "state"))).toEqual(["CANCELLED", "REVOKED"]);
    const key2 = { kind: "agent", subject: "rogue", scopes: ["propose"] };
    expect((await world.admin("POST", "/keys", key2)).body).toMatchObject({ code: "agent_ended" });
    for (const path of ["resume", "pause"]) {
      const refused = await world.admin("POST", `/agents/rogue/${path}`, because);
      expect(refused.body).toMatchObject({ status: 409, code: "agent_ended" });
    }
    expect((await world.admin("POST", "/agents/rogue/keys", {})).status).toBe(409);
    expect((await world.admin("PUT", "/agents/rogue", { name: "R" })).status).toBe(409);
    const again = await world.admin("POST", "/agents/rogue/kill", because);
    expect(again.body).toMatchObject({ ended: { keys: 0, jobs: 0, is_complete: true } });
  });

  test("loses the runs that it suspended, before the answers of their calls wake them", async () => {
    const key = await world.agentKey("sleeper");
    const held = await propose(world, key, writeAction());
    const id = textAt(held.body, "job", "id");
    const suspended = await world.as(key, "POST", "/resumptions", {
      thread: "t1",
      jobs: [id],
      checkpoint: { codec: "text", state: Buffer.from("asleep").toString("base64") },
    });
    expect([suspended.status, suspended.text]).toEqual([200, expect.any(String)]);
    const killed = await world.admin("POST", "/agents/sleeper/kill", because);
    expect(killed.body).toMatchObject({ ended: { jobs: 1, resumptions: 1, is_complete: true } });
    const run = await world.admin("GET", "/resumptions?agent=sleeper");
    expect(at(run.body, "items", 0, "state")).toBe("cancelled");
    const events = await world.admin("GET", "/audit/events?type=run.cancelled");
    expect(events.text).toContain("the agent was killed");
  });

  test("loses its holds by the clocks when the process that killed it went no further", async () => {
    const key = await world.agentKey("crowd");
    const held = await Promise.all(
      Array.from({ length: 5 }, () => propose(world, key, writeAction())),
    );
    const jobs = held.map((answer) => textAt(answer.body, "job", "id"));
    const { store, clock, hub } = world.server.engine;
    const agent = await store.findAgent("default", "crowd");
    if (agent === null) throw new Error("it is registered");
    const now = clock.now();
    const killed = { ...agent, state: "killed" as const, revision: 2, updatedAt: now };
    await store.killAgent("default", { agent: killed, expected: 1, events: [], now });
    hub.work();
    const left = await eventually(
      () => store.agentsToSweep("default", 5),
      (agents) => agents.length === 0,
    );
    expect(left).toEqual([]);
    for (const id of jobs) {
      const job = await world.admin("GET", `/jobs/${id}`);
      expect(at(job.body, "job", "state")).toBe("CANCELLED");
    }
  });
});

describe("keys", () => {
  test("a replaced key works beside the new one for the overlap, and not a moment longer", async () => {
    const old = await world.agentKey("rotating", { scopes: ["propose", "read"] });
    const shown = await world.admin("GET", "/agents/rotating");
    const replaces = textAt(shown.body, "keys", 0, "id");
    const made = await world.admin("POST", "/agents/rotating/keys", { replaces, overlap: "1h" });
    expect(made.status).toBe(201);
    expect(at(made.body, "scopes")).toEqual(["propose", "read"]);
    const fresh = textAt(made.body, "secret");
    for (const key of [old, fresh]) {
      expect((await world.as(key, "GET", "/me")).body).toMatchObject({ agent: "rotating" });
    }
    world.move(3_600_000);
    expect((await world.as(old, "GET", "/me")).status).toBe(401);
    expect((await world.as(fresh, "GET", "/me")).status).toBe(200);
    const events = await world.admin("GET", "/audit/events?type=agent.key_rotated");
    expect(at(events.body, "items", "length")).toBe(1);
  });

  test("no overlap ends the old key with the very call", async () => {
    const old = await world.agentKey("leaked");
    expect((await world.as(old, "GET", "/me")).status).toBe(200);
    const shown = await world.admin("GET", "/agents/leaked");
    const replaces = textAt(shown.body, "keys", 0, "id");
    await world.admin("POST", "/agents/leaked/keys", { replaces, overlap: "0s" });
    expect((await world.as(old, "GET", "/me")).status).toBe(401);
    const dead = await world.admin("POST", "/agents/leaked/keys", { replaces });
    expect(dead.body).toMatchObject({ status: 404, code: "key_not_found" });
    const others = await world.admin("GET", "/agents/rotating");
    const foreign = textAt(others.body, "keys", 0, "id");
    const refused = await world.admin("POST", "/agents/leaked/keys", { replaces: foreign });
    expect(refused.body).toMatchObject({ status: 404, code: "key_not_found" });
    const scopes = await world.admin("POST", "/agents/leaked/keys", { scopes: ["review"] });
    expect(scopes.status).toBe(400);
  });
});

describe("limits", () => {
  test("of proposals that come at once as many are held as the queue takes", async () => {
    const key = await world.agentKey("eager");
    await world.admin("PUT", "/agents/eager", { limits: { pending: 3 } });
    const actions = Array.from({ length: 12 }, writeAction);
    const answers = await Promise.all(actions.map((action) => propose(world, key, action)));
    const held = answers.filter(({ status }) => status === 202);
    expect(held).toHaveLength(3);
    for (const answer of answers.filter(({ status }) => status !== 202)) {
      expect(answer.body).toMatchObject({ status: 429, code: "agent_queue_full" });
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(1);
    }
    // What needs nobody is not held up, and a decision makes room.
    await released(world, key, readAction());
    const id = textAt(held[0]?.body, "job", "id");
    await world.as(lead, "POST", `/approvals/${id}/reject`, { reason: "no" });
    expect((await propose(world, key, writeAction())).status).toBe(202);
    expect((await propose(world, key, writeAction())).status).toBe(429);
  });

  test("the SDK says that the queue is full, and not that the server is away", async () => {
    const key = await world.agentKey("crowded");
    await world.admin("PUT", "/agents/crowded", { limits: { pending: 1 } });
    await propose(world, key, writeAction());
    const hp = new Holdpoint({ url: world.url, apiKey: key, timeoutMs: 500 });
    const refused = await hp.propose({ topic: "job.db.delete" }).then(
      () => expect.fail("it was held"),
      (error: Error) => error,
    );
    hp.close();
    expect(refused).toMatchObject({ name: "HoldpointApiError", code: "agent_queue_full" });
    expect(modelMessage(refused)).not.toContain("no answer");
  });

  test("a proposal that lost its answer attaches to its hold, however full the queue is", async () => {
    const key = await world.agentKey("patient");
    await world.admin("PUT", "/agents/patient", { limits: { pending: 1 } });
    const action = { ...writeAction(), idempotency_key: "once" };
    const first = await propose(world, key, action);
    const again = await propose(world, key, action);
    expect(at(again.body, "job", "id")).toBe(at(first.body, "job", "id"));
  });

  test("proposals beyond those of a minute are told when to come again", async () => {
    const key = await world.agentKey("quick");
    await world.admin("PUT", "/agents/quick", { limits: { per_minute: 5 } });
    const answers = await Promise.all(
      Array.from({ length: 9 }, () => propose(world, key, readAction())),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const refused = answers.find(({ status }) => status !== 200);
    expect(refused?.body).toMatchObject({ status: 429, code: "agent_rate_limited" });
    const seconds = Number(refused?.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThanOrEqual(60);
    world.move(seconds * 1_000);
    expect((await propose(world, key, readAction())).status).toBe(200);
  });
});

describe("the chain", () => {
  test("whoever owns the agent or one above it does not review what it asks for", async () => {
    const anna = await world.keyOf({
      kind: "person",
      subject: "anna@example.com",
      scopes: ["read", "review"],
      roles: ["lead"],
    });
    await world.admin("PUT", "/agents/house", { owner: "anna@example.com" });
    await world.admin("PUT", "/agents/room", { parent: "house" });
    const key = await world.agentKey("bed");
    await world.admin("PUT", "/agents/bed", { parent: "room" });
    const held = await propose(world, key, writeAction());
    const id = textAt(held.body, "job", "id");
    const own = await world.as(anna, "POST", `/approvals/${id}/approve`, { reason: "mine" });
    expect(own.body).toMatchObject({ status: 403, code: "approval_self_review" });
    // Another owner does not let the old one in: the hold keeps whom it was asked for.
    await world.admin("PUT", "/agents/house", { owner: null });
    const later = await world.as(anna, "POST", `/approvals/${id}/approve`, { reason: "mine" });
    expect(later.body).toMatchObject({ status: 403, code: "approval_self_review" });
    const other = await world.as(lead, "POST", `/approvals/${id}/approve`, { reason: "fine" });
    expect(other.status).toBe(200);
  });

  test("is left by its owners only when somebody else takes them out", async () => {
    const eve = await world.keyOf({
      kind: "person",
      subject: "eve@example.com",
      scopes: ["read", "review", "admin"],
      roles: ["lead"],
    });
    await world.admin("PUT", "/agents/top", { owner: "eve@example.com" });
    await world.admin("PUT", "/agents/mine", { parent: "top" });
    for (const [id, change, path] of [
      ["top", { owner: null }, "/owner"],
      ["top", { owner: "lena@example.com" }, "/owner"],
      ["mine", { parent: null }, "/parent"],
      ["mine", { parent: "house" }, "/parent"],
    ] as const) {
      const refused = await world.as(eve, "PUT", `/agents/${id}`, change);
      expect([id, refused.status, at(refused.body, "path")]).toEqual([id, 400, path]);
    }
    expect((await world.as(eve, "PUT", "/agents/mine", { name: "Mine" })).status).toBe(200);
    expect((await world.as(eve, "PUT", "/agents/mine", { owner: "lena" })).status).toBe(200);
    expect((await world.admin("PUT", "/agents/mine", { parent: null })).status).toBe(200);
  });

  test("stands in the grant, the nearest outermost", async () => {
    const key = await world.agentKey("hand");
    await world.admin("PUT", "/agents/head");
    await world.admin("PUT", "/agents/arm", { parent: "head" });
    await world.admin("PUT", "/agents/hand", { parent: "arm" });
    const { grant } = await released(world, key, readAction());
    const claims = JSON.parse(Buffer.from(grant.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({ sub: "hand", act: { sub: "arm", act: { sub: "head" } } });
    const alone = await world.agentKey("alone");
    const bare = await released(world, alone, readAction());
    const own = JSON.parse(Buffer.from(bare.grant.split(".")[1] ?? "", "base64url").toString());
    expect(own).not.toHaveProperty("act");
  });
});
