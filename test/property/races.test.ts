// The real verbs on the real database, racing: every order of their storage calls that the scheduler finds.

import type { Digest } from "@holdpoint/core/base/digest";
import { isHoldpointError } from "@holdpoint/core/error/error";
import { jobStates } from "@holdpoint/core/job/state";
import type { Context } from "@holdpoint/server/flow/context";
import { redeem } from "@holdpoint/server/flow/execute";
import { tickDue } from "@holdpoint/server/flow/tick";
import { propose } from "@holdpoint/server/flow/propose";
import { publishPolicy } from "@holdpoint/server/flow/publish-policy";
import { readJob } from "@holdpoint/server/flow/read-job";
import { review, type ReviewInput } from "@holdpoint/server/flow/review";
import { withdraw } from "@holdpoint/server/flow/withdraw";
import type { Store } from "@holdpoint/server/storage/store";
import fc, { type Scheduler } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { scheduled } from "./scheduled-store.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_RACE_RUNS"] ?? 100) };
const source = `version: v1
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ count: 1, deny_count: 1 }]
    timeout: 60s
`;
const stricter = source.replace("decision: require_approval", "decision: deny");
const byTwo = source.replace("count: 1,", "count: 2,");
const params = { id: "c_81" };
const topic = "job.db.delete";

let place: Place;
let tenants = 0;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});

afterAll(() => place.close());

/** A store that writes over whatever came between: the races have to show it. */
function forgetful(real: Store): Store {
  return {
    ...real,
    commit: async (tenant, change) => {
      const { job, expected } = change;
      const found = job === null || expected === null ? null : await real.findJob(tenant, job.id);
      return real.commit(
        tenant,
        found === null ? change : { ...change, expected: found.file.job.revision },
      );
    },
  };
}

interface Race {
  readonly calm: Context;
  /** A process of its own, whose storage calls the scheduler orders. */
  process(person?: string): Context;
  readonly clock: HandClock;
  /** What the preparation hands to the racers: a grant, or the hash that reviewers saw. */
  readonly token: string;
}

type Racer = (race: Race) => Promise<string>;

const verdictOf =
  (verdict: ReviewInput["verdict"], person: string, isSighted = false): Racer =>
  async ({ process, token }) => {
    const answer = await review(process(person), {
      jobId: "job-1",
      verdict,
      reason: "because",
      code: null,
      note: null,
      edit: verdict === "modify" ? { params: { id: "c_82" }, reason: "because" } : null,
      seenHash: isSighted ? (token as Digest) : null,
      seenRevision: null,
      idempotencyKey: null,
    });
    return answer.job.state;
  };

const redeemed: Racer = async ({ process, token }) => {
  const { execution } = await redeem(process(), { grant: token, action: { topic, params } }, null);
  return execution.id;
};

const racers: Readonly<Record<string, Racer>> = {
  approve: verdictOf("approve", "ann"),
  "approve too": verdictOf("approve", "ben"),
  "approve as seen": verdictOf("approve", "ann", true),
  reject: verdictOf("reject", "cid"),
  modify: verdictOf("modify", "dot"),
  comment: verdictOf("comment", "eve"),
  cancel: async ({ process }) => {
    const input = { kind: "cancel", jobId: "job-1", reason: null, idempotencyKey: null } as const;
    return (await withdraw(process(), input)).job.state;
  },
  expire: async ({ process }) => {
    const ctx = process();
    return `${(await tickDue(ctx, ctx.caller.tenant)).moved} expired`;
  },
  "publish a denial": async ({ process }) => {
    await publishPolicy(process(), { source: stricter });
    return "published";
  },
  "redeem one": redeemed,
  "redeem two": redeemed,
  "redeem three": redeemed,
};

/** What a loser may be told; anything else is a fault. */
const losses = new Set([
  "approval_already_resolved",
  "approval_not_actionable",
  "approval_stale_request",
  "approval_stale_snapshot",
  "modify_denied",
  "job_not_cancellable",
  "grant_already_redeemed",
  "grant_not_live",
  "grant_policy_denied",
]);

