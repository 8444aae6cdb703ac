// LangChain's own human-in-the-loop middleware, answered by the people of a hold.

import {
  clientOf,
  configOf,
  ownApprovalAgent,
  reportOf,
  resuming,
  start,
} from "../../examples/langchain/test/harness.ts";
import { outcomeOf } from "@holdpoint/sdk";
import { actionsOf, decisionsOf, type HITLRequest } from "@holdpoint/sdk/langchain-hitl";
import { expect, test } from "vitest";
import { topics, type ToolName } from "./plan.ts";
import { planned, useWorld } from "./suite.ts";

const worldOf = useWorld();

/** Runs the agent up to its request, lets people answer its calls with `answer`, and resumes it. */
async function answered(
  ids: readonly string[],
  answer: (job: string, index: number) => Promise<void>,
): Promise<{ effects: readonly string[]; told: Readonly<Record<string, string>> }> {
  const world = worldOf();
  const plan = world.plan(ids.map((id) => planned(id, "refund")));
  const hp = clientOf(plan);
  try {
    const agent = ownApprovalAgent(plan, hp);
    const paused = (await agent.invoke(start, configOf(plan))) as unknown as {
      __interrupt__: { value: HITLRequest }[];
    };
    const request = paused.__interrupt__[0]?.value;
    if (request === undefined) throw new Error("the agent asks for nothing");
    const actions = actionsOf(request, ({ name, args }, index) => ({
      topic: topics[name as ToolName],
      tool: { name },
      params: args as { item: string; amount: number },
      agent: { run: plan.thread, thread: plan.thread, call: ids[index] ?? null },
    }));
    const jobs = await Promise.all(actions.map((action) => hp.propose(action)));
    for (const [index, { job }] of jobs.entries()) await answer(job.id, index);
    const outcomes = (await hp.wait(jobs)).map(outcomeOf);
    const ended = await agent.invoke(resuming(decisionsOf(request, outcomes)), configOf(plan));
    return { effects: await world.effects(plan), told: reportOf(ended).told };
  } finally {
    hp.close();
  }
}

test("an approved call runs as it was, and an edited one as people changed it", async () => {
  const { effects } = await answered(["h1", "h2"], async (job, index) =>
    index === 0
      ? worldOf().decide(job, "approve")
      : worldOf().decide(job, "modify", { params: { item: "item-h2", amount: 7 }, reason: "less" }),
  );

  expect(effects.toSorted()).toEqual(["refund item-h1 20", "refund item-h2 7"]);
});

test("a rejected call does not run, and the model is told why", async () => {
  const { effects, told } = await answered(["h3"], (job) =>
    worldOf().decide(job, "reject", { reason: "was paid already" }),
  );

  expect(effects).toEqual([]);
  expect(told["h3"]).toContain("was paid already");
  expect(told["h3"]).toContain("do not retry");
});
