// One allowed call of a guarded tool that is decided in its own process, its record on disk before it runs.
import { join } from "node:path";

import { Holdpoint } from "@holdpoint/sdk";

import { measureCost, perAction } from "../measure/cost.mjs";
import { startHoldpoint } from "../measure/holdpoint.mjs";

const warmUpCount = 2_000;

/**
 * @param {import("../measure/round-trip.mjs").Context} context
 * @param {{ durability: "process" | "disk" }} options
 */
export async function open(context, { durability }) {
  const server = await startHoldpoint(context, "embedded");
  const spoolDir = join(context.dir, `spool-${durability}`);
  const hp = new Holdpoint({ url: server.url, local: { spoolDir, durability } });
  await hp.local?.ready();
  const call = hp.guard((/** @type {{ id: number }} */ { id }) => id, { topic: "job.db.read" });
  for (let id = 0; id < (durability === "disk" ? 50 : warmUpCount); id += 1) await call({ id });
  await hp.local?.flush();
  return {
    /** @param {{ actions: number }} load */
    round: async ({ actions }) => {
      const before = hp.local?.status().decided ?? 0;
      const times = new Array(actions).fill(0);
      const [, cost] = await measureCost({}, async () => {
        for (let id = 0; id < actions; id += 1) {
          const startedAt = performance.now();
          await call({ id });
          times[id] = performance.now() - startedAt;
        }
      });
      const decided = (hp.local?.status().decided ?? 0) - before;
      if (decided !== actions) throw new Error(`${decided} of ${actions} were decided locally.`);
      // Between the rounds: what is measured is the call, and the server has a core of its own.
      await hp.local?.flush();
      return { spans: { call: times }, ...perAction(cost, actions) };
    },
    close: async () => {
      hp.close();
      await server.stop();
    },
  };
}
