// Mastra behind Holdpoint, on the Node that it needs: the contract of adapters, and its own approval raced.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeRelease } from "../../tools/node-release.mjs";
import { planned, useWorld, describeAdapter } from "./suite.ts";
import { remoteHarness, type RemoteHarness } from "./remote.ts";
import { runExample, type World } from "./world.ts";

const ROUNDS = 20;

// Mastra wants Node 22.13 or newer. Where the tests run on an older one its processes run on a fetched Node 24.
const node = await nodeRelease();
const harness = await remoteHarness("mastra", node);
const bare: RemoteHarness = await remoteHarness("mastra", node, "bare");

const worldOf = useWorld();

describeAdapter("Mastra", { example: "mastra", harness, node }, worldOf);

let world: World;

beforeAll(() => {
  world = worldOf();
});
afterAll(async () => {
  await harness.close();
  await bare.close();
});

describe("two that approve one call with Mastra's own approval", () => {
  test(`make it twice, in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
    const counts: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const plan = world.plan([planned("c1", "refund")]);
      await bare.start(plan);

      await bare.resume(plan);

      counts.push((await world.effects(plan)).length);
    }
    expect(counts).toEqual(Array.from({ length: ROUNDS }, () => 2));
  });
});

describe("the example", () => {
  test("asks in one process, and goes on in another with each of its answers", async () => {
    const { url, folder } = world;
    const asking = await runExample("mastra", ["ask"], { url, folder, node });
    const jobs: string[] = [];
    for (const order of ["o_7", "o_8"]) {
      const waiting = await asking.line(new RegExp(`waits for people.*${order}`));
      jobs.push(waiting.slice(waiting.lastIndexOf("/") + 1));
    }
    await asking.stop();
    await world.decide(jobs[0] ?? "", "approve");
    await world.decide(jobs[1] ?? "", "reject", { reason: "too much" });

    const worker = await runExample("mastra", ["work"], { url, folder, node });
    const told = await worker.line(/paid back 20 USD for o_7/);
    await worker.stop();

    expect(told).toContain("too much");
    expect(await readFile(path.join(folder, "refunds.txt"), "utf8")).toBe("o_7 20\n");
  });
});
