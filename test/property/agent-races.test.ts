// A pause or a kill that races with a redemption: what was redeemed was redeemed before it, and nothing after it.

import type { AgentChain } from "@holdpoint/core/agent/agent";
import { isHoldpointError } from "@holdpoint/core/error/error";
import { killAgent } from "@holdpoint/server/flow/agent-kill";
import { putAgent, turn } from "@holdpoint/server/flow/agents";
import type { Context } from "@holdpoint/server/flow/context";
import { redeem, renewGrant } from "@holdpoint/server/flow/execute";
import { propose } from "@holdpoint/server/flow/propose";
import { readJob } from "@holdpoint/server/flow/read-job";
import type { Store } from "@holdpoint/server/storage/store";
import fc, { type Scheduler } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";
import { scheduled } from "./scheduled-store.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_RACE_RUNS"] ?? 60) };
const source = `version: v1
rules:
  - { id: all, match: { topics: ["job.**"] }, decision: allow }
`;
const action = { topic: "job.mail.send", params: { to: "ann" } };

let place: Place;
let tenants = 0;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});

afterAll(() => place.close());

type Halt = (ctx: Context) => Promise<unknown>;

const halts: Readonly<Record<string, Halt>> = {
  "the agent is paused": (ctx) => turn(ctx, "dev", { kind: "pause", reason: "stop" }),
  "the agent above it is paused": (ctx) => turn(ctx, "boss", { kind: "pause", reason: "stop" }),
  "the agent is killed": (ctx) => killAgent(ctx, "dev", "stop"),
};

interface Ran {
  /** What the agent was told: `redeemed`, or the code of the refusal. */
  readonly told: string;
  readonly state: string;
  /** The redemption and the halt, in the order in which they were written. */
  readonly types: readonly string[];
}

interface Setting {
  /** Turns that redemption and halt wait before they begin, so that either comes first. */
  readonly waits: readonly [number, number];
  /** The redeemer believes what it saw before the race, as a process with a cached key does. */
  readonly isCached: boolean;
  readonly wrap?: (real: Store) => Store;
}

async function run(scheduler: Scheduler, halt: Halt, setting: Setting): Promise<Ran> {
  tenants += 1;
  const tenant = `agent-race-${tenants}`;
  const clock = new HandClock();
  const engine = engineOver(place.store, clock);
  await makeTenant(engine, tenant, source);
  const calm = contextOf(engine, tenant);
  await putAgent(calm, "boss", {});
  await putAgent(calm, "dev", { parent: "boss" });
  const chain = await place.store.agentChain(tenant, "dev");
  const { view } = await propose(calm, { ...action, job_id: "job-1" });
  const grant = view.grant?.token ?? "";
  const wrap = setting.wrap ?? ((real: Store) => real);
  const store = scheduled(wrap(place.store), scheduler);
  const redeemer = withChain(contextOf(engineOver(store, clock), tenant), {
    chain: setting.isCached ? chain : null,
  });
  const redeeming = async (): Promise<string> => {
    await waiting(store, setting.waits[0]);
    try {
      await redeem(redeemer, { grant, action }, null);
      return "redeemed";
    } catch (error) {
      if (isHoldpointError(error)) return error.code;
      throw error;
    }
  };
  const halting = async (): Promise<void> => {
    await waiting(store, setting.waits[1]);
    await halt(contextOf(engineOver(store, clock), tenant));
  };
  const [told] = await scheduler.waitFor(Promise.all([redeeming(), halting()]));
  const { job } = await readJob(calm, "job-1");
  // Once it is answered no redemption and no new grant gets through, whatever the caller believes.
  const late = withChain(contextOf(engineOver(place.store, clock), tenant), { chain });
  await expect(redeem(late, { grant, action }, null)).rejects.toThrow();
  await expect(renewGrant(late, "job-1")).rejects.toThrow();
  return { told, state: job.state, types: await typesOf(tenant) };
}

/** Each turn goes to the database and back, as the calls of the others do. */
async function waiting(store: Store, turns: number): Promise<void> {
  for (let at = 0; at < turns; at += 1) await store.ping();
}

function withChain(ctx: Context, { chain }: { chain: AgentChain | null }): Context {
  const { agent } = ctx.caller;
  if (agent === null || chain === null) return ctx;
  const limits = { pending: null, perMinute: null };
  const registered = { chain, limits, isLocalAllowed: true };
  return { ...ctx, caller: { ...ctx.caller, agent: { ...agent, registered } } };
}

async function typesOf(tenant: string): Promise<readonly string[]> {
  const rows = await place.ask<{ type: string }>(
    `select type from audit_events where tenant = $1
     and type in ('grant.redeemed', 'agent.paused', 'agent.killed') order by txid, seq`,
    [tenant],
  );
  return rows.map(({ type }) => type);
}

/** INVARIANT: the record reads as if one had come after the other, and nothing runs after the halt. */
function expectOrdered({ told, state, types }: Ran): void {
  expect(types.at(-1)).toMatch(/^agent\.(paused|killed)$/);
  if (types.length === 2) {
    expect(types[0]).toBe("grant.redeemed");
    expect([told, state]).toEqual(["redeemed", "EXECUTING"]);
  } else {
    expect(types).toHaveLength(1);
    expect(told).toMatch(/^(agent_paused|grant_not_live)$/);
    expect(["APPROVED", "REVOKED"]).toContain(state);
  }
}

const waits = fc.tuple(fc.nat({ max: 8 }), fc.nat({ max: 8 }));

describe("a redemption that is on its way", () => {
  for (const [name, halt] of Object.entries(halts)) {
    it(`is written only before ${name}, also by who believes the agent active`, async () => {
      const ends = new Set<number>();
      const property = fc.asyncProperty(
        fc.scheduler(),
        waits,
        fc.boolean(),
        async (scheduler, turns, isCached) => {
          const ran = await run(scheduler, halt, { waits: turns, isCached });
          expectOrdered(ran);
          ends.add(ran.types.length);
        },
      );
      await fc.assert(property, runs);
      // Both orders came up, or nothing was shown.
      expect(ends).toEqual(new Set([1, 2]));
    });
  }
});

describe("the race", () => {
  it("shows a store that does not ask whether the agent still acts", async () => {
    const careless = (real: Store): Store => ({
      ...real,
      commit: (tenant, change) => real.commit(tenant, { ...change, agent: null }),
    });
    const [halt] = Object.values(halts);
    if (halt === undefined) throw new Error("no such case");
    const property = fc.asyncProperty(fc.scheduler(), waits, async (scheduler, turns) => {
      expectOrdered(await run(scheduler, halt, { waits: turns, isCached: true, wrap: careless }));
    });

    const { failed } = await fc.check(property, { numRuns: 300, endOnFailure: true });

    expect(failed).toBe(true);
  });
});
