// Every verb with every one of its storage calls failing, before and after it was carried out.

import { HoldpointError } from "@holdpoint/core/error/error";
import type { Store } from "@holdpoint/server/storage/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";
import { failingStore, type FaultMoment } from "./failing-store.ts";
import { delivered, policySource, type Verb, verbs } from "./verbs.ts";

let place: Place;
let tenants = 0;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});

afterAll(() => place.close());

interface Stage {
  readonly tenant: string;
  readonly clock: HandClock;
  readonly prepared: string;
}

/** A tenant of its own in which everything is ready for the verb. */
async function stage(verb: Verb): Promise<Stage> {
  tenants += 1;
  const tenant = `nth-${tenants}`;
  const clock = new HandClock();
  const engine = engineOver(place.store, clock);
  await makeTenant(engine, tenant, policySource);
  return { tenant, clock, prepared: await verb.prepare(contextOf(engine, tenant), clock) };
}

function call(verb: Verb, { tenant, clock, prepared }: Stage, store: Store): Promise<unknown> {
  return verb.run(contextOf(engineOver(store, clock), tenant), prepared);
}

const tables = {
  jobs: "id, revision, state, round, due_at, held, job_hash = proposed_hash as is_as_proposed",
  reviews: "job_id, round, kind, person",
  audit_events: "type, job_id, revision, actor_kind, actor_id",
  outbox: "job_id, channel, kind, state",
  idempotency: "subject, key, status",
  policies: "digest",
  active_policy:
    "digest, regexp_replace(bundle, 'people:sha256:[0-9a-f]+', 'people') as bundle, revision",
  tool_registries: "digest",
  // Delegations have ids by chance, and so the document that they stand in has another name.
  people_documents: "regexp_replace(document, 'dlg_[0-9a-z]+', 'dlg', 'g') as document",
  rosters: "name, source",
  velocity: "key, revision, hits",
  outputs: "job_id, bytes, digest",
  api_keys: "subject, kind, revoked_at is null as is_live",
  people: "id",
};

/** Everything that the tenant holds, without ids by chance; attempts that were refused are left out. */
async function contentOf(tenant: string): Promise<unknown> {
  const parts = Object.entries(tables).map(async ([table, columns]) => {
    const only = table === "audit_events" ? "and type <> 'attempt.refused'" : "";
    const sql = `select ${columns} from ${table} where tenant = $1 ${only}`;
    const rows = await place.ask(sql, [tenant]);
    return [table, rows.map((row) => JSON.stringify(row)).sort()];
  });
  return Object.fromEntries(await Promise.all(parts)) as unknown;
}

/** INVARIANT: each revision of a job has its event, and no event speaks of a revision that is not. */
async function expectRecorded(tenant: string): Promise<void> {
  const jobs = await place.ask<{ revision: number; events: number }>(
    `select j.revision, (select count(distinct e.revision) from audit_events e
       where e.tenant = j.tenant and e.job_id = j.id and e.revision <= j.revision)::int as events,
       (select max(e.revision) from audit_events e where e.tenant = j.tenant and e.job_id = j.id) as last
     from jobs j where j.tenant = $1`,
    [tenant],
  );
  for (const { revision, events } of jobs) expect(events).toBe(revision);
  const halves = await place.ask(
    `select e.id from audit_events e left join audit_payloads p
       on p.tenant = e.tenant and p.commitment = e.commitment
     where e.tenant = $1 and p.commitment is null`,
    [tenant],
  );
  expect(halves).toEqual([]);
}

interface Reference {
  readonly before: unknown;
  readonly once: unknown;
  readonly twice: unknown;
  readonly calls: readonly string[];
}

/** What the verb does when nothing fails, once and called again. */
async function referenceOf(verb: Verb): Promise<Reference> {
  const staged = await stage(verb);
  const before = await contentOf(staged.tenant);
  const watched = failingStore(place.store, staged.tenant);
  await call(verb, staged, watched.store);
  const once = await contentOf(staged.tenant);
  const calls = [...watched.calls];
  await call(verb, staged, failingStore(place.store, staged.tenant).store).catch(() => undefined);
  return { before, once, twice: await contentOf(staged.tenant), calls };
}

interface Fault {
  readonly nth: number;
  readonly moment: FaultMoment;
}

async function tryWith(verb: Verb, reference: Reference, { nth, moment }: Fault): Promise<void> {
  const staged = await stage(verb);
  const failing = failingStore(place.store, staged.tenant);
  failing.arm(nth, moment);
  const where = `call ${nth} (${reference.calls[nth - 1] ?? "?"}) failing ${moment}`;

  const error = await call(verb, staged, failing.store).then(
    () => null,
    (reason: unknown) => reason,
  );

  if (verb.isLoop !== true) {
    expect(error, where).toBeInstanceOf(HoldpointError);
    expect((error as HoldpointError).code, where).toBe("storage_unavailable");
  }
  const found = await contentOf(staged.tenant);
  if (verb.isTwoSteps !== true) {
    expect([reference.before, reference.once], where).toContainEqual(found);
  }
  await expectRecorded(staged.tenant);

  // A lease on messages that nobody settled has to run out before they are sent again.
  if (verb.isLoop === true) staged.clock.move(31_000);
  await call(verb, staged, failingStore(place.store, staged.tenant).store);
  const again = await contentOf(staged.tenant);
  const ends = verb.isRepeatable === false ? [reference.once, reference.twice] : [reference.once];
  expect(ends, `${where}, then repeated`).toContainEqual(again);
  await expectRecorded(staged.tenant);
}

describe("the storage call that fails leaves everything before or after, and a repeat finishes:", () => {
  it.each(Object.entries(verbs))("%s", async (_name, verb) => {
    const reference = await referenceOf(verb);
    expect(reference.once).not.toEqual(reference.before);
    if (verb.isRepeatable !== false) expect(reference.twice).toEqual(reference.once);

    for (let nth = 1; nth <= reference.calls.length; nth += 1) {
      await tryWith(verb, reference, { nth, moment: "before" });
      await tryWith(verb, reference, { nth, moment: "after" });
    }
  });
});

describe("a message that was sent and not settled", () => {
  it("is sent again with the same id", async () => {
    const verb = verbs["deliver a message"];
    if (verb === undefined) throw new Error("no such verb");
    const staged = await stage(verb);
    const { calls } = await referenceOf(verb);
    const failing = failingStore(place.store, staged.tenant);
    failing.arm(calls.indexOf("settleDeliveries") + 1, "before");
    delivered.length = 0;

    await call(verb, staged, failing.store);
    staged.clock.move(31_000);
    await call(verb, staged, failingStore(place.store, staged.tenant).store);

    expect(delivered).toHaveLength(2);
    expect(new Set(delivered).size).toBe(1);
  });
});
