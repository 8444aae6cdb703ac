// LangChain's createAgent behind Holdpoint: the contract of adapters, and what its own approval gets wrong.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  agentOf,
  type AgentOptions,
  clientOf,
  Command,
  configOf,
  harness,
  ownApprovalAgent,
  reportOf,
  resumeAll,
  resuming,
  start,
  suspendable,
  ToolMessage,
  toolOf,
} from "../../examples/langchain/test/harness.ts";
import type { JobView } from "@holdpoint/sdk";
import { type Args, meeting, type Plan, type ToolName } from "./plan.ts";
import { describeAdapter, planned, useWorld } from "./suite.ts";
import { runExample, type World } from "./world.ts";

const ROUNDS = 20;

const worldOf = useWorld();

describeAdapter("LangChain", { example: "langchain", harness }, worldOf);

let world: World;
let hp: ReturnType<typeof clientOf>;

beforeAll(() => {
  world = worldOf();
  hp = clientOf(world.plan([]));
});
afterAll(() => hp.close());

describe("with LangChain's own approval", () => {
  const approve = { decisions: [{ type: "approve" }] };

  test(`two workers run the call twice, in ${ROUNDS} of ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const plan = world.plan([planned("c1", "refund")]);
      const agent = ownApprovalAgent(plan, hp, meeting(2));
      await agent.invoke(start, configOf(plan));

      await Promise.all([
        agent.invoke(resuming(approve), configOf(plan)),
        agent.invoke(resuming(approve), configOf(plan)),
      ]);

      expect(await world.effects(plan)).toEqual(["refund item-c1 20", "refund item-c1 20"]);
    }
  });

  test("a rejected call takes the approved ones of its turn with it", async () => {
    const calls = [planned("c1", "refund"), planned("c2", "refund"), planned("c3", "read")];
    const plan = world.plan(calls);
    const agent = ownApprovalAgent(plan, hp);
    await agent.invoke(start, configOf(plan));

    const decisions = [{ type: "approve" }, { type: "reject", message: "no" }];
    await agent.invoke(resuming({ decisions }), configOf(plan));

    expect(await world.effects(plan)).toEqual([]);
  });
});

describe("an agent whose calls share one task", () => {
  test("makes each call once, each with its own answer", async () => {
    const calls = [planned("c1", "refund"), planned("c2", "refund"), planned("c3", "read")];
    const plan = world.plan(calls);
    const agent = agentOf(plan, hp, { version: "v1" });
    let result: unknown = await agent.invoke(start, configOf(plan));
    for (let pass = 0; pass < 5 && !reportOf(result).ended; pass += 1) {
      for (const id of reportOf(result).held) {
        const { job, action } = await hp.job(id);
        if (job.state !== "APPROVAL") continue;
        const isFirst = action.params["item"] === "item-c1";
        await world.decide(id, isFirst ? "approve" : "reject", { reason: "as seen" });
      }
      result = await agent.invoke(await resumeAll(agent, plan), configOf(plan));
    }

    const { told } = reportOf(result);
    expect(told["c1"]).toContain("refund done");
    expect(told["c2"]).toContain("as seen");
    expect(told["c3"]).toContain("read done");
    expect((await world.effects(plan)).toSorted()).toEqual([
      "read item-c3 20",
      "refund item-c1 20",
    ]);
  });
});

describe("a tool", () => {
  /** One turn with one call of the tool: what the model was told, and the jobs that were proposed. */
  async function turn(
    name: string,
    run: (args: Args) => unknown,
    options: AgentOptions & { readonly args?: object } = {},
  ): Promise<{ told: string; jobs: JobView[]; plan: Plan; agent: ReturnType<typeof agentOf> }> {
    const { args = { item: "it", amount: 1 }, ...others } = options;
    const plan = world.plan([{ id: "c1", tool: name as ToolName, args: args as Args }]);
    const jobs: string[] = [];
    const client = clientOf(plan, async (input, init) => {
      const response = await fetch(input, init);
      if (!String(input).endsWith("/actions")) return response;
      jobs.push(((await response.clone().json()) as JobView).job.id);
      return response;
    });
    const agent = agentOf(plan, client, { ...others, agentTools: [toolOf(name, run)] });
    const { told } = reportOf(await agent.invoke(start, configOf(plan)));
    const proposed = await Promise.all(jobs.map((id) => hp.job(id)));
    return { told: told["c1"] ?? "", jobs: proposed, plan, agent };
  }

  test("that nobody named is gated all the same, by its name", async () => {
    const { told, jobs } = await turn("Send-Mail", () => "sent");

    expect(told).toBe("sent");
    expect(jobs).toMatchObject([
      {
        job: { state: "SUCCEEDED" },
        action: { topic: "job.tool.send-mail", tool: { name: "Send-Mail" } },
      },
    ]);
  });

  test("does not run while the server is away; the pass fails, and the thread stays", async () => {
    const plan = world.plan([planned("c1", "read")]);
    const asked = clientOf({ ...plan, url: "http://127.0.0.1:1", timeoutMs: 50 });

    const pass = agentOf(plan, hp, { asked }).invoke(start, configOf(plan));

    await expect(pass).rejects.toThrow(/127\.0\.0\.1:1/);
    expect(await world.effects(plan)).toEqual([]);
    const later = await agentOf(plan, hp).invoke(null, configOf(plan));
    expect(reportOf(later).told["c1"]).toContain("read done");
  });

  test("that is let pass is not proposed", async () => {
    const { told, jobs } = await turn("clock", () => "noon", { tools: { clock: false } });

    expect(told).toBe("noon");
    expect(jobs).toEqual([]);
  });

  test("that fails is told to the model, is recorded as failed, and is not run again", async () => {
    let runs = 0;
    const { told, jobs, plan, agent } = await turn("flaky", () => {
      runs += 1;
      throw new Error("the card was declined");
    });
    expect(told).toContain("the card was declined");
    expect(jobs[0]?.job.state).toBe("FAILED");

    const history = [];
    for await (const state of agent.getStateHistory(configOf(plan))) history.push(state);
    const before = history.find(({ next }) => next.includes("tools"));
    const again = await agent.invoke(null, before?.config);

    expect(runs).toBe(1);
    expect(reportOf(again).told["c1"]).toContain("the card was declined");
  });

  test("whose arguments do not fit its schema does not run, and the model is told why", async () => {
    let runs = 0;

    const { told } = await turn("typed", () => (runs += 1), {
      args: { item: "it", amount: "a lot" },
    });

    expect(told).toMatch(/amount/);
    expect(runs).toBe(0);
  });

  test("whose result holds what the grant hides is told and kept without it", async () => {
    const { told, jobs, plan, agent } = await turn(
      "account",
      () => ({ owner: "Ada", iban: "DE89 3704" }),
      { tools: { account: { topic: "job.adapter.hidden" } } },
    );

    expect(told).toContain("Ada");
    const { values } = await agent.getState(configOf(plan));
    const kept = JSON.stringify([told, values, await hp.output(jobs[0]?.job.id ?? "")]);
    expect(kept).not.toContain("DE89");
  });

  test("that answers the graph with a command is gated, and the command goes through", async () => {
    const { told, jobs } = await turn("mark", () => {
      const answer = new ToolMessage({ content: "marked", tool_call_id: "c1", name: "mark" });
      return new Command({ update: { messages: [answer] } });
    });

    expect(told).toBe("marked");
    expect(jobs[0]?.job.state).toBe("SUCCEEDED");
  });
});

describe("a suspended agent", () => {
  test("is taken up by a worker with every answer of its turn", async () => {
    const calls = [planned("c1", "refund"), planned("c2", "refund"), planned("c3", "read")];
    const plan = world.plan(calls);
    const agent = suspendable(hp, agentOf(plan, hp), { queue: plan.thread });
    const { held } = await agent.invoke(start, configOf(plan));
    expect(held).toHaveLength(2);
    await world.decide(held[0]?.job.id ?? "", "approve");
    await world.decide(held[1]?.job.id ?? "", "reject", { reason: "never mind" });

    const elsewhere = suspendable(hp, agentOf(plan, hp));
    const ended: unknown[] = [];
    const failed: unknown[] = [];
    const worker = hp.worker({
      queues: [plan.thread],
      async resume(run) {
        ended.push((await elsewhere.resume(run)).result);
        void worker.stop();
      },
      onError: (error) => failed.push(error) && void worker.stop(),
    });
    await worker.run();

    expect(failed).toEqual([]);
    const [result] = ended;
    expect(Object.values(reportOf(result).told).join(" ")).toContain("never mind");
    expect(await world.effects(plan)).toHaveLength(2);
  });
});

describe("the example", () => {
  test("asks in one process, and goes on in another with each of its answers", async () => {
    const { url, folder } = world;
    const asking = await runExample("langchain", ["ask"], { url, folder });
    const jobs: string[] = [];
    for (const order of ["o_7", "o_8"]) {
      const waiting = await asking.line(new RegExp(`waits for people.*${order}`));
      jobs.push(waiting.slice(waiting.lastIndexOf("/") + 1));
    }
    await asking.stop();
    await world.decide(jobs[0] ?? "", "approve");
    await world.decide(jobs[1] ?? "", "reject", { reason: "too much" });

    const worker = await runExample("langchain", ["work"], { url, folder });
    await worker.line(/20 USD, sent/);
    await worker.line(/paid back 20 USD for o_7/);
    await worker.line(/too much/);
    await worker.stop();

    expect(await readFile(path.join(folder, "refunds.txt"), "utf8")).toBe("o_7 20\n");
  });
});
