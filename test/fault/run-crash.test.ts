// A suspended run while storage fails: whichever call fails and when, no answer is lost and the run goes on once.

import { suspendRequest, claimRequest } from "@holdpoint/core/wire/resumption";
import type { ClaimedRun } from "@holdpoint/core/wire/resumption";
import { claimRuns } from "@holdpoint/server/flow/claim-runs";
import type { Context } from "@holdpoint/server/flow/context";
import { propose } from "@holdpoint/server/flow/propose";
import { review } from "@holdpoint/server/flow/review";
import { completeRun, failRun } from "@holdpoint/server/flow/settle-run";
import { suspendRun } from "@holdpoint/server/flow/suspend";
import type { Store } from "@holdpoint/server/storage/store";
import { moveStranded } from "@holdpoint/server/worker/resumptions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";
import { failingStore, type FaultMoment } from "./failing-store.ts";

const source = `version: v1
defaults: { rejection_memory: 0 }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    timeout: 1d
`;
const jobs = ["job-1", "job-2"];
const leaseMs = 60_000;
const moments: readonly FaultMoment[] = ["before", "after"];

let place: Place;
let tenants = 0;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});
afterAll(() => place.close());

interface Stage {
  readonly tenant: string;
  readonly clock: HandClock;
}

async function stage(): Promise<Stage> {
  tenants += 1;
  const tenant = `crash-${tenants}`;
  const clock = new HandClock();
  await makeTenant(engineOver(place.store, clock), tenant, source);
  const ctx = contextOver(place.store, { tenant, clock });
  for (const id of jobs) await propose(ctx, { topic: "job.db.delete", params: { id }, job_id: id });
  return { tenant, clock };
}

/** A process of its own over this store. */
function contextOver(store: Store, { tenant, clock }: Stage): Context {
  return contextOf(engineOver(store, clock), tenant);
}

const request = suspendRequest.parse({
  thread: "t",
  run: "r",
  jobs,
  checkpoint: { codec: "text", state: Buffer.from("the state").toString("base64") },
});

const approve = (ctx: Context, jobId: string) =>
  review(ctx, {
    ...{ jobId, verdict: "approve", reason: null, code: null, note: null, edit: null },
    ...{ seenHash: null, seenRevision: null, idempotencyKey: null },
  });

async function claim(ctx: Context): Promise<ClaimedRun | undefined> {
  const { items } = await claimRuns(ctx, claimRequest.parse({ worker: "w" }), () => undefined);
  return items[0];
}

/** What the tenant's runs and their record came to. */
async function endOf(tenant: string): Promise<unknown> {
  const runs = await place.ask(
    "select state, settled, handed, open, attempts from resumptions where tenant = $1",
    [tenant],
  );
  const events = await place.ask(
    "select type, count(*)::int as count from audit_events where tenant = $1 and type like 'run.%' group by type",
    [tenant],
  );
  return { runs, events };
}

/** One step after the other, each repeated by its caller until it was done, on processes that die in between. */
async function tellStory(staged: Stage, broken: Store, steps: readonly Step[]): Promise<void> {
  let ctx = contextOver(broken, staged);
  const memory: Memory = { claimed: null };
  for (const step of steps) {
    for (let tries = 0; ; tries += 1) {
      try {
        await step(ctx, memory);
        break;
      } catch (error) {
        expect(tries).toBeLessThan(3);
        expect(error).toMatchObject({ code: "storage_unavailable" });
        ctx = contextOver(place.store, staged);
        // A claim whose answer was lost is anybody's once its lease is over.
        if (step === takeUp) staged.clock.move(leaseMs);
      }
    }
  }
}

interface Memory {
  claimed: ClaimedRun | null;
}
type Step = (ctx: Context, memory: Memory) => Promise<unknown>;

