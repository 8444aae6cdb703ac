// The OpenAI Agents SDK behind Holdpoint: the contract of adapters, its own replays, and runs that a worker takes up.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  agentOf,
  agentWith,
  clientOf,
  contextOf,
  gatedOf,
  goOn,
  harness,
  heldCalls,
  input,
  outerAgentOf,
  ownApprovalAgent,
  reportOf,
  run,
  RunState,
  suspendable,
} from "../../examples/openai-agents/test/harness.ts";
import type { PassReport, Plan, PlannedCall, ToolName } from "./plan.ts";
import { expectRefunds } from "./example.ts";
import { describeAdapter, planned, useWorld } from "./suite.ts";
import type { World } from "./world.ts";

const ROUNDS = 20;

const worldOf = useWorld();

describeAdapter("OpenAI Agents", { example: "openai-agents", harness }, worldOf);

let world: World;
let hp: ReturnType<typeof clientOf>;

beforeAll(() => {
  world = worldOf();
  hp = clientOf(world.plan([]));
});
afterAll(() => hp.close());

type TestAgent = ReturnType<typeof agentOf>;

/** Runs an agent until it stops; what is saved then. */
async function stopped(plan: Plan, agent: TestAgent): Promise<{ saved: string; jobs: string[] }> {
  const { state } = await run(agent, input, contextOf(plan));
  expect(state.getInterruptions()).not.toEqual([]);
  return { saved: state.toString(), jobs: heldCalls(state).map(({ job }) => job.id) };
}

/** Approves whatever a saved state waits for, as the guides of the framework say. */
async function approved(agent: TestAgent, saved: string) {
  const state = await RunState.fromString(agent, saved);
  for (const item of state.getInterruptions()) state.approve(item);
  return state;
}

describe("a saved state that is resumed twice", () => {
  test(`runs the call twice with the framework alone, in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const plan = world.plan([planned("c1", "refund")]);
      const agent = ownApprovalAgent(plan);
      const { saved } = await stopped(plan, agent);

      await run(agent, await approved(agent, saved));
      await run(agent, await approved(agent, saved));

      expect(await world.effects(plan)).toEqual(["refund item-c1 20", "refund item-c1 20"]);
    }
  });

  test(`runs the call once behind the gate, in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const plan = world.plan([planned("c1", "refund")]);
      const agent = agentOf(plan, hp);
      const { saved, jobs } = await stopped(plan, agent);
      await world.decide(jobs[0] ?? "", "approve");

      const first = await run(agent, await approved(agent, saved));
      const second = await run(agent, await approved(agent, saved));

      expect([first, second].map((result) => reportOf(result).told)).toEqual([
        { c1: "refund done for item-c1: 20" },
        { c1: "refund done for item-c1: 20" },
      ]);
      expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
    }
  });
});

describe("a saved state whose arguments somebody changed", () => {
  const raised = (saved: string): string => saved.replaceAll(/(amount\\*":)20/g, "$19999");

  test("runs as changed with the framework alone", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const agent = ownApprovalAgent(plan);
    const { saved } = await stopped(plan, agent);

    await run(agent, await approved(agent, raised(saved)));

    expect(await world.effects(plan)).toEqual(["refund item-c1 9999"]);
  });

  test("is refused behind the gate: people approved another call", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const agent = agentOf(plan, hp);
    const { saved, jobs } = await stopped(plan, agent);
    await world.decide(jobs[0] ?? "", "approve");

    const pass = run(agent, await approved(agent, raised(saved)));

    await expect(pass).rejects.toThrow(/c1/);
    expect(await world.effects(plan)).toEqual([]);
  });
});

describe("an approval that the program gives by itself", () => {
  test("decides nothing: the call waits for people, and they reject it", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const agent = agentOf(plan, hp);
    const { saved, jobs } = await stopped(plan, agent);

    const pass = run(agent, await approved(agent, saved));
    await world.decide(jobs[0] ?? "", "reject", { reason: "nobody asked for it" });

    expect(reportOf(await pass).told["c1"]).toContain("nobody asked for it");
    expect(await world.effects(plan)).toEqual([]);
  });
});

