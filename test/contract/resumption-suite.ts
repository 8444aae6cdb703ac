// The contract of suspended runs: an answer always reaches its run, a run has one worker at a time, and nothing is half written.

import { createHash, randomBytes } from "node:crypto";
import { resumptionAttemptsMax } from "@holdpoint/core/base/limits";
import { refuse } from "@holdpoint/core/base/result";
import type { Job } from "@holdpoint/core/job/job";
import { armed, type Resumption } from "@holdpoint/core/job/resumption";
import type { ClaimRuns } from "@holdpoint/server/storage/resumptions";
import { describe, expect, test } from "vitest";
import { changing, makeEvent, makeJob, makeMessage, opening } from "./sample.ts";
import type { World } from "./world.ts";

const now = 1_000;
const until = 61_000;
const untold = { events: [], outbox: [] };

export function resumptionSuite(world: World): void {
  describe("suspended runs", () => {
    addTests(world);
    stepTests(world);
    moveTests(world);
    claimTests(world);
    changeTests(world);
    strandedTests(world);
  });
}

let made = 0;

interface Given {
  readonly tenant: string;
  readonly jobs: readonly Job[];
  readonly run: Resumption;
}

function makeRun(jobs: readonly Job[], wish: Partial<Resumption> = {}): Resumption {
  made += 1;
  const ids = jobs.map(({ id }) => id);
  return {
    id: `run-${made}`,
    agent: "billing",
    queue: "default",
    thread: "t-1",
    namespace: "",
    checkpoint: `state-${made}`,
    digest: `sha256:${createHash("sha256").update(String(made)).digest("hex")}`,
    run: null,
    mode: "all",
    state: "waiting",
    jobs: ids,
    open: ids,
    settled: [],
    claimed: [],
    handed: [],
    attempts: 0,
    fence: 0,
    worker: null,
    dueAt: null,
    lastError: null,
    createdAt: now,
    updatedAt: now,
    endedAt: null,
    ...wish,
  };
}

async function keepState(world: World, tenant: string, run: Resumption): Promise<void> {
  const { agent, thread, namespace, checkpoint: id, digest } = run;
  const head = { agent, thread, namespace, id, digest, run: null, parent: null, step: null };
  const more = { codec: "json", bytes: 1, forkedFrom: null, createdAt: now, expiresAt: until };
  const row = { ...head, ...more, sealed: randomBytes(40) };
  await world.place().store.keepCheckpoint(tenant, row, false);
}

/** So many holds, each bound to a run that waits for them. */
async function given(world: World, count: number, wish: Partial<Resumption> = {}): Promise<Given> {
  const { store } = world.place();
  const tenant = await world.tenant();
  const opened = Array.from({ length: count }, () => makeJob(tenant));
  for (const job of opened) await store.commit(tenant, opening(job));
  const run = makeRun(opened, wish);
  await keepState(world, tenant, run);
  await store.addResumption(tenant, run);
  const jobs: Job[] = [];
  for (const job of opened) {
    const change = changing(job, { resumption: run.id });
    await store.commit(tenant, { ...change, before: job });
    if (change.job !== null) jobs.push(change.job);
  }
  return { tenant, jobs, run };
}

function answering(job: Job, state: Job["state"] = "APPROVED") {
  return { ...changing(job, { state }), before: job };
}

function terms(more: Partial<ClaimRuns> = {}): ClaimRuns {
  const place = { agent: "billing", queues: ["default"], thread: null, id: null };
  return { ...place, worker: "w", now: Number.MAX_SAFE_INTEGER - 1, until, limit: 8, ...more };
}

