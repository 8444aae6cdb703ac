// Local decisions as an agent lives them: the SDK against the real server, with what the server keeps of them.

import { getEventListeners } from "node:events";
import path from "node:path";
import { Holdpoint, type JobView } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type LocalWorld, openLocalWorld } from "./local-world.ts";

let world: LocalWorld;

beforeAll(async () => {
  world = await openLocalWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

async function jobs(topic: string): Promise<JobView[]> {
  const { store } = world.server.engine;
  const events = await store.listEvents("default", {
    jobId: null,
    type: "job.proposed",
    isNewestFirst: true,
    limit: 200,
    after: null,
  });
  const hp = new Holdpoint({ url: world.url });
  const all = await Promise.all(events.map(({ jobId }) => hp.job(jobId ?? "")));
  return all.filter(({ action }) => action.topic === topic);
}

/** For news that travel in milliseconds, on a machine that has much else to do. */
const patience = { timeout: 20_000 };

const noCall = (calls: readonly string[]): string[] =>
  calls.filter((call) => call.startsWith("POST") && !call.endsWith("/decisions/local"));

describe("an action that policy surely allows", () => {
  test("nothing is left behind on the signal of whoever waited until it can be decided", async () => {
    const { hp } = world.client();
    const { signal } = new AbortController();
    await hp.local?.ready({ signal });
    expect(hp.local?.status().isReady).toBe(true);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("runs without a call to the server, and its record is there after the flush", async () => {
    const { hp, calls, problems } = world.client();
    await hp.local?.ready();
    const seen: string[] = [];
    const read = hp.guard(
      ({ id }: { id: string }, { job }) => {
        seen.push(job.job.id);
        return { id, rows: 3 };
      },
      { topic: "job.db.read", effectOf: () => ({ rows: 3 }), summary: () => "read" },
    );
    expect(await read({ id: "a" })).toEqual({ id: "a", rows: 3 });
    expect(noCall(calls)).toEqual([]);
    expect(hp.local?.status()).toMatchObject({ isReady: true, decided: 1 });
    await hp.local?.flush();
    const [job] = await jobs("job.db.read");
    expect(job?.job).toMatchObject({ id: seen[0], state: "SUCCEEDED" });
    expect(job).toMatchObject({
      decision: "ALLOW",
      policy_rule_id: "reads",
      outcome: { status: "SUCCEEDED", summary: "read", effect: { rows: 3 } },
      grant: null,
    });
    expect(problems).toEqual([]);
    expect(hp.local?.status().waitingBytes).toBe(0);
    hp.close();
  });

  test("that fails is recorded as failed, and the tool's error reaches the caller", async () => {
    const { hp } = world.client();
    await hp.local?.ready();
    const fail = (): never => {
      throw new Error("disk on fire");
    };
    await expect(hp.guard(fail, { topic: "job.note.add" })({})).rejects.toThrow("disk on fire");
    await hp.local?.flush();
    const [job] = await jobs("job.note.add");
    expect(job).toMatchObject({ job: { state: "FAILED" }, decision: "LOG" });
    expect(job?.outcome?.summary).toContain("disk on fire");
    hp.close();
  });

  test("runs while the server is away, and what was recorded is sent when it is back", async () => {
    await using own = await openLocalWorld();
    const { hp, problems } = own.client();
    await hp.local?.ready();
    await own.stop();
    const read = hp.guard(({ n }: { n: number }) => n, { topic: "job.offline.read" });
    for (let n = 0; n < 300; n += 1) expect(await read({ n })).toBe(n);
    expect(hp.local?.status().waitingBytes).toBeGreaterThan(100_000);
    await own.start();
    await hp.local?.flush();
    const { store } = own.server.engine;
    const filter = {
      jobId: null,
      type: "job.succeeded",
      isNewestFirst: false,
      limit: 500,
      after: null,
    };
    expect((await store.listEvents("default", filter)).length).toBe(300);
    expect(problems.filter(({ kind }) => kind === "mismatch")).toEqual([]);
  });
});

describe("the server decides", () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["what is bounded", { topic: "job.mail.send" }, {}],
    ["a call with a name of its own", { topic: "job.db.read" }, { agent: { run: "r", call: "c" } }],
    ["a call with a key", { topic: "job.db.read" }, { idempotencyKey: "k" }],
    ["large parameters", { topic: "job.db.read", labels: "large" }, {}],
  ])("%s", async (_what, { topic }, call) => {
    const { hp, calls } = world.client();
    await hp.local?.ready();
    const text = _what === "large parameters" ? "x".repeat(10_000) : "";
    await hp.guard(() => 1, { topic: String(topic) })({ text }, {}, call);
    expect(noCall(calls)[0]).toBe("POST /api/v1/actions");
    expect(hp.local?.status().decided).toBe(0);
    hp.close();
  });

  test("what it holds: the guard waits for people as ever", async () => {
    const { hp } = world.client();
    await hp.local?.ready();
    const refund = hp.guard(() => "paid", {
      topic: "job.pay.refund",
      describe: ({ amount }: { amount: number }) => ({ cost: { amount, currency: "USD" } }),
    });
    expect(await refund({ amount: 20 })).toBe("paid");
    expect(hp.local?.status().decided).toBe(1);
    const held = deferred();
    const paid = refund({ amount: 80 }, {}, { onProposed: held.resolve });
    const { job, job_hash: hash } = await held.promise;
    expect(job.state).toBe("APPROVAL");
    await review(job.id, "approve", hash);
    expect(await paid).toBe("paid");
    hp.close();
  });

  test("a topic from the moment that people rejected something in it", async () => {
    const { hp } = world.client();
    await hp.local?.ready();
    const refund = hp.guard(() => "paid", {
      topic: "job.pay.refund",
      describe: ({ amount }: { amount: number }) => ({ cost: { amount, currency: "USD" } }),
    });
    expect(await refund({ amount: 50 })).toBe("paid");
    expect(hp.local?.status().decided).toBe(1);
    const held = await hp.propose({
      topic: "job.pay.refund",
      params: { amount: 51 },
      cost: { amount: 51, currency: "USD" },
    });
    await review(held.job.id, "reject", held.job_hash);
    await vi.waitFor(async () => {
      const near = deferred();
      void refund({ amount: 50 }, {}, { onProposed: near.resolve }).catch(() => undefined);
      expect((await near.promise).job.state).toBe("APPROVAL");
    }, patience);
    hp.close();
  });

  test("by the new policy, moments after it was published", async () => {
    await using own = await openLocalWorld();
    const { hp } = own.client();
    await hp.local?.ready();
    const read = hp.guard(() => 1, { topic: "job.db.read" });
    expect(await read({})).toBe(1);
    await own.publish(`version: v1\nrules:\n  - { id: stop, decision: deny, reason: closed }\n`);
    await vi.waitFor(() => expect(read({})).rejects.toThrow(/closed/), patience);
    // What ran before the news arrived is the lease's, and no mismatch.
    await hp.local?.flush();
    const hpPlain = new Holdpoint({ url: own.url });
    expect(await hpPlain.request({ method: "GET", path: "/governance?state=open" })).toMatchObject({
      findings: [],
    });
  });

  test("about an agent that people paused, and about one that may not decide itself", async () => {
    const admin = new Holdpoint({ url: world.url });
    const post = (path: string, body: object): Promise<unknown> =>
      admin.request({ method: "POST", path, body });
    const key = { kind: "agent", subject: "halted", scopes: ["propose", "redeem"] };
    const { secret: apiKey } = (await post("/keys", key)) as { secret: string };
    const { hp, problems } = world.client({ apiKey });
    await hp.local?.ready();
    const read = hp.guard(() => 1, { topic: "job.db.read" });
    expect(await read({})).toBe(1);
    await post("/agents/halted/pause", { reason: "a look" });
    await vi.waitFor(() => expect(hp.local?.status().isReady).toBe(false), patience);
    await expect(read({})).rejects.toThrow(/paused/);
    expect(problems.some(({ cause }) => String(cause).includes("agent_paused"))).toBe(true);
    await post("/agents/halted/resume", { reason: "seen" });
    await admin.request({ method: "PUT", path: "/agents/halted", body: { local: false } });
    const other = world.client({ apiKey });
    await vi.waitFor(
      () => expect(String(other.problems[0]?.cause)).toContain("local_not_allowed"),
      patience,
    );
    expect(await other.hp.guard(() => 2, { topic: "job.db.read" })({})).toBe(2);
    expect(other.hp.local?.status().decided).toBe(0);
  });

  test("where records cannot be written", async () => {
    const { hp, problems } = world.client(
      {},
      { spoolDir: path.join(world.folder, "policy.yaml", "x") },
    );
    await vi.waitFor(() => expect(problems.map(({ kind }) => kind)).toContain("lease"), patience);
    expect(await hp.guard(() => 1, { topic: "job.db.read" })({})).toBe(1);
    expect(hp.local?.status()).toMatchObject({ decided: 0 });
    hp.close();
  });

  test("once as many bytes wait as may, and nothing runs when it is away", async () => {
    await using own = await openLocalWorld();
    const { hp, problems } = own.client({ timeoutMs: 300 }, { spoolBytesMax: 1 });
    await hp.local?.ready();
    await own.stop();
    let runs = 0;
    const read = hp.guard(
      () => {
        runs += 1;
      },
      { topic: "job.db.read" },
    );
    const text = "x".repeat(6_000);
    const all = await Promise.allSettled(Array.from({ length: 300 }, () => read({ text })));
    const { decided } = hp.local?.status() ?? { decided: -1 };
    expect(decided).toBeLessThan(300);
    expect(runs).toBe(decided);
    expect(all.filter(({ status }) => status === "fulfilled").length).toBe(decided);
    expect(problems.some(({ kind }) => kind === "spool")).toBe(true);
  });
});

async function review(id: string, kind: "approve" | "reject", hash: string): Promise<void> {
  const hp = new Holdpoint({ url: world.url });
  const body = { job_hash: hash, ...(kind === "reject" ? { reason: "no" } : {}) };
  await hp.request({ method: "POST", path: `/approvals/${id}/${kind}`, body });
}

function deferred(): { promise: Promise<JobView>; resolve: (job: JobView) => void } {
  let resolve: (job: JobView) => void = () => undefined;
  const promise = new Promise<JobView>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
