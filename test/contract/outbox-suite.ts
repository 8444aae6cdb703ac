// The contract of the outbox: a claim is a lease, nobody claims twice, each message is settled once.

import { describe, expect, test } from "vitest";
import { storeOver } from "@holdpoint/server/storage/open";
import type { Claim, Delivery, DeliveryResult } from "@holdpoint/server/storage/deliveries";
import type { Store } from "@holdpoint/server/storage/store";
import { makeEvent, makeJob, makeMessage, opening } from "./sample.ts";
import { statementOf, type World } from "./world.ts";

export function outboxSuite(world: World): void {
  describe("the outbox", () => {
    claimTests(world);
    settleTests(world);
    batchTest(world);
    if (world.isShared) rivalTest(world);
  });
}

/** Messages that are due at 1, 2, 3 …, in that order. */
async function fill(store: Store, tenant: string, count: number): Promise<string[]> {
  const names: string[] = [];
  for (let at = 1; at <= count; at += 1) {
    const job = makeJob(tenant);
    const message = makeMessage(job, at);
    names.push(message.id);
    await store.commit(tenant, opening(job, { outbox: [message] }));
  }
  return names;
}

function settled(
  tenant: string,
  delivery: Delivery,
  state: DeliveryResult["state"],
  dueAt = 0,
): DeliveryResult {
  const { id, attempts } = delivery;
  const event = state === "pending" ? null : makeEvent(tenant, "notice.delivered");
  const error = state === "delivered" ? null : "the receiver answered 500";
  return { id, state, attempts, dueAt, error, now: 100, event };
}

interface Taking {
  readonly now: number;
  readonly until: number;
  readonly limit: number;
  readonly channel?: string;
}

function take(store: Store, tenant: string, taking: Taking): Promise<Claim> {
  return store.claimDeliveries(tenant, { channel: "log", isHistoryWanted: true, ...taking });
}

async function claim(store: Store, tenant: string, taking: Taking): Promise<readonly Delivery[]> {
  return (await take(store, tenant, taking)).deliveries;
}

const idsOf = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ id }) => id);

function claimTests(world: World): void {
  test("gives out what is due, oldest first, no more than was asked for", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const names = await fill(store, tenant, 5);
    expect((await take(store, tenant, { now: 0, until: 50, limit: 2 })).nextDueAt).toBe(1);
    expect(idsOf(await claim(store, tenant, { now: 3, until: 50, limit: 2 }))).toEqual(
      names.slice(0, 2),
    );
    expect(idsOf(await claim(store, tenant, { now: 3, until: 50, limit: 9 }))).toEqual(
      names.slice(2, 3),
    );
    expect(await claim(store, tenant, { now: 3, until: 50, limit: 9 })).toEqual([]);
    expect((await take(store, tenant, { now: 3, until: 50, limit: 2 })).nextDueAt).toBe(4);
  });

  test("gives a claim to the next sender when its lease is over", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [name] = await fill(store, tenant, 1);
    const [first] = await claim(store, tenant, { now: 10, until: 50, limit: 9 });
    expect(first).toMatchObject({ id: name, attempts: 1, channel: "log" });
    expect(await claim(store, tenant, { now: 49, until: 90, limit: 9 })).toEqual([]);
    const [second] = await claim(store, tenant, { now: 50, until: 90, limit: 9 });
    expect(second).toMatchObject({ id: name, attempts: 2 });
  });
}

function settleTests(world: World): void {
  test("settles a delivered message once, with one event", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await fill(store, tenant, 1);
    const [taken] = await claim(store, tenant, { now: 10, until: 50, limit: 9 });
    if (taken === undefined) throw new Error("claimed");
    const before = (await world.counts(tenant))["audit_events"] ?? 0;
    await store.settleDeliveries(tenant, [settled(tenant, taken, "delivered")]);
    await store.settleDeliveries(tenant, [settled(tenant, taken, "delivered")]);
    await store.settleDeliveries(tenant, [settled(tenant, taken, "dead")]);
    expect((await world.counts(tenant))["audit_events"]).toBe(before + 1);
    expect(await claim(store, tenant, { now: 1_000, until: 2_000, limit: 9 })).toEqual([]);
    expect((await take(store, tenant, { now: 0, until: 1, limit: 9 })).nextDueAt).toBeNull();
  });

  test("brings a failed attempt back when it is due again", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await fill(store, tenant, 1);
    const [taken] = await claim(store, tenant, { now: 10, until: 50, limit: 9 });
    if (taken === undefined) throw new Error("claimed");
    await store.settleDeliveries(tenant, [settled(tenant, taken, "pending", 70)]);
    expect(await claim(store, tenant, { now: 69, until: 99, limit: 9 })).toEqual([]);
    expect(await claim(store, tenant, { now: 70, until: 99, limit: 9 })).toMatchObject([
      { attempts: 2 },
    ]);
  });

  test("does not let a sender whose lease ran out settle another sender's attempt", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await fill(store, tenant, 1);
    const [slow] = await claim(store, tenant, { now: 10, until: 50, limit: 9 });
    const [next] = await claim(store, tenant, { now: 50, until: 90, limit: 9 });
    if (slow === undefined || next === undefined) throw new Error("claimed");
    const before = await world.counts(tenant);
    await store.settleDeliveries(tenant, [settled(tenant, slow, "dead")]);
    expect(await world.counts(tenant)).toEqual(before);
    await store.settleDeliveries(tenant, [settled(tenant, next, "delivered")]);
    const rows = await world
      .place()
      .database.query(tenant, statementOf("select state, last_error from outbox"), []);
    expect(rows).toEqual([{ state: "delivered", last_error: null }]);
  });
}

function batchTest(world: World): void {
  test("settles several messages at once, each only if its claim still stands", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    await fill(store, tenant, 3);
    const all = await claim(store, tenant, { now: 10, until: 50, limit: 9 });
    const [first, second, third] = all;
    if (first === undefined || second === undefined || third === undefined)
      throw new Error("three");
    const stale = { ...settled(tenant, second, "delivered"), attempts: 9 };
    const before = (await world.counts(tenant))["audit_events"] ?? 0;
    await store.settleDeliveries(tenant, [
      settled(tenant, first, "delivered"),
      stale,
      settled(tenant, third, "pending", 60),
    ]);
    expect((await world.counts(tenant))["audit_events"]).toBe(before + 1);
    const later = await claim(store, tenant, { now: 60, until: 90, limit: 9 });
    expect(idsOf(later)).toEqual([second.id, third.id]);
  });
}

function rivalTest(world: World): void {
  test("never gives one message to two senders at once", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const names = await fill(store, tenant, 60);
    const another = await world.openAnother();
    try {
      const stores = [store, storeOver(another)];
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          claim(stores[at % 2] ?? store, tenant, { now: 100, until: 500, limit: 4 }),
        ),
      );
      const claimed = claims.flatMap(idsOf);
      expect(new Set(claimed).size).toBe(claimed.length);
      const rest = await claim(store, tenant, { now: 100, until: 500, limit: 100 });
      expect([...claimed, ...idsOf(rest)].sort()).toEqual([...names].sort());
    } finally {
      await another.close();
    }
  });
}
