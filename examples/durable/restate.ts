// A payment as a handler of Restate: it waits for people at an awakeable, which a signed webhook resolves.

import { fileURLToPath } from "node:url";
import { Holdpoint, modelMessage } from "@holdpoint/sdk";
import { isFinalStop } from "@holdpoint/sdk/durable";
import {
  object,
  type ObjectContext,
  serve,
  TerminalError,
  TimeoutError,
} from "@restatedev/restate-sdk";
import { type Payment, paymentStep } from "./payments.ts";
import { receive } from "./receiver.ts";

/** A message that was lost costs this much, and no more: the step looks itself. */
const WAIT_MS = 3_600_000;

const hp = new Holdpoint();
const step = paymentStep(hp);

async function refund(ctx: ObjectContext, payment: Payment): Promise<string> {
  for (;;) {
    const wait = ctx.awakeable<string>();
    const place = { run: `payments-${ctx.key}`, call: "refund", wake: wait.id };
    const end = await ctx.run("refund", () =>
      step(payment, place).catch((error: unknown) => {
        // Restate repeats any other error.
        throw isFinalStop(error) ? new TerminalError(modelMessage(error)) : error;
      }),
    );
    if (!end.isHeld) return end.result;
    process.stdout.write(`${ctx.key} waits for people: ${hp.url}/approvals/${end.jobId}\n`);
    try {
      await wait.promise.orTimeout(WAIT_MS);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
  }
}

/** SECURITY: an awakeable's id lets whoever knows it resolve it; that wakes a handler, and decides nothing. */
async function wake(awakeable: string): Promise<void> {
  const { RESTATE_INGRESS = "http://127.0.0.1:8080" } = process.env;
  const url = `${RESTATE_INGRESS}/restate/awakeables/${encodeURIComponent(awakeable)}/resolve`;
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: '"answered"' });
  if (!response.ok) throw new Error(`Restate answered ${response.status}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { SERVICE_PORT = "9080" } = process.env;
  receive(hp, { worker: "restate", wake });
  const payments = object({ name: "payments", handlers: { refund } });
  await serve({ services: [payments], port: Number(SERVICE_PORT) });
  process.stdout.write(`serves on ${SERVICE_PORT}\n`);
}