describe("a run that stays in its process", () => {
  test("goes on when its calls are answered", async () => {
    const plan = world.plan([planned("c1", "refund"), planned("c2", "refund")]);
    const agent = agentOf(plan, hp);
    const { state } = await run(agent, input, contextOf(plan));
    const jobs = heldCalls(state).map(({ job }) => job.id);
    const waited = hp.wait(jobs);
    await world.decide(jobs[0] ?? "", "approve");
    await world.decide(jobs[1] ?? "", "reject", { reason: "not this one" });
    await waited;

    const { told } = reportOf(await goOn(agent, state));

    expect(told["c1"]).toContain("refund done");
    expect(told["c2"]).toContain("not this one");
    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });

  test("can be streamed", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    const agent = agentOf(plan, hp);
    const stream = await run(agent, input, { ...contextOf(plan), stream: true });
    await stream.completed;
    const [held] = heldCalls(stream.state);
    await world.decide(held?.job.id ?? "", "approve");

    const { told } = reportOf(await goOn(agent, stream.state));

    expect(told["c1"]).toContain("refund done");
  });
});

describe("a suspended run", () => {
  /** Works off the queue of a run until it is through. */
  async function work(plan: Plan, agent: TestAgent, onHeld?: () => Promise<void>) {
    const support = suspendable(hp, agent, { queue: plan.thread });
    const failed: unknown[] = [];
    let passes = 0;
    let report: PassReport | undefined;
    const worker = hp.worker({
      queues: [plan.thread],
      async resume(taken) {
        const { result, held } = await support.resume(taken);
        passes += 1;
        report = reportOf(result);
        if (held.length === 0) void worker.stop();
        else await onHeld?.();
      },
      onError(error) {
        failed.push(error);
        void worker.stop();
      },
    });
    await worker.run();
    expect(failed).toEqual([]);
    return { passes, report };
  }

  async function suspended(
    calls: readonly PlannedCall[],
    agentFor: (plan: Plan, client: typeof hp) => TestAgent = agentOf,
    mode: "each" | "all" = "all",
  ): Promise<{ plan: Plan; jobs: string[] }> {
    const plan = world.plan(calls);
    const support = suspendable(hp, agentFor(plan, hp), { queue: plan.thread, mode });
    const { held, resumption } = await support.run(input, { thread: plan.thread });
    expect(resumption).toMatchObject({ state: "waiting", mode });
    return { plan, jobs: held.map(({ job }) => job.id) };
  }

  test("goes on once, with every answer, in a worker", async () => {
    const calls = [planned("c1", "refund"), planned("c2", "refund"), planned("c3", "read")];
    const { plan, jobs } = await suspended(calls);
    await world.decide(jobs[0] ?? "", "approve");
    await world.decide(jobs[1] ?? "", "reject", { reason: "never mind" });

    const { passes, report } = await work(plan, agentOf(plan, hp));

    expect(passes).toBe(1);
    expect(report).toMatchObject({ ended: true, held: [] });
    expect(report?.told["c2"]).toContain("never mind");
    expect((await world.effects(plan)).toSorted()).toEqual([
      "read item-c3 20",
      "refund item-c1 20",
    ]);
    const { items } = await hp.resumptions.list({ thread: plan.thread });
    expect(items.map(({ state }) => state)).toEqual(["completed"]);
  });

  test("goes on with each answer when it is told to", async () => {
    const calls = [planned("c1", "refund"), planned("c2", "refund")];
    const { plan, jobs } = await suspended(calls, agentOf, "each");
    await world.decide(jobs[1] ?? "", "approve");

    const { passes } = await work(plan, agentOf(plan, hp), () =>
      world.decide(jobs[0] ?? "", "approve"),
    );

    expect(passes).toBe(2);
    expect(await world.effects(plan)).toEqual(["refund item-c2 20", "refund item-c1 20"]);
  });

  test("goes on where an agent inside of a tool of it had asked", async () => {
    const { plan, jobs } = await suspended([planned("c1", "refund")], outerAgentOf);
    expect(jobs).toHaveLength(1);
    await world.decide(jobs[0] ?? "", "approve");

    const { report } = await work(plan, outerAgentOf(plan, hp));

    expect(report?.ended).toBe(true);
    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });

  test("of a worker that died is taken up again, and nothing runs twice", async () => {
    const { plan, jobs } = await suspended([planned("c1", "refund")]);
    await world.decide(jobs[0] ?? "", "approve");
    const [claimed] = await hp.resumptions.claim({ worker: "dies", queues: [plan.thread] });
    const claim = { resumption: claimed?.resumption.id ?? "", fence: claimed?.fence ?? 0 };
    const state = Buffer.from(claimed?.checkpoint.state ?? "", "base64");
    await suspendable(hp, agentOf(plan, hp)).resume({ thread: plan.thread, state, claim });
    // It went through the run and died before it could say so.
    await hp.resumptions.fail(claim.resumption, { fence: claim.fence, error: "killed" });

    await work(plan, agentOf(plan, hp));

    expect(await world.effects(plan)).toEqual(["refund item-c1 20"]);
  });
});

