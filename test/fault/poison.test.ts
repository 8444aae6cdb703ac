// One job, message, task or tenant that always fails: the clocks and the senders go on with all others, and give it up at last.

import { setImmediate as nextTurn } from "node:timers/promises";
import pg from "pg";
import { HoldpointError } from "@holdpoint/core/error/error";
import { flushSizeMax } from "@holdpoint/core/base/limits";
import type { Channel } from "@holdpoint/server/channel/channel";
import type { Engine } from "@holdpoint/server/flow/context";
import { importPeople } from "@holdpoint/server/flow/manage-people";
import { propose } from "@holdpoint/server/flow/propose";
import { wakeTasks } from "@holdpoint/server/flow/wake-tasks";
import type { Database } from "@holdpoint/server/storage/database";
import { storeOver } from "@holdpoint/server/storage/open";
import type { DeliveryResult } from "@holdpoint/server/storage/deliveries";
import type { Store } from "@holdpoint/server/storage/store";
import type { TaskRow } from "@holdpoint/server/storage/tasks";
import { ChannelSender } from "@holdpoint/server/worker/channel-sender";
import { startClocks } from "@holdpoint/server/worker/clocks";
import type { Loop } from "@holdpoint/server/worker/loop";
import { startPolicyLife } from "@holdpoint/server/worker/policy-life";
import { rosterFetching } from "@holdpoint/server/worker/fetch-roster";
import { startRosters } from "@holdpoint/server/worker/rosters";
import { fanOutAll, startSender } from "@holdpoint/server/worker/sender";
import { Settler } from "@holdpoint/server/worker/settler";
import { startTasks } from "@holdpoint/server/worker/tasks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { PostFake, postChannel } from "../fake/post.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
groups:
  ops: { members: [ana] }
  backup: { members: [dan] }
rules:
  - id: gate
    match: { topics: ["job.*"] }
    decision: require_approval
    approvals: [{ group: ops }]
    escalate: [{ after: 20h, to: "group:backup" }]
    timeout: 24h
  - id: read
    match: { topics: ["read.*"] }
    decision: allow
  - id: short
    match: { topics: ["short.*"] }
    decision: require_approval
    timeout: 60s
`;
const people = `version: v1
people:
  - { id: ana, email: ana@example.test }
  - { id: dan, email: dan@example.test }
