// The delivery log, dead letters sent again, and channels tried out: for the people who run the place.

import { isoOf } from "@holdpoint/core/base/clock";
import { deliveryTimeoutMs } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import type {
  ChannelPage,
  ChannelTested,
  ChannelTestRequest,
  DeliveriesQuery,
  DeliveryPage,
  DeliveryView,
} from "@holdpoint/core/wire/delivery";
import type { Channel } from "../channel/channel.ts";
import type { ChannelCount, DeliveryRecord } from "../storage/deliveries.ts";
import { type Context, requirePerson, requireViewer } from "./context.ts";
import { readCursor } from "./cursor.ts";
import { reachable } from "./reach.ts";
import { record } from "./record.ts";
import { errorText } from "./send-delivery.ts";

export async function listDeliveries(ctx: Context, query: DeliveriesQuery): Promise<DeliveryPage> {
  requireViewer(ctx);
  const page = await ctx.store.listDeliveries(ctx.caller.tenant, {
    job: query.job ?? null,
    person: query.person ?? null,
    channel: query.channel ?? null,
    state: query.state ?? null,
    limit: query.limit,
    after: query.cursor === undefined ? null : readCursor(query.cursor),
  });
  return {
    items: page.deliveries.map(viewOf),
    next_cursor: page.nextAfter === null ? null : String(page.nextAfter),
  };
}

export async function resendDelivery(ctx: Context, id: string): Promise<DeliveryView> {
  const person = requirePerson(ctx, "admin");
  const { tenant } = ctx.caller;
  const delivery = await ctx.store.findDelivery(tenant, id);
  if (delivery === null) {
    throw new HoldpointError("delivery_not_found", { message: `no delivery \`${id}\`` });
  }
  const now = ctx.clock.now();
  const [event] = record(ctx, tenant, [
    {
      type: "notice.resent",
      at: now,
      actor: personActor(person),
      jobId: delivery.jobId,
      revision: null,
      before: null,
      after: null,
      jobHash: null,
      snapshot: null,
      payload: { delivery: id, channel: delivery.channel },
    },
  ]);
  if (event === undefined || !(await ctx.store.resendDelivery(tenant, id, now, event))) {
    throw new HoldpointError("delivery_not_dead", {
      message: `delivery \`${id}\` is ${delivery.state}; only a dead letter is sent again`,
    });
  }
  ctx.hub.messages();
  ctx.hub.changed(tenant, []);
  return viewOf((await ctx.store.findDelivery(tenant, id)) ?? delivery);
}

export async function listChannels(ctx: Context): Promise<ChannelPage> {
  requireViewer(ctx);
  const names = ctx.channels.map(({ name }) => name);
  const counts = await ctx.store.countChannels(ctx.caller.tenant, names);
  const byName = new Map(counts.map((count) => [count.channel, count]));
  return {
    items: ctx.channels.map(({ name, reach, canRewrite }) => ({
      name,
      reach,
      rewrites: canRewrite === true,
      ...countsOf(byName.get(name)),
    })),
  };
}

function countsOf(
  count: ChannelCount | undefined,
): Omit<ChannelPage["items"][number], "name" | "reach" | "rewrites"> {
  const at = (instant: number | null | undefined): string | null =>
    instant == null ? null : isoOf(instant);
  return {
    pending: count?.pending ?? 0,
    dead: count?.dead ?? 0,
    last_delivered_at: at(count?.lastDeliveredAt),
    last_error: count?.lastError ?? null,
    last_error_at: at(count?.lastErrorAt),
  };
}

/** Sends one harmless message. That the other side refuses it is an answer, not a failure of the call. */
export async function testChannel(
  ctx: Context,
  name: string,
  request: ChannelTestRequest,
): Promise<ChannelTested> {
  requirePerson(ctx, "admin");
  const channel = ctx.channels.find((one) => one.name === name);
  if (channel === undefined) {
    throw new HoldpointError("channel_not_found", { message: `no channel \`${name}\`` });
  }
  const address = await addressOf(ctx, channel, request.address ?? null);
  try {
    await channel.test(address, AbortSignal.timeout(deliveryTimeoutMs));
    return { ok: true, error: null };
  } catch (error) {
    return { ok: false, error: errorText(error) };
  }
}

/** SECURITY: only to people who are known here; the channel is no way to write to anybody else. */
async function addressOf(
  ctx: Context,
  channel: Channel,
  wanted: string | null,
): Promise<string | null> {
  if (channel.reach !== "person") return null;
  const { tenant } = ctx.caller;
  const person = requirePerson(ctx, "admin");
  const policy = await ctx.policies.active(tenant);
  const duty = await ctx.people.duty(tenant, policy);
  const own = policy.directory.canonical(person)?.id ?? person.id;
  const contacts = wanted === null ? duty.members(`person:${own}`) : duty.members("any");
  const ways = await reachable(ctx, tenant, { channels: [channel], contacts });
  const addresses = [...ways.values()].flat().map(({ address }) => address);
  const found =
    wanted === null ? addresses[0] : addresses.find((address) => isSame(address, wanted));
  if (found !== undefined) return found;
  throw new HoldpointError("request_invalid", {
    message:
      wanted === null
        ? `you have no address at \`${channel.name}\`; say one of somebody who has`
        : `nobody is reached at \`${wanted}\` by \`${channel.name}\``,
    path: "/address",
  });
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function viewOf(delivery: DeliveryRecord): DeliveryView {
  const { settledAt, dueAt } = delivery;
  return {
    id: delivery.id,
    job_id: delivery.jobId,
    channel: delivery.channel,
    kind: delivery.kind,
    state: delivery.state,
    person: delivery.person,
    address: delivery.address,
    level: delivery.level,
    attempts: delivery.attempts,
    error: delivery.error,
    created_at: isoOf(delivery.createdAt),
    due_at: delivery.state === "pending" ? isoOf(dueAt) : null,
    settled_at: settledAt === null ? null : isoOf(settledAt),
  };
}
