// Sends the outbox: one loop turns messages to people into one for each, and one loop for each channel sends.

import { outboxBatch } from "@holdpoint/core/base/limits";
import type { Engine } from "../flow/context.ts";
import { fanOut } from "../flow/fan-out.ts";
import { peopleChannel } from "../flow/notify.ts";
import { buryLevel } from "../flow/prove-level.ts";
import { agentChannel } from "../flow/run-notice.ts";
import { failedAttempt } from "../flow/send-delivery.ts";
import { deadLetter, resultOf } from "../flow/settle-delivery.ts";
import type { Delivery } from "../storage/deliveries.ts";
import { claimMs, startChannelSender } from "./channel-sender.ts";
import { eachTenant, pauseUntil } from "./each-tenant.ts";
import { type Loop, startLoop } from "./loop.ts";
import { tenantList, type TenantList } from "./tenant-list.ts";

const lookEveryMs = 30_000;
/**
 * A message is given up when it waited this long for a channel that this process does not have:
 * another process may have it, while the settings of all of them change one after the other.
 */
const strayMs = 600_000;

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
  let isStopped = false;
  const name = "messages to people";
  const loop = startLoop({
    run: async () => {
      const isTimeToBury = engine.clock.now() - buriedAt >= lookEveryMs;
      if (isTimeToBury) buriedAt = engine.clock.now();
      const run = async (tenant: string): Promise<number> => {
        const next = await fanOutAll(engine, tenant, sendNow, () => isStopped);
        if (isTimeToBury) await bury(engine, tenant);
        return pauseUntil(engine, next, lookEveryMs);
      };
      return eachTenant(engine, { name, tenantsOf, lookEveryMs, run });
    },
    onError: (error) => engine.telemetry.workFailed(name, error),
  });
  return {
    ...loop,
    stop: async () => {
      isStopped = true;
      await loop.stop();
    },
  };
}

/**
 * One after the other: whom the first goes to decides whom the next one spares. A process that
 * reaches nobody leaves the messages to those that do.
 */
export async function fanOutAll(
  engine: Engine,
  tenant: string,
  sendNow: () => void,
  isStopped: () => boolean = () => false,
): Promise<number | null> {
  if (!isPersonal(engine)) return null;
  while (!isStopped()) {
    const now = engine.clock.now();
    const claim = await engine.store.claimDeliveries(tenant, {
      channel: peopleChannel,
      now,
      until: now + claimMs,
      limit: outboxBatch,
      isHistoryWanted: false,
    });
    for (const delivery of claim.deliveries) {
      try {
        if ((await fanOut(engine, tenant, delivery)) > 0) sendNow();
      } catch (error) {
        await putOff(engine, tenant, { delivery, error });
      }
    }
    if (claim.deliveries.length < outboxBatch) return claim.nextDueAt;
  }
  return null;
}

function isPersonal({ channels }: Engine): boolean {
  return channels.some(({ reach }) => reach === "person");
}

/** INVARIANT: a message that cannot be turned into others holds up none behind it, and is given up at last. */
async function putOff(
  engine: Engine,
  tenant: string,
  { delivery, error }: { readonly delivery: Delivery; readonly error: unknown },
): Promise<void> {
  engine.telemetry.workFailed(`message ${delivery.id} to people`, error);
  const sent = failedAttempt(engine, delivery, error);
  await engine.store.settleDeliveries(tenant, [resultOf(engine, tenant, { delivery, sent })]);
  if (sent.state === "dead" && delivery.isProofWanted) await buryLevel(engine, tenant, delivery);
}

/** What waits for a channel that is configured no longer is given up, where people see it. */
async function bury(engine: Engine, tenant: string): Promise<void> {
  const now = engine.clock.now();
  const known = engine.channels.map(({ name }) => name);
  known.push(agentChannel);
  if (isPersonal(engine)) known.push(peopleChannel);
  for (const channel of await engine.store.strayChannels(tenant, known, now - strayMs)) {
    const terms = { channel, now: now - strayMs, until: now + claimMs, limit: outboxBatch };
    const claim = await engine.store.claimDeliveries(tenant, { ...terms, isHistoryWanted: false });
    const error = `no channel \`${channel}\` is configured`;
    await engine.store.settleDeliveries(
      tenant,
      claim.deliveries.map((delivery) => deadLetter(engine, tenant, { delivery, error })),
    );
    for (const delivery of claim.deliveries) {
      if (delivery.isProofWanted) await buryLevel(engine, tenant, delivery);
    }
    engine.hub.changed(tenant, []);
  }
}
