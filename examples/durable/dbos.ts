// A payment as a DBOS workflow: it waits for people in PostgreSQL, and a signed webhook wakes it, whatever died meanwhile.

import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { DBOS } from "@dbos-inc/dbos-sdk";
import { Holdpoint, modelMessage } from "@holdpoint/sdk";
import { isFinalStop, wakeByMessage } from "@holdpoint/sdk/durable";
import { verifyWebhook, WebhookInvalid } from "@holdpoint/sdk/webhook";
import { type Payment, paymentStep } from "./payments.ts";

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

/** The agent's webhook, as it is registered with Holdpoint: `PUT /agents/{id} {"webhook": {"url": …}}`. */
function listen(port: number, secrets: string): void {
  const server = createServer((request, response) => {
    const wake = (workflow: string, key: string): Promise<void> =>
      DBOS.send(workflow, "answered", "holdpoint", key);
    void buffer(request)
      .then((body) => verifyWebhook({ body, headers: request.headers }, { secrets }))
      .then((message) => wakeByMessage(hp, message, { worker: "dbos", wake }))
      .then(
        () => response.writeHead(204).end(),
        (error: unknown) => response.writeHead(error instanceof WebhookInvalid ? 400 : 500).end(),
      );
  });
  server.listen(port, "127.0.0.1", () => process.stdout.write(`listens on ${port}\n`));
}

/** `node dbos.ts ORDER AMOUNT`; the same again, after a crash, goes on with the same workflow. */
async function main([orderId = "o_7", amount = "20"]: readonly string[]): Promise<void> {
  const { DBOS_DATABASE_URL, HOLDPOINT_WEBHOOK_SECRET = "", PORT = "8090" } = process.env;
  DBOS.setConfig({
    name: "payments",
    logLevel: "error",
    ...(DBOS_DATABASE_URL !== undefined && { systemDatabaseUrl: DBOS_DATABASE_URL }),
  });
  await DBOS.launch();
  listen(Number(PORT), HOLDPOINT_WEBHOOK_SECRET);
  const workflowID = `refund-${orderId}`;
  const handle = await DBOS.startWorkflow(refund, { workflowID })({
    orderId,
    amount: Number(amount),
  });
  const ended = await handle.getResult().catch((error: unknown) => modelMessage(error));
  process.stdout.write(`${workflowID}: ${ended}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
