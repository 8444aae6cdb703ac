// A process that dies anywhere between the approval of a publication and its end: the next one finishes it, once.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lookAt } from "@holdpoint/server/worker/policy-life";
import type { Store } from "@holdpoint/server/storage/store";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { engineOver, HandClock, makeTenant } from "../sim/engine.ts";
import { adminOf, approveJob, askToPublish } from "../sim/publication.ts";
import { failingStore, type FaultMoment } from "./failing-store.ts";

const base = `version: v1
rules:
  - { id: gate, match: { topics: ["job.db.*"] }, decision: require_approval, reason: People }
`;
const next = base.replace("decision: require_approval", "decision: deny");
const hour = 3_600_000;

let place: Place;
let tenants = 0;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});

afterAll(() => place.close());

interface Kind {
  readonly name: string;
  readonly more: { rollout?: number; activate_at?: string };
  readonly history: readonly string[];
}

const startAt = new HandClock().now();
const kinds: readonly Kind[] = [
  { name: "at once", more: {}, history: ["publish", "publish"] },
  {
    name: "at its time",
    more: { activate_at: new Date(startAt + 2 * hour).toISOString() },
    history: ["schedule", "publish"],
  },
  { name: "as a rollout", more: { rollout: 10 }, history: ["publish"] },
];

interface Stage {
  readonly tenant: string;
  readonly clock: HandClock;
  readonly draft: string;
  readonly job: string;
}

async function stage(kind: Kind): Promise<Stage> {
  tenants += 1;
  const tenant = `publication-${tenants}`;
  const clock = new HandClock();
  const engine = engineOver(place.store, clock);
  await makeTenant(engine, tenant, base);
  return {
    tenant,
    clock,
    ...(await askToPublish(adminOf(engine, tenant, "ana"), next, kind.more)),
  };
}

/** Approves, and does what the workers of that process would until the time of a schedule is over. */
async function carryThrough({ tenant, clock, job }: Stage, store: Store): Promise<void> {
  const engine = engineOver(store, clock);
  const isOpen = (await store.findJob(tenant, job))?.file.job.state === "APPROVAL";
  if (isOpen) await approveJob(adminOf(engine, tenant, "bob"), job);
  await lookAt(engine, tenant);
  // The grant of the approval is long over for whoever comes later.
  clock.move(hour);
  await lookAt(engine, tenant);
  clock.move(hour);
  await lookAt(engine, tenant);
}

async function expectDone({ tenant, draft, job }: Stage, kind: Kind): Promise<void> {
  const { store } = place;
  const found = await store.findJob(tenant, job);
  expect(found?.file.job.state).toBe("SUCCEEDED");
  expect(await store.findDraft(tenant, draft)).toMatchObject({ state: "published" });
  const history = await store.listActivations(tenant, 10);
  expect(history.map((line) => line.kind)).toEqual(kind.history);
  const rollout = await store.lastRollout(tenant);
  expect(rollout?.state).toBe(kind.more.rollout === undefined ? undefined : "running");
  const events = await place.ask<{ type: string; count: number }>(
    `select type, count(*)::int as count from audit_events
     where tenant = $1 and (type like 'policy.%' or type like 'job.%') group by type order by type`,
    [tenant],
  );
  // Each step stands in the record once, however often it was tried.
  for (const { type, count } of events) {
    expect([type, count]).toEqual([type, type === "policy.activated" ? kind.history.length : 1]);
  }
}

describe.each(kinds)("a publication $name", (kind) => {
  test("is finished by one process that lives", async () => {
    const one = await stage(kind);
    await carryThrough(one, place.store);
    await expectDone(one, kind);
  });

  test.each(["before", "after"] as const)(
    "is finished once by the next process when one dies %s any of its steps",
    async (moment: FaultMoment) => {
      for (let nth = 1; ; nth += 1) {
        const one = await stage(kind);
        const failing = failingStore(place.store, one.tenant);
        failing.arm(nth, moment);
        await carryThrough(one, failing.store).catch(() => undefined);
        const isOver = failing.calls.length < nth;
        await carryThrough(one, place.store);
        await expectDone(one, kind);
        if (isOver) break;
      }
    },
  );

  test("is carried out once by several processes at the same time", async () => {
    const one = await stage(kind);
    const { tenant, clock } = one;
    await approveJob(adminOf(engineOver(place.store, clock), tenant, "bob"), one.job);
    clock.move(2 * hour);
    const engines = Array.from({ length: 4 }, () => engineOver(place.store, clock));
    await Promise.all(engines.map((engine) => lookAt(engine, tenant)));
    await lookAt(engineOver(place.store, clock), tenant);
    await expectDone(one, kind);
  });
});
