// What every adapter has to do, whatever its framework: the same agent, the same policy, the same answers.

import { Holdpoint } from "@holdpoint/sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Harness, PassReport, Plan, PlannedCall, ToolName } from "./plan.ts";
import { buildProgram, openWorld, type Program, type World } from "./world.ts";

export interface Adapter {
  /** Folder below `examples` that has the framework's packages. */
  readonly example: string;
  /** What its `test/harness.ts` exports. */
  readonly harness: Harness;
  /** Node to run its processes with. Default: this one. */
  readonly node?: string;
}

const RACES = 20;
/** After which an execution that nobody reported is unknown. */
const OUTCOME_DEADLINE_MS = 900_000;

/** One call of a tool, with an id and an item that no other call of the test has. */
export function planned(id: string, tool: ToolName, amount = 20): PlannedCall {
  return { id, tool, args: { item: `item-${id}`, amount } };
}

/** One server for the tests of a file. */
export function useWorld(): () => World {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(async () => world.close());
  return () => world;
}

/** The contract of an adapter. */
export function describeAdapter(
  name: string,
  adapter: Adapter,
  worldOf: () => World = useWorld(),
): void {
  const { harness } = adapter;
  let world: World;
  let hp: Holdpoint;

  beforeAll(() => {
    world = worldOf();
    hp = new Holdpoint({ url: world.url });
  });
  afterAll(() => hp.close());

  /** Starts an agent and expects it to wait for so many people's answers. */
  async function startHeld(calls: readonly PlannedCall[], count = 1): Promise<[Plan, string[]]> {
    const plan = world.plan(calls);
    const report = await harness.start(plan);
    expect(report).toMatchObject({ ended: false });
    expect(report.held).toHaveLength(count);
    return [plan, [...report.held]];
  }

  describe(`${name}: a call`, () => {
    test("that policy allows runs once and its result reaches the model", async () => {
      const plan = world.plan([planned("c1", "read")]);

      const report = await harness.start(plan);

      expect(report).toMatchObject({ ended: true, held: [] });
      expect(report.told["c1"]).toContain("read done for item-c1: 20");
      expect(await world.effects(plan)).toEqual(["read item-c1 20"]);
    });

    test("that policy bounds runs within its bounds", async () => {
      const plan = world.plan([planned("c1", "bounded")]);

      const report = await harness.start(plan);

      expect(report.ended).toBe(true);
      expect(await world.effects(plan)).toEqual(["bounded item-c1 20"]);
    });

    test("that policy denies does not run, and the model is told why", async () => {
      const plan = world.plan([planned("c1", "drop")]);

      const report = await harness.start(plan);

      expect(report.ended).toBe(true);
      expect(report.told["c1"]).toContain("never automated");
      expect(await world.effects(plan)).toEqual([]);
    });

    test("that people approve runs after that, and not before", async () => {
      const [plan, [job = ""]] = await startHeld([planned("c1", "refund")]);
      expect(await world.effects(plan)).toEqual([]);
      await world.decide(job, "approve");

      const report = await harness.resume(plan);

      expect(report).toMatchObject({ ended: true, held: [] });
      expect(report.told["c1"]).toContain("refund done for item-c1: 20");
      expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    });

    test("that people changed runs as they changed it, and the model learns of it", async () => {
      const [plan, [job = ""]] = await startHeld([planned("c1", "refund")]);
      await world.decide(job, "modify", {
        params: { item: "item-c1", amount: 5 },
        reason: "only a part of it was lost",
      });
      if ((await hp.job(job)).job.state === "APPROVAL") await world.decide(job, "approve");

      const report = await harness.resume(plan);

      expect(report.told["c1"]).toContain("refund done for item-c1: 5");
      expect(report.told["c1"]).toMatch(/changed/i);
      expect(await world.effects(plan)).toEqual(["refund item-c1 5"]);
    });

    test("that people reject does not run, and the model is told their reason", async () => {
      const [plan, [job = ""]] = await startHeld([planned("c1", "refund")]);
      await world.decide(job, "reject", { reason: "the parcel was delivered yesterday" });

      const report = await harness.resume(plan);

      expect(report.ended).toBe(true);
      expect(report.told["c1"]).toContain("the parcel was delivered yesterday");
      expect(await world.effects(plan)).toEqual([]);
    });

    test("that nobody answers in time does not run, and the model is told so", async () => {
      const [plan, [job = ""]] = await startHeld([planned("c1", "quick")]);
      await hp.wait(job);

      const report = await harness.resume(plan);

      expect(report.ended).toBe(true);
      expect(report.told["c1"]).toMatch(/in time/);
      expect(await world.effects(plan)).toEqual([]);
    });

    test("waits on when its run is taken up before people have answered", async () => {
      const [plan, [job = ""]] = await startHeld([planned("c1", "refund")]);

      const early = await harness.resume(plan);
      expect(early).toMatchObject({ ended: false, held: [job] });
      await world.decide(job, "approve");
      const report = await harness.resume(plan);

      expect(report.ended).toBe(true);
      expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    });
  });

  describe(`${name}: calls that the model makes at once`, () => {
    test("each get their own answer, and none of them is lost", async () => {
      const calls = [planned("c1", "refund"), planned("c2", "refund"), planned("c3", "read")];
      const [plan] = await startHeld(calls, 2);
      const jobs = await Promise.all((await heldJobs(plan)).map((id) => hp.job(id)));
      for (const { job, action } of jobs) {
        const isFirst = action.params["item"] === "item-c1";
        const body = isFirst ? {} : { reason: "this one is not lost" };
        await world.decide(job.id, isFirst ? "approve" : "reject", body);
      }

      const report = await harness.resume(plan);

      expect(report.ended).toBe(true);
      expect(report.told["c1"]).toContain("refund done for item-c1");
      expect(report.told["c2"]).toContain("this one is not lost");
      expect(report.told["c3"]).toContain("read done for item-c3");
      expect((await world.effects(plan)).toSorted()).toEqual([
        "read item-c3 20",
        "refund item-c1 20",
      ]);
    });

    test("run once each when their answers come one after the other", async () => {
      const [plan] = await startHeld([planned("c1", "refund"), planned("c2", "refund")], 2);
      const [first = "", second = ""] = await heldJobs(plan);
      await world.decide(first, "approve");

      const midway = await harness.resume(plan);
      expect(midway).toMatchObject({ ended: false, held: [second] });
      await world.decide(second, "approve");
      const report = await harness.resume(plan);

      expect(report.ended).toBe(true);
      expect((await world.effects(plan)).toSorted()).toEqual([
        "refund item-c1 20",
        "refund item-c2 20",
      ]);
    });

    /** The jobs of a run that wait for people. */
    async function heldJobs(plan: Plan): Promise<string[]> {
      return [...(await harness.resume(plan)).held];
    }
  });

  describe(`${name}: when parts of it end`, () => {
    let program: Program;

    beforeAll(async () => {
      program = await buildProgram(adapter.example, adapter.node);
    });

    test("another process takes the run up where the first one left it", async () => {
      const plan = world.plan([planned("c1", "refund"), planned("c2", "read")]);
      const { held } = await program("start", plan);
      expect(held).toHaveLength(1);
      await world.decide(held[0] ?? "", "approve");

      const report = await program("resume", plan);

      expect(report.ended).toBe(true);
      expect(report.told["c1"]).toContain("refund done for item-c1");
      expect(report.told["c2"]).toContain("read done for item-c2");
      expect((await world.effects(plan)).toSorted()).toEqual([
        "read item-c2 20",
        "refund item-c1 20",
      ]);
    });

    test("an effect whose process was killed before it was recorded is not repeated", async () => {
      const [plan, [job = ""]] = await startHeld([planned("c1", "refund")]);
      await world.decide(job, "approve");
      await expect(program("resume", { ...plan, dies: true })).rejects.toThrow(/ended with/);
      expect((await hp.job(job)).job.state).toBe("EXECUTING");
      world.pass(OUTCOME_DEADLINE_MS);

      const report = await program("resume", plan);

      expect(report.ended).toBe(true);
      expect(report.told["c1"]).toMatch(/not known/);
      expect((await hp.job(job)).job.state).toBe("UNKNOWN");
      expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    });

    test("nothing runs while the server is away, and the error says so", async () => {
      const away = { ...world.plan([planned("c1", "read")]), url: "http://127.0.0.1:1" };

      await expect(harness.start({ ...away, timeoutMs: 50 })).rejects.toThrow(/127\.0\.0\.1:1/);

      expect(await world.effects(away)).toEqual([]);
    });
  });

  describe(`${name}: an effect`, () => {
    test(`happens once when two take up the same saved state, ${RACES} times`, async () => {
      for (let round = 0; round < RACES; round += 1) {
        const [plan, [job = ""]] = await startHeld([planned("c1", "refund")]);
        await world.decide(job, "approve");

        const reports = await Promise.all([harness.resume(plan), harness.resume(plan)]);

        expect(reports.map(({ ended }: PassReport) => ended)).toEqual([true, true]);
        expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
      }
    });

    test("happens once when the saved state is taken up again afterwards", async () => {
      const [plan, [job = ""]] = await startHeld([planned("c1", "refund")]);
      await world.decide(job, "approve");
      await harness.resume(plan);

      await harness.resume(plan);

      expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    });
  });
}
