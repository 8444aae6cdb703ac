// LangGraph behind Holdpoint: the contract of adapters, and LangGraph's own races.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refundGraph } from "../../examples/langgraph/agent.ts";
import { bareGraph, gatedGraph, saying } from "../../examples/langgraph/test/graphs.ts";
import {
  clientOf,
  configOf,
  graphOf,
  harness,
  reportOf,
  resumeAll,
  start,
  suspendable,
} from "../../examples/langgraph/test/harness.ts";
import { meeting } from "./plan.ts";
import { describeAdapter, planned, useWorld } from "./suite.ts";
import { runExample, type World } from "./world.ts";

const ROUNDS = 20;

const worldOf = useWorld();

describeAdapter("LangGraph", { example: "langgraph", harness }, worldOf);

let world: World;
let hp: ReturnType<typeof clientOf>;

beforeAll(() => {
  world = worldOf();
  hp = clientOf(world.plan([]));
});
afterAll(() => hp.close());

/** The job of the one interrupt that a pass ended with. */
function heldJob(result: unknown): string {
  const { held } = reportOf(result);
  expect(held).toHaveLength(1);
  return held[0] ?? "";
}

describe("two workers that resume one thread", () => {
  test(`run the body twice with LangGraph alone, in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const plan = world.plan([planned("c1", "refund")]);
      const meet = meeting(2);
      await bareGraph(hp, plan, meet).invoke({}, configOf(plan));

      await Promise.all([
        bareGraph(hp, plan, meet).invoke(saying("yes"), configOf(plan)),
        bareGraph(hp, plan, meet).invoke(saying("no"), configOf(plan)),
      ]);

      // Both of two answers that contradict each other are obeyed.
      expect((await world.effects(plan)).toSorted()).toEqual([
        "refund item-c1-no 20",
        "refund item-c1-yes 20",
      ]);
    }
  });

  test(`run the body once behind the gate, in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const plan = world.plan([planned("c1", "refund")]);
      const job = heldJob(await gatedGraph(hp, plan).invoke({}, configOf(plan)));
      await world.decide(job, "approve");

      const results = await Promise.all([
        gatedGraph(hp, plan).invoke(saying("yes"), configOf(plan)),
        gatedGraph(hp, plan).invoke(saying("no"), configOf(plan)),
      ]);

      expect(results.map(({ said }) => said)).toEqual([
        ["refund done for item-c1: 20"],
        ["refund done for item-c1: 20"],
      ]);
      expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    }
  });
});

describe("a resume", () => {
  test("decides nothing: what people said counts, whatever value it brings", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const job = heldJob(await gatedGraph(hp, plan).invoke({}, configOf(plan)));

    const forged = await gatedGraph(hp, plan).invoke(
      saying({ approved: true, decision: "approve" }),
      configOf(plan),
    );

    expect(heldJob(forged)).toBe(job);
    expect(await world.effects(plan)).toEqual([]);
    await world.decide(job, "reject", { reason: "not this one" });
    const rejected = gatedGraph(hp, plan).invoke(saying("approve"), configOf(plan));
    await expect(rejected).rejects.toMatchObject({ name: "ActionRejected" });
    expect(await world.effects(plan)).toEqual([]);
  });

  test("of a state that is done gives the recorded result", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const graph = gatedGraph(hp, plan);
    const job = heldJob(await graph.invoke({}, configOf(plan)));
    const { config: waiting } = await graph.getState(configOf(plan));
    await world.decide(job, "approve");
    await graph.invoke(saying(true), configOf(plan));

    const again = await gatedGraph(hp, plan).invoke(saying(true), waiting);

    expect(again.said).toEqual(["refund done for item-c1: 20"]);
    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });

  test("of a fork asks people anew", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const graph = gatedGraph(hp, plan);
    const job = heldJob(await graph.invoke({}, configOf(plan)));
    const { config: waiting } = await graph.getState(configOf(plan));
    await world.decide(job, "approve");
    await graph.invoke(saying(true), configOf(plan));

    const fork = await graph.invoke(null, waiting);

    expect(heldJob(fork)).not.toBe(job);
    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });
});