function addTests(world: World): void {
  test("are kept as they are, once: another of the same id gives the first", async () => {
    const { tenant, run } = await given(world, 2);
    const { store } = world.place();
    expect(await store.findResumption(tenant, run.id)).toEqual(run);
    const again = await store.addResumption(tenant, { ...run, mode: "first" });
    expect(again).toEqual(run);
  });

  test("need their checkpoint, with the digest that they name", async () => {
    const { tenant, run } = await given(world, 1);
    const { store } = world.place();
    const other = { ...run, id: "run-other", digest: `sha256:${"0".repeat(64)}` };
    expect(await store.addResumption(tenant, other)).toBeNull();
    expect(await store.addResumption(tenant, { ...run, id: "run-gone", thread: "t-9" })).toBeNull();
    expect(await store.findResumption(tenant, "run-other")).toBeNull();
  });

  test("are not there for another tenant", async () => {
    const { run } = await given(world, 1);
    const { store } = world.place();
    const stranger = await world.tenant();
    expect(await store.findResumption(stranger, run.id)).toBeNull();
    expect((await store.claimResumptions(stranger, terms())).runs).toEqual([]);
  });

  test("are listed newest first, by state, agent and thread, page by page", async () => {
    const { tenant, run } = await given(world, 1);
    const { store } = world.place();
    const more = makeRun([], { thread: "t-2", state: "dead" });
    await keepState(world, tenant, more);
    await store.addResumption(tenant, more);
    const all = { state: null, agent: null, thread: null, limit: 1, after: null };
    const first = await store.listResumptions(tenant, all);
    expect(first.runs.map(({ id }) => id)).toEqual([more.id]);
    const second = await store.listResumptions(tenant, { ...all, after: first.nextAfter });
    expect(second).toMatchObject({ runs: [{ id: run.id }], nextAfter: null });
    for (const wish of [{ state: "dead" as const }, { thread: "t-2" }]) {
      const page = await store.listResumptions(tenant, { ...all, ...wish, limit: 8 });
      expect(page.runs.map(({ id }) => id)).toEqual([more.id]);
    }
    const none = await store.listResumptions(tenant, { ...all, agent: "nobody" });
    expect(none).toEqual({ runs: [], nextAfter: null });
  });
}

function stepTests(world: World): void {
  test("become due with the answer that completes what they wait for", async () => {
    for (const [mode, dueAfter] of [
      ["all", 2],
      ["each", 1],
      ["first", 1],
    ] as const) {
      const { tenant, jobs, run } = await given(world, 2, { mode });
      const { store } = world.place();
      let answered = 0;
      for (const job of jobs) {
        const change = answering(job, answered === 0 ? "REJECTED" : "APPROVED");
        expect(await store.commit(tenant, change)).toBe("written");
        answered += 1;
        const after = await store.findResumption(tenant, run.id);
        expect(after?.settled).toEqual(jobs.slice(0, answered).map(({ id }) => id));
        expect(after?.open).toEqual(jobs.slice(answered).map(({ id }) => id));
        expect(after?.dueAt !== null).toBe(answered >= dueAfter);
      }
    }
  });

  test("get all answers that are written in one flush", async () => {
    const { tenant, jobs, run } = await given(world, 12);
    const { store } = world.place();
    const written = await Promise.all(jobs.map((job) => store.commit(tenant, answering(job))));
    expect(new Set(written)).toEqual(new Set(["written"]));
    const after = await store.findResumption(tenant, run.id);
    expect(new Set(after?.settled)).toEqual(new Set(run.jobs));
    expect(after).toMatchObject({ open: [], state: "waiting" });
    expect(after?.dueAt).not.toBeNull();
  });

  test("do not get an answer whose change was lost, nor one twice", async () => {
    const { tenant, jobs, run } = await given(world, 2);
    const { store } = world.place();
    const [job] = jobs;
    if (job === undefined) throw new Error("no job");
    const stale = { ...answering(job), expected: job.revision + 5 };
    expect(await store.commit(tenant, stale)).toBe("lost");
    expect(await store.findResumption(tenant, run.id)).toEqual(run);
    expect(await store.commit(tenant, answering(job))).toBe("written");
    expect(await store.commit(tenant, answering(job, "REJECTED"))).toBe("lost");
    expect((await store.findResumption(tenant, run.id))?.settled).toEqual([job.id]);
  });

  test("get an answer while a worker has them, and keep the end of its lease", async () => {
    const { tenant, jobs, run } = await given(world, 2, { mode: "each" });
    const { store } = world.place();
    const [first, second] = jobs;
    if (first === undefined || second === undefined) throw new Error("no jobs");
    await store.commit(tenant, answering(first));
    const { runs } = await store.claimResumptions(tenant, terms());
    expect(runs[0]).toMatchObject({ id: run.id, claimed: [first.id], dueAt: until });
    await store.commit(tenant, answering(second));
    expect(await store.findResumption(tenant, run.id)).toMatchObject({
      state: "claimed",
      settled: [first.id, second.id],
      claimed: [first.id],
      dueAt: until,
    });
  });
}

