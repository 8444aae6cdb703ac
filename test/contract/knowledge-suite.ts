// The contract of what the server knows when it decides: counts by compare-and-set, history, the tool registry.

import { describe, expect, test } from "vitest";
import type { Commit, VelocityStep } from "@holdpoint/server/storage/store";
import { changing, makeEvent, makeJob, makePolicy, makeTools, opening } from "./sample.ts";
import type { World } from "./world.ts";

export function knowledgeSuite(world: World): void {
  describe("what the server knows", () => {
    countTests(world);
    strictTests(world);
    historyTests(world);
    toolTests(world);
  });
}

function step(key: string, expected: number | null, hits: readonly number[]): VelocityStep {
  return { key, expected, hits, expiresAt: 1_000 };
}

function counted(tenant: string, ...velocity: readonly VelocityStep[]): Commit {
  return opening(makeJob(tenant), { velocity });
}

function countTests(world: World): void {
  test("begins a count with the first job and goes on from the revision that was read", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    expect(await store.velocityCounts(tenant, ["a"])).toEqual(new Map());
    expect(await store.commit(tenant, counted(tenant, step("a", null, [1])))).toBe("written");
    const first = await store.velocityCounts(tenant, ["a", "b"]);
    expect(first).toEqual(new Map([["a", { revision: 1, hits: [1] }]]));
    expect(await store.commit(tenant, counted(tenant, step("a", 1, [1, 5])))).toBe("written");
    const second = await store.velocityCounts(tenant, ["a"]);
    expect(second.get("a")).toEqual({ revision: 2, hits: [1, 5] });
  });

  test("is lost with its job when another change counted first", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await store.commit(tenant, counted(tenant, step("a", null, [1])));
    const before = await world.counts(tenant);
    expect(await store.commit(tenant, counted(tenant, step("a", null, [2])))).toBe("lost");
    expect(await store.commit(tenant, counted(tenant, step("a", 7, [2])))).toBe("lost");
    expect(await store.commit(tenant, counted(tenant, step("b", 1, [2])))).toBe("lost");
    expect(await world.counts(tenant)).toEqual(before);
    expect((await store.velocityCounts(tenant, ["a"])).get("a")?.hits).toEqual([1]);
  });

  test("of several counts writes all or none", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await store.commit(tenant, counted(tenant, step("a", null, [1]), step("b", null, [1])));
    const stale = counted(tenant, step("a", 1, [1, 2]), step("b", 9, [1, 2]), step("c", null, [2]));
    expect(await store.commit(tenant, stale)).toBe("lost");
    const counts = await store.velocityCounts(tenant, ["a", "b", "c"]);
    expect([...counts.values()].map(({ hits }) => hits)).toEqual([[1], [1]]);
    const good = counted(tenant, step("c", null, [2]), step("b", 1, [1, 2]), step("a", 1, [1, 2]));
    expect(await store.commit(tenant, good)).toBe("written");
    expect((await store.velocityCounts(tenant, ["a", "b", "c"])).size).toBe(3);
  });

  test("does not count a job twice that is proposed again by its id or its key", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant, { key: "same" });
    await store.commit(tenant, opening(job, { velocity: [step("a", null, [1])] }));
    const again = opening(makeJob(tenant, { id: job.id }), { velocity: [step("a", 1, [1, 2])] });
    expect(await store.commit(tenant, again)).toBe("lost");
    const sameKey = makeJob(tenant, { key: "same" });
    const third = opening(sameKey, { velocity: [step("a", 1, [1, 2])] });
    expect(await store.commit(tenant, third)).toBe("lost");
    expect((await store.velocityCounts(tenant, ["a"])).get("a")).toMatchObject({ revision: 1 });
  });
}

function strictTests(world: World): void {
  test("lets one of many that read the same count win, in one flush or several", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    for (const expected of [null, 1]) {
      const rivals = Array.from({ length: 30 }, (_, at) =>
        counted(tenant, step("hot", expected, [at])),
      );
      const results = await Promise.all(rivals.map((change) => store.commit(tenant, change)));
      expect(results.filter((result) => result === "written")).toHaveLength(1);
    }
    expect(await world.counts(tenant)).toMatchObject({ jobs: 2, velocity: 1 });
  });

  test("leaves changes beside it that count other keys alone", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const changes = [
      counted(tenant, step("a", null, [1])),
      counted(tenant, step("b", 5, [1])),
      opening(makeJob(tenant)),
      counted(tenant, step("c", null, [1])),
    ];
    const results = await Promise.all(changes.map((change) => store.commit(tenant, change)));
    expect(results).toEqual(["written", "lost", "written", "written"]);
  });

  test("is forgotten once it has expired, and begins anew", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await store.commit(tenant, counted(tenant, step("a", null, [1])));
    await store.forgetVelocity(tenant, 1_000);
    expect((await store.velocityCounts(tenant, ["a"])).size).toBe(1);
    await store.forgetVelocity(tenant, 1_001);
    expect(await store.velocityCounts(tenant, ["a"])).toEqual(new Map());
    expect(await store.commit(tenant, counted(tenant, step("a", 1, [2])))).toBe("lost");
    expect(await store.commit(tenant, counted(tenant, step("a", null, [2])))).toBe("written");
  });
}

const resource = "customers/c_81";

