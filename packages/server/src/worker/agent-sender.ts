// Sends what the agents' webhooks are told: each by itself, so that a receiver that hangs holds up no other.

import { deliveryTimeoutMs, outboxBatch } from "@holdpoint/core/base/limits";
import { isoOf } from "@holdpoint/core/base/clock";
import { signedHeaders } from "../channel/webhook.ts";
import { wordsOf } from "../flow/agent-message.ts";
import { webhookOf } from "../flow/agent-webhook.ts";
import type { Engine } from "../flow/context.ts";
import { agentChannel, type AgentMessage } from "../flow/run-notice.ts";
import { failedAttempt, type Sent } from "../flow/send-delivery.ts";
import { resultOf } from "../flow/settle-delivery.ts";
import type { Delivery } from "../storage/deliveries.ts";
import { claimMs } from "./channel-sender.ts";
import { eachTenant, pauseUntil } from "./each-tenant.ts";
import { type Loop, startLoop } from "./loop.ts";
import { postPinned } from "./post-pinned.ts";
import { tenantList } from "./tenant-list.ts";

const lookEveryMs = 30_000;
const name = "messages to agents";

export function startAgentSender(engine: Engine): Loop {
  const tenantsOf = tenantList(engine);
  const flights = new Set<Promise<void>>();
  let isStopped = false;
  const start = (tenant: string, delivery: Delivery): void => {
    const flight = deliver(engine, tenant, delivery)
      .then((dueAt) => {
        if (dueAt !== null) loop.kickWithin(dueAt - engine.clock.now());
      })
      // The claim runs out, and the message is sent again with its id.
      .catch((error: unknown) => engine.telemetry.workFailed(name, error))
      .finally(() => flights.delete(flight));
    flights.add(flight);
  };
  const drain = async (tenant: string): Promise<number | null> => {
    while (!isStopped) {
      while (flights.size >= outboxBatch) await Promise.race(flights);
      const limit = outboxBatch - flights.size;
      const now = engine.clock.now();
      const terms = { channel: agentChannel, now, until: now + claimMs, limit };
      const claim = await engine.store.claimDeliveries(tenant, {
        ...terms,
        isHistoryWanted: false,
      });
      for (const delivery of claim.deliveries) start(tenant, delivery);
      if (claim.deliveries.length < limit) return claim.nextDueAt;
    }
    return null;
  };
  const loop = startLoop({
    run: () =>
      eachTenant(engine, {
        name,
        tenantsOf,
        lookEveryMs,
        run: async (tenant) => pauseUntil(engine, await drain(tenant), lookEveryMs),
      }),
    onError: (error) => engine.telemetry.workFailed(name, error),
  });
  return {
    ...loop,
    stop: async () => {
      isStopped = true;
      await loop.stop();
      await Promise.all(flights);
    },
  };
}

/** Answers when the message is due again; null once it is settled. */
async function deliver(engine: Engine, tenant: string, delivery: Delivery): Promise<number | null> {
  const sent = await attempt(engine, delivery).catch((error: unknown) =>
    failedAttempt(engine, delivery, error),
  );
  const { store, hub } = engine;
  await store.settleDeliveries(tenant, [resultOf(engine, tenant, { delivery, sent })]);
  hub.changed(tenant, []);
  return sent.state === "pending" ? sent.dueAt : null;
}

async function attempt(engine: Engine, delivery: Delivery): Promise<Sent> {
  const { id } = delivery;
  const message = (JSON.parse(delivery.body) as { readonly data: AgentMessage }).data;
  const now = engine.clock.now();
  const webhook = await webhookOf(engine, message.tenant, message.agent);
  if (webhook === null) return ended("dropped", now);
  const words = await wordsOf(engine, message);
  if (words === null) return ended("dropped", now);
  if (typeof words === "number") return { ...ended("pending", words), isPutOff: true };
  const { type, data } = words;
  const body = JSON.stringify({ type, timestamp: isoOf(delivery.createdAt), data });
  await postPinned(engine.webhookRule, {
    url: webhook.url,
    body,
    headers: signedHeaders(webhook.secret, { id, body }, now),
    signal: AbortSignal.timeout(deliveryTimeoutMs),
  });
  return ended("delivered", engine.clock.now());
}

function ended(state: Sent["state"], dueAt: number): Sent {
  return { state, dueAt, error: null, ref: null, isPutOff: false, askedMs: null, proves: [] };
}
