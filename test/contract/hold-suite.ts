// The contract of what storage knows of holds: rejections that a proposal is compared with, blind ones, pairs, links.

import { describe, expect, test } from "vitest";
import type { Job, Resolution } from "@holdpoint/core/job/job";
import type { Store } from "@holdpoint/server/storage/store";
import { changing, ids, type JobWish, makeJob, makeReview, opening } from "./sample.ts";
import type { World } from "./world.ts";

export function holdSuite(world: World): void {
  describe("what is known of holds", () => {
    memoryTests(world);
    blindTests(world);
    pairTests(world);
    linkTests(world);
    runTests(world);
  });
}

function resolved(kind: Resolution["kind"], at: number, code: string | null = null): Resolution {
  return { kind, by: { kind: "person", id: "ada" }, byName: null, reason: "no", code, at };
}

async function rejected(store: Store, tenant: string, wish: JobWish = {}): Promise<Job> {
  const job = makeJob(tenant, wish);
  await store.commit(tenant, opening(job));
  const change = changing(job, { state: "REJECTED", resolution: resolved("rejected", 1) });
  expect(await store.commit(tenant, change)).toBe("written");
  if (change.job === null) throw new Error("a change has its job");
  return change.job;
}

function memoryTests(world: World): void {
  test("reads rejections of one topic since an instant, the newest first", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const first = await rejected(store, tenant);
    const second = await rejected(store, tenant);
    await rejected(store, tenant, { topic: "job.db.write" });
    await store.commit(tenant, opening(makeJob(tenant)));
    const since = (at: number, limit = 50): Promise<readonly string[]> =>
      store
        .rejectionsOf(tenant, first.action.topic, at, limit)
        .then((jobs) => jobs.map(({ id }) => id));
    expect(await since(first.updatedAt)).toEqual([second.id, first.id]);
    expect(await since(first.updatedAt, 1)).toEqual([second.id]);
    expect(await since(first.updatedAt + 1)).toEqual([second.id]);
    expect(await since(second.updatedAt + 1)).toEqual([]);
    expect(await store.rejectionsOf(await world.tenant(), first.action.topic, 0, 50)).toEqual([]);
  });

  test("finds the last rejection of the very action, whatever was rejected since", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const first = await rejected(store, tenant);
    const last = await rejected(store, tenant);
    await rejected(store, tenant, { params: { another: true } });
    await rejected(store, tenant, { topic: "job.db.write" });
    const found = (since: number, action = first.action): Promise<string | undefined> =>
      store.rejectionOf(tenant, action, since).then((job) => job?.id);
    expect(await found(first.updatedAt)).toBe(last.id);
    expect(await found(last.updatedAt + 1)).toBeUndefined();
    expect(await found(0, { ...first.action, params: {} })).toBeUndefined();
    expect(await store.rejectionOf(await world.tenant(), first.action, 0)).toBeNull();
  });

  test("loses a proposal that was not compared with a rejection of its topic", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const blank = { since: 1, known: [] };
    expect(await store.commit(tenant, opening(makeJob(tenant), { memory: blank }))).toBe("written");
    const before = await rejected(store, tenant);
    const counts = await world.counts(tenant);
    expect(await store.commit(tenant, opening(makeJob(tenant), { memory: blank }))).toBe("lost");
    expect(await world.counts(tenant)).toEqual(counts);
    const elsewhere = makeJob(tenant, { topic: "job.db.write" });
    expect(await store.commit(tenant, opening(elsewhere, { memory: blank }))).toBe("written");
    for (const memory of [
      { since: 1, known: [before.id] },
      { since: before.updatedAt + 1, known: [] },
      null,
    ]) {
      expect(await store.commit(tenant, opening(makeJob(tenant), { memory }))).toBe("written");
    }
  });

  test("of many at once loses those alone that were not compared", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const before = await rejected(store, tenant);
    const commits = Array.from({ length: 12 }, (_, index) => {
      const known = index % 2 === 0 ? [before.id] : [];
      return store.commit(tenant, opening(makeJob(tenant), { memory: { since: 1, known } }));
    });
    const results = await Promise.all(commits);
    expect(results).toEqual(results.map((_, index) => (index % 2 === 0 ? "written" : "lost")));
  });
}

