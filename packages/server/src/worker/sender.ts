// Sends the outbox: one loop turns messages to people into one for each, and one loop for each channel sends.

import { outboxBatch } from "@holdpoint/core/base/limits";
import type { Engine } from "../flow/context.ts";
import { fanOut } from "../flow/fan-out.ts";
import { peopleChannel } from "../flow/notify.ts";
import { deadLetter } from "../flow/settle-delivery.ts";
import { claimMs, startChannelSender } from "./channel-sender.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList, type TenantList } from "./tenant-list.ts";

const lookEveryMs = 30_000;

export function startSender(engine: Engine): Loop {
  const tenantsOf = tenantList(engine);
  const senders = engine.channels.map((channel) => startChannelSender(engine, channel, tenantsOf));
  const sendNow = (): void => {
    for (const sender of senders) sender.kick();
  };
  const people = startPeople(engine, tenantsOf, sendNow);
  const loops = [people, ...senders];
  return {
    kick: () => {
      for (const loop of loops) loop.kick();
    },
    kickWithin: (pauseMs) => {
      for (const loop of loops) loop.kickWithin(pauseMs);
    },
    stop: async () => {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}

function startPeople(engine: Engine, tenantsOf: TenantList, sendNow: () => void): Loop {
  let buriedAt = Number.NEGATIVE_INFINITY;
  return startLoop({
    run: async () => {
      let pauseMs = lookEveryMs;
      const isTimeToBury = engine.clock.now() - buriedAt >= lookEveryMs;
      if (isTimeToBury) buriedAt = engine.clock.now();
      for (const tenant of await tenantsOf()) {
        const next = await fanOutAll(engine, tenant, sendNow);
        if (next !== null) pauseMs = Math.min(pauseMs, Math.max(1, next - engine.clock.now()));
        if (isTimeToBury) await bury(engine, tenant);
      }
      return pauseMs;
    },
    onError: (error) => engine.telemetry.workFailed("messages to people", error),
  });
}

/** One after the other: whom the first goes to decides whom the next one spares. */
export async function fanOutAll(
  engine: Engine,
  tenant: string,
  sendNow: () => void,
): Promise<number | null> {
  for (;;) {
    const now = engine.clock.now();
    const claim = await engine.store.claimDeliveries(tenant, {
      channel: peopleChannel,
      now,
      until: now + claimMs,
      limit: outboxBatch,
      isHistoryWanted: false,
    });
    for (const delivery of claim.deliveries) {
      if ((await fanOut(engine, tenant, delivery)) > 0) sendNow();
    }
    if (claim.deliveries.length < outboxBatch) return claim.nextDueAt;
  }
}

/** What waits for a channel that is configured no longer is given up, where people see it. */
async function bury(engine: Engine, tenant: string): Promise<void> {
  const now = engine.clock.now();
  const known = [...engine.channels.map(({ name }) => name), peopleChannel];
  for (const channel of await engine.store.strayChannels(tenant, known, now)) {
    const terms = { channel, now, until: now + claimMs, limit: outboxBatch };
    const claim = await engine.store.claimDeliveries(tenant, { ...terms, isHistoryWanted: false });
    const error = `no channel \`${channel}\` is configured`;
    await engine.store.settleDeliveries(
      tenant,
      claim.deliveries.map((delivery) => deadLetter(engine, tenant, { delivery, error })),
    );
    engine.hub.changed(tenant, []);
  }
}
