// A support agent on Mastra: its refunds wait for people in Mastra's own storage, and a worker takes the run up.

import { appendFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Agent } from "@mastra/core/agent";
import { Mastra } from "@mastra/core/mastra";
import { createTool } from "@mastra/core/tools";
import { LibSQLStore } from "@mastra/libsql";
import { Holdpoint } from "@holdpoint/sdk";
import { gatedTool, suspendable } from "@holdpoint/sdk/mastra";
import { z } from "zod";
import { scripted, toldIn } from "./scripted-model.ts";

const order = z.object({ orderId: z.string(), amount: z.number().positive() });

function supportAgent(hp: Holdpoint): Agent {
  const pay = async ({ orderId, amount }: z.infer<typeof order>): Promise<string> => {
    await appendFile("refunds.txt", `${orderId} ${amount}\n`);
    return `paid back ${amount} USD for ${orderId}`;
  };
  const refund = createTool({
    id: "refund",
    description: "Pays an order back.",
    inputSchema: order,
    execute: gatedTool(hp, pay, {
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
  const agent = new Agent({
    id: "support",
    name: "support",
    instructions: "Help customers whose parcels were lost.",
    model: scriptedModel(),
    tools: { refund },
  });
  const storage = new LibSQLStore({ id: "runs", url: "file:runs.db" });
  return new Mastra({ agents: { support: agent }, storage, logger: false }).getAgent("support");
}

/** Stands in for a model, so that the example needs no key: one turn with two refunds. */
function scriptedModel() {
  return scripted((prompt) => {
    const told = Object.values(toldIn(prompt));
    if (told.length > 0) return { text: told.join("; ") };
    return {
      calls: [
        { id: "call_1", name: "refund", args: { orderId: "o_7", amount: 20 } },
        { id: "call_2", name: "refund", args: { orderId: "o_8", amount: 900 } },
      ],
    };
  });
}

/** `node agent.ts ask`, then decide in the console, and `node agent.ts work`. */
async function main(verb: string | undefined): Promise<void> {
  const hp = new Holdpoint();
  const support = suspendable(hp, supportAgent(hp) as never);
  if (verb === "work") {
    const worker = hp.worker({
      resume: async (run) => {
        const { stream } = await support.resume(run);
        process.stdout.write(`${run.thread}: ${(await stream?.text) ?? ""}\n`);
      },
    });
    process.once("SIGINT", () => void worker.stop());
    await worker.run();
    return;
  }
  const runId = `ticket-${Date.now()}`;
  const { held, stream } = await support.run("My parcels o_7 and o_8 never came.", { runId });
  for (const { job, action } of held) {
    const { resource } = action.target;
    process.stdout.write(`${runId} waits for people: ${resource} ${hp.url}/approvals/${job.id}\n`);
  }
  if (held.length === 0) process.stdout.write(`${runId}: ${(await stream?.text) ?? ""}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]);
