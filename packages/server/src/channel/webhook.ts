// Signed webhooks after the Standard Webhooks specification 1.0: id, timestamp, HMAC-SHA256 over both and the body.

import { createHmac } from "node:crypto";
import { type Clock, isoOf } from "@holdpoint/core/base/clock";
import { type Channel, DeliveryFailed, type OutgoingNotice } from "./channel.ts";

export interface WebhookTarget {
  readonly name: string;
  readonly url: string;
  readonly secret: string;
}

export function webhookChannel(target: WebhookTarget, clock: Clock): Channel {
  const send = async (message: Message, signal: AbortSignal): Promise<void> => {
    const headers = signedHeaders(target.secret, message, clock.now());
    const response = await post(target.url, { signal, body: message.body, headers });
    await response.body?.cancel().catch(() => undefined);
    const { status } = response;
    if (status < 200 || status >= 300) throw failureOf(status, response.headers.get("retry-after"));
  };
  return {
    name: `webhook:${target.name}`,
    reach: "shared",
    deliver: async (notice, signal) => {
      await send(notice, signal);
      return { ref: null };
    },
    update: async () => undefined,
    test: async (_address, signal) => {
      const timestamp = isoOf(clock.now());
      const body = JSON.stringify({ type: "channel.test", timestamp, data: {} });
      await send({ id: `test_${clock.now()}`, body }, signal);
    },
  };
}

export type Message = Pick<OutgoingNotice, "id" | "body">;

/** SPEC: Standard Webhooks, "v1," and base64 of HMAC-SHA256 over `id.timestamp.body`. */
export function signedHeaders(
  secret: string,
  message: Message,
  now: number,
): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const timestamp = String(Math.floor(now / 1000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  return {
    "content-type": "application/json",
    "user-agent": "holdpoint",
    "webhook-id": message.id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${createHmac("sha256", key).update(signed).digest("base64")}`,
  };
}

interface Posting {
  readonly signal: AbortSignal;
  readonly body: string;
  readonly headers: Record<string, string>;
}

async function post(url: string, posting: Posting): Promise<Response> {
  try {
    // SECURITY: a redirect could lead elsewhere than the operator configured.
    return await fetch(url, { method: "POST", redirect: "manual", ...posting });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new DeliveryFailed(cause instanceof Error ? cause.message : "no connection");
  }
}

export function failureOf(status: number, retryAfter: string | null): DeliveryFailed {
  const after = Number(retryAfter);
  return new DeliveryFailed(`the receiver answered ${status}`, {
    retryAfterMs: Number.isFinite(after) && after > 0 ? after * 1000 : null,
    // SPEC: Standard Webhooks, 410 Gone ends the deliveries.
    isFinal: status === 410,
  });
}
