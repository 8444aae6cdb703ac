// Two replicas send by a channel that fails, limits and swallows its answers: each message arrives once by its key, none is lost.

import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "@holdpoint/server/flow/context";
import { importPeople } from "@holdpoint/server/flow/manage-people";
import { propose } from "@holdpoint/server/flow/propose";
import { storeOver } from "@holdpoint/server/storage/open";
import { startSender } from "@holdpoint/server/worker/sender";
import { type Place, placeKinds } from "../contract/place.ts";
import { type Answering, PostFake, postChannel } from "../fake/post.ts";
import { randomFrom } from "../random.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";

const policy = `version: v1
defaults: { rejection_memory: 0 }
groups:
  ops: { members: [p0, p1, p2] }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ group: ops }]
    timeout: 24h
`;
const names = ["p0", "p1", "p2"];
const people = `version: v1\npeople:\n${names.map((id) => `  - { id: ${id}, email: ${id}@example.test }\n`).join("")}`;
const holds = 60;
const patienceMs = 60_000;

let place: Place;
beforeAll(async () => {
  const shared = placeKinds.find(({ isShared }) => isShared);
  if (shared === undefined) throw new Error("no database of several processes");
  place = await shared.open();
});
afterAll(() => place.close());

/** Of a hundred messages five fail, five are limited, and three are taken without an answer. */
function moods(): () => Answering {
  const random = randomFrom(7);
  return () => {
    const chance = random() * 100;
    if (chance < 5) return "fail";
    if (chance < 10) return "limit";
    return chance < 13 ? "drop" : "take";
  };
}

test("each person has each notice once, whatever the receiver did and whoever sent it", async () => {
  const another = await place.openAnother?.();
  if (another === undefined) throw new Error("one process only");
  const clock = new HandClock();
  const post = await PostFake.start();
  post.answering = moods();
  const engines = [place.store, storeOver(another)].map((store) =>
    engineOver(store, clock, [postChannel(post)]),
  );
  const [first] = engines as [Engine, Engine];
  await makeTenant(first, "default", policy);
  await importPeople(contextOf(first, "default"), people);
  const senders = engines.map(startSender);
  try {
    for (let at = 0; at < holds; at += 1) {
      const engine = engines[at % 2] ?? first;
      const topic = "job.db.delete";
      await propose(contextOf(engine, "default"), { topic, params: { at }, job_id: `j${at}` });
    }
    const deadline = performance.now() + patienceMs;
    let left = Number.POSITIVE_INFINITY;
    while (left > 0 && performance.now() < deadline) {
      clock.move(250);
      for (const sender of senders) sender.kick();
      await nextTurn();
      left = await pending(place);
    }
    expect(left).toBe(0);
  } finally {
    await Promise.all(senders.map((sender) => sender.stop()));
    await post.close();
    await another.close();
  }
  expect(post.letters.size).toBe(holds * names.length);
  for (const name of names) {
    const jobs = post
      .to(`${name}@example.test`)
      .map(({ data }) => (data["job"] as { id: string }).id);
    expect(new Set(jobs).size).toBe(holds);
    expect(jobs).toHaveLength(holds);
  }
  // What was taken without an answer was sent again with its key: the receiver saw it more than once.
  expect(post.taken).toBeGreaterThan(post.letters.size);
  const proofs = await place.ask<{ count: number }>(
    "select count(*)::int as count from holdpoint.audit_events where type = 'hold.notified'",
  );
  expect(proofs[0]?.count).toBe(holds);
  const dead = await place.ask("select id from holdpoint.outbox where state = 'dead'");
  expect(dead).toEqual([]);
});

async function pending({ ask }: Place): Promise<number> {
  const [row] = await ask<{ count: number }>(
    "select count(*)::int as count from holdpoint.outbox where state = 'pending'",
  );
  return row?.count ?? 0;
}
