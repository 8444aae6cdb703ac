// The contract of the record: pages both ways, following in commit order, events that nothing can change.

import { describe, expect, test } from "vitest";
import { appendEvents } from "@holdpoint/server/storage/settings-store";
import { sqlStateOf } from "@holdpoint/server/storage/database";
import type {
  EventFilter,
  EventPosition,
  Store,
  StoredEvent,
} from "@holdpoint/server/storage/store";
import { changing, makeEvent, makeJob, noting, opening } from "./sample.ts";
import { makeGate, statementOf, type World } from "./world.ts";

const everything: EventFilter = {
  jobId: null,
  type: null,
  isNewestFirst: false,
  limit: 100,
  after: null,
};

const start: EventPosition = { txid: 0, seq: 0 };
const namesOf = (events: readonly StoredEvent[]): string[] => events.map((event) => event.id);

async function follow(
  store: Store,
  tenant: string,
  after: EventPosition,
  limit: number,
): Promise<readonly StoredEvent[]> {
  return (await store.followEvents(tenant, after, limit)).events;
}

export function recordSuite(world: World): void {
  describe("the record", () => {
    readTests(world);
    followTests(world);
    if (world.isShared) overtakingTest(world);
    appendOnlyTests(world);
  });
}

function readTests(world: World): void {
  test("reads back the leaf and the payload exactly as they were sealed", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    const event = makeEvent(tenant, "job.proposed", job);
    await store.commit(tenant, opening(job, { events: [event] }));
    const [stored] = await store.listEvents(tenant, everything);
    expect(stored).toMatchObject({
      id: event.id,
      type: "job.proposed",
      jobId: job.id,
      revision: 1,
      state: "APPROVAL",
      actorKind: "agent",
      actorId: "billing",
      leaf: event.leaf,
      payload: event.payloadText,
    });
  });

  for (const isNewestFirst of [false, true]) {
    const order = isNewestFirst ? "newest" : "oldest";
    test(`comes page by page, ${order} first, also narrowed by job and type`, async () => {
      const { store } = world.place();
      const tenant = await world.tenant();
      const job = makeJob(tenant);
      await store.commit(tenant, opening(job));
      for (let at = 0; at < 5; at += 1) {
        await store.commit(
          tenant,
          noting(makeEvent(tenant, "attempt.refused", job), makeEvent(tenant, "key.created")),
        );
      }
      const all = namesOf(await store.listEvents(tenant, { ...everything, isNewestFirst }));
      expect(all).toHaveLength(11);
      const seen: StoredEvent[] = [];
      for (let after: EventPosition | null = null; ;) {
        const filter: EventFilter = { ...everything, isNewestFirst, limit: 3, after };
        const page: readonly StoredEvent[] = await store.listEvents(tenant, filter);
        seen.push(...page);
        const last = page.at(-1);
        if (last === undefined || page.length < 3) break;
        after = { txid: last.txid, seq: last.seq };
      }
      expect(namesOf(seen)).toEqual(all);
      const narrow = { ...everything, isNewestFirst, jobId: job.id, type: "attempt.refused" };
      const narrowed = await store.listEvents(tenant, narrow);
      expect(namesOf(narrowed)).toEqual(all.filter((_, at) => seen[at]?.type === narrow.type));
      expect(narrowed).toHaveLength(5);
    });
  }
}

function followTests(world: World): void {
  test("is followed from any position without gap or repeat", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    expect(await store.lastPosition(tenant)).toBeNull();
    let job = makeJob(tenant);
    await store.commit(tenant, opening(job));
    for (let at = 0; at < 6; at += 1) {
      const change = changing(job, { round: at + 2 });
      job = change.job ?? job;
      await store.commit(tenant, change);
    }
    const all = await world.eventually(
      () => follow(store, tenant, start, 100),
      (events) => events.length === 7,
    );
    expect(all.map((event) => event.revision)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    for (const [at, event] of all.entries()) {
      const rest = await follow(store, tenant, event, 100);
      expect(namesOf(rest)).toEqual(namesOf(all.slice(at + 1)));
    }
    expect(namesOf(await follow(store, tenant, start, 2))).toEqual(namesOf(all.slice(0, 2)));
    const last = all.at(-1);
    expect(await store.lastPosition(tenant)).toEqual({ txid: last?.txid, seq: last?.seq });
  });

  test("goes on from an event by its number, whatever transaction another database gave it", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const events = [makeEvent(tenant), makeEvent(tenant), makeEvent(tenant)];
    for (const event of events) await store.commit(tenant, noting(event));
    const all = await world.eventually(
      () => follow(store, tenant, start, 100),
      (found) => found.length === 3,
    );
    const foreign = { txid: 999_999_999_999, seq: all[0]?.seq ?? 0 };
    expect(namesOf(await follow(store, tenant, foreign, 10))).toEqual(namesOf(all.slice(1)));
    const page = await store.listEvents(tenant, { ...everything, after: foreign });
    expect(namesOf(page)).toEqual(namesOf(all.slice(1)));
  });
}

function overtakingTest(world: World): void {
  test("shows nothing that an older transaction may still come before", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const another = await world.openAnother();
    try {
      const [early, late] = [makeEvent(tenant, "key.created"), makeEvent(tenant, "key.revoked")];
      const isIn = makeGate();
      const mayCommit = makeGate();
      const older = another.transaction(tenant, async (session) => {
        await appendEvents(session, tenant, [early]);
        isIn.open();
        await mayCommit.passed;
      });
      await isIn.passed;
      await store.commit(tenant, noting(late));
      expect(namesOf(await store.listEvents(tenant, everything))).toEqual([late.id]);
      expect(await store.followEvents(tenant, start, 10)).toEqual({ events: [], isBehind: true });
      expect(await store.lastPosition(tenant)).toBeNull();
      mayCommit.open();
      await older;
      const all = await world.eventually(
        () => follow(store, tenant, start, 10),
        (events) => events.length === 2,
      );
      expect(namesOf(all)).toEqual([early.id, late.id]);
      const rest = await follow(store, tenant, all[0] ?? start, 10);
      expect(namesOf(rest)).toEqual([late.id]);
    } finally {
      await another.close();
    }
  });
}

function appendOnlyTests(world: World): void {
  const statements = [
    "update audit_events set type = 'forged'",
    "delete from audit_events",
    "truncate audit_events",
  ];
  for (const text of statements) {
    test(`refuses \`${text}\`, to the product and to the owner of the schema`, async () => {
      const { store, database } = world.place();
      const tenant = await world.tenant();
      await store.commit(tenant, noting(makeEvent(tenant)));
      const refused = await database
        .query(tenant, statementOf(text), [])
        .catch((error: unknown) => error);
      expect(sqlStateOf(refused)).toBe("42501");
      const owned = text.replace("audit_events", "holdpoint.audit_events");
      await expect(world.place().ask(owned)).rejects.toMatchObject({ code: "42501" });
      const [event] = await store.listEvents(tenant, everything);
      expect(event?.type).toBe("job.proposed");
    });
  }

  test("shows an event whose payload was erased, without it", async () => {
    const { store, database } = world.place();
    const tenant = await world.tenant();
    await store.commit(tenant, noting(makeEvent(tenant)));
    await database.query(tenant, statementOf("delete from audit_payloads"), []);
    const [event] = await store.listEvents(tenant, everything);
    expect(event).toMatchObject({ type: "job.proposed", payload: null });
  });
}
