// The contract of the queue's reads: pages by keyset in both directions, filters, what is due, what is alike.

import { describe, expect, test } from "vitest";
import type { Job } from "@holdpoint/core/job/job";
import type { ApprovalFilter, Store } from "@holdpoint/server/storage/store";
import { likeOfTopic } from "@holdpoint/server/storage/job-store";
import { changing, type JobWish, makeJob, opening } from "./sample.ts";
import type { World } from "./world.ts";

const everything: ApprovalFilter = {
  includeResolved: false,
  state: null,
  rule: null,
  topic: null,
  agent: null,
  risk: null,
  text: null,
  isNewestFirst: false,
  limit: 50,
  after: null,
};

export function pageSuite(world: World): void {
  describe("the queue", () => {
    orderTests(world);
    filterTests(world);
    dueTests(world);
  });
}

async function write(store: Store, tenant: string, wishes: readonly JobWish[]): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const wish of wishes) {
    const job = makeJob(tenant, wish);
    await store.commit(tenant, opening(job));
    jobs.push(job);
  }
  return jobs;
}

async function idsOf(
  store: Store,
  tenant: string,
  filter: Partial<ApprovalFilter>,
): Promise<string[]> {
  const page = await store.listApprovals(tenant, { ...everything, ...filter });
  return page.jobs.map((job) => job.id);
}

async function walk(
  store: Store,
  tenant: string,
  filter: Partial<ApprovalFilter>,
  between: () => Promise<void> = async () => undefined,
): Promise<string[]> {
  const seen: string[] = [];
  let after: number | null = null;
  do {
    const page = await store.listApprovals(tenant, { ...everything, ...filter, after });
    seen.push(...page.jobs.map((job) => job.id));
    after = page.nextAfter;
    await between();
  } while (after !== null);
  return seen;
}

function orderTests(world: World): void {
  for (const isNewestFirst of [false, true]) {
    const order = isNewestFirst ? "newest" : "oldest";
    test(`comes page by page, ${order} first, each hold once`, async () => {
      const { store } = world.place();
      const tenant = await world.tenant();
      const jobs = await write(
        store,
        tenant,
        Array.from({ length: 11 }, () => ({})),
      );
      const written = jobs.map((job) => job.id as string);
      const wanted = isNewestFirst ? written.toReversed() : written;
      for (const limit of [1, 3, 11, 12]) {
        expect(await walk(store, tenant, { isNewestFirst, limit })).toEqual(wanted);
      }
    });
  }

  test("does not shift, neither backwards nor forwards, while holds are added", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const old = (
      await write(
        store,
        tenant,
        Array.from({ length: 6 }, () => ({})),
      )
    ).map((j) => j.id);
    let added = 0;
    const add = async (): Promise<void> => {
      if (added < 4) await write(store, tenant, [{}]);
      added += 1;
    };
    const newest = await walk(store, tenant, { isNewestFirst: true, limit: 2 }, add);
    expect(newest).toEqual(old.toReversed());
    const oldest = await walk(store, tenant, { limit: 2 }, add);
    expect(oldest.slice(0, 6)).toEqual(old);
    expect(new Set(oldest).size).toBe(oldest.length);
  });

  test("tells that there is no more when the last page is exactly full", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await write(store, tenant, [{}, {}]);
    const page = await store.listApprovals(tenant, { ...everything, limit: 2 });
    expect(page.jobs).toHaveLength(2);
    expect(page.nextAfter).toBeNull();
  });
}

