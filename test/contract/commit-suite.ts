// The contract of Store.commit: compare-and-set, all or nothing, many in one flush, no harm to neighbours.

import { describe, expect, test } from "vitest";
import type { Commit } from "@holdpoint/server/storage/store";
import {
  changing,
  ids,
  makeEvent,
  makeJob,
  makeMessage,
  makePolicy,
  makeReview,
  noting,
  opening,
} from "./sample.ts";
import type { World } from "./world.ts";

export function commitSuite(world: World): void {
  describe("a commit", () => {
    insertTests(world);
    updateTests(world);
    atomicTests(world);
    flushTests(world);
  });
}

/** A change that carries one of everything. */
function whole(change: Commit): Commit {
  const { job } = change;
  if (job === null) throw new Error("a job is needed");
  const key = ids.key();
  return {
    ...change,
    review: makeReview(job),
    outbox: [makeMessage(job)],
    answer: { subject: "key_a", key, requestHash: "h", status: 200, answer: "{}", createdAt: 1 },
  };
}

function insertTests(world: World): void {
  test("writes a new job that reads back as it was written", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant, { key: "k1", params: { text: 'é "\\ \u2028 \u{1f600}', n: 0.1 } });
    expect(await store.commit(tenant, opening(job))).toBe("written");
    const found = await store.findJob(tenant, job.id);
    expect(found?.file).toEqual({ job, reviews: [] });
    expect((await store.findJobByKey(tenant, "billing", "k1"))?.file.job).toEqual(job);
    expect(await store.findJobByKey(tenant, "other", "k1")).toBeNull();
    expect(await store.findJob(tenant, "job_unknown")).toBeNull();
  });

  test("is lost on an id that is taken, whoever took it", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    await store.commit(tenant, opening(job));
    const second = makeJob(tenant, { id: job.id, agent: "other" });
    const before = await world.counts(tenant);
    expect(await store.commit(tenant, whole(opening(second)))).toBe("lost");
    expect(await world.counts(tenant)).toEqual(before);
    expect((await store.findJob(tenant, job.id))?.file.job.action.actor.agent).toBe("billing");
  });

  test("is lost on an idempotency key that the agent used, and not on another agent's", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await store.commit(tenant, opening(makeJob(tenant, { key: "same" })));
    const before = await world.counts(tenant);
    const again = makeJob(tenant, { key: "same" });
    expect(await store.commit(tenant, whole(opening(again)))).toBe("lost");
    expect(await world.counts(tenant)).toEqual(before);
    const others = makeJob(tenant, { key: "same", agent: "other" });
    expect(await store.commit(tenant, opening(others))).toBe("written");
  });

  test("lets one of two new jobs with the same key win when both are in one flush", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const pair = [makeJob(tenant, { key: "same" }), makeJob(tenant, { key: "same" })];
    const results = await Promise.all(pair.map((job) => store.commit(tenant, opening(job))));
    expect([...results].sort()).toEqual(["lost", "written"]);
    expect(await world.counts(tenant)).toMatchObject({ jobs: 1, audit_events: 1 });
  });

  test("of one tenant leaves the same id free for another", async () => {
    const { store } = world.place();
    const [one, two] = [await world.tenant(), await world.tenant()];
    const id = ids.job();
    expect(await store.commit(one, opening(makeJob(one, { id })))).toBe("written");
    expect(await store.commit(two, opening(makeJob(two, { id })))).toBe("written");
  });
}

function updateTests(world: World): void {
  test("moves a job on from the revision that it has", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    await store.commit(tenant, opening(job));
    const change = changing(job, { state: "REJECTED", dueAt: null }, { review: makeReview(job) });
    expect(await store.commit(tenant, change)).toBe("written");
    const found = await store.findJob(tenant, job.id);
    expect(found?.file.job).toEqual(change.job);
    expect(found?.file.reviews).toEqual([change.review]);
  });

  test("is lost from a revision that the job has no longer, or has not yet", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    await store.commit(tenant, opening(job));
    await store.commit(tenant, changing(job, { round: 1 }));
    const before = await world.counts(tenant);
    expect(await store.commit(tenant, whole(changing(job, { state: "REJECTED" })))).toBe("lost");
    const ahead = { ...job, revision: 7 };
    expect(await store.commit(tenant, whole(changing(ahead, { state: "REJECTED" })))).toBe("lost");
    expect(await world.counts(tenant)).toEqual(before);
    expect((await store.findJob(tenant, job.id))?.file.job).toMatchObject({
      revision: 2,
      state: "APPROVAL",
    });
  });

  test("is lost for a job that is not there", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const stranger = makeJob(tenant);
    expect(await store.commit(tenant, changing(stranger, { state: "REJECTED" }))).toBe("lost");
    expect(await world.counts(tenant)).toMatchObject({ jobs: 0, audit_events: 0 });
  });
}

