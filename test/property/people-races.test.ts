// A change of people that races with votes: whoever lost their right before the vote was written has not voted.

import { isHoldpointError } from "@holdpoint/core/error/error";
import type { Context } from "@holdpoint/server/flow/context";
import { removeMember } from "@holdpoint/server/flow/manage-groups";
import { importPeople, putPerson, removePerson } from "@holdpoint/server/flow/manage-people";
import { createDelegation, endDelegation } from "@holdpoint/server/flow/delegate";
import { propose } from "@holdpoint/server/flow/propose";
import { readJob } from "@holdpoint/server/flow/read-job";
import { review } from "@holdpoint/server/flow/review";
import type { Store } from "@holdpoint/server/storage/store";
import fc, { type Scheduler } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";
import { scheduled } from "./scheduled-store.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_RACE_RUNS"] ?? 60) };

const source = `version: v1
roles: { lead: 2 }
groups: { crew: { members: [], always: true } }
rules:
  - { id: lead, match: { topics: ["job.lead.*"] }, decision: require_approval, approvals: [{ role: lead }], timeout: 1h }
  - { id: crew, match: { topics: ["job.crew.*"] }, decision: require_approval, approvals: [{ group: crew }], timeout: 1h }
  - { id: pair, match: { topics: ["job.pair.*"] }, decision: require_approval, approvals: [{ role: lead, count: 2 }], timeout: 1h }
`;

const people = `version: v1
people:
  - { id: ann, email: ann@example.com, roles: [lead], groups: [crew] }
  - { id: ben, email: ben@example.com }
  - { id: cat, email: cat@example.com, roles: [lead] }
`;

let place: Place;
let tenants = 0;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});

afterAll(() => place.close());

interface Race {
  readonly calm: Context;
  /** A process of its own, whose storage calls the scheduler orders. */
  process(person?: string): Context;
  readonly delegation: string;
}

/** Takes a right away; what it returns does not matter. */
type Change = (race: Race) => Promise<unknown>;

/** Topic, voter, and the changes after which that vote counts for nothing. */
interface Case {
  readonly topic: string;
  readonly voter: string;
  readonly change: Change;
}

const cases: Readonly<Record<string, Case>> = {
  "who votes leaves": {
    topic: "job.lead.x",
    voter: "ann",
    change: ({ process }) => removePerson(process(), "ann"),
  },
  "who votes loses the role": {
    topic: "job.lead.x",
    voter: "ann",
    change: ({ process }) => putPerson(process(), "ann", { email: "ann@example.com" }),
  },
  "who votes is taken out of the group": {
    topic: "job.crew.x",
    voter: "ann",
    change: ({ process }) => removeMember(process(), "crew", "ann"),
  },
  "a file no longer names who votes": {
    topic: "job.lead.x",
    voter: "ann",
    change: ({ process }) => importPeople(process(), "version: v1\npeople: [{ id: cat }]\n"),
  },
  "who delegated ends it": {
    topic: "job.lead.x",
    voter: "ben",
    change: ({ process, delegation }) => endDelegation(process("ann"), delegation),
  },
  "who delegated leaves": {
    topic: "job.lead.x",
    voter: "ben",
    change: ({ process }) => removePerson(process(), "ann"),
  },
  "who voted before leaves": {
    topic: "job.pair.x",
    voter: "cat",
    change: ({ process }) => removePerson(process(), "ann"),
  },
};

const waits = fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 12 }));

async function approve(ctx: Context): Promise<string> {
  const answer = await review(ctx, {
    jobId: "job-1",
    verdict: "approve",
    reason: "because",
    code: null,
    note: null,
    edit: null,
    seenHash: null,
    seenRevision: null,
    idempotencyKey: null,
  });
  return answer.job.state;
}

interface Ran {
  /** What the voter was told: a state, or the code of a refusal. */
  readonly told: string;
  readonly state: string;
  /** Types of events in the order in which they were written, from the first vote of the race on. */
  readonly types: readonly string[];
}

