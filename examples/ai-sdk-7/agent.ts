// A support chat on the AI SDK 7: its refunds wait for people, and any worker takes the chat up.

import { appendFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Holdpoint } from "@holdpoint/sdk";
import { suspendable } from "@holdpoint/sdk/ai-sdk";
import { generateText, type LanguageModel, isStepCount, tool } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { z } from "zod";

const order = z.object({ orderId: z.string(), amount: z.number().positive() });

const tools = {
  look_up: tool({
    description: "Reads an order.",
    inputSchema: z.object({ orderId: z.string() }),
    execute: ({ orderId }) => `${orderId}: 20 USD, sent, not delivered`,
  }),
  refund: tool({
    description: "Pays an order back.",
    inputSchema: order,
    async execute({ orderId, amount }) {
      await appendFile("refunds.txt", `${orderId} ${amount}\n`);
      return `paid back ${amount} USD for ${orderId}`;
    },
  }),
};

export function supportChat(hp: Holdpoint, model: LanguageModel) {
  return suspendable(
    hp,
    ({ gate, messages, signal }) =>
      generateText({
        model,
        messages,
        tools: gate.tools(tools),
        toolApproval: gate.toolApproval,
        stopWhen: isStepCount(10),
        ...(signal !== undefined && { abortSignal: signal }),
      }),
    {
      tools: {
        look_up: { topic: "job.crm.read" },
        refund: {
          topic: "job.payment.refund",
          riskTags: ["payment"],
          reversible: false,
          describe(input) {
            const { orderId, amount } = order.parse(input);
            return {
              target: { resource: `orders/${orderId}` },
              cost: { amount, currency: "USD" },
            };
          },
        },
      },
    },
  );
}

/** Stands in for a model, so that the example needs no key: one turn with a look-up and two refunds. */
function scriptedModel(): LanguageModel {
  const count = { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0, text: 0, reasoning: 0 };
  const common = { warnings: [], usage: { inputTokens: count, outputTokens: count } };
  const call = (toolCallId: string, toolName: string, input: object) => {
    return { type: "tool-call" as const, toolCallId, toolName, input: JSON.stringify(input) };
  };
  return new MockLanguageModelV4({
    async doGenerate({ prompt }) {
      const told = prompt.flatMap(({ role, content }) =>
        role === "tool"
          ? content.flatMap((part) =>
              part.type === "tool-result" ? JSON.stringify(part.output) : [],
            )
          : [],
      );
      if (told.length > 0) {
        const content = [{ type: "text" as const, text: told.join(" | ") }];
        return { ...common, content, finishReason: { unified: "stop", raw: undefined } };
      }
      const content = [
        call("call_1", "look_up", { orderId: "o_7" }),
        call("call_2", "refund", { orderId: "o_7", amount: 20 }),
        call("call_3", "refund", { orderId: "o_8", amount: 900 }),
      ];
      return { ...common, content, finishReason: { unified: "tool-calls", raw: undefined } };
    },
  });
}

/** `node agent.ts ask`, then decide in the console, and `node agent.ts work`, on this machine or another. */
async function main(verb: string | undefined): Promise<void> {
  const hp = new Holdpoint();
  const support = supportChat(hp, scriptedModel());
  if (verb === "work") {
    const worker = hp.worker({
      resume: async (run) => {
        const { result } = await support.resume(run);
        process.stdout.write(`${run.thread}: ${result?.text ?? "waits on"}\n`);
      },
    });
    process.once("SIGINT", () => void worker.stop());
    await worker.run();
    return;
  }
  const thread = `ticket-${Date.now()}`;
  const question = { role: "user", content: "My parcels never came: orders o_7 and o_8." };
  const { result, held } = await support.run([question], { thread });
  for (const { job } of held)
    process.stdout.write(`${thread} waits for people: ${hp.url}/jobs/${job.id}\n`);
  if (held.length === 0) process.stdout.write(`${thread}: ${result?.text ?? ""}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]);