interface Ran {
  readonly won: readonly string[];
  readonly lost: readonly string[];
  readonly race: Race;
}

interface Setting {
  readonly prepare: (race: Race) => Promise<string>;
  readonly policy: string;
  readonly store: (real: Store) => Store;
}

async function run(
  scheduler: Scheduler,
  names: readonly string[],
  given: Partial<Setting> = {},
): Promise<Ran> {
  const setting: Setting = {
    prepare: async () => "",
    policy: source,
    store: (real) => real,
    ...given,
  };
  tenants += 1;
  const tenant = `race-${tenants}`;
  const clock = new HandClock();
  const engine = engineOver(place.store, clock);
  await makeTenant(engine, tenant, setting.policy);
  const calm = contextOf(engine, tenant, { id: "zoe", roles: [] });
  const store = scheduled(setting.store(place.store), scheduler);
  const process = (person = "zoe"): Context =>
    contextOf(engineOver(store, clock), tenant, { id: person, roles: [] });
  const early: Race = { calm, process, clock, token: "" };
  await propose(calm, { topic, params, job_id: "job-1" });
  const race = { ...early, token: await setting.prepare(early) };
  const runner = async (name: string): Promise<readonly [string, string | null]> => {
    try {
      await racers[name]?.(race);
      return [name, null];
    } catch (error) {
      if (isHoldpointError(error) && losses.has(error.code)) return [name, error.code];
      throw error;
    }
  };
  const ended = await scheduler.waitFor(Promise.all(names.map(runner)));
  return {
    won: ended.filter(([, code]) => code === null).map(([name]) => name),
    lost: ended.filter(([, code]) => code !== null).map(([name]) => name),
    race,
  };
}

interface EventRow extends Record<string, unknown> {
  readonly type: string;
  readonly revision: number | null;
  readonly state: string | null;
}

/** INVARIANT: the record tells of every revision, in order, and ends where the job is. */
async function expectWhole({ race, lost }: Ran): Promise<readonly EventRow[]> {
  const { tenant } = race.calm.caller;
  const events = await place.ask<EventRow>(
    `select type, revision, state from audit_events
     where tenant = $1 and job_id = 'job-1' order by txid, seq`,
    [tenant],
  );
  const { job } = await readJob(race.calm, "job-1");
  const changes = events.filter(({ revision }) => revision !== null);
  const revisions = [...new Set(changes.map(({ revision }) => revision))];
  expect(revisions).toEqual(Array.from({ length: job.revision }, (_, at) => at + 1));
  expect(changes.at(-1)?.state).toBe(job.state);
  expect(jobStates).toContain(job.state);
  const refused = events.filter(({ type }) => type === "attempt.refused");
  expect(refused.length).toBeLessThanOrEqual(lost.length);
  const [counted] = await place.ask<{ reviews: number; told: number; payloads: number }>(
    `select (select count(*) from reviews where tenant = $1)::int as reviews,
       (select count(*) from audit_events where tenant = $1 and type = 'review.submitted')::int as told,
       (select count(*) from audit_payloads where tenant = $1)::int
         - (select count(*) from audit_events where tenant = $1)::int as payloads`,
    [tenant],
  );
  expect(counted?.reviews).toBe(counted?.told);
  expect(counted?.payloads).toBe(0);
  return changes;
}

/** The token of the approved job. */
async function approve({ calm }: Race): Promise<string> {
  await verdictOf(
    "approve",
    "zoe",
  )({ calm, process: () => calm, clock: new HandClock(), token: "" });
  return (await readJob(calm, "job-1")).grant?.token ?? "";
}

async function cardOf({ calm }: Race): Promise<{
  job: { state: string; hash: string };
  reviews: readonly { kind: string; job_hash: string }[];
}> {
  const found = await calm.store.findJob(calm.caller.tenant, "job-1");
  if (found === null) throw new Error("no job");
  const { job, reviews } = found.file;
  return {
    job: { state: job.state, hash: job.jobHash },
    reviews: reviews.map((one) => ({ kind: one.kind, job_hash: one.jobHash })),
  };
}