function historyTests(world: World): void {
  const question = { agent: "billing", topic: "job.db.delete", resource, now: 0, before: null };

  test("knows nothing of an agent that never proposed", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await store.commit(tenant, opening(makeJob(tenant, { agent: "other", resource })));
    expect(await store.readHistory(tenant, question)).toEqual({
      isAgentKnown: false,
      isTargetKnown: false,
      countHour: 0,
      countDay: 0,
      recent: [],
      rejectedAt: null,
    });
  });

  test("counts the jobs of agent and topic, with their numbers, and knows what was released", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant, { resource, params: { amount: 7, to: { share: 0.5 }, pin: 1234 } });
    await store.commit(tenant, opening(job));
    const held = await store.readHistory(tenant, question);
    expect(held).toMatchObject({ isAgentKnown: false, isTargetKnown: false });
    const released = changing(job, { state: "APPROVED" });
    await store.commit(tenant, released);
    await store.commit(tenant, opening(makeJob(tenant, { topic: "job.db.read" })));
    const soon = await store.readHistory(tenant, { ...question, now: job.createdAt + 1_000 });
    expect(soon).toMatchObject({ isAgentKnown: true, isTargetKnown: true });
    expect(soon).toMatchObject({ countHour: 1, countDay: 1, rejectedAt: null });
    const numbers = { "params.amount": 7, "params.to.share": 0.5 };
    expect(soon.recent).toEqual([
      { state: "APPROVED", updatedAt: released.job?.updatedAt, numbers },
    ]);
    const before = await store.readHistory(tenant, { ...question, before: job.createdAt });
    expect(before).toMatchObject({ isAgentKnown: false, isTargetKnown: false, recent: [] });
    const later = await store.readHistory(tenant, {
      ...question,
      resource: "customers/c_82",
      now: job.createdAt + 3_600_001,
    });
    expect(later).toMatchObject({ isTargetKnown: false, countHour: 0, countDay: 1 });
  });

  test("tells a rejection by people from one by policy", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [byPolicy, byPerson] = [makeJob(tenant), makeJob(tenant)];
    const rejected = (kind: "policy" | "person") => ({
      kind: "rejected" as const,
      by: { kind, id: "x" },
      byName: null,
      reason: 'he said "by":{"kind":"person"}',
      code: null,
      at: 5,
    });
    const ends = { state: "REJECTED", dueAt: null } as const;
    await store.commit(tenant, opening(byPolicy));
    await store.commit(tenant, changing(byPolicy, { ...ends, resolution: rejected("policy") }));
    expect((await store.readHistory(tenant, question)).rejectedAt).toBeNull();
    await store.commit(tenant, opening(byPerson));
    const change = changing(byPerson, { ...ends, resolution: rejected("person") });
    await store.commit(tenant, change);
    const { rejectedAt } = await store.readHistory(tenant, question);
    expect(rejectedAt).toBe(change.job?.updatedAt);
  });
}

function toolTests(world: World): void {
  const changed = (tenant: string) => makeEvent(tenant, "tools.changed");

  test("keeps every state of the registry, and names the active one in the bundle", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [policy, next] = [makePolicy("one"), makePolicy("two")];
    const tools = makeTools("tools");
    expect(await store.activateTools(tenant, tools, policy.digest, changed(tenant))).toBe(false);
    await store.activatePolicy(tenant, policy, null, makeEvent(tenant, "policy.activated"));
    expect(await store.activateTools(tenant, tools, policy.digest, changed(tenant))).toBe(true);
    const bundle = `${policy.digest}+tools:${tools.digest}`;
    expect(await store.activePolicy(tenant)).toMatchObject({ digest: policy.digest, bundle });
    expect(await store.findTools(tenant, tools.digest)).toEqual(tools);
    expect(await store.findTools(tenant, "sha256:none")).toBeNull();
    await store.activatePolicy(tenant, next, null, makeEvent(tenant, "policy.activated"));
    const after = `${next.digest}+tools:${tools.digest}`;
    expect(await store.activePolicy(tenant)).toMatchObject({ bundle: after });
    expect(await store.activateTools(tenant, null, bundle, changed(tenant))).toBe(false);
    expect(await store.activateTools(tenant, null, after, changed(tenant))).toBe(true);
    expect(await store.activePolicy(tenant)).toMatchObject({ bundle: next.digest });
  });

  test("makes a commit that was bound to the bundle before lose", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const policy = makePolicy("one");
    await store.activatePolicy(tenant, policy, null, makeEvent(tenant, "policy.activated"));
    const bound = { bundle: policy.digest };
    expect(await store.commit(tenant, opening(makeJob(tenant), bound))).toBe("written");
    await store.activateTools(tenant, makeTools("tools"), policy.digest, changed(tenant));
    expect(await store.commit(tenant, opening(makeJob(tenant), bound))).toBe("lost");
  });

  test("finds the job that is the remediation of another", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    await store.commit(tenant, opening(job));
    expect((await store.findJob(tenant, job.id))?.remediatedBy).toBeNull();
    const remedy = { ...makeJob(tenant), remediates: job.id };
    await store.commit(tenant, opening(remedy));
    expect((await store.findJob(tenant, job.id))?.remediatedBy).toBe(remedy.id);
    expect((await store.findJob(tenant, remedy.id))?.file.job).toEqual(remedy);
  });
}
