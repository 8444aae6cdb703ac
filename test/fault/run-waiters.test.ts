// Workers that wait for a run: what one of them was called for and did not take is not lost for the others.

import { HoldpointError } from "@holdpoint/core/error/error";
import { type ClaimedPage, claimRequest, suspendRequest } from "@holdpoint/core/wire/resumption";
import { claimRuns } from "@holdpoint/server/flow/claim-runs";
import type { Context } from "@holdpoint/server/flow/context";
import { propose } from "@holdpoint/server/flow/propose";
import { review } from "@holdpoint/server/flow/review";
import { suspendRun } from "@holdpoint/server/flow/suspend";
import type { Store } from "@holdpoint/server/storage/store";
import { afterAll, beforeAll, expect, test } from "vitest";
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

beforeAll(async () => {
  place = await openEmbeddedPlace();
});
afterAll(() => place.close());

type Claim = Store["claimResumptions"];

/** A process in which each look for runs is made by `look`. */
async function processWith(
  look: (claim: Claim) => Claim,
): Promise<{ ctx: Context; clock: HandClock }> {
  tenants += 1;
  const tenant = `waiters-${tenants}`;
  const clock = new HandClock();
  await makeTenant(engineOver(place.store, clock), tenant, source);
  const claimResumptions = look((...terms) => place.store.claimResumptions(...terms));
  const engine = engineOver({ ...place.store, claimResumptions }, clock);
  return { ctx: contextOf(engine, tenant), clock };
}

async function suspended(ctx: Context, job: string): Promise<string> {
  await propose(ctx, { topic: "job.db.delete", params: { job }, job_id: job });
  const checkpoint = { codec: "text", state: Buffer.from(`of ${job}`).toString("base64") };
  return (await suspendRun(ctx, suspendRequest.parse({ thread: job, jobs: [job], checkpoint }))).id;
}

const approve = (ctx: Context, jobId: string) =>
  review(ctx, {
    ...{ jobId, verdict: "approve", reason: null, code: null, note: null, edit: null },
    ...{ seenHash: null, seenRevision: null, idempotencyKey: null },
  });

function claim(ctx: Context, worker: string, timeout: number): Promise<ClaimedPage> {
  return claimRuns(ctx, claimRequest.parse({ worker, timeout, limit: 1 }), () => undefined);
}

interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

function gateOf(): Gate {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

const idsOf = ({ items }: ClaimedPage): readonly string[] =>
  items.map(({ resumption }) => resumption.id);

test("when the one that was called cannot look, the next one does", async () => {
  let looks = 0;
  const { ctx } = await processWith((look) => async (...terms) => {
    looks += 1;
    if (looks === 3) throw new HoldpointError("storage_unavailable", { message: "cut" });
    return look(...terms);
  });
  const run = await suspended(ctx, "job-1");
  const first = claim(ctx, "first", 50).catch((error: unknown) => error);
  const second = claim(ctx, "second", 50);
  await expect.poll(() => ctx.hub.runs.count + looks).toBe(4);
  await approve(ctx, "job-1");
  expect(await first).toMatchObject({ code: "storage_unavailable" });
  expect(idsOf(await second)).toEqual([run]);
});

test("when the one that was called had looked before, and leaves, the next one looks", async () => {
  const gate = gateOf();
  const hasLooked = gateOf();
  let looks = 0;
  const { ctx, clock } = await processWith((look) => async (...terms) => {
    looks += 1;
    const isFirst = looks === 1;
    const found = await look(...terms);
    if (!isFirst) return found;
    hasLooked.open();
    await gate.passed;
    return found;
  });
  const run = await suspended(ctx, "job-1");
  const passing = claim(ctx, "passing", 10);
  await hasLooked.passed;
  const waiting = claim(ctx, "waiting", 50);
  await expect.poll(() => looks).toBe(2);
  await approve(ctx, "job-1");
  clock.move(10_000);
  gate.open();
  expect(idsOf(await passing)).toEqual([]);
  expect(idsOf(await waiting)).toEqual([run]);
});
