// How an attempt ended, as storage keeps it: with its event when it is over.

import type { Delivery, DeliveryResult } from "../storage/deliveries.ts";
import type { Engine } from "./context.ts";
import { record } from "./record.ts";
import type { Sent } from "./send-delivery.ts";

interface Ended {
  readonly delivery: Delivery;
  readonly sent: Pick<Sent, "state" | "dueAt" | "error" | "ref" | "isPutOff">;
}

export function resultOf(
  engine: Engine,
  tenant: string,
  { delivery, sent }: Ended,
): DeliveryResult {
  const now = engine.clock.now();
  const { id, attempts } = delivery;
  const waits = delivery.waits + (sent.isPutOff ? 1 : 0);
  const { state, dueAt, error, ref } = sent;
  const result = { id, attempts, waits, state, dueAt, error, ref, now, event: null };
  if (state !== "delivered" && state !== "dead") return result;
  const [event] = record(engine, tenant, [
    {
      type: state === "delivered" ? "notice.delivered" : "notice.failed",
      at: now,
      actor: { kind: "system", id: "sender" },
      jobId: delivery.jobId,
      revision: null,
      before: null,
      after: null,
      jobHash: null,
      snapshot: null,
      payload: {
        delivery: id,
        channel: delivery.channel,
        kind: delivery.kind,
        person: delivery.person,
        attempts,
        error,
      },
    },
  ]);
  return { ...result, event: event ?? null };
}

/** A message that no channel is there for. */
export function deadLetter(
  engine: Engine,
  tenant: string,
  { delivery, error }: { readonly delivery: Delivery; readonly error: string },
): DeliveryResult {
  const dueAt = engine.clock.now();
  const sent = { state: "dead", dueAt, error, ref: null, isPutOff: false } as const;
  return resultOf(engine, tenant, { delivery, sent });
}
