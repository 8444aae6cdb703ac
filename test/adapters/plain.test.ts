// An agent without a framework: the contract of adapters, and its example over two processes.

import { describe, expect, test } from "vitest";
import { harness } from "../../examples/plain/test/harness.ts";
import { expectRefunds } from "./example.ts";
import { describeAdapter, useWorld } from "./suite.ts";
import { runExample } from "./world.ts";

const worldOf = useWorld();

describeAdapter("A plain function", { example: "plain", harness }, worldOf);

describe("the example without a framework", () => {
  test("asks in one process, and goes on in another once people have answered", async () => {
    await expectRefunds("plain", worldOf());
  });

  test("waits by itself when it is told to stay", async () => {
    const world = worldOf();
    const staying = await runExample("plain", ["stay"], world);
    const waiting = await staying.line(/waits for people/);
    await world.decide(waiting.slice(waiting.lastIndexOf("/") + 1), "approve");

    const told = await staying.line(/^stayed/);
    await staying.stop();

    expect(told).toContain("paid back 30 USD for o_9");
  });
});