function blindTests(world: World): void {
  test("finds open holds that are blind, with their votes", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const plain = makeJob(tenant);
    const requirement = { kind: "any", name: "", count: 2, denyCount: 1, after: null } as const;
    const requirements = [{ ...requirement, blind: true }];
    const blind = { ...makeJob(tenant), decision: { ...plain.decision, requirements } };
    const over: Job = { ...makeJob(tenant), decision: blind.decision, state: "REJECTED" };
    for (const job of [plain, blind, over]) await store.commit(tenant, opening(job));
    const review = makeReview(blind);
    await store.commit(tenant, changing(blind, {}, { review }));
    const ofAll = [plain.id, blind.id, over.id];
    const files = await store.blindHolds(tenant, ofAll);
    expect(files.map(({ job }) => job.id)).toEqual([blind.id]);
    expect(files[0]?.reviews.map(({ id }) => id)).toEqual([review.id]);
    expect(await store.blindHolds(tenant, [])).toEqual([]);
    expect(await store.blindHolds(await world.tenant(), ofAll)).toEqual([]);
  });
}

function pairTests(world: World): void {
  test("names who together released the last hold of a rule, overrides and single ones aside", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const release = async (at: number, approvers: string[], code?: string): Promise<void> => {
      const job = makeJob(tenant, { rule: "pairs" });
      await store.commit(tenant, opening(job));
      const grant = { id: ids.grant(), issuedAt: at, expiresAt: at + 1, approvers };
      const resolution = resolved("approved", at, code ?? null);
      await store.commit(tenant, changing(job, { state: "APPROVED", grant, resolution }));
    };
    expect(await store.lastPairOf(tenant, "pairs")).toEqual([]);
    await release(20, ["ada", "bob"]);
    await release(10, ["cyd", "dan"]);
    await release(30, ["eve"]);
    await release(40, ["fay", "gus"], "override");
    expect(await store.lastPairOf(tenant, "pairs")).toEqual(["ada", "bob"]);
    expect(await store.lastPairOf(tenant, "other")).toEqual([]);
  });
}

function linkTests(world: World): void {
  test("finds the newest job in the place of another, and pages that can be gone on from anywhere", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const before = await rejected(store, tenant);
    const found = async (): Promise<unknown> =>
      (await store.findJob(tenant, before.id))?.replacedBy;
    expect(await found()).toBeNull();
    const jobs = [1, 2, 3].map(() => ({ ...makeJob(tenant), replaces: before.id }));
    for (const job of jobs) await store.commit(tenant, opening(job));
    expect(await found()).toBe(jobs[2]?.id);
    const filter = {
      includeResolved: false,
      state: null,
      rule: null,
      topic: null,
      agent: null,
      risk: null,
      text: null,
      isNewestFirst: false,
      limit: 10,
      after: null,
    };
    const page = await store.listApprovals(tenant, filter);
    const after = page.positions[0] ?? null;
    const rest = await store.listApprovals(tenant, { ...filter, after });
    expect(rest.jobs.map(({ id }) => id)).toEqual(jobs.slice(1).map(({ id }) => id));
  });
}

function runTests(world: World): void {
  test("reads the open holds of an agent's run by its very name, the oldest first", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const open = async (run: string | null, agent = "bot"): Promise<Job> => {
      const made = makeJob(tenant, { agent });
      const { action } = made;
      const job = { ...made, action: { ...action, actor: { ...action.actor, run } } };
      await store.commit(tenant, opening(job));
      return job;
    };
    const name = `run "1" \\ é`;
    const first = await open(name);
    const over = await open(name);
    await store.commit(
      tenant,
      changing(over, { state: "REJECTED", resolution: resolved("rejected", 1) }),
    );
    await open(`${name}2`);
    await open(null);
    await open(name, "other-bot");
    const second = await open(name);
    const found = (run: string, limit = 10): Promise<readonly string[]> =>
      store.heldOfRun(tenant, "bot", run, limit).then((jobs) => jobs.map(({ id }) => id));

    expect(await found(name)).toEqual([first.id, second.id]);
    expect(await found(name, 1)).toEqual([first.id]);
    expect(await found("run")).toEqual([]);
    expect(await store.heldOfRun(await world.tenant(), "bot", name, 10)).toEqual([]);
  });

  test("a run whose name stands in the parameters of another is not that run", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const other = makeJob(tenant, { params: { note: { run: "r-1" } } });
    await store.commit(tenant, opening(other));

    const { agent } = other.action.actor;
    expect(await store.heldOfRun(tenant, agent, "r-1", 10)).toEqual([]);

    // However many look like it, the run's own are found behind them.
    for (let count = 0; count < 3; count += 1) {
      const lookalike = makeJob(tenant, { params: { note: { run: "r-1" } } });
      await store.commit(tenant, opening(lookalike));
    }
    const { action } = makeJob(tenant);
    const own = {
      ...makeJob(tenant),
      action: { ...action, actor: { ...action.actor, run: "r-1" } },
    };
    await store.commit(tenant, opening(own));
    const found = await store.heldOfRun(tenant, agent, "r-1", 2);
    expect(found.map(({ id }) => id)).toEqual([own.id]);
  });
}