`;
/** A winter evening in Berlin. */
const startAt = Date.UTC(2026, 0, 12, 22, 30);
const patienceMs = 20_000;

let place: Place;
let tenants = 0;
beforeAll(async () => {
  place = await openEmbeddedPlace();
});
afterAll(() => place.close());

interface World {
  readonly tenant: string;
  readonly clock: HandClock;
  readonly engine: Engine;
}

/** A tenant of its own; `broken` replaces calls of the store. */
async function world(
  broken: (store: Store) => Partial<Store> = () => ({}),
  more: readonly Channel[] = [],
  peopleSource: string = people,
): Promise<World> {
  tenants += 1;
  const tenant = `poison-${tenants}`;
  const clock = new HandClock(startAt);
  const whole = engineOver(place.store, clock, more);
  await makeTenant(whole, tenant, policy);
  await importPeople(contextOf(whole, tenant), peopleSource);
  const own = { ...place.store, tenants: async () => [tenant] };
  return { tenant, clock, engine: engineOver({ ...own, ...broken(own) }, clock, more) };
}

async function hold({ engine, tenant }: World, id: string, topic = "job.delete"): Promise<void> {
  await propose(contextOf(engine, tenant), { topic, params: { id }, job_id: id });
}

async function until(loop: Loop | null, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error("it never became so");
    loop?.kick();
    await nextTurn();
  }
}

const stateOf = async ({ tenant }: World, id: string): Promise<string> =>
  (await place.store.findJob(tenant, id))?.file.job.state ?? "";

async function round({ engine, tenant }: World, channel: Channel): Promise<void> {
  const sender = new ChannelSender(engine, channel, () => undefined);
  await sender.drain(tenant);
  await sender.idle();
}

/** What the database says of a value that it cannot take. */
function refusal(): HoldpointError {
  const cause = new pg.DatabaseError("invalid input", 1, "error");
  cause.code = "22P02";
  return new HoldpointError("storage_unavailable", { message: "refused" }, { cause });
}

test("jobs that the database refuses to move hold up no other, and are tried ever less often", async () => {
  const bad = Array.from({ length: flushSizeMax + 3 }, (_, at) => `bad-${at}`);
  let isBroken = false;
  const tries = new Map<string, number>();
  const here = await world((store) => ({
    commit: async (tenant, change) => {
      const id = change.job?.id ?? "";
      if (isBroken && id.startsWith("bad")) {
        tries.set(id, (tries.get(id) ?? 0) + 1);
        throw refusal();
      }
      return store.commit(tenant, change);
    },
  }));
  await Promise.all(bad.map((id) => hold(here, id, "short.delete")));
  here.clock.move(1_000);
  await hold(here, "good-1", "short.delete");
  here.clock.move(100_000);
  isBroken = true;
  const clocks = startClocks(here.engine);
  try {
    await until(clocks, async () => (await stateOf(here, "good-1")) === "EXPIRED");
    expect([...tries.values()]).toEqual(bad.map(() => 1));
    isBroken = false;
    here.clock.move(1_000);
    for (const id of bad) {
      await until(clocks, async () => (await stateOf(here, id)) === "EXPIRED");
    }
  } finally {
    await clocks.stop();
  }
});

describe("a tenant whose reads fail holds up no other:", () => {
  const loops: readonly [string, keyof Store, (engine: Engine) => Loop][] = [
    ["clocks", "dueFiles", startClocks],
    ["sender", "claimDeliveries", startSender],
    ["tasks", "nextTaskAt", startTasks],
    [
      "rosters",
      "claimRosters",
      (engine) => startRosters(engine, { ...rosterFetching, isPrivateAllowed: false }),
    ],
    ["life of policies", "pendingSweep", startPolicyLife],
  ];
  test.each(loops)("%s", async (_name, call, start) => {
    const [sick, well] = [await world(), await world()];
    let looks = 0;
    const real = place.store[call] as (...values: unknown[]) => Promise<unknown>;
    const store = {
      ...place.store,
      tenants: async () => [sick.tenant, well.tenant],
      [call]: async (tenant: string, ...values: unknown[]) => {
        if (tenant === sick.tenant) throw refusal();
        looks += 1;
        return real(tenant, ...values);
      },
    };
    const loop = start(engineOver(store, well.clock));
    try {
      await until(loop, () => looks > 0);
    } finally {
      await loop.stop();
    }
  });
});

describe("a message to people", () => {
  test("that cannot be turned into others holds up none behind it, and dies at last", async () => {
    await using post = await postOf();
    const here = await world(
      (store) => ({
        fanOut: async (tenant, fan) => {
          if (fan.parent.jobId === "bad") throw new Error("this one cannot be read");
          return store.fanOut(tenant, fan);
        },
      }),
      [postChannel(post.fake)],
    );
    await hold(here, "bad");
    await hold(here, "good");
    const sender = startSender(here.engine);
    await until(sender, () => post.fake.to("ana@example.test").length === 1);
    await sender.stop();
    const levelOf = async (): Promise<number | undefined> =>
      (await place.store.findJob(here.tenant, "bad"))?.file.job.watch?.level;
    for (let tries = 1; tries < 12; tries += 1) {
      here.clock.move(3_600_000);
      await fanOutAll(here.engine, here.tenant, () => undefined);
      expect(await levelOf()).toBe(tries < 11 ? 0 : 1);
    }
  });

  test("waits for a process that reaches people, and is given up when there is none for long", async () => {
    await using post = await postOf();
    const here = await world(undefined, [postChannel(post.fake)]);
    await hold(here, "job-1");
    await hold(here, "job-2");
    const states = async (): Promise<string[]> => {
      const sql = "select state from outbox where tenant = $1 and channel = 'people'";
      return (await place.ask<{ state: string }>(sql, [here.tenant])).map(({ state }) => state);
    };
    const withoutPeople = async (isDone: () => Promise<boolean>): Promise<void> => {
      let looks = 0;
      const strayChannels: Store["strayChannels"] = async (...values) => {
        const found = await place.store.strayChannels(...values);
        looks += 1;
        return found;
      };
      const store = { ...place.store, tenants: async () => [here.tenant], strayChannels };
      const sender = startSender(engineOver(store, here.clock));
      await until(sender, () => looks > 0);
      await until(sender, isDone);
      await sender.stop();
    };
    await withoutPeople(async () => true);
    expect(await states()).toEqual(["pending", "pending"]);
    here.clock.move(11 * 60_000);
    await withoutPeople(async () => (await states()).every((state) => state === "dead"));
  });
});

interface OwnPost extends AsyncDisposable {
  readonly fake: PostFake;
}

async function postOf(): Promise<OwnPost> {
  const fake = await PostFake.start();
  return { fake, [Symbol.asyncDispose]: () => fake.close() };
}

test("nobody gets a message more than three times because its proof cannot be written", async () => {
  await using post = await postOf();
  const channel = postChannel(post.fake, { reach: "shared" });
  const here = await world(
    (store) => ({
      commit: async (tenant, change) => {
        if (change.events.some(({ fact }) => fact.type === "hold.notified")) throw refusal();
        return store.commit(tenant, change);
      },
    }),
    [channel],
  );
  await hold(here, "job-1");
  for (let tries = 0; tries < 8; tries += 1) {
    await round(here, channel);
    here.clock.move(60_000);
  }
  expect(post.fake.taken).toBe(3);
  expect(await place.store.listDeliveriesOf(here.tenant, "job-1")).toContainEqual(
    expect.objectContaining({ channel: "post", state: "delivered" }),
  );
});

test("news behind a message that waits for the morning are not looked at every second of the night", async () => {
  await using post = await postOf();
  const channel = postChannel(post.fake);
  const quiet = `version: v1
