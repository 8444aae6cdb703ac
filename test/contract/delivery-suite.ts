// The contract of deliveries to people: fanned out once, gathered once, logged, counted, sent again when dead.

import { describe, expect, test } from "vitest";
import type { Delivery, PersonMessage } from "@holdpoint/server/storage/deliveries";
import type { Store } from "@holdpoint/server/storage/store";
import { ids, makeEvent, makeJob, makeMessage, opening } from "./sample.ts";
import type { World } from "./world.ts";

const at = { now: 100, until: 500, limit: 50, isHistoryWanted: true };

export function deliverySuite(world: World): void {
  describe("deliveries to people", () => {
    fanOutTests(world);
    logTests(world);
  });
}

async function parentOf(store: Store, tenant: string): Promise<Delivery> {
  const job = makeJob(tenant);
  const message = { ...makeMessage(job, 1), channel: "people", level: 0 };
  await store.commit(tenant, opening(job, { outbox: [message] }));
  const { deliveries } = await store.claimDeliveries(tenant, { ...at, channel: "people" });
  const parent = deliveries.find(({ jobId }) => jobId === job.id);
  if (parent === undefined) throw new Error("claimed");
  return parent;
}

function messageTo(person: string, more: Partial<PersonMessage> = {}): PersonMessage {
  const address = `${person}@example.test`;
  const kind = "approval.requested";
  const id = ids.delivery();
  return {
    id,
    channel: "mail",
    person,
    address,
    kind,
    body: "{}",
    dueAt: 100,
    gather: null,
    ...more,
  };
}

async function tell(
  store: Store,
  tenant: string,
  ...messages: readonly PersonMessage[]
): Promise<Delivery> {
  const parent = await parentOf(store, tenant);
  expect(await store.fanOut(tenant, { parent, messages, events: [], now: 100 })).toBe(true);
  return parent;
}

function fanOutTests(world: World): void {
  test("a message to people becomes one for each, once", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const messages = [messageTo("ana"), messageTo("ben")];
    const parent = await tell(store, tenant, ...messages);
    const again = { parent, messages: [messageTo("cat")], now: 100 };
    const events = [makeEvent(tenant, "hold.shed")];
    const before = (await world.counts(tenant))["audit_events"];
    expect(await store.fanOut(tenant, { ...again, events })).toBe(false);
    expect((await world.counts(tenant))["audit_events"]).toBe(before);
    const { deliveries } = await store.claimDeliveries(tenant, { ...at, channel: "mail" });
    expect(deliveries.map(({ person }) => person)).toEqual(["ana", "ben"]);
    expect(deliveries[0]).toMatchObject({ level: 0, jobId: parent.jobId, jobState: "APPROVAL" });
    const jobId = parent.jobId ?? "";
    expect(await store.placesTold(tenant, jobId)).toHaveLength(2);
    expect((await store.loadOf(tenant, ["ana", "zoe"], 0)).get("ana")).toEqual({
      recent: 1,
      open: 1,
    });
    expect(await store.isLevelAlive(tenant, { jobId, level: 0, channels: ["mail"] })).toBe(true);
    expect(await store.isLevelAlive(tenant, { jobId, level: 1, channels: ["mail"] })).toBe(false);
    expect(await store.isLevelAlive(tenant, { jobId, level: 0, channels: ["post"] })).toBe(false);
  });

  test("what waits for one person leaves once, and with one of them", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const gather = "digest";
    await tell(store, tenant, messageTo("ana", { gather }), messageTo("ben", { gather }));
    await tell(store, tenant, messageTo("ana", { gather }));
    const { deliveries } = await store.claimDeliveries(tenant, { ...at, channel: "mail" });
    const [leader, other] = deliveries.filter(({ person }) => person === "ana");
    if (leader === undefined || other === undefined) throw new Error("claimed");
    const taken = await store.gatherDeliveries(tenant, { leader, now: 100, limit: 9 });
    expect(taken.map(({ id }) => id).sort()).toEqual([leader.id, other.id].sort());
    expect(await store.gatherDeliveries(tenant, { leader: other, now: 100, limit: 9 })).toEqual([]);
    const again = { leader: { ...leader, gather: "" }, now: 100, limit: 9 };
    expect(await store.gatherDeliveries(tenant, again)).toHaveLength(2);
  });
}

function logTests(world: World): void {
  test("the log is read by what it is about, page by page, and a dead letter is sent again", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const { jobId } = await tell(store, tenant, messageTo("ana"), messageTo("ben"));
    const any = { job: null, person: null, channel: null, state: null, limit: 1, after: null };
    const first = await store.listDeliveries(tenant, any);
    expect(first.deliveries.map(({ person }) => person)).toEqual(["ben"]);
    const next = await store.listDeliveries(tenant, { ...any, after: first.nextAfter });
    expect(next).toMatchObject({ deliveries: [{ person: "ana" }], nextAfter: null });
    const ofAna = { ...any, job: jobId, person: "ana", channel: "mail", state: "pending" } as const;
    expect((await store.listDeliveries(tenant, ofAna)).deliveries).toHaveLength(1);
    expect(await store.listDeliveriesOf(tenant, jobId ?? "")).toHaveLength(2);

    const { deliveries } = await store.claimDeliveries(tenant, { ...at, channel: "mail" });
    const [dead] = deliveries;
    if (dead === undefined) throw new Error("claimed");
    const resent = (): Promise<boolean> =>
      store.resendDelivery(tenant, dead.id, 200, makeEvent(tenant, "notice.resent"));
    expect(await resent()).toBe(false);
    const { id, attempts } = dead;
    const result = {
      id,
      attempts,
      state: "dead",
      dueAt: 0,
      error: "gone",
      now: 100,
      event: null,
    } as const;
    await store.settleDeliveries(tenant, [result]);
    const [count] = await store.countChannels(tenant, ["mail"]);
    expect(count).toMatchObject({ channel: "mail", pending: 1, dead: 1, lastError: "gone" });
    expect(await resent()).toBe(true);
    expect(await store.findDelivery(tenant, id)).toMatchObject({ state: "pending", dueAt: 200 });
    expect(await store.strayChannels(tenant, ["people"], 1_000)).toEqual(["mail"]);
  });
}