describe("a tool", () => {
  test("that fails is told to the model, is recorded as failed, and is not run again", async () => {
    const plan = world.plan([planned("c1", "read")]);
    let runs = 0;
    const flaky = gatedOf(hp, "read", () => {
      runs += 1;
      throw new Error("the card was declined");
    });

    const first = await run(agentWith(plan, [flaky]), input, contextOf(plan));
    const second = await run(agentWith(plan, [flaky]), input, contextOf(plan));

    for (const result of [first, second]) {
      expect(reportOf(result).told["c1"]).toContain("the card was declined");
    }
    expect(runs).toBe(1);
  });

  test("does not run in a run without a name, and the error says how to name it", async () => {
    const plan = world.plan([planned("c1", "read")]);

    await expect(run(agentOf(plan, hp), input)).rejects.toThrow(/context: \{ thread \}/);

    expect(await world.effects(plan)).toEqual([]);
  });

  test("whose result holds what the grant hides is told without it", async () => {
    const plan = world.plan([planned("c1", "account" as ToolName)]);
    const account = gatedOf(hp, "account", () => ({ owner: "Ada", iban: "DE89 3704" }), {
      topic: "job.adapter.hidden",
    });

    const result = await run(agentWith(plan, [account]), input, contextOf(plan));

    expect(reportOf(result).told["c1"]).toContain("Ada");
    expect(result.state.toString()).not.toContain("DE89");
  });
});

describe("a call that stops on the way", () => {
  test("whose effect is another one by the time it runs waits for people again", async () => {
    const plan = world.plan([planned("c1", "refund")]);
    let rows = 1;
    const tools = [gatedOf(hp, "refund", () => "done", { preview: () => ({ rows }) })];
    const agent = agentWith(plan, tools);
    const { saved, jobs } = await stopped(plan, agent);
    await world.decide(jobs[0] ?? "", "approve");
    rows = 500;

    const pass = goOn(agent, await RunState.fromString(agent, saved));
    const again = await backInReview(jobs[0] ?? "");
    expect(again.action.effect).toMatchObject({ rows: 500 });
    await world.decide(jobs[0] ?? "", "reject", { reason: "too many" });

    expect(reportOf(await pass).told["c1"]).toContain("too many");
  });

  async function backInReview(id: string) {
    for (;;) {
      const job = await hp.job(id);
      if (job.job.state === "APPROVAL") return job;
    }
  }
});

describe("the example of the OpenAI Agents SDK", () => {
  test("asks in one process, and goes on in another once people have answered", async () => {
    await expectRefunds("openai-agents", world);
  });
});
