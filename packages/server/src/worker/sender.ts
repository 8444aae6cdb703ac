// Sends the outbox: claims what is due, delivers, and settles each message with its audit event.

import {
  deliveryAttemptsMax,
  deliveryBackoffMaxMs,
  deliveryBackoffMs,
  deliveryTimeoutMs,
  outboxBatch,
} from "@holdpoint/core/base/limits";
import { type Channel, DeliveryFailed } from "../channel/channel.ts";
import type { Engine } from "../flow/context.ts";
import { record } from "../flow/record.ts";
import type { Delivery, DeliveryResult } from "../storage/store.ts";
import { type Loop, startLoop } from "./loop.ts";

const lookEveryMs = 30_000;
/** A claim outlives the delivery's own time limit, so that no message is sent twice at once. */
const claimMs = deliveryTimeoutMs * 3;

export function startSender(engine: Engine, channels: readonly Channel[]): Loop {
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  return startLoop({
    run: async () => {
      let pauseMs = lookEveryMs;
      for (const tenant of await engine.store.tenants()) {
        await drain(engine, tenant, byName);
        const next = await engine.store.nextDeliveryAt(tenant);
        if (next !== null) pauseMs = Math.min(pauseMs, Math.max(1, next - engine.clock.now()));
      }
      return pauseMs;
    },
    onError: (error) => engine.telemetry.workFailed("sender", error),
  });
}

async function drain(
  engine: Engine,
  tenant: string,
  channels: ReadonlyMap<string, Channel>,
): Promise<void> {
  for (;;) {
    const now = engine.clock.now();
    const batch = await engine.store.claimDeliveries(tenant, now, now + claimMs, outboxBatch);
    await Promise.all(
      batch.map(async (delivery) => {
        const result = await attempt(engine, delivery, channels.get(delivery.channel));
        await engine.store.settleDelivery(tenant, withEvent(engine, { tenant, delivery, result }));
        engine.hub.changed(tenant, []);
      }),
    );
    if (batch.length < outboxBatch) return;
  }
}

type Attempt = Omit<DeliveryResult, "event">;

async function attempt(
  engine: Engine,
  delivery: Delivery,
  channel: Channel | undefined,
): Promise<Attempt> {
  const settled = (
    state: DeliveryResult["state"],
    dueAt: number,
    error: string | null,
  ): Attempt => ({
    id: delivery.id,
    state,
    attempts: delivery.attempts,
    dueAt,
    error,
    now: engine.clock.now(),
  });
  if (channel === undefined) {
    return settled("dead", engine.clock.now(), `no channel \`${delivery.channel}\` is configured`);
  }
  try {
    await channel.deliver(delivery, AbortSignal.timeout(deliveryTimeoutMs));
    return settled("delivered", engine.clock.now(), null);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isFinal = error instanceof DeliveryFailed && error.isFinal;
    if (isFinal || delivery.attempts >= deliveryAttemptsMax) {
      return settled("dead", engine.clock.now(), message);
    }
    const askedMs = error instanceof DeliveryFailed ? error.retryAfterMs : null;
    return settled(
      "pending",
      engine.clock.now() + (askedMs ?? backoffMs(engine, delivery.attempts)),
      message,
    );
  }
}

/** Doubles with each attempt; half of it is chance, so that many do not come back at once. */
function backoffMs(engine: Engine, attempts: number): number {
  const wholeMs = Math.min(deliveryBackoffMs * 2 ** (attempts - 1), deliveryBackoffMaxMs);
  const chance = (engine.random(1)[0] ?? 0) / 255;
  return Math.round(wholeMs * (0.5 + chance / 2));
}

interface Settling {
  readonly tenant: string;
  readonly delivery: Delivery;
  readonly result: Attempt;
}

function withEvent(engine: Engine, { tenant, delivery, result }: Settling): DeliveryResult {
  if (result.state === "pending") return { ...result, event: null };
  const [event] = record(engine, tenant, [
    {
      type: result.state === "delivered" ? "notice.delivered" : "notice.failed",
      at: result.now,
      actor: { kind: "system", id: "sender" },
      jobId: delivery.jobId,
      revision: null,
      before: null,
      after: null,
      jobHash: null,
      snapshot: null,
      payload: {
        delivery: delivery.id,
        channel: delivery.channel,
        kind: delivery.kind,
        attempts: result.attempts,
        error: result.error,
      },
    },
  ]);
  return { ...result, event: event ?? null };
}