const suspend: Step = (ctx) => suspendRun(ctx, request);
const takeUp: Step = async (ctx, memory) => {
  const claimed = await claim(ctx);
  expect(claimed?.jobs.map(({ job }) => job.state)).toEqual(["APPROVED", "APPROVED"]);
  expect(Buffer.from(claimed?.checkpoint.state ?? "", "base64").toString()).toBe("the state");
  memory.claimed = claimed ?? null;
};
const finish: Step = (ctx, { claimed }) => {
  if (claimed === null) throw new Error("nothing was claimed");
  return completeRun(ctx, claimed.resumption.id, { fence: claimed.fence });
};
const breakOff: Step = async (ctx, { claimed }) => {
  if (claimed === null) throw new Error("nothing was claimed");
  await failRun(ctx, claimed.resumption.id, { fence: claimed.fence, error: "no", is_final: false });
};
const wait =
  (staged: Stage): Step =>
  async () =>
    staged.clock.move(300_000);

async function everyCall(steps: (staged: Stage) => readonly Step[], end: unknown): Promise<void> {
  const calm = await stage();
  const watched = failingStore(place.store, calm.tenant);
  watched.arm(0, "before");
  await tellStory(calm, watched.store, steps(calm));
  expect(await endOf(calm.tenant)).toMatchObject(end as object);
  const total = watched.calls.length;
  expect(total).toBeGreaterThan(20);
  for (let nth = 1; nth <= total; nth += 1) {
    for (const moment of moments) {
      const staged = await stage();
      const failing = failingStore(place.store, staged.tenant);
      failing.arm(nth, moment);
      await tellStory(staged, failing.store, steps(staged));
      expect(await endOf(staged.tenant), `${nth} ${moment}`).toMatchObject(end as object);
    }
  }
}

describe("a run while storage fails at every call, before and after it was carried out", () => {
  it("goes on once with all its answers, when it is suspended before them", async () => {
    await everyCall(
      () => [
        suspend,
        (ctx) => approve(ctx, "job-1"),
        (ctx) => approve(ctx, "job-2"),
        takeUp,
        finish,
      ],
      {
        runs: [{ state: "completed", open: [], settled: [], handed: jobs }],
        events: [
          { type: "run.resumed", count: 1 },
          { type: "run.suspended", count: 2 },
        ],
      },
    );
  });

  it("goes on once after an attempt that failed, when it is suspended between the answers", async () => {
    await everyCall(
      (staged) => [
        (ctx) => approve(ctx, "job-1"),
        suspend,
        (ctx) => approve(ctx, "job-2"),
        takeUp,
        breakOff,
        wait(staged),
        takeUp,
        finish,
      ],
      { runs: [{ state: "completed", open: [], settled: [], handed: jobs }] },
    );
  });

  it("is bound by the server when the agent died in the middle of the suspension", async () => {
    const calm = await stage();
    const watched = failingStore(place.store, calm.tenant);
    await suspendRun(contextOver(watched.store, calm), request);
    const total = watched.calls.length;
    let bound = 0;
    for (let nth = 1; nth <= total; nth += 1) {
      for (const moment of moments) {
        const staged = await stage();
        const failing = failingStore(place.store, staged.tenant);
        failing.arm(nth, moment);
        await suspendRun(contextOver(failing.store, staged), request).catch(() => undefined);
        const ctx = contextOver(place.store, staged);
        await approve(ctx, "job-1");
        staged.clock.move(60_000);
        await moveStranded(ctx, staged.tenant);
        await approve(ctx, "job-2");
        const [run] = await place.store.openResumptionsOf(staged.tenant, agentOf(ctx), 2);
        if (run === undefined) {
          // It never came to be: no call waits for it, and the agent's own repeat begins anew.
          for (const id of jobs) {
            const found = await place.store.findJob(staged.tenant, id);
            expect(found?.file.job.resumption).toBeNull();
          }
          continue;
        }
        bound += 1;
        const claimed = await claim(ctx);
        expect(claimed?.resumption.settled.toSorted(), `${nth} ${moment}`).toEqual(jobs);
      }
    }
    expect(bound).toBeGreaterThan(10);
  });
});

function agentOf({ caller }: Context): string {
  return caller.agent?.id ?? "";
}
