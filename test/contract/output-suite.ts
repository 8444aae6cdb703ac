// The contract of recorded outputs: in the commit of their outcome or not at all, by tenant, until their time is over.

import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Job } from "@holdpoint/core/job/job";
import type { OutputRow } from "@holdpoint/server/storage/outputs";
import { changing, makeJob, opening } from "./sample.ts";
import type { World } from "./world.ts";

const now = 1_700_000_000_000;

function outputOf(job: Job, more: Partial<OutputRow> = {}): OutputRow {
  return {
    jobId: job.id,
    bytes: 12,
    digest: `sha256:${"a".repeat(64)}`,
    sealed: randomBytes(64),
    createdAt: now,
    expiresAt: now + 1_000,
    ...more,
  };
}

export function outputSuite(world: World): void {
  describe("a recorded output", () => {
    commitTests(world);
    forgetTests(world);
  });
}

async function opened(world: World): Promise<{ tenant: string; job: Job }> {
  const tenant = await world.tenant();
  const job = makeJob(tenant);
  await world.place().store.commit(tenant, opening(job));
  return { tenant, job };
}

function commitTests(world: World): void {
  test("reads back byte for byte, whatever the bytes are and wherever they lie in memory", async () => {
    const { store } = world.place();
    const { tenant, job } = await opened(world);
    const around = Buffer.from(Array.from({ length: 300 }, (_, index) => index % 256));
    const output = outputOf(job, { sealed: around.subarray(20, 290) });
    expect(await store.commit(tenant, changing(job, { revision: 2 }, { output }))).toBe("written");
    const found = await store.findOutput(tenant, job.id, now);
    expect(found).toEqual({ ...output, sealed: expect.anything() as Uint8Array });
    expect(Buffer.from(found?.sealed ?? [])).toEqual(Buffer.from(output.sealed));
  });

  test("is not written with a change that is lost", async () => {
    const { store } = world.place();
    const { tenant, job } = await opened(world);
    const winner = outputOf(job);
    const change = changing(job, { revision: 2 }, { output: winner });
    const late = { ...change, output: outputOf(job) };
    const results = await Promise.all([store.commit(tenant, change), store.commit(tenant, late)]);
    expect(results).toEqual(["written", "lost"]);
    const found = await store.findOutput(tenant, job.id, now);
    expect(Buffer.from(found?.sealed ?? [])).toEqual(Buffer.from(winner.sealed));
  });

  test("takes the change with it that would write another one, and leaves the neighbours", async () => {
    const { store } = world.place();
    const { tenant, job } = await opened(world);
    const neighbour = makeJob(tenant);
    await store.commit(tenant, changing(job, { revision: 2 }, { output: outputOf(job) }));
    const second = changing(
      { ...job, revision: 2 },
      { revision: 3, state: "FAILED" },
      { output: outputOf(job) },
    );
    const [refused, written] = await Promise.allSettled([
      store.commit(tenant, second),
      store.commit(tenant, opening(neighbour)),
    ]);
    expect(refused.status).toBe("rejected");
    expect(written).toEqual({ status: "fulfilled", value: "written" });
    expect((await store.findJob(tenant, job.id))?.file.job.revision).toBe(2);
  });

  test("of another tenant is not there", async () => {
    const { store } = world.place();
    const { tenant, job } = await opened(world);
    await store.commit(tenant, changing(job, { revision: 2 }, { output: outputOf(job) }));
    expect(await store.findOutput(await world.tenant(), job.id, now)).toBeNull();
  });

  test("may be large, with many at once", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const jobs = Array.from({ length: 24 }, () => makeJob(tenant));
    await Promise.all(jobs.map((job) => store.commit(tenant, opening(job))));
    const sealed = randomBytes(1_048_576);
    const results = await Promise.all(
      jobs.map((job) => {
        const output = outputOf(job, { sealed, bytes: sealed.length });
        return store.commit(tenant, changing(job, { revision: 2 }, { output }));
      }),
    );
    expect(new Set(results)).toEqual(new Set(["written"]));
    const last = await store.findOutput(tenant, jobs.at(-1)?.id ?? "", now);
    expect(sealed.equals(Buffer.from(last?.sealed ?? []))).toBe(true);
  });
}

function forgetTests(world: World): void {
  test("is gone when its time is over, the oldest first and so many at a time", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const jobs = Array.from({ length: 4 }, () => makeJob(tenant));
    await Promise.all(jobs.map((job) => store.commit(tenant, opening(job))));
    await Promise.all(
      jobs.map((job, index) => {
        const output = outputOf(job, { expiresAt: now + 1 + index });
        return store.commit(tenant, changing(job, { revision: 2 }, { output }));
      }),
    );
    const left = async (at: number): Promise<number> => {
      const found = await Promise.all(jobs.map(({ id }) => store.findOutput(tenant, id, at)));
      return found.filter((row) => row !== null).length;
    };
    // What is over is not given out, removed or not.
    expect(await left(now + 3)).toBe(1);
    expect(await store.forgetOutputs(tenant, now, 10)).toBe(0);
    expect(await store.forgetOutputs(tenant, now + 3, 2)).toBe(2);
    expect(await left(now)).toBe(2);
    expect(await store.forgetOutputs(tenant, now + 3, 2)).toBe(1);
    expect(await store.forgetOutputs(await world.tenant(), now + 100, 10)).toBe(0);
    expect(await left(now)).toBe(1);
  });
}
