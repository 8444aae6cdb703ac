// After a change of policy: every hold that it concerns is told of once, by however many processes look, and after a crash.

import { afterAll, beforeAll, expect, test } from "vitest";
import { publishPolicy } from "@holdpoint/server/flow/publish-policy";
import { propose } from "@holdpoint/server/flow/propose";
import { lookAt } from "@holdpoint/server/worker/policy-life";
import { failingStore } from "../fault/failing-store.ts";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";

const source = `version: v1
rules:
  - { id: gate, match: { topics: ["job.db.*"] }, decision: require_approval, timeout: 1h, reason: People }
  - { id: other, match: { topics: ["job.mail.*"] }, decision: require_approval, timeout: 1h, reason: People }
`;
const denied = source.replace("decision: require_approval", "decision: deny");

let place: Place;
let tenants = 0;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});

afterAll(() => place.close());

/** A tenant with so many holds of each kind, in which the first kind was denied since. */
async function stage(each: number): Promise<{ tenant: string; clock: HandClock }> {
  tenants += 1;
  const tenant = `affected-${tenants}`;
  const clock = new HandClock();
  const engine = engineOver(place.store, clock);
  await makeTenant(engine, tenant, source);
  const ctx = contextOf(engine, tenant);
  const topics = Array.from({ length: each }, () => ["job.db.delete", "job.mail.send"]).flat();
  await Promise.all(topics.map((topic) => propose(ctx, { topic, params: {} })));
  await publishPolicy(ctx, { source: denied });
  return { tenant, clock };
}

/** Events and messages about holds that are affected, and about how many holds they are. */
async function told(tenant: string): Promise<unknown> {
  const [row] = await place.ask(
    `select (select count(*)::int from audit_events where tenant = $1 and type = 'job.affected') as events,
       (select count(distinct job_id)::int from audit_events e where tenant = $1 and type = 'job.affected') as holds,
       (select count(*)::int from outbox where tenant = $1 and kind = 'approval.affected') as messages`,
    [tenant],
  );
  return row;
}

test("Several processes tell of each hold once, over many pages.", async () => {
  const { tenant, clock } = await stage(130);
  const engines = Array.from({ length: 3 }, () => engineOver(place.store, clock));
  await Promise.all(engines.map((engine) => lookAt(engine, tenant)));
  await lookAt(engineOver(place.store, clock), tenant);
  expect(await told(tenant)).toEqual({ events: 130, holds: 130, messages: 130 });
  expect(await place.store.pendingSweep(tenant)).toBeNull();
});

test("A process that dies anywhere leaves the rest to the next one.", async () => {
  for (let nth = 1; ; nth += 1) {
    const { tenant, clock } = await stage(2);
    const failing = failingStore(place.store, tenant);
    failing.arm(nth, nth % 2 === 0 ? "before" : "after");
    await lookAt(engineOver(failing.store, clock), tenant).catch(() => undefined);
    const isOver = failing.calls.length < nth;
    await lookAt(engineOver(place.store, clock), tenant);
    expect(await told(tenant)).toEqual({ events: 2, holds: 2, messages: 2 });
    if (isOver) break;
  }
});