people:
  - { id: ana, email: ana@example.test, quiet: { zone: Europe/Berlin, from: "22:00", to: "07:00" } }
  - { id: dan, email: dan@example.test }
`;
  const here = await world(undefined, [channel], quiet);
  await hold(here, "job-1");
  const body = '{"type":"approval.resolved","timestamp":"","data":{}}';
  const parent = { attempts: 1, jobId: "job-1", level: 0 };
  const message = {
    channel: "post",
    person: "ana",
    address: "ana@example.test",
    body,
    gather: null,
  };
  for (const [kind, dueAt] of [
    ["approval.requested", startAt + 8 * 3_600_000],
    ["approval.resolved", startAt],
  ] as const) {
    const id = here.engine.ids.delivery();
    const row = { id, jobId: "job-1", channel: "people", kind, body, level: 0, dueAt: startAt };
    const nothing = { job: null, expected: null, bundle: null, review: null, answer: null };
    await place.store.commit(here.tenant, { ...nothing, events: [], outbox: [row] });
    const terms = { channel: "people", now: startAt, until: startAt + 1, limit: 9 };
    await place.store.claimDeliveries(here.tenant, { ...terms, isHistoryWanted: false });
    const made = { ...message, id: here.engine.ids.delivery(), kind, dueAt };
    const fan = { parent: { ...parent, id }, messages: [made], events: [], now: startAt };
    expect(await place.store.fanOut(here.tenant, fan)).toBe(true);
  }
  for (let second = 0; second < 600; second += 1) {
    await round(here, channel);
    here.clock.move(1_000);
  }
  const [news] = await place.store.listDeliveriesOf(here.tenant, "job-1");
  expect(news).toMatchObject({ kind: "approval.resolved", state: "pending" });
  expect(news?.attempts).toBeLessThan(20);
});

test("one settlement that the database refuses takes none of its neighbours with it", async () => {
  const written: string[] = [];
  const here = await world(() => ({
    settleDeliveries: async (_tenant, results) => {
      if (results.some(({ id }) => id === "bad")) throw refusal();
      written.push(...results.map(({ id }) => id));
    },
  }));
  const settler = new Settler(here.engine, here.tenant);
  const results = ["a", "bad", "b", "c"].map((id) => ({ id }) as DeliveryResult);
  const ends = await Promise.allSettled(results.map((result) => settler.settle(result)));
  expect(ends.map(({ status }) => status)).toEqual([
    "fulfilled",
    "rejected",
    "fulfilled",
    "fulfilled",
  ]);
  expect(written.sort()).toEqual(["a", "b", "c"]);
});

test("an error that ends in half a character is written down, and so is an action named so", async () => {
  const channel: Channel = {
    ...postChannel({ url: "http://127.0.0.1:1" }, { reach: "shared" }),
    deliver: async () => {
      throw new Error("😀".repeat(300));
    },
  };
  const here = await world(undefined, [channel]);
  const target = { resource: "😀".repeat(300) };
  const ctx = contextOf(here.engine, here.tenant);
  await propose(ctx, { topic: "job.delete", params: {}, target, job_id: "job-1" });
  await round(here, channel);
  const deliveries = await place.store.listDeliveriesOf(here.tenant, "job-1");
  expect(deliveries.find((one) => one.channel === "post")?.error).toContain("😀…😀");
});

test("a task that nothing can be said of holds up no other, and is tried again later", async () => {
  const here = await world();
  const now = here.clock.now();
  const body = { title: "t", incident: "i", reason: "r" };
  const task = (id: string, text: string): TaskRow => ({
    id,
    kind: "governance",
    state: "open",
    revision: 1,
    jobId: null,
    ruleId: "gate",
    agent: "robot",
    person: "ana",
    subject: null,
    body: text,
    dueAt: now + 86_400_000,
    wakeAt: now,
    createdAt: now - 1,
    updatedAt: now,
  });
  const nothing = { job: null, expected: null, bundle: null, review: null, answer: null };
  const tasks = [task("gov_bad", "null"), task("gov_good", JSON.stringify(body))];
  await place.store.commit(here.tenant, { ...nothing, events: [], outbox: [], tasks });
  expect(await wakeTasks(here.engine, here.tenant)).toBe(2);
  const found = await Promise.all(tasks.map(({ id }) => place.store.findTask(here.tenant, id)));
  expect(found[0]?.wakeAt).toBe(now + 60_000);
  const reminded = { isNewestFirst: false, limit: 9, after: null, jobId: null };
  const events = await place.store.listEvents(here.tenant, {
    ...reminded,
    type: "governance.reminded",
  });
  expect(events).toHaveLength(1);
});

test("what is allowed waits for no look at people, whom only holds need", async () => {
  const here = await world(() => ({
    keyPeople: async () => {
      throw refusal();
    },
  }));
  const ctx = contextOf(here.engine, here.tenant);
  const allowed = { topic: "read.file", params: {}, job_id: "read-1" };
  expect((await propose(ctx, allowed)).view.job.state).toBe("APPROVED");
  const asked = { topic: "job.delete", params: {}, job_id: "job-1" };
  await expect(propose(ctx, asked)).rejects.toMatchObject({ code: "storage_unavailable" });
});

test("dead letters are found by their index, however long the log is", async () => {
  const asked: { text: string; values: readonly unknown[] }[] = [];
  const { database } = place;
  const listening: Database = {
    ...database,
    query: async (tenant, { name, text }, values) => {
      asked.push({ text, values });
      return database.query(tenant, { name, text }, values);
    },
  };
  const nothing = { job: null, person: null, channel: null, limit: 50, after: null };
  await storeOver(listening).listDeliveries("poison-1", { ...nothing, state: "dead" });
  const [{ text, values } = { text: "", values: [] }] = asked;
  const explain = { name: "explain_dead", text: `explain ${text}` };
  const plan = await database.query("poison-1", explain, values);
  expect(JSON.stringify(plan)).toContain("outbox_dead");
});

test("the deadline of a hold wakes the clocks, and not what looks at tasks", async () => {
  const here = await world();
  const woken: string[] = [];
  const stop = here.engine.hub.onWork({
    deadline: () => void woken.push("clocks"),
    task: () => void woken.push("tasks"),
    messages: () => undefined,
    look: () => undefined,
  });
  await hold(here, "job-1");
  stop();
  expect(woken).toEqual(["clocks"]);
});