interface Setting {
  /** Turns that the vote and the change wait before they begin, so that either comes first. */
  readonly waits: readonly [number, number];
  readonly wrap?: (real: Store) => Store;
}

/** Each turn goes to the database and back, as the calls of the others do. */
async function waiting(store: Store, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await store.ping();
}

async function run(
  scheduler: Scheduler,
  one: Case,
  { waits, wrap = (real) => real }: Setting,
): Promise<Ran> {
  tenants += 1;
  const tenant = `people-race-${tenants}`;
  const clock = new HandClock();
  const engine = engineOver(place.store, clock);
  await makeTenant(engine, tenant, source);
  const calm = contextOf(engine, tenant, { id: "zoe", roles: [] });
  await importPeople(calm, people);
  const store = scheduled(wrap(place.store), scheduler);
  const process = (person = "zoe"): Context =>
    contextOf(engineOver(store, clock), tenant, { id: person, roles: [] });
  const ends = new Date(clock.now() + 3_600_000).toISOString();
  const { id: delegation } = await createDelegation(calm, { from: "ann", to: "ben", ends });
  clock.move(1_000);
  await propose(calm, { topic: one.topic, params: {}, job_id: "job-1" });
  if (one.topic.startsWith("job.pair")) {
    await approve(contextOf(engine, tenant, { id: "ann", roles: [] }));
  }
  const voting = async (): Promise<string> => {
    await waiting(store, waits[0]);
    try {
      return await approve(process(one.voter));
    } catch (error) {
      if (isHoldpointError(error)) return error.code;
      throw error;
    }
  };
  const before = await typesOf(tenant);
  const changing = async (): Promise<void> => {
    await waiting(store, waits[1]);
    await one.change({ calm, process, delegation });
  };
  const [told] = await scheduler.waitFor(Promise.all([voting(), changing()]));
  const { job } = await readJob(calm, "job-1");
  return { told, state: job.state, types: (await typesOf(tenant)).slice(before.length) };
}

async function typesOf(tenant: string): Promise<readonly string[]> {
  const rows = await place.ask<{ type: string }>(
    `select type from audit_events where tenant = $1
     and type in ('people.changed', 'review.submitted', 'job.approved') order by txid, seq`,
    [tenant],
  );
  return rows.map(({ type }) => type);
}

/** INVARIANT: the record reads as if one had come after the other, and by whoever had the right at that moment. */
function expectOrdered({ told, state, types }: Ran): void {
  const changedAt = types.indexOf("people.changed");
  const approvedAt = types.indexOf("job.approved");
  expect(changedAt).toBeGreaterThanOrEqual(0);
  expect(state).toBe(approvedAt < 0 ? "APPROVAL" : "APPROVED");
  if (approvedAt >= 0) {
    expect(approvedAt).toBeLessThan(changedAt);
    expect(told).toBe("APPROVED");
  } else expect(told).not.toBe("APPROVED");
}

describe("a vote that is on its way", () => {
  for (const [name, one] of Object.entries(cases)) {
    it(`counts only when it was written before ${name}`, async () => {
      const ends = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), waits, async (scheduler, turns) => {
          const ran = await run(scheduler, one, { waits: turns });
          expectOrdered(ran);
          ends.add(ran.state);
        }),
        runs,
      );
      // Both orders came up, or nothing was shown.
      expect([...ends].sort()).toEqual(["APPROVAL", "APPROVED"]);
    });
  }
});

describe("the race", () => {
  it("shows a store that does not ask whether the same people still decide", async () => {
    const careless = (real: Store): Store => ({
      ...real,
      commit: (tenant, change) => real.commit(tenant, { ...change, bundle: null }),
    });
    const leaving = cases["who votes leaves"];
    if (leaving === undefined) throw new Error("no such case");
    const property = fc.asyncProperty(fc.scheduler(), waits, async (scheduler, turns) => {
      expectOrdered(await run(scheduler, leaving, { waits: turns, wrap: careless }));
    });

    const { failed } = await fc.check(property, { numRuns: 500, endOnFailure: true });

    expect(failed).toBe(true);
  });
});
