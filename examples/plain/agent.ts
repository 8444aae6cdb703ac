// An agent without a framework: one function behind the guard, asked for in one process and run in another.

import { appendFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import {
  type Action,
  type CallOutcome,
  Holdpoint,
  isRefusal,
  Interrupted,
  modelMessage,
} from "@holdpoint/sdk";

interface Refund {
  readonly orderId: string;
  readonly amount: number;
}

/** The real thing would call a payment provider, with `idempotencyKey` as its key. */
async function sendRefund({ orderId, amount }: Refund): Promise<string> {
  await appendFile("refunds.txt", `${orderId} ${amount}\n`);
  return `paid back ${amount} USD for ${orderId}`;
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

/** The same as one action of a list, for a run that asks for several at once. */
function refundAction({ orderId, amount }: Refund): Action {
  const { describe, tool, ...rest } = refundOptions;
  return {
    ...rest,
    ...describe({ orderId, amount }),
    tool: { name: tool },
    params: { orderId, amount },
    agent: { call: `refund-${orderId}` },
  };
}

const wanted: readonly Refund[] = [
  { orderId: "o_7", amount: 20 },
  { orderId: "o_8", amount: 900 },
];

/** Asks for both; when people have to be asked first, what the run knows is saved, and it ends here. */
async function ask(hp: Holdpoint): Promise<void> {
  const thread = `ticket-${Date.now()}`;
  try {
    const state = { customer: "Li", orders: wanted.map(({ orderId }) => orderId) };
    const outcomes = await hp.interrupt(wanted.map(refundAction), { run: thread, thread, state });
    await goOn(hp, thread, outcomes);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    for (const { job } of error.jobs)
      process.stdout.write(`${thread} waits for people: ${hp.url}/jobs/${job.id}\n`);
  }
}

/** Does what was released, once, whichever process comes here first, and says what was not. */
async function goOn(
  hp: Holdpoint,
  thread: string,
  outcomes: readonly CallOutcome[],
): Promise<void> {
  const refund = hp.calls(sendRefund, refundOptions);
  const told = await Promise.all(
    outcomes.map(({ job }) => refund.run(job).catch((error: unknown) => modelMessage(error))),
  );
  process.stdout.write(`${thread}: ${told.join(" | ")}\n`);
}

/** Takes up whatever waits, on this machine or another. */
async function work(hp: Holdpoint): Promise<void> {
  const worker = hp.worker({ resume: ({ thread, outcomes }) => goOn(hp, thread, outcomes) });
  process.once("SIGINT", () => void worker.stop());
  await worker.run();
}

/** Stays while people think: `hp.guard` waits, and gives the result or throws the reason. */
async function stay(hp: Holdpoint): Promise<void> {
  const refund = hp.guard(sendRefund, refundOptions);
  const order = { orderId: "o_9", amount: 30 };
  try {
    const result = await refund(
      order,
      { reasoning: "the parcel was lost" },
      {
        onProposed: ({ job }) =>
          process.stdout.write(`waits for people: ${hp.url}/jobs/${job.id}\n`),
      },
    );
    process.stdout.write(`stayed: ${result}\n`);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    process.stdout.write(`stayed: ${error.message}\n`);
  }
}

/** `node agent.ts ask`, then decide in the console, and `node agent.ts work`; or `node agent.ts stay`. */
async function main(verb: string | undefined): Promise<void> {
  const hp = new Holdpoint();
  if (verb === "work") await work(hp);
  else if (verb === "stay") await stay(hp);
  else await ask(hp);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2]);
