// Who is told of a hold, by which way and when: audience, attention, digests, quiet hours, delegates, news of the decision.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDelegation } from "@holdpoint/server/flow/delegate";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { DeliveryWorld, type DeliveryOptions } from "./delivery-world.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
groups:
  ops: { members: [ana, ben] }
  few: { members: [ana, ben, cat], tell: 1 }
  noisy: { members: [ana], digest: 5m }
  night: { members: [nia] }
  backup: { members: [dan] }
rules:
  - id: db
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ group: ops }]
    escalate: [{ after: 10m, to: "group:backup" }]
    timeout: 2h
  - id: few
    match: { topics: ["job.few.*"] }
    decision: require_approval
    approvals: [{ group: few }]
    timeout: 2h
  - id: noisy
    match: { topics: ["job.noisy.*"] }
    decision: require_approval
    approvals: [{ group: noisy }]
    escalate: [{ after: 10m, to: "group:backup" }]
    timeout: 2h
  - id: night
    match: { topics: ["job.night.*"] }
    decision: require_approval
    approvals: [{ group: night }]
    escalate: [{ after: 10m, to: "group:backup" }]
    timeout: 2h
  - id: last
    match: { topics: ["job.last.*"] }
    decision: require_approval
    approvals: [{ group: night }]
    timeout: 2h
`;

const people = `version: v1
people:
  - { id: ana, email: ana@example.test, name: Ana }
  - { id: ben, email: ben@example.test, cards_per_hour: 1 }
  - { id: cat, email: cat@example.test }
  - { id: dan, email: dan@example.test }
  - { id: eve, email: eve@example.test }
  - { id: nia, email: nia@example.test, quiet: { zone: Europe/Berlin, from: "22:00", to: "07:00" } }
