// Publishing, rollout and rollback race with proposals: every decision is by what was active when it was written.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import { isHoldpointError } from "@holdpoint/core/error/error";
import { isInRollout } from "@holdpoint/core/policy/rollout";
import { snapshotName } from "@holdpoint/core/policy-file/snapshot";
import type { Context, Engine } from "@holdpoint/server/flow/context";
import { propose } from "@holdpoint/server/flow/propose";
import { rollBack } from "@holdpoint/server/flow/rollback";
import { controlRollout } from "@holdpoint/server/flow/rollout-verbs";
import { lookAt } from "@holdpoint/server/worker/policy-life";
import type { Store } from "@holdpoint/server/storage/store";
import fc, { type Scheduler } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { scheduled } from "./scheduled-store.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";
import { adminOf, approveJob, askToPublish } from "../sim/publication.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_RACE_RUNS"] ?? 20) };
const policyOf = (decision: string): string => `version: v1
rules:
  - { id: gate, match: { topics: ["job.db.*"] }, decision: ${decision}, reason: People }
`;
const agents = ["one", "two", "three", "four"];
/** Enough that some come while the other process publishes. */
const proposalsEach = 5;

let place: Place;
let tenants = 0;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});

afterAll(() => place.close());

/** A store that does not look whether what a decision was made by is still active. */
function forgetful(real: Store): Store {
  return { ...real, commit: (tenant, change) => real.commit(tenant, { ...change, bundle: null }) };
}

function asAgent(engine: Engine, tenant: string, id: string): Context {
  const context = contextOf(engine, tenant);
  const agent = { id, kind: "agent" as const, requester: { agentOwner: null, keyCreator: null } };
  return { ...context, caller: { ...context.caller, agent, person: null } };
}

/** Refusals are answers; anything else is a fault. */
async function quietly(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!isHoldpointError(error) || error.code === "internal") throw error;
  });
}

async function race(scheduler: Scheduler, store: Store): Promise<string> {
  tenants += 1;
  const tenant = `publish-race-${tenants}`;
  const clock = new HandClock();
  const calm = engineOver(place.store, clock);
  await makeTenant(calm, tenant, policyOf("require_approval"));
  // Publishing twice, so that there is something to roll back to.
  const first = await askToPublish(adminOf(calm, tenant, "ana"), policyOf("allow"));
  await approveJob(adminOf(calm, tenant, "bob"), first.job);
  const { job } = await askToPublish(adminOf(calm, tenant, "ana"), policyOf("deny"), {
    rollout: 50,
  });
  // Two processes: one decides, the other one publishes. Each believes what it has read before.
  const [deciding, publishing] = [0, 1].map(() => engineOver(scheduled(store, scheduler), clock));
  if (deciding === undefined || publishing === undefined) throw new Error("no processes");
  const bob = adminOf(publishing, tenant, "bob");
  const proposing = agents.map(async (id) => {
    const agent = asAgent(deciding, tenant, id);
    for (let count = 0; count < proposalsEach; count += 1) {
      await quietly(propose(agent, { topic: "job.db.delete", params: {} }));
    }
  });
  const living = [
    quietly(approveJob(bob, job)).then(async () => {
      await quietly(controlRollout(bob, { action: "advance" }));
      await quietly(controlRollout(bob, { action: "finish" }));
    }),
    quietly(rollBack(bob, { reason: "because" })),
    quietly(lookAt(publishing, tenant)),
  ];
  await scheduler.waitFor(Promise.all([...proposing, ...living]));
  return tenant;
}

interface Written {
  readonly type: string;
  readonly actor: string;
  readonly leaf: string;
  readonly payload: string;
}

/** Goes through the record in the order of commits, and finds decisions by what was not active. */
async function strangersIn(tenant: string): Promise<{ strangers: number; decisions: number }> {
  const events = await place.ask<Record<string, unknown>>(
    `select e.type, e.actor_id as actor, e.leaf, p.payload from audit_events e
       join audit_payloads p on p.tenant = e.tenant and p.commitment = e.commitment
     where e.tenant = $1 order by e.txid, e.seq`,
    [tenant],
  );
  let active = "";
  let rollout: { id: string; percent: number; candidate: string } | null = null;
  let [strangers, decisions] = [0, 0];
  for (const event of events as unknown as Written[]) {
    const leaf = JSON.parse(event.leaf) as { after: string; policy: string };
    const payload = JSON.parse(event.payload) as JsonObject;
    if (event.type === "policy.activated") {
      active = leaf.after;
      rollout = null;
    } else if (event.type === "policy.rollout.halted") rollout = null;
    else if (/^policy\.rollout\.(started|advanced)$/.test(event.type)) {
      const id = String(payload["rollout"]);
      rollout = { id, percent: Number(payload["percent"]), candidate: leaf.after };
    } else if (event.type === "job.proposed" && agents.includes(event.actor)) {
      decisions += 1;
      const isIn = rollout !== null && isInRollout(rollout.id, event.actor, rollout.percent);
      if (leaf.policy !== (isIn ? rollout?.candidate : active)) strangers += 1;
    }
  }
  return { strangers, decisions };
}

describe("while policies are published, rolled out and rolled back", () => {
  it("every action is decided by what was active when its decision was written", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const tenant = await race(scheduler, place.store);
        const { strangers, decisions } = await strangersIn(tenant);
        expect(decisions).toBe(agents.length * proposalsEach);
        expect(strangers).toBe(0);
        // What is active is the last line of its history, whoever was first.
        const [last] = await place.store.listActivations(tenant, 1);
        const active = await place.store.activePolicy(tenant);
        expect(active?.digest).toBe(last?.digest);
        expect(snapshotName(tenant, (last?.digest ?? "") as `sha256:${string}`)).toContain(tenant);
      }),
      runs,
    );
  });

  it("a store that does not compare is found out", async () => {
    const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const tenant = await race(scheduler, forgetful(place.store));
      expect((await strangersIn(tenant)).strangers).toBe(0);
    });
    const { failed } = await fc.check(property, { ...runs, endOnFailure: true });
    expect(failed).toBe(true);
  });
});
