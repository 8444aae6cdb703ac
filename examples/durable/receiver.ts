// The agent's webhook, as it is registered with Holdpoint: verifies each message and wakes the workflow that it is about.

import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { type WakeClient, wakeByMessage, type WakeOptions } from "@holdpoint/sdk/durable";
import { verifyWebhook, WebhookInvalid } from "@holdpoint/sdk/webhook";

/** Port and secret come from `PORT` and `HOLDPOINT_WEBHOOK_SECRET`. */
export function receive(hp: WakeClient, options: WakeOptions): void {
  const { PORT = "8090", HOLDPOINT_WEBHOOK_SECRET: secrets = "" } = process.env;
  const server = createServer((request, response) => {
    void buffer(request)
      .then((body) => verifyWebhook({ body, headers: request.headers }, { secrets }))
      .then((message) => wakeByMessage(hp, message, options))
      .then(
        () => response.writeHead(204).end(),
        (error: unknown) => response.writeHead(error instanceof WebhookInvalid ? 400 : 500).end(),
      );
  });
  server.listen(Number(PORT), "127.0.0.1", () => process.stdout.write(`listens on ${PORT}\n`));
}
