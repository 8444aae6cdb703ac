// A payment as a DBOS workflow: it waits for people in PostgreSQL, and a signed webhook wakes it, whatever died meanwhile.

import { fileURLToPath } from "node:url";
import { DBOS } from "@dbos-inc/dbos-sdk";
import { Holdpoint, modelMessage } from "@holdpoint/sdk";
import { isFinalStop } from "@holdpoint/sdk/durable";
import { type Payment, paymentStep } from "./payments.ts";
import { receive } from "./receiver.ts";

/** A message that was lost costs this much, and no more: the step looks itself. */
const WAIT_S = 3_600;

const hp = new Holdpoint();
const step = paymentStep(hp);

const refund = DBOS.registerWorkflow(
  async (payment: Payment): Promise<string> => {
    const run = DBOS.workflowID ?? "";
    for (;;) {
      const end = await DBOS.runStep(() => step(payment, { run, call: "refund" }), {
        name: "refund",
        retriesAllowed: true,
        shouldRetry: (error) => !isFinalStop(error),
      });
      if (!end.isHeld) return end.result;
      process.stdout.write(`${run} waits for people: ${hp.url}/approvals/${end.jobId}\n`);
      await DBOS.recv("holdpoint", WAIT_S);
    }
  },
  { name: "refund" },
);

/** `node dbos.ts ORDER AMOUNT`; the same again, after a crash, goes on with the same workflow. */
async function main([orderId = "o_7", amount = "20"]: readonly string[]): Promise<void> {
  const { DBOS_DATABASE_URL } = process.env;
  DBOS.setConfig({
    name: "payments",
    logLevel: "error",
    ...(DBOS_DATABASE_URL !== undefined && { systemDatabaseUrl: DBOS_DATABASE_URL }),
  });
  await DBOS.launch();
  const wake = (workflow: string, key: string): Promise<void> =>
    DBOS.send(workflow, "answered", "holdpoint", key);
  receive(hp, { worker: "dbos", wake });
  const workflowID = `refund-${orderId}`;
  const handle = await DBOS.startWorkflow(refund, { workflowID })({
    orderId,
    amount: Number(amount),
  });
  const ended = await handle.getResult().catch((error: unknown) => modelMessage(error));
  process.stdout.write(`${workflowID}: ${ended}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
