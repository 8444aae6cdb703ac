// The contract of local decisions: a batch is noted once, and which topics people rejected something in.

import { describe, expect, test } from "vitest";
import type { Resolution } from "@holdpoint/core/job/job";
import { changing, makeJob, opening } from "./sample.ts";
import type { World } from "./world.ts";

const resolution: Resolution = {
  kind: "rejected",
  by: { kind: "person", id: "ada" },
  byName: null,
  reason: "no",
  code: null,
  at: 1,
};

export function localSuite(world: World): void {
  describe("local decisions", () => {
    test("notes a batch once, for its agent and tenant alone, until its time is over", async () => {
      const { store } = world.place();
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      const batch = { agent: "bot", id: "b1", records: 3, receivedAt: 1_000 };
      expect(await store.hasLocalBatch(tenant, "bot", "b1")).toBe(false);
      await Promise.all([store.addLocalBatch(tenant, batch), store.addLocalBatch(tenant, batch)]);
      expect(await store.hasLocalBatch(tenant, "bot", "b1")).toBe(true);
      expect(await store.hasLocalBatch(tenant, "other", "b1")).toBe(false);
      expect(await store.hasLocalBatch(other, "bot", "b1")).toBe(false);
      await store.forgetLocalBatches(other, 2_000);
      await store.forgetLocalBatches(tenant, 1_000);
      expect(await store.hasLocalBatch(tenant, "bot", "b1")).toBe(true);
      await store.forgetLocalBatches(tenant, 1_001);
      expect(await store.hasLocalBatch(tenant, "bot", "b1")).toBe(false);
    });

    test("names each topic once in which something was rejected since then, in order", async () => {
      const { store } = world.place();
      const [tenant, other] = [await world.tenant(), await world.tenant()];
      const at: number[] = [];
      for (const topic of ["job.b", "job.a", "job.b", "job.c"]) {
        const job = makeJob(tenant, { topic });
        await store.commit(tenant, opening(job));
        const change = changing(job, { state: "REJECTED", resolution });
        expect(await store.commit(tenant, change)).toBe("written");
        at.push(change.job?.updatedAt ?? 0);
      }
      await store.commit(tenant, opening(makeJob(tenant, { topic: "job.waiting" })));
      expect(await store.rejectedTopics(tenant, 0, 9)).toEqual(["job.a", "job.b", "job.c"]);
      expect(await store.rejectedTopics(tenant, 0, 2)).toEqual(["job.a", "job.b"]);
      expect(await store.rejectedTopics(tenant, (at[3] ?? 0) + 1, 9)).toEqual([]);
      expect(await store.rejectedTopics(other, 0, 9)).toEqual([]);
    });
  });
}