function atomicTests(world: World): void {
  test("bound to a policy is lost once another one is active", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [first, second] = [makePolicy("first"), makePolicy("second")];
    await store.activatePolicy(tenant, first, null, makeEvent(tenant, "policy.activated"));
    const job = makeJob(tenant);
    expect(await store.commit(tenant, opening(job, { bundle: first.digest }))).toBe("written");
    expect((await store.findJob(tenant, job.id))?.activeBundle).toBe(first.digest);
    await store.activatePolicy(tenant, second, null, makeEvent(tenant, "policy.activated"));
    const before = await world.counts(tenant);
    const late = whole(changing(job, { state: "APPROVED" }, { bundle: first.digest }));
    expect(await store.commit(tenant, late)).toBe("lost");
    const proposal = whole(opening(makeJob(tenant), { bundle: first.digest }));
    expect(await store.commit(tenant, proposal)).toBe("lost");
    expect(await world.counts(tenant)).toEqual(before);
    expect((await store.findJob(tenant, job.id))?.activeBundle).toBe(second.digest);
  });

  test("writes review, record, payload, message and answer with the job", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const change = whole(opening(makeJob(tenant)));
    await store.commit(tenant, change);
    expect(await world.counts(tenant)).toMatchObject({
      jobs: 1,
      reviews: 1,
      audit_events: 1,
      audit_payloads: 1,
      outbox: 1,
      idempotency: 1,
    });
    const { answer, job } = change;
    const found = await store.findJob(tenant, job?.id ?? "", {
      subject: "key_a",
      key: answer?.key ?? "",
    });
    expect(found?.answer).toEqual({ requestHash: "h", status: 200, answer: "{}" });
    const other = await store.findJob(tenant, job?.id ?? "", {
      subject: "key_b",
      key: answer?.key ?? "",
    });
    expect(other?.answer).toBeNull();
  });

  test("of facts only needs no job", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const events = [makeEvent(tenant, "attempt.refused"), makeEvent(tenant, "attempt.refused")];
    expect(await store.commit(tenant, noting(...events))).toBe("written");
    expect(await world.counts(tenant)).toMatchObject({ jobs: 0, audit_events: 2 });
  });

  test("is lost when its request was answered before, and writes nothing", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const answer = { subject: "s", key: "k", requestHash: "h", status: 200, createdAt: 1 };
    const [one, two] = [makeJob(tenant), makeJob(tenant)];
    const first = await store.commit(tenant, opening(one, { answer: { ...answer, answer: "1" } }));
    const second = await store.commit(tenant, opening(two, { answer: { ...answer, answer: "2" } }));
    expect([first, second]).toEqual(["written", "lost"]);
    expect(await store.findJob(tenant, two.id)).toBeNull();
    const found = await store.findJob(tenant, one.id, { subject: "s", key: "k" });
    expect(found?.answer?.answer).toBe("1");
    await store.forgetAnswers(tenant, 2);
    const later = await store.findJob(tenant, one.id, { subject: "s", key: "k" });
    expect(later?.answer).toBeNull();
  });
}

function flushTests(world: World): void {
  test("shares a flush with hundreds of others, each written once", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const jobs = Array.from({ length: 400 }, () => makeJob(tenant));
    const results = await Promise.all(jobs.map((job) => store.commit(tenant, opening(job))));
    expect(new Set(results)).toEqual(new Set(["written"]));
    expect(await world.counts(tenant)).toMatchObject({ jobs: 400, audit_events: 400 });
  });

  test("of the same job as its neighbour in the queue is tried after it, and loses", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    await store.commit(tenant, opening(job));
    const rivals = Array.from({ length: 20 }, () => changing(job, { state: "REJECTED" }));
    const results = await Promise.all(rivals.map((change) => store.commit(tenant, change)));
    expect(results.filter((result) => result === "written")).toHaveLength(1);
    expect(await world.counts(tenant)).toMatchObject({ audit_events: 2 });
  });

  test("follows one of the same job that waits before it", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    const second = changing(job, { round: 2 });
    const third = changing(second.job ?? job, { state: "REJECTED" });
    const changes = [opening(job), second, third];
    const results = await Promise.all(changes.map((change) => store.commit(tenant, change)));
    expect(results).toEqual(["written", "written", "written"]);
    expect((await store.findJob(tenant, job.id))?.file.job).toEqual(third.job);
  });

  test("that the database refuses does not take its neighbours with it", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const good = Array.from({ length: 6 }, () => makeJob(tenant));
    const bad = makeJob(tenant, { rule: "has a \u0000 in it" });
    const order = [...good.slice(0, 3), bad, ...good.slice(3)];
    // The first flush takes one change; the others wait for it and share the next one.
    const results = await Promise.allSettled(
      [makeJob(tenant), ...order].map((job) => store.commit(tenant, opening(job))),
    );
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ code: "storage_unavailable" });
    expect(await world.counts(tenant)).toMatchObject({ jobs: 7, audit_events: 7 });
    expect(await store.findJob(tenant, bad.id)).toBeNull();
  });
}
