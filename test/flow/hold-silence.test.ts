// What silence releases, and what is forgotten, against an agent that wants its action through.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rejectionsCompared } from "@holdpoint/core/base/limits";
import type { JobId } from "@holdpoint/core/base/id";
import { importPeople } from "@holdpoint/server/flow/manage-people";
import { propose } from "@holdpoint/server/flow/propose";
import { review } from "@holdpoint/server/flow/review";
import { tickDue } from "@holdpoint/server/flow/tick";
import type { Context, Engine } from "@holdpoint/server/flow/context";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";

const policy = `version: v1
groups: { ops: { members: [ana, ben] } }
rules:
  - id: veto
    match: { topics: ["job.veto.*"] }
    decision: allow_unless_rejected
    approvals: [{ group: ops }]
    window: 10m
    timeout: 30m
  - id: gate
    match: { topics: ["job.gate.*"] }
    decision: require_approval
    approvals: [{ group: ops }]
    timeout: 1h
`;
const people = `version: v1
people: [{ id: ana, email: ana@example.test }, { id: ben, email: ben@example.test }]
`;
const minuteMs = 60_000;

let place: Place;
let tenants = 0;
beforeAll(async () => {
  place = await openEmbeddedPlace();
});
afterAll(() => place.close());

interface World {
  readonly engine: Engine;
  readonly clock: HandClock;
  readonly tenant: string;
  readonly agent: Context;
}

async function open(): Promise<World> {
  tenants += 1;
  const tenant = `silence-${tenants}`;
  const clock = new HandClock(Date.UTC(2026, 0, 12, 9));
  const engine = engineOver(place.store, clock);
  await makeTenant(engine, tenant, policy);
  await importPeople(contextOf(engine, tenant), people);
  return { engine, clock, tenant, agent: contextOf(engine, tenant) };
}

async function held({ agent }: World, topic: string, params: object): Promise<JobId> {
  const { view } = await propose(agent, { topic, params: params as never });
  return view.job.id as JobId;
}

async function reject({ engine, tenant }: World, jobId: string): Promise<void> {
  const ctx = contextOf(engine, tenant, { id: "ana", roles: [] });
  const none = { note: null, edit: null, seenHash: null, seenRevision: null, idempotencyKey: null };
  await review(ctx, { jobId, verdict: "reject", reason: "no", code: null, ...none });
}

async function stateOf({ engine, tenant }: World, jobId: string): Promise<string | undefined> {
  return (await engine.store.findJob(tenant, jobId))?.file.job.state;
}

describe("a twin that was proposed before people rejected the other", () => {
  test.for([
    ["the same", { to: "acc_1", amount: 100 }],
    ["near to it", { to: "acc_1", amount: 110 }],
  ] as const)("is not released by its window when it is %s", async ([, params]) => {
    const world = await open();
    const first = await held(world, "job.veto.pay", { to: "acc_1", amount: 100 });
    const twin = await held(world, "job.veto.pay", params);
    const other = await held(world, "job.veto.other", params);
    await reject(world, first);
    world.clock.move(10 * minuteMs);
    await tickDue(world.engine, world.tenant);
    expect(await stateOf(world, twin)).toBe("EXPIRED");
    expect(await stateOf(world, other)).toBe("APPROVED");
  });
});

test("an action stays rejected however many others of its topic are rejected after it", async () => {
  const world = await open();
  const params = { to: "acc_1", amount: 100, note: "mine" };
  await reject(world, await held(world, "job.gate.pay", params));
  for (let number = 0; number <= rejectionsCompared; number += 1) {
    const junk = { junk: `n${number}`, more: `m${number}` };
    await reject(world, await held(world, "job.gate.pay", junk));
    world.clock.move(1);
  }
  const { view } = await propose(world.agent, { topic: "job.gate.pay", params });
  expect([view.job.state, view.resolution?.code]).toEqual(["DENIED", "previously_rejected"]);
});

test("a parameter that nobody reads does not make a rejected action another", async () => {
  const world = await open();
  const params = { to: "acc_1", amount: 100 };
  const first = await held(world, "job.veto.pay", params);
  await reject(world, first);
  const { view } = await propose(world.agent, {
    topic: "job.veto.pay",
    params: { ...params, nonce: "1" },
  });
  expect([view.decision, view.watch?.near]).toEqual(["REQUIRE_APPROVAL", first]);
});
