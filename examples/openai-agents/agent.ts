// A support agent on the OpenAI Agents SDK: its refunds wait for people, and any worker takes the run up.

import { appendFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Holdpoint } from "@holdpoint/sdk";
import { gatedTool, suspendable } from "@holdpoint/sdk/openai-agents";
import {
  Agent,
  type Model,
  type ModelResponse,
  setTracingDisabled,
  tool,
  Usage,
} from "@openai/agents";
import { z } from "zod";

interface Refund {
  readonly orderId: string;
  readonly amount: number;
}

/** The real thing would call a payment provider, with `idempotencyKey` as its key. */
async function sendRefund({ orderId, amount }: Refund): Promise<string> {
  await appendFile("refunds.txt", `${orderId} ${amount}\n`);
  return `paid back ${amount} USD for ${orderId}`;
}

export function supportAgent(hp: Holdpoint, model: Model) {
  const refund = tool({
    name: "refund",
    description: "Pays an order back.",
    parameters: z.object({ orderId: z.string(), amount: z.number().positive() }),
    ...gatedTool(hp, sendRefund, {
      topic: "job.payment.refund",
      tool: "refund",
      riskTags: ["payment"],
      reversible: false,
      describe: ({ orderId, amount }) => ({
        target: { resource: `orders/${orderId}` },
        cost: { amount, currency: "USD" },
      }),
    }),
  });
  return new Agent({ name: "Support", instructions: "Help customers.", model, tools: [refund] });
}

/** Stands in for a model, so that the example needs no key: two refunds at once, then what came of them. */
function scriptedModel(): Model {
  const refund = (callId: string, orderId: string, amount: number) =>
    ({
      type: "function_call",
      callId,
      name: "refund",
      arguments: JSON.stringify({ orderId, amount }),
      status: "completed",
    }) as const;
  return {
    async getResponse({ input }): Promise<ModelResponse> {
      const items = typeof input === "string" ? [] : input;
      const told = items.flatMap((item) =>
        item.type === "function_call_result" ? JSON.stringify(item.output) : [],
      );
      const text = { type: "output_text", text: told.join(" | ") } as const;
      const usage = new Usage();
      return told.length > 0
        ? {
            usage,
            output: [{ type: "message", role: "assistant", status: "completed", content: [text] }],
          }
        : { usage, output: [refund("call_1", "o_7", 20), refund("call_2", "o_8", 900)] };
    },
    getStreamedResponse() {
      throw new Error("this model does not stream");
    },
  };
}

/** `node agent.ts ask`, then decide in the console, and `node agent.ts work`, on this machine or another. */
async function main(verb: string | undefined): Promise<void> {
  setTracingDisabled(true);
  const hp = new Holdpoint();
  const support = suspendable(hp, supportAgent(hp, scriptedModel()));
  if (verb === "work") {
    const worker = hp.worker({
      resume: async (run) => {
        const { result } = await support.resume(run);
        process.stdout.write(`${run.thread}: ${String(result.finalOutput)}\n`);
      },
    });
    process.once("SIGINT", () => void worker.stop());
    await worker.run();
    return;
  }
  const thread = `ticket-${Date.now()}`;
  const { result, held } = await support.run("My parcels never came: o_7 and o_8.", { thread });
  for (const { job } of held)
    process.stdout.write(`${thread} waits for people: ${hp.url}/jobs/${job.id}\n`);
  if (held.length === 0) process.stdout.write(`${thread}: ${String(result.finalOutput)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]);
