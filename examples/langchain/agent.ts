// A support agent on LangChain's createAgent: each tool call of a turn gets its own answer from policy or people.

import { appendFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Holdpoint } from "@holdpoint/sdk";
import { holdpoint, suspendable } from "@holdpoint/sdk/langchain";
import { HoldpointSaver } from "@holdpoint/sdk/langgraph-checkpoint";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { createAgent, fakeModel, tool } from "langchain";
import { z } from "zod";

const order = z.object({ orderId: z.string(), amount: z.number().positive() });

const lookUp = tool(({ orderId }) => `${orderId}: 20 USD, sent, not delivered`, {
  name: "look_up",
  description: "Reads an order.",
  schema: z.object({ orderId: z.string() }),
});

const refund = tool(
  async ({ orderId, amount }) => {
    await appendFile("refunds.txt", `${orderId} ${amount}\n`);
    return `paid back ${amount} USD for ${orderId}`;
  },
  {
    name: "refund",
    description: "Pays an order back.",
    schema: order,
  },
);

export function supportAgent(hp: Holdpoint, model: BaseChatModel) {
  return createAgent({
    model,
    tools: [lookUp, refund],
    checkpointer: new HoldpointSaver(hp),
    middleware: [
      holdpoint(hp, {
        tools: {
          refund: {
            topic: "job.payment.refund",
            riskTags: ["payment"],
            reversible: false,
            describe(args) {
              const { orderId, amount } = order.parse(args);
              return {
                target: { resource: `orders/${orderId}` },
                cost: { amount, currency: "USD" },
              };
            },
          },
          look_up: { topic: "job.crm.read" },
        },
      }),
    ],
  });
}

/** Stands in for a model, so that the example needs no key: one turn with two refunds and a look-up. */
function scriptedModel(): BaseChatModel {
  const call = (id: string, name: string, args: object) => ({ id, name, args: { ...args } });
  const answer = (messages: BaseMessage[]): AIMessage => {
    const told = messages.filter(({ type }) => type === "tool").map(({ text }) => text);
    if (told.length > 0) return new AIMessage(told.join("\n"));
    const tool_calls = [
      call("call_1", "look_up", { orderId: "o_7" }),
      call("call_2", "refund", { orderId: "o_7", amount: 20 }),
      call("call_3", "refund", { orderId: "o_8", amount: 900 }),
    ];
    return new AIMessage({ content: "", tool_calls });
  };
  return fakeModel().respond(answer).respond(answer);
}

/** `node agent.ts ask`, then decide in the console, and `node agent.ts work`, on this machine or another. */
async function main(verb: string | undefined): Promise<void> {
  const hp = new Holdpoint();
  const support = suspendable(hp, supportAgent(hp, scriptedModel()).graph);
  if (verb === "work") {
    const worker = hp.worker({
      resume: async (run) => {
        const { result } = await support.resume(run);
        process.stdout.write(`${run.thread}: ${lastText(result)}\n`);
      },
    });
    process.once("SIGINT", () => void worker.stop());
    await worker.run();
    return;
  }
  const thread = `ticket-${Date.now()}`;
  const { result, held } = await support.invoke(
    { messages: [new HumanMessage("My parcels never came: orders o_7 and o_8.")] },
    { configurable: { thread_id: thread } },
  );
  for (const { job, action } of held) {
    const { resource } = action.target;
    process.stdout.write(`${thread} waits for people: ${resource} ${hp.url}/approvals/${job.id}\n`);
  }
  if (held.length === 0) process.stdout.write(`${thread}: ${lastText(result)}\n`);
}

function lastText(result: unknown): string {
  return (result as { messages?: BaseMessage[] } | undefined)?.messages?.at(-1)?.text ?? "";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]);
