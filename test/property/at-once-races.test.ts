// Proposals that redeem in the same commit, racing with each other, with a stricter policy and with a halt of the agent.

import type { AgentChain } from "@holdpoint/core/agent/agent";
import { isHoldpointError } from "@holdpoint/core/error/error";
import { killAgent } from "@holdpoint/server/flow/agent-kill";
import { putAgent, turn } from "@holdpoint/server/flow/agents";
import type { Context } from "@holdpoint/server/flow/context";
import { redeem } from "@holdpoint/server/flow/execute";
import { propose } from "@holdpoint/server/flow/propose";
import { publishPolicy } from "@holdpoint/server/flow/publish-policy";
import type { Store } from "@holdpoint/server/storage/store";
import fc, { type Scheduler } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";
import { scheduled } from "./scheduled-store.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_RACE_RUNS"] ?? 80) };
const source = `version: v1
rules:
  - { id: all, match: { topics: ["job.**"] }, decision: allow }
`;
const stricter = source.replace("decision: allow", "decision: deny");
const action = { topic: "job.mail.send", params: { to: "ann" }, idempotency_key: "one-call" };
const nonces = {
  one: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
  two: "7f9619ff-8b86-4d01-b42d-00cf4fc964ff",
};

let place: Place;
let tenants = 0;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});

afterAll(() => place.close());

/** Gives the receipt of the execution that it was handed; null when it was handed none. */
type Racer = (ctx: Context) => Promise<string | null>;

const atOnce =
  (nonce: string): Racer =>
  async (ctx) => {
    const { view } = await propose(ctx, {
      ...action,
      redeem: { nonce, enforces: [], approved: false },
    });
    return view.execution?.receipt === undefined ? null : view.execution.id;
  };

const racers: Readonly<Record<string, Racer>> = {
  "one at once": atOnce(nonces.one),
  "the other at once": atOnce(nonces.two),
  "the first again": atOnce(nonces.one),
  "step by step": async (ctx) => {
    const { view } = await propose(ctx, action);
    if (view.grant?.token == null) return null;
    const { topic, params } = action;
    const { execution } = await redeem(
      ctx,
      { grant: view.grant.token, action: { topic, params } },
      null,
    );
    return execution.id;
  },
  "a denial is published": async (ctx) => {
    await publishPolicy(ctx, { source: stricter });
    return null;
  },
  "the agent is paused": async (ctx) => {
    await turn(ctx, "dev", { kind: "pause", reason: "stop" });
    return null;
  },
  "the agent is killed": async (ctx) => {
    await killAgent(ctx, "dev", "stop");
    return null;
  },
};

/** What a loser may be told; anything else is a fault. */
const losses = new Set([
  "agent_paused",
  "agent_ended",
  "agent_killed",
  "approval_stale_snapshot",
  "grant_already_redeemed",
  "grant_not_live",
  "grant_policy_denied",
]);

interface Ran {
  /** Executions that racers were handed. */
  readonly handed: readonly string[];
  readonly types: readonly string[];
  readonly revisions: readonly (number | null)[];
}

async function run(
  scheduler: Scheduler,
  names: readonly string[],
  wrap = (real: Store): Store => real,
): Promise<Ran> {
  tenants += 1;
  const tenant = `at-once-${tenants}`;
  const clock = new HandClock();
  const calm = contextOf(engineOver(place.store, clock), tenant);
  await makeTenant(calm, tenant, source);
  await putAgent(calm, "dev", {});
  const chain = await place.store.agentChain(tenant, "dev");
  const store = scheduled(wrap(place.store), scheduler);
  const runner = async (name: string): Promise<string | null> => {
    // Each a process of its own that believes the agent active, as one with a cached key does.
    const ctx = believing(contextOf(engineOver(store, clock), tenant), chain);
    try {
      return (await racers[name]?.(ctx)) ?? null;
    } catch (error) {
      if (isHoldpointError(error) && losses.has(error.code)) return null;
      throw error;
    }
  };
  const ended = await scheduler.waitFor(Promise.all(names.map(runner)));
  const events = await place.ask<{ type: string; job_id: string | null; revision: number | null }>(
    "select type, job_id, revision from audit_events where tenant = $1 order by txid, seq",
    [tenant],
  );
  return {
    handed: ended.filter((id) => id !== null),
    types: events.map(({ type }) => type),
    revisions: events.flatMap(({ job_id, revision }) => (job_id === null ? [] : [revision])),
  };
}

function believing(ctx: Context, chain: AgentChain): Context {
  const { agent } = ctx.caller;
  if (agent === null) return ctx;
  const limits = { pending: null, perMinute: null };
  const registered = { chain, limits, isLocalAllowed: true };
  return { ...ctx, caller: { ...ctx.caller, agent: { ...agent, registered } } };
}

/** INVARIANT: one execution, known to whoever was handed it, begun before any halt and any denial. */
function expectOnce({ handed, types, revisions }: Ran): void {
  const redemptions = types.flatMap((type, at) => (type === "grant.redeemed" ? [at] : []));
  expect(redemptions.length).toBeLessThanOrEqual(1);
  expect(new Set(handed).size).toBe(redemptions.length);
  expect(types.filter((type) => type === "job.proposed").length).toBeLessThanOrEqual(1);
  const changed = [...new Set(revisions.filter((revision) => revision !== null))];
  expect(changed).toEqual(changed.map((_, at) => at + 1));
  const halts = types.flatMap((type, at) => (/^agent\.(paused|killed)$/.test(type) ? [at] : []));
  const denials = types.flatMap((type, at) => (type === "policy.activated" ? [at] : [])).slice(1);
  for (const end of [...halts, ...denials]) {
    for (const at of redemptions) expect(at).toBeLessThan(end);
  }
}

describe("a proposal that redeems at once", () => {
  it("runs once at most, never after a halt or a denial, whatever it races with", async () => {
    const all = fc.shuffledSubarray(Object.keys(racers), { minLength: 2, maxLength: 4 });
    const seen = new Set<number>();
    const property = fc.asyncProperty(fc.scheduler(), all, async (scheduler, names) => {
      const ran = await run(scheduler, names);
      expectOnce(ran);
      seen.add(ran.handed.length === 0 ? 0 : 1);
    });

    await fc.assert(property, runs);

    // Both ends came up, or nothing was shown.
    expect(seen).toEqual(new Set([0, 1]));
  });

  it.each([
    ["a store that does not ask whether the agent acts", "the agent is paused", { agent: null }],
    ["a store that does not ask for the policy", "a denial is published", { bundle: null }],
  ])("shows %s", async (_fault, halt, without) => {
    const careless = (real: Store): Store => ({
      ...real,
      commit: (tenant, change) => real.commit(tenant, { ...change, ...without }),
    });
    const property = fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      expectOnce(await run(scheduler, ["one at once", halt], careless));
    });

    const { failed } = await fc.check(property, { numRuns: 300, endOnFailure: true });

    expect(failed).toBe(true);
  });
});