describe("of all that race", () => {
  it("exactly one ends a hold, and the others are told so", async () => {
    const names = fc.subarray(["approve", "approve too", "reject", "cancel", "comment"], {
      minLength: 2,
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), names, async (scheduler, racing) => {
        const ran = await run(scheduler, racing);

        const changes = await expectWhole(ran);
        const ending = ran.won.filter((name) => name !== "comment");
        const moves = changes.filter(({ type }) => /approved|rejected|cancelled/.test(type));
        // A job that was approved may still be cancelled: two steps, one after the other.
        const isBoth = ran.won.includes("cancel") && ran.won.some((name) => /approve/.test(name));
        const expected = racing.every((name) => name === "comment") ? 0 : isBoth ? 2 : 1;
        expect([ending.length, moves.length]).toEqual([expected, expected]);
      }),
      runs,
    );
  });

  it("a hold whose time is up expires once, and nobody else moves it", async () => {
    const names = fc.subarray(["approve", "reject", "modify", "cancel", "expire"], {
      minLength: 1,
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), names, async (scheduler, racing) => {
        const ran = await run(scheduler, ["expire", ...racing], {
          prepare: async ({ clock }) => {
            clock.move(60_000);
            return "";
          },
        });

        const changes = await expectWhole(ran);
        expect(changes.map(({ type }) => type)).toEqual(["job.proposed", "job.expired"]);
        expect(ran.won.every((name) => name === "expire")).toBe(true);
      }),
      runs,
    );
  });

  it("an edit never leaves an approval of the action before it standing", async () => {
    const seen = async ({ calm }: Race): Promise<string> => (await readJob(calm, "job-1")).job_hash;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const names = ["modify", "approve as seen"];
        const ran = await run(scheduler, names, { prepare: seen, policy: byTwo });

        await expectWhole(ran);
        const { job, reviews } = await cardOf(ran.race);
        expect(ran.won).toContain("modify");
        expect(job.state).toBe("APPROVAL");
        const standing = reviews.filter((one) => one.job_hash === job.hash);
        expect(standing.map((one) => one.kind)).toEqual(["modify"]);
      }),
      runs,
    );
  });

  it("one redemption runs, whatever else happens to the grant", async () => {
    const names = fc.subarray(
      ["redeem one", "redeem two", "redeem three", "cancel", "publish a denial"],
      { minLength: 2 },
    );
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), names, async (scheduler, racing) => {
        const ran = await run(scheduler, racing, { prepare: approve });

        const changes = await expectWhole(ran);
        const winners = ran.won.filter((name) => name.startsWith("redeem"));
        const redemptions = changes.filter(({ type }) => type === "grant.redeemed");
        expect(redemptions.length).toBe(winners.length);
        expect(winners.length).toBeLessThanOrEqual(1);
        const isUncontested = racing.every((name) => name.startsWith("redeem"));
        if (isUncontested) expect(winners.length).toBe(1);
        if (ran.won.includes("cancel")) expect(winners).toEqual([]);
      }),
      runs,
    );
  });

  it("a denial that was published before a redemption began is never outrun", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const ran = await run(scheduler, ["redeem one", "redeem two"], {
          prepare: async (race) => {
            const token = await approve(race);
            await publishPolicy(race.calm, { source: stricter });
            return token;
          },
        });

        const changes = await expectWhole(ran);
        expect(ran.won).toEqual([]);
        expect(changes.at(-1)).toMatchObject({ type: "job.revoked", state: "REVOKED" });
      }),
      runs,
    );
  });
});

describe("the races", () => {
  it("show a store that does not compare before it writes", async () => {
    const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const setting = { prepare: approve, store: forgetful };
      const ran = await run(scheduler, ["redeem one", "redeem two"], setting);
      expect(ran.won).toHaveLength(1);
    });

    const { failed } = await fc.check(property, { ...runs, endOnFailure: true });

    expect(failed).toBe(true);
  });
});