function moveTests(world: World): void {
  test("are over when the last call that they wait for moves to another run", async () => {
    const { tenant, jobs, run } = await given(world, 1);
    const { store } = world.place();
    const [job] = jobs;
    if (job === undefined) throw new Error("no job");
    const later = makeRun([job]);
    await keepState(world, tenant, later);
    await store.addResumption(tenant, later);
    const moving = { ...changing(job, { resumption: later.id }), before: job };
    await store.commit(tenant, moving);
    const left = await store.findResumption(tenant, run.id);
    expect(left).toMatchObject({ state: "cancelled", open: [], settled: [], dueAt: null });
    expect(left?.endedAt).not.toBeNull();
    if (moving.job === null) throw new Error("no job");
    await store.commit(tenant, answering(moving.job));
    expect((await store.findResumption(tenant, later.id))?.settled).toEqual([job.id]);
    expect((await store.findResumption(tenant, run.id))?.settled).toEqual([]);
  });

  test("become due when what is left of their calls has its answer", async () => {
    const { tenant, jobs, run } = await given(world, 2);
    const { store } = world.place();
    const [first, second] = jobs;
    if (first === undefined || second === undefined) throw new Error("no jobs");
    await store.commit(tenant, answering(first));
    const moving = { ...changing(second, { resumption: null }), before: second };
    await store.commit(tenant, moving);
    const after = await store.findResumption(tenant, run.id);
    expect(after).toMatchObject({ state: "waiting", open: [], settled: [first.id] });
    expect(after?.dueAt).not.toBeNull();
  });
}

function claimTests(world: World): void {
  const due = { state: "waiting", dueAt: now, open: [], settled: ["j"] } as const;

  test("are claimed when they are due, by agent, queue, thread and id", async () => {
    const { tenant, run } = await given(world, 0, { ...due, jobs: ["j"], queue: "q", thread: "t" });
    const { store } = world.place();
    const wrong: Partial<ClaimRuns>[] = [
      { queues: ["default"] },
      { queues: ["q"], agent: "other" },
      { queues: ["q"], thread: "other" },
      { queues: ["q"], id: "other" },
      { queues: ["q"], now: now - 1 },
    ];
    for (const more of wrong) {
      expect((await store.claimResumptions(tenant, terms(more))).runs).toEqual([]);
    }
    const early = await store.claimResumptions(tenant, terms({ queues: ["q"], now: now - 1 }));
    expect(early.nextDueAt).toBe(now);
    const right = terms({ queues: ["x", "q"], thread: "t", now, worker: "w-7" });
    const { runs } = await store.claimResumptions(tenant, right);
    expect(runs).toMatchObject([
      { id: run.id, state: "claimed", fence: 1, attempts: 1, worker: "w-7", dueAt: until },
    ]);
  });

  test("are claimed one by one with the message for when that comes to nothing, or not at all", async () => {
    const { tenant, run } = await given(world, 0, due);
    const { store } = world.place();
    const before = await world.counts(tenant);
    const message = makeMessage(null);
    const one = terms({ id: run.id, now });
    const failing = { ...one, outbox: () => [message, message] };
    await expect(store.claimResumptions(tenant, failing)).rejects.toThrow();
    expect(await store.findResumption(tenant, run.id)).toEqual(run);
    expect(await world.counts(tenant)).toEqual(before);
    const outbox = ({ fence }: Resumption) => (fence === 1 ? [message] : []);
    const { runs } = await store.claimResumptions(tenant, { ...one, outbox });
    expect(runs).toMatchObject([{ id: run.id, fence: 1 }]);
    expect((await world.counts(tenant))["outbox"]).toBe((before["outbox"] ?? 0) + 1);
    expect((await store.claimResumptions(tenant, { ...one, outbox })).runs).toEqual([]);
    expect((await world.counts(tenant))["outbox"]).toBe((before["outbox"] ?? 0) + 1);
  });

  test("have one worker at a time, however many ask", async () => {
    const { tenant } = await given(world, 0, due);
    const { store } = world.place();
    for (let more = 0; more < 9; more += 1) {
      const run = makeRun([], due);
      await keepState(world, tenant, run);
      await store.addResumption(tenant, run);
    }
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        store.claimResumptions(tenant, terms({ now, worker: `w-${at}`, limit: 3 })),
      ),
    );
    let ids = claims.flatMap(({ runs }) => runs.map(({ id }) => id));
    // Those that were looked at by two at once are left to one of them, who may have had enough.
    const rest = await store.claimResumptions(tenant, terms({ now, limit: 16 }));
    ids = [...ids, ...rest.runs.map(({ id }) => id)];
    expect(ids).toHaveLength(10);
    expect(new Set(ids).size).toBe(10);
  });

  test("are claimed again once the lease is over, with a new fence, and not after the last attempt", async () => {
    const { tenant, run } = await given(world, 0, due);
    const { store } = world.place();
    let at = now;
    for (let attempt = 1; attempt <= resumptionAttemptsMax; attempt += 1) {
      const early = terms({ now: at - 1, until: at + 100 });
      if (attempt > 1) expect((await store.claimResumptions(tenant, early)).runs).toEqual([]);
      const { runs } = await store.claimResumptions(tenant, terms({ now: at, until: at + 100 }));
      expect(runs[0]).toMatchObject({ id: run.id, fence: attempt, attempts: attempt });
      at += 100;
    }
    expect((await store.claimResumptions(tenant, terms({ now: at }))).runs).toEqual([]);
    const stranded = await store.strandedResumptions(tenant, at, 8);
    expect(stranded.runs.map(({ id }) => id)).toEqual([run.id]);
  });
}