describe("a node", () => {
  test("that fails after its call and is retried does not call again", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    let failures = 0;
    const after = (): void => {
      if ((failures += 1) < 3) throw new Error("flaky");
    };
    const graph = gatedGraph(hp, plan, { after });
    await world.decide(heldJob(await graph.invoke({}, configOf(plan))), "approve");

    // LangGraph counts the interrupts of a retry on, so that each retry of the node asks for one more resume.
    const thread = suspendable(hp, graph);
    const { result } = await thread.suspend(configOf(plan));

    expect(failures).toBe(3);
    expect(result).toMatchObject({ said: ["refund done for item-c1: 20"] });
    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });

  test("that does not pass its config on is known all the same", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const job = heldJob(await gatedGraph(hp, plan, { forgets: true }).invoke({}, configOf(plan)));
    await world.decide(job, "approve");

    const graphs = [0, 1].map(() => gatedGraph(hp, plan, { forgets: true }));
    await Promise.all(graphs.map((graph) => graph.invoke(saying(true), configOf(plan))));

    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });

  test("does not call while the server is away, and the error says so", async () => {
    const plan = world.plan([planned("c1", "read")]);
    const away = clientOf({ ...plan, url: "http://127.0.0.1:1", timeoutMs: 50 });

    const pass = gatedGraph(away, plan, { saver: "memory" }).invoke({}, configOf(plan));

    await expect(pass).rejects.toMatchObject({ name: "HoldpointUnreachable" });
    expect(await world.effects(plan)).toEqual([]);
  });

  test("makes several calls when it names them, one after the other", async () => {
    const plan = world.plan([planned("c1", "refund"), planned("c2", "refund")]);
    const graph = gatedGraph(hp, plan, { call: ({ item }) => item });
    const first = heldJob(await graph.invoke({}, configOf(plan)));
    await world.decide(first, "approve");
    const second = heldJob(await graph.invoke(saying(true), configOf(plan)));
    await world.decide(second, "approve");

    const { said } = await graph.invoke(saying(true), configOf(plan));

    expect(said).toHaveLength(2);
    expect(await world.effects(plan)).toEqual(["refund item-c1 20", "refund item-c2 20"]);
  });

  test("that makes another call under the name of the first is refused", async () => {
    const plan = world.plan([planned("c1", "refund"), planned("c2", "refund")]);
    const graph = gatedGraph(hp, plan);
    await world.decide(heldJob(await graph.invoke({}, configOf(plan))), "approve");

    const pass = graph.invoke(saying(true), configOf(plan));

    await expect(pass).rejects.toMatchObject({ code: "idempotency_mismatch" });
    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });

  test("whose effect is another one by the time it runs waits for people again", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    let rows = 1;
    const graph = gatedGraph(hp, plan, { preview: () => ({ rows }) });
    const job = heldJob(await graph.invoke({}, configOf(plan)));
    await world.decide(job, "approve");
    rows = 500;

    const again = await graph.invoke(saying(true), configOf(plan));

    expect(heldJob(again)).toBe(job);
    expect(await world.effects(plan)).toEqual([]);
    await world.decide(job, "approve");
    await graph.invoke(saying(true), configOf(plan));
    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });
});

describe("calls in one task, as ToolNode makes them", () => {
  test("run once each, however the resumes are shared out among them", async () => {
    const calls = [planned("c1", "refund"), planned("c2", "refund"), planned("c3", "read")];
    const plan = world.plan(calls);
    const graph = graphOf(plan, hp, "batch");
    let result: unknown = await graph.invoke(start, configOf(plan));
    for (let pass = 0; pass < 5 && !reportOf(result).ended; pass += 1) {
      for (const job of reportOf(result).held) {
        const { state } = (await hp.job(job)).job;
        if (state === "APPROVAL") await world.decide(job, "approve");
      }
      result = await graph.invoke(await resumeAll(graph, plan), configOf(plan));
    }

    expect(Object.keys(reportOf(result).told).toSorted()).toEqual(["c1", "c2", "c3"]);
    expect((await world.effects(plan)).toSorted()).toEqual([
      "read item-c3 20",
      "refund item-c1 20",
      "refund item-c2 20",
    ]);
  });
});

describe("the example", () => {
  test("asks in one process, and goes on in another once people have answered", async () => {
    const { url, folder } = world;
    const asking = await runExample("langgraph", ["ask"], { url, folder });
    const waiting = await asking.line(/waits for people/);
    await asking.stop();
    await world.decide(waiting.slice(waiting.lastIndexOf("/") + 1), "approve");

    const worker = await runExample("langgraph", ["work"], { url, folder });
    const told = await worker.line(/^ticket-/);
    await worker.stop();

    expect(told).toContain("r-o_7");
    expect(await readFile(path.join(folder, "refunds.txt"), "utf8")).toBe("o_7 20\n");
  });

  test("has a node that waits as well", async () => {
    const graph = refundGraph(hp);
    const config = { configurable: { thread_id: "order-of-the-node" } };

    const held = heldJob(await graph.invoke({ orderId: "o_9", amount: 5 }, config));

    expect((await hp.job(held)).action).toMatchObject({
      topic: "job.payment.refund",
      target: { resource: "orders/o_9" },
      cost: { amount: 5, currency: "USD" },
    });
  });
});
