// Threads of LangGraph that end while people are asked, and are taken up by a worker.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatedGraph, nestedGraph, workflow } from "../../examples/langgraph/test/graphs.ts";
import {
  clientOf,
  configOf,
  graphOf,
  reportOf,
  start,
  suspendable,
} from "../../examples/langgraph/test/harness.ts";
import type { Plan, PlannedCall } from "./plan.ts";
import { planned, useWorld } from "./suite.ts";
import type { World } from "./world.ts";

const worldOf = useWorld();
let world: World;
let hp: ReturnType<typeof clientOf>;

beforeAll(() => {
  world = worldOf();
  hp = clientOf(world.plan([]));
});
afterAll(() => hp.close());

/** Works off a thread's queue until the thread is through; `onHeld` is called whenever it has stopped again. */
async function work(
  plan: Plan,
  graph: Parameters<typeof suspendable>[1],
  onHeld: (jobs: readonly string[]) => Promise<void> = async () => undefined,
): Promise<{ passes: number; result: unknown }> {
  const thread = suspendable(hp, graph, { queue: plan.thread });
  const failed: unknown[] = [];
  let passes = 0;
  let result: unknown;
  const worker = hp.worker({
    queues: [plan.thread],
    async resume(run) {
      const ended = await thread.resume(run);
      passes += 1;
      ({ result } = ended);
      if (ended.held.length === 0) void worker.stop();
      else await onHeld(ended.held.map(({ job }) => job.id));
    },
    onError(error) {
      failed.push(error);
      void worker.stop();
    },
  });
  await worker.run();
  expect(failed).toEqual([]);
  return { passes, result };
}

describe("a thread whose calls lie deeper", () => {
  test("in a graph inside of the graph goes on there", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const thread = suspendable(hp, nestedGraph(hp, plan), { queue: plan.thread });
    const { held } = await thread.invoke({}, configOf(plan));
    await world.decide(held[0]?.job.id ?? "", "approve");
    const [run] = await hp.resumptions.claim({ worker: "w", queues: [plan.thread] });
    const claim = { resumption: run?.resumption.id ?? "", fence: run?.fence ?? 0 };

    const elsewhere = suspendable(hp, nestedGraph(hp, plan));
    const passes = [0, 1].map(() => elsewhere.resume({ thread: plan.thread, claim }));
    const ended = await Promise.all(passes);

    expect(ended.map(({ resumption }) => resumption)).toEqual([null, null]);
    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });

  test("in tasks of a workflow goes on with each of them", async () => {
    const plan = world.plan([planned("c1", "refund"), planned("c2", "refund")]);
    const approveAll = async (jobs: readonly string[]): Promise<void> => {
      for (const job of jobs) await world.decide(job, "approve");
    };
    // A workflow ends with the first of its tasks that stops, so that they may be told one after the other.
    const thread = suspendable(hp, workflow(hp, plan), { queue: plan.thread });
    const { held } = await thread.invoke({}, configOf(plan));
    await approveAll(held.map(({ job }) => job.id));

    const { result } = await work(plan, workflow(hp, plan), approveAll);

    expect(result).toMatchObject({
      said: ["refund done for item-c1: 20", "refund done for item-c2: 20"],
    });
    expect((await world.effects(plan)).toSorted()).toEqual([
      "refund item-c1 20",
      "refund item-c2 20",
    ]);
  });
});

describe("a suspended thread", () => {
  /** Starts an agent, which is suspended at so many calls. */
  async function suspended(
    calls: readonly PlannedCall[],
    count: number,
    mode: "each" | "all" = "all",
  ): Promise<{ plan: Plan; jobs: string[] }> {
    const plan = world.plan(calls);
    const thread = suspendable(hp, graphOf(plan, hp), { mode, queue: plan.thread });
    const { held, resumption } = await thread.invoke(start, configOf(plan));
    expect(held).toHaveLength(count);
    expect(resumption).toMatchObject({ state: "waiting", mode });
    return { plan, jobs: held.map(({ job }) => job.id) };
  }

  test("goes on once, with every answer, in a worker", async () => {
    const calls = [planned("c1", "refund"), planned("c2", "refund"), planned("c3", "read")];
    const { plan, jobs } = await suspended(calls, 2);
    await world.decide(jobs[0] ?? "", "approve");
    await world.decide(jobs[1] ?? "", "reject", { reason: "never mind" });

    const { passes } = await work(plan, graphOf(plan, hp));

    expect(passes).toBe(1);

    const { values } = await graphOf(plan, hp).getState(configOf(plan));
    const { told } = reportOf(values);
    expect(Object.values(told).join(" ")).toContain("never mind");
    expect(Object.keys(told)).toHaveLength(3);
    expect(await world.effects(plan)).toHaveLength(2);
    const { items } = await hp.resumptions.list({ thread: plan.thread });
    expect(items.map(({ state }) => state)).toEqual(["completed"]);
  });

  test("goes on with each answer when it is told to", async () => {
    const calls = [planned("c1", "refund"), planned("c2", "refund")];
    const { plan, jobs } = await suspended(calls, 2, "each");
    await world.decide(jobs[1] ?? "", "approve");

    const { passes } = await work(plan, graphOf(plan, hp), async () =>
      world.decide(jobs[0] ?? "", "approve"),
    );

    expect(passes).toBe(2);
    expect((await world.effects(plan)).toSorted()).toEqual([
      "refund item-c1 20",
      "refund item-c2 20",
    ]);
  });

  test("that was taken up by a worker that died is taken up again, and nothing runs twice", async () => {
    const { plan, jobs } = await suspended([planned("c1", "refund")], 1);
    await world.decide(jobs[0] ?? "", "approve");
    const [claimed] = await hp.resumptions.claim({
      worker: "dies",
      queues: [plan.thread],
      lease: "5s",
    });
    const { id = "" } = claimed?.resumption ?? {};
    const claim = { resumption: id, fence: claimed?.fence ?? 0 };
    const thread = suspendable(hp, graphOf(plan, hp));
    await thread.resume({ thread: plan.thread, claim });
    // It went through the graph and died before it could say so.
    await hp.resumptions.fail(id, { fence: claim.fence, error: "killed" });

    await work(plan, graphOf(plan, hp));

    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });

  test("whose state lies elsewhere is named by its place", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const graph = gatedGraph(hp, plan, { saver: "memory" });
    const thread = suspendable(hp, graph, { queue: plan.thread });
    const { held } = await thread.invoke({}, configOf(plan));
    await world.decide(held[0]?.job.id ?? "", "approve");
    const [run] = await hp.resumptions.claim({ worker: "w", queues: [plan.thread] });
    const claim = { resumption: run?.resumption.id ?? "", fence: run?.fence ?? 0 };

    const elsewhere = suspendable(hp, gatedGraph(hp, plan, { saver: "memory" }));
    const lost = elsewhere.resume({ thread: plan.thread, claim });
    await expect(lost).rejects.toThrow(/no thread/);
    await thread.resume({ thread: plan.thread, claim });

    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });
});
