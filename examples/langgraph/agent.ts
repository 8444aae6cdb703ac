// A support agent on LangGraph: its refunds wait for people, and any worker takes the thread up with the answer.

import { appendFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Holdpoint } from "@holdpoint/sdk";
import { gated, gatedTool, suspendable } from "@holdpoint/sdk/langgraph";
import { HoldpointSaver } from "@holdpoint/sdk/langgraph-checkpoint";
import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, type BaseMessage, HumanMessage } from "@langchain/core/messages";
import { fakeModel } from "@langchain/core/testing";
import { tool } from "@langchain/core/tools";
import { Annotation, END, MessagesAnnotation, Send, START, StateGraph } from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { z } from "zod";

interface Refund {
  readonly orderId: string;
  readonly amount: number;
}

/** The real thing would call a payment provider, with `idempotencyKey` as its key. */
async function sendRefund({ orderId, amount }: Refund): Promise<{ receipt: string }> {
  await appendFile("refunds.txt", `${orderId} ${amount}\n`);
  return { receipt: `r-${orderId}` };
}

/** What policies and reviewers are told of a refund. */
const refundOptions = {
  topic: "job.payment.refund",
  tool: "refund",
  riskTags: ["payment"],
  reversible: false,
  describe: ({ orderId, amount }: Refund) => ({
    target: { resource: `orders/${orderId}` },
    cost: { amount, currency: "USD" },
  }),
};

/** A tool of a model: a refused call is told to the model, which can go another way. */
export function supportGraph(hp: Holdpoint, model: BaseChatModel) {
  const tools = [
    tool(gatedTool(hp, sendRefund, refundOptions), {
      name: "refund",
      description: "Pays an order back.",
      schema: z.object({ orderId: z.string(), amount: z.number().positive() }),
    }),
  ];
  const bound = model.bindTools?.(tools) ?? model;
  return (
    new StateGraph(MessagesAnnotation)
      .addNode("model", async ({ messages }) => ({ messages: [await bound.invoke(messages)] }))
      .addNode("tools", new ToolNode(tools))
      .addEdge(START, "model")
      // One task for each call: each waits for its own answer.
      .addConditionalEdges(
        "model",
        (state) => {
          const calls = (state.messages.at(-1) as AIMessage).tool_calls ?? [];
          return calls.length === 0
            ? END
            : calls.map((call) => new Send("tools", { ...state, lg_tool_call: call }));
        },
        ["tools", END],
      )
      .addEdge("tools", "model")
      .compile({ checkpointer: new HoldpointSaver(hp) })
  );
}

const Order = Annotation.Root({
  orderId: Annotation<string>,
  amount: Annotation<number>,
  receipt: Annotation<string>,
});

/** A node without a model: a refused call is thrown, and the graph decides what follows. */
export function refundGraph(hp: Holdpoint) {
  const refund = gated(hp, sendRefund, refundOptions);
  return new StateGraph(Order)
    .addNode("refund", ({ orderId, amount }, config) => refund({ orderId, amount }, config))
    .addEdge(START, "refund")
    .addEdge("refund", END)
    .compile({ checkpointer: new HoldpointSaver(hp) });
}

/** Stands in for a model, so that the example needs no key: it asks for one refund, then says what came of it. */
function scriptedModel(): BaseChatModel {
  const answer = (messages: BaseMessage[]): AIMessage => {
    const last = messages.at(-1);
    if (last?.type === "tool") return new AIMessage(`Done: ${last.text}`);
    const args = { orderId: "o_7", amount: 20 };
    return new AIMessage({ content: "", tool_calls: [{ id: "call_1", name: "refund", args }] });
  };
  return fakeModel().respond(answer).respond(answer);
}

/** `node agent.ts ask`, then decide in the console, and `node agent.ts work`, on this machine or another. */
async function main(verb: string | undefined): Promise<void> {
  const hp = new Holdpoint();
  const support = suspendable(hp, supportGraph(hp, scriptedModel()));
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
    { messages: [new HumanMessage("My parcel never came. Order o_7, 20 dollars.")] },
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
