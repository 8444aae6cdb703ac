// Saved states that cannot be trusted: the run is given up at once, where people see it; a key that is elsewhere is waited for.

import { resumptionAttemptsMax, resumptionBackoffMaxMs } from "@holdpoint/core/base/limits";
import { claimRequest, suspendRequest } from "@holdpoint/core/wire/resumption";
import { claimRuns } from "@holdpoint/server/flow/claim-runs";
import type { Context } from "@holdpoint/server/flow/context";
import { propose } from "@holdpoint/server/flow/propose";
import { review } from "@holdpoint/server/flow/review";
import { suspendRun } from "@holdpoint/server/flow/suspend";
import { makeSealer } from "@holdpoint/server/sealing/seal";
import { openSealKeys } from "@holdpoint/server/sealing/seal-keys";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";

const source = `version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    timeout: 1d
`;

let place: Place;
let tenants = 0;
let tenant = "";
let clock: HandClock;
let ctx: Context;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});
afterAll(() => place.close());

beforeEach(async () => {
  tenants += 1;
  tenant = `damage-${tenants}`;
  clock = new HandClock();
  await makeTenant(engineOver(place.store, clock), tenant, source);
  ctx = contextOf(engineOver(place.store, clock), tenant);
});

/** A run that can go on. */
async function due(thread: string): Promise<string> {
  const job = `job-${thread}`;
  await propose(ctx, { topic: "job.db.delete", params: { thread }, job_id: job });
  const checkpoint = { codec: "text", state: Buffer.from(`of ${thread}`).toString("base64") };
  const run = await suspendRun(ctx, suspendRequest.parse({ thread, jobs: [job], checkpoint }));
  await review(ctx, {
    ...{ jobId: job, verdict: "approve", reason: null, code: null, note: null, edit: null },
    ...{ seenHash: null, seenRevision: null, idempotencyKey: null },
  });
  return run.id;
}

async function claim(from: Context, thread: string): Promise<readonly string[]> {
  const request = claimRequest.parse({ worker: "w", thread, limit: 4 });
  const { items } = await claimRuns(from, request, () => undefined);
  return items.map(({ resumption }) => resumption.id);
}

async function expectDead(id: string, words: string): Promise<void> {
  const run = await place.store.findResumption(tenant, id);
  expect(run).toMatchObject({ state: "dead", dueAt: null });
  expect(run?.lastError).toContain(words);
  const events = await place.ask<{ count: number }>(
    "select count(*)::int as count from audit_events where tenant = $1 and type = 'run.dead'",
    [tenant],
  );
  expect(events).toEqual([{ count: 1 }]);
  const told = await place.ask<{ kind: string }>(
    "select kind from outbox where tenant = $1 and kind = 'dead_run'",
    [tenant],
  );
  expect(told).toHaveLength(1);
}

test("one flipped bit: dead at once, and nothing of it is handed out", async () => {
  const id = await due("bit");
  await place.ask(
    `update checkpoints set sealed = set_bit(sealed, 8 * (length(sealed) - 3), 1 - get_bit(sealed, 8 * (length(sealed) - 3)))
      where tenant = $1`,
    [tenant],
  );
  expect(await claim(ctx, "bit")).toEqual([]);
  await expectDead(id, "damaged");
});

test("the state of another thread in its place: dead at once", async () => {
  const id = await due("mine");
  await due("other");
  await place.ask(
    `update checkpoints c set sealed = o.sealed, bytes = o.bytes from checkpoints o
      where c.tenant = $1 and o.tenant = $1 and c.thread = 'mine' and o.thread = 'other'`,
    [tenant],
  );
  expect(await claim(ctx, "mine")).toEqual([]);
  await expectDead(id, "damaged");
});

test("another state under the name that it was bound to: dead at once", async () => {
  const id = await due("mine");
  const zeros = `sha256:${"0".repeat(64)}`;
  await place.ask("update checkpoints set digest = $2 where tenant = $1", [tenant, zeros]);
  expect(await claim(ctx, "mine")).toEqual([]);
  await expectDead(id, "another one");
});

test("no state any more: dead at once", async () => {
  const id = await due("mine");
  await place.ask("delete from checkpoints where tenant = $1", [tenant]);
  expect(await claim(ctx, "mine")).toEqual([]);
  await expectDead(id, "not kept");
});

test("sealed by a key that this process has not: put off, for one that has it", async () => {
  const id = await due("mine");
  const keys = `another:${Buffer.alloc(32, 9).toString("base64")}`;
  const sealer = makeSealer(openSealKeys({ keys, dir: "", isFileAllowed: false }));
  expect(await claim({ ...ctx, sealer }, "mine")).toEqual([]);
  expect(await place.store.findResumption(tenant, id)).toMatchObject({ state: "waiting" });
  clock.move(1_000);
  expect(await claim(ctx, "mine")).toEqual([id]);
});

test("sealed by a key that no process has: given up at last, where people see it", async () => {
  const id = await due("mine");
  const keys = `another:${Buffer.alloc(32, 9).toString("base64")}`;
  const sealer = makeSealer(openSealKeys({ keys, dir: "", isFileAllowed: false }));
  for (let attempt = 1; attempt <= resumptionAttemptsMax; attempt += 1) {
    expect(await claim({ ...ctx, sealer }, "mine")).toEqual([]);
    clock.move(resumptionBackoffMaxMs);
  }
  await expectDead(id, "key");
});

test("a call that cannot be read keeps none of the others from going on, nor uses up their attempts", async () => {
  const id = await due("broken");
  const whole = await due("whole");
  await place.ask("update jobs set decision = '{' where tenant = $1 and id = $2", [
    tenant,
    "job-broken",
  ]);
  const request = claimRequest.parse({ worker: "w", limit: 4 });
  // A process that has not the call in mind.
  const fresh = contextOf(engineOver(place.store, clock), tenant);
  const { items } = await claimRuns(fresh, request, () => undefined);
  expect(items.map(({ resumption }) => resumption.id)).toEqual([whole]);
  const left = await place.store.findResumption(tenant, id);
  expect(left).toMatchObject({ state: "waiting", attempts: 1 });
  expect(left?.lastError).toContain("cannot be read");
});

test("a damaged run does not keep the others of the claim from going on", async () => {
  await due("a");
  const request = { topic: "job.db.delete", params: { second: true }, job_id: "job-second" };
  await propose(ctx, request);
  await place.ask("update checkpoints set sealed = sealed || '\\x00'::bytea where tenant = $1", [
    tenant,
  ]);
  const whole = await due("b");
  const claimed = await claimRuns(
    ctx,
    claimRequest.parse({ worker: "w", limit: 4 }),
    () => undefined,
  );
  expect(claimed.items.map(({ resumption }) => resumption.id)).toEqual([whole]);
});