function changeTests(world: World): void {
  test("are changed with their events and messages, or not at all", async () => {
    const { tenant, run } = await given(world, 1);
    const { store } = world.place();
    const before = await world.counts(tenant);
    const told = { events: [makeEvent(tenant, "run.dead")], outbox: [makeMessage(null)] };
    const refused = await store.changeResumption(tenant, run.id, () =>
      refuse("resumption_lost", "not this one"),
    );
    expect(refused).toMatchObject({ ok: false, code: "resumption_lost" });
    expect(await world.counts(tenant)).toEqual(before);
    const failing = { events: told.events, outbox: [...told.outbox, ...told.outbox] };
    await expect(
      store.changeResumption(tenant, run.id, (row) => {
        const next = { ...row, state: "dead" as const };
        return { ok: true, next, told: failing };
      }),
    ).rejects.toThrow();
    expect(await store.findResumption(tenant, run.id)).toEqual(run);
    expect(await world.counts(tenant)).toEqual(before);
    const next: Resumption = {
      ...run,
      state: "dead",
      ...{ settled: ["a"], claimed: ["b"], handed: ["c"], open: ["d"], worker: "w" },
      ...{ attempts: 3, fence: 4, dueAt: 5, lastError: "it broke", updatedAt: 6, endedAt: 7 },
    };
    await store.changeResumption(tenant, run.id, () => ({ ok: true, next, told }));
    expect(await store.findResumption(tenant, run.id)).toEqual(next);
    const after = await world.counts(tenant);
    expect(after["outbox"]).toBe((before["outbox"] ?? 0) + 1);
    expect(after["audit_events"]).toBe((before["audit_events"] ?? 0) + 1);
    expect(await store.changeResumption(tenant, "run-none", () => ({ ok: true, next, told }))).toBe(
      null,
    );
  });

  test("lose no answer that comes while they are bound, in any order", async () => {
    const { store } = world.place();
    for (let round = 0; round < 25; round += 1) {
      const { tenant, jobs, run } = await given(world, 2, { state: "arming", dueAt: until });
      const arming = store.changeResumption(tenant, run.id, (row, bound) => ({
        ok: true,
        next: armed(row, bound, now),
        told: untold,
      }));
      const answers = jobs.map((job) => store.commit(tenant, answering(job)));
      const [result, ...written] = await Promise.all([arming, ...answers]);
      expect(written).toEqual(["written", "written"]);
      expect(result?.ok).toBe(true);
      const after = await store.findResumption(tenant, run.id);
      expect(after).toMatchObject({ state: "waiting", open: [] });
      expect([...(after?.settled ?? [])].toSorted()).toEqual([...run.jobs].toSorted());
      expect(after?.dueAt).not.toBeNull();
    }
  });

  test("are found by their agent until they are over", async () => {
    const { tenant, run } = await given(world, 1);
    const { store } = world.place();
    expect(await store.openResumptionsOf(tenant, "billing", 8)).toEqual([run]);
    expect(await store.openResumptionsOf(tenant, "other", 8)).toEqual([]);
    await store.changeResumption(tenant, run.id, (row) => {
      return { ok: true, next: { ...row, state: "cancelled", endedAt: now }, told: untold };
    });
    expect(await store.openResumptionsOf(tenant, "billing", 8)).toEqual([]);
  });
}

function strandedTests(world: World): void {
  test("are stranded when their suspension was cut short, and not before their time", async () => {
    const { tenant, run } = await given(world, 1, { state: "arming", dueAt: until });
    const { store } = world.place();
    const early = await store.strandedResumptions(tenant, until - 1, 8);
    expect(early).toEqual({ runs: [], nextAt: until });
    const late = await store.strandedResumptions(tenant, until, 8);
    expect(late).toMatchObject({ runs: [{ id: run.id }], nextAt: null });
    expect((await store.claimResumptions(tenant, terms())).runs).toEqual([]);
  });
}
