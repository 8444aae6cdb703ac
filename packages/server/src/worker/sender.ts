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
import { tenantList } from "./tenant-list.ts";

const lookEveryMs = 30_000;
/** A claim outlives the delivery's own time limit, so that no message is sent twice at once. */
const claimMs = deliveryTimeoutMs * 3;

export function startSender(engine: Engine, channels: readonly Channel[]): Loop {
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  const tenantsOf = tenantList(engine);
  return startLoop({
    run: async () => {
      let pauseMs = lookEveryMs;
      for (const tenant of await tenantsOf()) {
        const next = await drain(engine, tenant, byName);
        if (next !== null) pauseMs = Math.min(pauseMs, Math.max(1, next - engine.clock.now()));
      }
      return pauseMs;
    },
    onError: (error) => engine.telemetry.workFailed("sender", error),
  });
}

/** Sends what is due; answers when the next message is, as far as the claim could see. */
async function drain(
  engine: Engine,
  tenant: string,
  channels: ReadonlyMap<string, Channel>,
): Promise<number | null> {
  let next: number | null = null;
  for (;;) {
    const now = engine.clock.now();
    const claim = await engine.store.claimDeliveries(tenant, now, now + claimMs, outboxBatch);
    const results = await Promise.all(
      claim.deliveries.map(async (delivery) => {
        const result = await attempt(engine, delivery, channels.get(delivery.channel));
        if (result.state === "pending") next = Math.min(next ?? result.dueAt, result.dueAt);
        return withEvent(engine, { tenant, delivery, result });
      }),
    );
    if (results.length > 0) {
      await engine.store.settleDeliveries(tenant, results);
      engine.hub.changed(tenant, []);
    }
    if (claim.deliveries.length < outboxBatch) return earliest(next, claim.nextDueAt);
  }
}

function earliest(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
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
