// The agent of the adapters' tests on Mastra: a scripted model, tools behind the gate, runs in a file.

import { Agent } from "@mastra/core/agent";
import { Mastra } from "@mastra/core/mastra";
import { createTool } from "@mastra/core/tools";
import { LibSQLStore } from "@mastra/libsql";
import { Holdpoint } from "@holdpoint/sdk";
import { type Ended, gatedTool, suspendable } from "@holdpoint/sdk/mastra";
import { z } from "zod";
import {
  act,
  type Args,
  type Harness,
  type PassReport,
  type Plan,
  toolNames,
  topics,
} from "../../../test/adapters/plan.ts";
import { scripted, type ScriptedPrompt, toldIn } from "../scripted-model.ts";

const inputSchema = z.object({ item: z.string(), amount: z.number() });

function clientOf({ url, timeoutMs }: Plan): Holdpoint {
  return new Holdpoint({ url, ...(timeoutMs !== undefined && { timeoutMs }) });
}

interface Pass {
  readonly told: Record<string, string>;
}

/** In its first turn it makes the planned calls, and then it ends, whichever process it is in. */
function modelOf({ calls }: Plan, pass: Pass) {
  return scripted((prompt: ScriptedPrompt) => {
    const told = toldIn(prompt);
    Object.assign(pass.told, told);
    if (Object.keys(told).length > 0) return { text: "That is all." };
    return { calls: calls.map(({ id, tool, args }) => ({ id, name: tool, args })) };
  });
}

function storedAgent(plan: Plan, pass: Pass, tools: Record<string, object>): Agent {
  const agent = new Agent({
    id: "planned",
    name: "planned",
    instructions: "Do what is planned.",
    model: modelOf(plan, pass),
    tools: tools as never,
  });
  const storage = new LibSQLStore({ id: "runs", url: `file:${plan.effects}.db` });
  return new Mastra({ agents: { planned: agent }, storage, logger: false }).getAgent("planned");
}

function agentOf(plan: Plan, hp: Holdpoint, pass: Pass): Agent {
  const tools = toolNames.map((name) => [
    name,
    createTool({
      id: name,
      description: `${name} an item`,
      inputSchema,
      execute: gatedTool(hp, (args: Args) => act(plan, name, args), {
        topic: topics[name],
        tool: name,
      }),
    }),
  ]);
  return storedAgent(plan, pass, Object.fromEntries(tools) as Record<string, object>);
}

function reportOf({ held }: Ended, { told }: Pass): PassReport {
  const away = Object.values(told).find((text) => text.startsWith("no answer from Holdpoint"));
  // Mastra tells the model whatever a tool throws; here it is to end the pass.
  if (away !== undefined) throw new Error(away);
  return { ended: held.length === 0, held: held.map(({ job }) => job.id), told };
}

export const harness: Harness = {
  async start(plan) {
    const hp = clientOf(plan);
    const pass = { told: {} };
    const runs = suspendable(hp, agentOf(plan, hp, pass) as never);
    return reportOf(await runs.run("Do what is planned.", { runId: plan.thread }), pass);
  },
  async resume(plan) {
    const hp = clientOf(plan);
    const pass = { told: {} };
    const runs = suspendable(hp, agentOf(plan, hp, pass) as never);
    return reportOf(await runs.goOn(plan.thread), pass);
  },
};

/** Mastra's own approval: `resume` takes the run up twice at once. */
export const bare: Harness = {
  async start(plan) {
    const pass = { told: {} };
    const stream = await bareAgent(plan, pass).stream("Do what is planned.", {
      runId: plan.thread,
    });
    await stream.consumeStream();
    return { ended: false, held: [], told: {} };
  },
  async resume(plan) {
    const pass = { told: {} };
    const one = async (): Promise<void> => {
      const stream = await bareAgent(plan, pass).approveToolCall({
        runId: plan.thread,
        toolCallId: plan.calls[0]?.id ?? "",
      });
      await stream.consumeStream();
    };
    await Promise.allSettled([one(), one()]);
    return { ended: true, held: [], told: pass.told };
  },
};

function bareAgent(plan: Plan, pass: Pass): Agent {
  const tools = toolNames.map((name) => [
    name,
    createTool({
      id: name,
      description: `${name} an item`,
      inputSchema,
      requireApproval: true,
      execute: (args) => act(plan, name, args),
    }),
  ]);
  return storedAgent(plan, pass, Object.fromEntries(tools) as Record<string, object>);
}