function filterTests(world: World): void {
  test("shows what waits, and with the resolved ones all that ever waited", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [waits, done, free] = await write(store, tenant, [{}, {}, { kind: "allow" }]);
    if (waits === undefined || done === undefined || free === undefined) throw new Error("written");
    await store.commit(tenant, changing(done, { state: "REJECTED", dueAt: null }));
    expect(await idsOf(store, tenant, {})).toEqual([waits.id]);
    expect(await idsOf(store, tenant, { includeResolved: true })).toEqual([waits.id, done.id]);
    expect(await idsOf(store, tenant, { state: "REJECTED" })).toEqual([done.id]);
    expect(await idsOf(store, tenant, { state: "APPROVAL" })).toEqual([waits.id]);
    expect(await store.countPending(tenant, 10)).toBe(1);
  });

  test("is narrowed by rule, topic, agent, risk and words, each alone and all at once", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [wanted] = await write(store, tenant, [
      { rule: "r1", topic: "job.db.drop", agent: "a1", riskTags: ["pii"], resource: "Crm_100%" },
      { rule: "r2", topic: "job.dbxdrop", agent: "a2", riskTags: ["prod"], resource: "other" },
    ]);
    const filters: Partial<ApprovalFilter>[] = [
      { rule: "r1" },
      { topic: likeOfTopic("job.db.*") },
      { topic: "job.db.drop" },
      { agent: "a1" },
      { risk: "pii" },
      { text: "cRM_100%" },
      { text: wanted?.id ?? "" },
    ];
    for (const filter of [...filters, Object.assign({}, ...filters) as object]) {
      expect(await idsOf(store, tenant, filter)).toEqual([wanted?.id]);
    }
    expect(await idsOf(store, tenant, { topic: likeOfTopic("job.d*") })).toHaveLength(2);
    expect(await idsOf(store, tenant, { topic: likeOfTopic("job_db_drop") })).toEqual([]);
    expect(await idsOf(store, tenant, { text: "crm%" })).toEqual([]);
    expect(await idsOf(store, tenant, { rule: "r1", agent: "a2" })).toEqual([]);
  });

  test("keeps its filters on every page in both directions", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const wishes = Array.from({ length: 9 }, (_, at) => ({ agent: at % 2 === 0 ? "a1" : "a2" }));
    const jobs = await write(store, tenant, wishes);
    const wanted = jobs.filter((_, at) => at % 2 === 0).map((job) => job.id);
    expect(await walk(store, tenant, { agent: "a1", limit: 2 })).toEqual(wanted);
    const backwards = { agent: "a1", limit: 2, isNewestFirst: true };
    expect(await walk(store, tenant, backwards)).toEqual(wanted.toReversed());
  });

  test("counts what waits only up to the bound that was asked for", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await write(store, tenant, [{}, {}, {}, {}]);
    expect(await store.countPending(tenant, 3)).toBe(3);
    expect(await store.countPending(tenant, 10)).toBe(4);
  });
}

function dueTests(world: World): void {
  test("names what is due, soonest first, and when the next one will be", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    expect(await store.nextDueAt(tenant)).toBeNull();
    const dues = [3_000, 1_000, 2_000, null];
    const jobs = dues.map((dueAt) => ({ ...makeJob(tenant), dueAt }));
    for (const job of jobs) await store.commit(tenant, opening(job));
    expect(await store.nextDueAt(tenant)).toBe(1_000);
    const due = async (now: number, limit: number): Promise<readonly string[]> =>
      (await store.dueFiles(tenant, now, limit)).map(({ job }) => job.id);
    expect(await due(999, 10)).toEqual([]);
    expect(await due(2_000, 10)).toEqual([jobs[1]?.id, jobs[2]?.id]);
    expect(await due(9_000, 2)).toEqual([jobs[1]?.id, jobs[2]?.id]);
  });

  test("finds resolved holds of the same topic, newest first, and never the job itself", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [one, two, waits, other] = await write(store, tenant, [
      {},
      {},
      {},
      { topic: "job.db.drop" },
    ]);
    if (one === undefined || two === undefined || waits === undefined || other === undefined) {
      throw new Error("written");
    }
    for (const job of [one, two, other]) {
      await store.commit(tenant, changing(job, { state: "REJECTED", dueAt: null }));
    }
    const similar = await store.findSimilar(tenant, waits, 5);
    expect(similar.map((job) => job.id)).toEqual([two.id, one.id]);
    expect((await store.findSimilar(tenant, one, 5)).map((job) => job.id)).toEqual([two.id]);
    expect(await store.findSimilar(tenant, waits, 1)).toHaveLength(1);
  });
}
