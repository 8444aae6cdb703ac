// One channel's sender: several messages in flight, fewer while the other side asks to be left alone.

import { deliveryTimeoutMs, outboxBatch } from "@holdpoint/core/base/limits";
import type { Channel } from "../channel/channel.ts";
import type { Engine } from "../flow/context.ts";
import { buryLevel, proveLevel } from "../flow/prove-level.ts";
import { sendDelivery, type Sent } from "../flow/send-delivery.ts";
import { resultOf } from "../flow/settle-delivery.ts";
import type { Delivery } from "../storage/deliveries.ts";
import { eachTenant, pauseUntil } from "./each-tenant.ts";
import { type Loop, startLoop } from "./loop.ts";
import { Settler } from "./settler.ts";
import type { TenantList } from "./tenant-list.ts";

const lookEveryMs = 30_000;
/** A claim outlives the delivery's own time limit, so that no message is sent twice at once. */
export const claimMs: number = deliveryTimeoutMs * 3;

/** Past it the message counts as delivered: the hold then goes on by its clocks. */
const proofAttemptsMax = 3;

export function startChannelSender(engine: Engine, channel: Channel, tenantsOf: TenantList): Loop {
  const sender = new ChannelSender(engine, channel, (pauseMs) => loop.kickWithin(pauseMs));
  const loop = startLoop({
    run: () =>
      eachTenant(engine, {
        name: `sender of ${channel.name}`,
        tenantsOf,
        lookEveryMs,
        run: async (tenant) => pauseUntil(engine, await sender.drain(tenant), lookEveryMs),
      }),
    onError: (error) => engine.telemetry.workFailed(`sender of ${channel.name}`, error),
  });
  return {
    ...loop,
    stop: async () => {
      sender.stop();
      await loop.stop();
      await sender.idle();
    },
  };
}

/** The rounds of the loop above, one by one. */
export class ChannelSender {
  readonly #engine: Engine;
  readonly #channel: Channel;
  readonly #lookWithin: (pauseMs: number) => void;
  readonly #settlers = new Map<string, Settler>();
  readonly #flights = new Set<Promise<void>>();
  /** How many may be in flight: halved by each refusal to take more now, and slowly grown again. */
  #window = outboxBatch;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(engine: Engine, channel: Channel, lookWithin: (pauseMs: number) => void) {
    this.#engine = engine;
    this.#channel = channel;
    this.#lookWithin = lookWithin;
  }

  stop(): void {
    this.#isStopped = true;
  }

  async idle(): Promise<void> {
    await Promise.all(this.#flights);
  }

  /** Sends what is due; answers when the next message is, as far as the claims could see. */
  async drain(tenant: string): Promise<number | null> {
    for (;;) {
      const room = await this.#room();
      const now = this.#engine.clock.now();
      if (this.#isStopped) return null;
      if (now < this.#pausedUntil) return this.#pausedUntil;
      const claim = await this.#engine.store.claimDeliveries(tenant, {
        channel: this.#channel.name,
        now,
        until: now + claimMs,
        limit: room,
        isHistoryWanted: this.#channel.reach === "person" || this.#channel.canRewrite === true,
      });
      for (const delivery of claim.deliveries) this.#start(tenant, delivery);
      if (claim.deliveries.length < room) return claim.nextDueAt;
    }
  }

  /** How many may be taken now: waits until it is worth a claim. */
  async #room(): Promise<number> {
    const windowNow = (): number => Math.max(1, Math.floor(this.#window));
    while (this.#flights.size > windowNow() / 2) await Promise.race(this.#flights);
    return windowNow() - this.#flights.size;
  }

  #start(tenant: string, delivery: Delivery): void {
    const flight = this.#send(tenant, delivery)
      .catch((error: unknown) => {
        // The claim runs out, and the message is sent again with its id.
        this.#engine.telemetry.workFailed(`sender of ${this.#channel.name}`, error);
      })
      .finally(() => this.#flights.delete(flight));
    this.#flights.add(flight);
  }

  async #send(tenant: string, delivery: Delivery): Promise<void> {
    const channel = this.#channel;
    const sent = await sendDelivery(this.#engine, tenant, { delivery, channel });
    if (sent === null) return;
    this.#heed(sent);
    // INVARIANT: proved before it is settled: a crash in between sends it again and loses no proof.
    await this.#prove(tenant, delivery, sent);
    await this.#settlerOf(tenant).settle(resultOf(this.#engine, tenant, { delivery, sent }));
    if (sent.state === "pending") this.#lookWithin(sent.dueAt - this.#engine.clock.now());
    if (sent.state === "dead" && delivery.isProofWanted && channel.reach !== "none") {
      await buryLevel(this.#engine, tenant, delivery);
    }
  }

  /** Whoever was told is told again only so often for a proof that cannot be written. */
  async #prove(tenant: string, delivery: Delivery, { state, proves }: Sent): Promise<void> {
    if (state !== "delivered" || this.#channel.reach === "none") return;
    const { name: channel } = this.#channel;
    const failures: unknown[] = [];
    for (const told of proves) {
      const proof = { ...told, channel, person: delivery.person };
      await proveLevel(this.#engine, tenant, proof).catch((error: unknown) => failures.push(error));
    }
    if (failures.length === 0) return;
    if (delivery.attempts - delivery.waits < proofAttemptsMax) throw failures[0];
    this.#engine.telemetry.workFailed(`proof of message ${delivery.id}`, failures[0]);
  }

  #heed(sent: Sent): void {
    if (sent.askedMs !== null) {
      this.#window = Math.max(1, this.#window / 2);
      this.#pausedUntil = Math.max(this.#pausedUntil, this.#engine.clock.now() + sent.askedMs);
    } else if (sent.state === "delivered") {
      this.#window = Math.min(outboxBatch, this.#window + 1 / Math.max(1, this.#window));
    }
  }

  #settlerOf(tenant: string): Settler {
    const known = this.#settlers.get(tenant) ?? new Settler(this.#engine, tenant);
    this.#settlers.set(tenant, known);
    return known;
  }
}