`;

/** 10:00 in Berlin, in winter. */
const morning = Date.UTC(2026, 0, 12, 9);
/** 23:30 in Berlin. */
const night = Date.UTC(2026, 0, 12, 22, 30);

let place: Place;
beforeAll(async () => {
  place = await openEmbeddedPlace();
});
afterAll(() => place.close());

const open = (more: Partial<DeliveryOptions> = {}): Promise<DeliveryWorld> =>
  DeliveryWorld.open({ policy, people, place, startAt: morning, ...more });

/** Addresses that have a letter about a job, sorted. */
function toldOf(world: DeliveryWorld, jobId: string, kind = "approval.requested"): string[] {
  return [...world.post.letters.values()]
    .filter((letter) => letter.kind === kind && isAbout(letter.data, jobId))
    .map(({ address }) => address?.split("@")[0] ?? "")
    .sort();
}

function isAbout(data: Readonly<Record<string, unknown>>, jobId: string): boolean {
  const { job, digest } = data as { job?: { id: string }; digest?: { job: { id: string } }[] };
  return job?.id === jobId || (digest ?? []).some((one) => one.job.id === jobId);
}

const told = (world: DeliveryWorld, jobId: string, kind?: string): Promise<string[]> =>
  world.until(
    () => toldOf(world, jobId, kind),
    (names) => names.length > 0,
  );

describe("those whom a hold asks", () => {
  test("are told each once, and the first acceptance starts the clocks of their level", async () => {
    await using world = await open();
    const id = await world.propose();
    await world.until(
      () => toldOf(world, id),
      (names) => names.length === 2,
    );
    expect(toldOf(world, id)).toEqual(["ana", "ben"]);
    await world.until(
      () => world.watch(id),
      ({ proof }) => proof !== null,
    );
    expect(await world.events(id, "hold.notified")).toHaveLength(1);
    const log = await world.until(
      () => world.log(id),
      (rows) => rows.every(({ state }) => state === "delivered"),
    );
    expect(log.filter(({ person }) => person !== null).map(({ level }) => level)).toEqual([0, 0]);
    expect(world.post.to("ana@example.test")[0]?.data["why_told"]).toBe(
      "You are on duty in group ops.",
    );
  });

  test("are told what was decided, but for the one who decided, and nobody else is", async () => {
    await using world = await open();
    const id = await world.propose();
    await world.until(
      () => toldOf(world, id),
      (names) => names.length === 2,
    );
    await world.decide(id, "ana", "approve");
    expect(await told(world, id, "approval.resolved")).toEqual(["ben"]);
    const [letter] = [...world.post.letters.values()].filter(
      ({ kind }) => kind === "approval.resolved",
    );
    expect(letter?.data["resolution_line"]).toContain("Approved by");
    expect(letter?.thread).not.toBeNull();
  });

  test("see their message rewritten everywhere where that can be done", async () => {
    await using world = await open({ post: { canRewrite: true } });
    const id = await world.propose();
    await world.until(
      () => toldOf(world, id),
      (names) => names.length === 2,
    );
    await world.decide(id, "ana", "reject");
    await world.until(
      () => world.post.rewritings.length,
      (count) => count === 2,
    );
    const refs = world.post.rewritings.map(({ ref }) => ref["letter"]);
    expect(new Set(refs)).toEqual(new Set(world.post.letters.keys()));
    expect(toldOf(world, id, "approval.resolved")).toEqual([]);
  });

  test("are asked no more once it is decided before the message left", async () => {
    await using world = await open();
    world.post.answering = () => "fail";
    const id = await world.propose();
    await world.until(
      () => world.log(id),
      (log) => log.filter(({ error }) => error !== null).length === 2,
    );
    await world.decide(id, "ana", "approve");
    world.post.answering = () => "take";
    await world.pass(3_600_000);
    const log = await world.until(
      async () => {
        world.clock.move(2_000);
        world.engine.hub.work();
        return (await world.log(id)).filter(({ person }) => person !== null);
      },
      (rows) => rows.length > 2 && rows.every(({ state }) => state === "dropped"),
    );
    expect(log.length).toBe(3);
    expect(world.post.letters.size).toBe(0);
  });

  test("are the next in the chain at once when nobody of the level can be reached", async () => {
    await using world = await open();
    world.post.answering = ({ address }) => (address === "dan@example.test" ? "take" : "gone");
    const id = await world.propose();
    expect(await told(world, id, "approval.escalated")).toEqual(["dan"]);
    const [event] = await world.events(id, "hold.escalated");
    expect(event).toMatchObject({ level: 1, to: "group:backup", cause: "unreachable" });
    expect((await world.watch(id)).level).toBe(1);
  });
});

describe("attention", () => {
  test("goes to as many as the group tells first, to the least loaded, and to all when reminded", async () => {
    await using world = await open();
    const ids = [];
    for (let at = 0; at < 3; at += 1) {
      const id = await world.propose("job.few.x");
      ids.push(id);
      await told(world, id);
    }
    expect(ids.flatMap((id) => toldOf(world, id))).toEqual(["ana", "ben", "cat"]);
  });

  test("is spared past the budget while others are left, and the record says so", async () => {
    await using world = await open();
    const first = await world.propose();
    await world.until(
      () => toldOf(world, first),
      (names) => names.length === 2,
    );
    const second = await world.propose();
    expect(await told(world, second)).toEqual(["ana"]);
    const [shed] = await world.events(second, "hold.shed");
    expect(shed).toMatchObject({ level: 0, people: ["ben"], told: ["ana"] });

    await world.pass(3_600_001);
    const third = await world.propose();
    await world.until(
      () => toldOf(world, third),
      (names) => names.length === 2,
    );
  });
});

describe("a digest", () => {
  test("gathers what comes for a noisy group, and proves each level by one message", async () => {
    await using world = await open();
    const ids = [await world.propose("job.noisy.a"), await world.propose("job.noisy.b")];
    for (const id of ids) {
      await world.until(
        () => world.log(id),
        (log) => log.some(({ person }) => person === "ana"),
      );
    }
    await world.pass(120_000);
    expect(world.post.letters.size).toBe(0);
    await world.pass(180_000);
    await world.until(
      () => world.post.letters.size,
      (size) => size === 1,
    );
    const [letter] = [...world.post.letters.values()];
    expect(letter?.kind).toBe("approval.digest");
    for (const id of ids) {
      expect(isAbout(letter?.data ?? {}, id)).toBe(true);
      await world.until(
        () => world.watch(id),
        ({ proof }) => proof !== null,
      );
      expect((await world.watch(id)).level).toBe(0);
    }
  });
});

describe("quiet hours", () => {
  test("put the next of the chain in the place of who sleeps, and delay the message to the morning", async () => {
    await using world = await open({ startAt: night });
    const id = await world.propose("job.night.x");
    expect(await told(world, id, "approval.escalated")).toEqual(["dan"]);
    const log = await world.log(id);
    const own = log.find(({ person }) => person === "nia");
    expect(own?.dueAt).toBe(Date.UTC(2026, 0, 13, 6));
    expect(toldOf(world, id)).toEqual([]);
  });

  test("never silence the last level", async () => {
    await using world = await open({ startAt: night });
    const id = await world.propose("job.last.x");
    expect(await told(world, id)).toEqual(["nia"]);
  });
});

describe("who is away", () => {
  test("is not told; whoever stands in is, and learns for whom", async () => {
    await using world = await open();
    const ends = new Date(world.clock.now() + 86_400_000).toISOString();
    await createDelegation(world.ctx, { from: "ana", to: "eve", ends });
    const id = await world.propose();
    await world.until(
      () => toldOf(world, id),
      (names) => names.length === 2,
    );
    expect(toldOf(world, id)).toEqual(["ben", "eve"]);
    const [letter] = world.post.to("eve@example.test");
    expect(letter?.data["why_told"]).toBe("You stand in for Ana, who is away.");
  });
});
