// Several processes and people who publish at the same time: what one did is not undone or misreported by another.

import type { Context, Engine } from "@holdpoint/server/flow/context";
import { activate } from "@holdpoint/server/flow/publish-policy";
import { propose } from "@holdpoint/server/flow/propose";
import { submitPolicy } from "@holdpoint/server/flow/publish-draft";
import { carryOut } from "@holdpoint/server/flow/carry-out";
import { sweepHolds } from "@holdpoint/server/flow/affected-holds";
import { lookAt } from "@holdpoint/server/worker/policy-life";
import type { Store } from "@holdpoint/server/storage/store";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";
import { adminOf, approveJob, askToPublish } from "../sim/publication.ts";

const base = `version: v1
rules:
  - { id: gate, match: { topics: ["job.db.*"] }, decision: require_approval, reason: People }
`;
const denying = base.replace("decision: require_approval", "decision: deny");
const empty = "version: v1\nrules: []\n";

let place: Place;
let tenants = 0;

beforeAll(async () => {
  place = await openEmbeddedPlace();
});

afterAll(() => place.close());

async function makePlace(source: string): Promise<{ tenant: string; engine: Engine }> {
  tenants += 1;
  const tenant = `rivals-${tenants}`;
  const engine = engineOver(place.store, new HandClock());
  await makeTenant(engine, tenant, source);
  return { tenant, engine };
}

/** A process of the same tenant and time over another store. */
function beside(engine: Engine, change: Partial<Store>): Engine {
  return engineOver({ ...engine.store, ...change }, engine.clock as HandClock);
}

/** Approves in a process that dies before it carries anything out. */
async function approveOnly(engine: Engine, tenant: string, job: string): Promise<void> {
  const dying = beside(engine, { findDraftOfJob: async () => null });
  await approveJob(adminOf(dying, tenant, "bob"), job);
}

function asAgent(engine: Engine, tenant: string): Context {
  const context = contextOf(engine, tenant);
  const requester = { agentOwner: null, keyCreator: null };
  const agent = { id: "billing", kind: "agent" as const, requester };
  return { ...context, caller: { ...context.caller, agent, person: null } };
}

describe("a publication", () => {
  test("that another process put in force a moment before is not reported as failed", async () => {
    const { tenant, engine } = await makePlace(base);
    const { draft, job } = await askToPublish(adminOf(engine, tenant, "ana"), denying);
    await approveOnly(engine, tenant, job);
    const late = beside(engine, {
      changeActive: async (of, change) => {
        await engine.store.changeActive(of, change);
        return engine.store.changeActive(of, change);
      },
    });
    await carryOut(late, tenant, draft);
    await lookAt(engine, tenant);
    expect((await engine.store.findJob(tenant, job))?.file.job.state).toBe("SUCCEEDED");
    expect(await engine.store.findDraft(tenant, draft)).toMatchObject({ state: "published" });
  });

  test("that cannot be carried out now holds up no other", async () => {
    const { tenant, engine } = await makePlace(base);
    const ana = adminOf(engine, tenant, "ana");
    const one = await askToPublish(ana, denying);
    const other = await askToPublish(ana, base.replace("People", "Others"));
    const [stuck, free] = [one, other].sort((a, b) => (a.draft < b.draft ? -1 : 1));
    if (stuck === undefined || free === undefined) throw new Error("two drafts");
    await approveOnly(engine, tenant, free.job);
    const failing = beside(engine, {
      findDraft: async (of, id) => {
        if (id === stuck.draft) throw new Error("this one cannot be read");
        return engine.store.findDraft(of, id);
      },
    });
    await lookAt(failing, tenant);
    expect(await engine.store.findDraft(tenant, free.draft)).toMatchObject({ state: "published" });
  });
});

describe("a text that one person may publish", () => {
  test("does not land on what somebody else published while it was read", async () => {
    tenants += 1;
    const tenant = `rivals-${tenants}`;
    const engine = engineOver(place.store, new HandClock());
    await engine.store.ensureTenant(tenant, engine.clock.now());
    const author = { kind: "system", id: "start" } as const;
    await activate(engine, {
      tenant,
      source: empty,
      author,
      message: null,
      replaces: null,
      kind: "start",
    });
    const slow = beside(engine, {
      activatePolicy: async (...values) => {
        const bob = adminOf(engine, tenant, "bob");
        expect((await submitPolicy(bob, { source: denying })).status).toBe(200);
        return engine.store.activatePolicy(...values);
      },
    });
    const landing = submitPolicy(adminOf(slow, tenant, "ana"), { source: base });
    await expect(landing).rejects.toMatchObject({ code: "policy_stale" });
    expect(await engine.store.listActivations(tenant, 10)).toHaveLength(2);
  });

  test("is activated once when two processes find the same file", async () => {
    const { tenant, engine } = await makePlace(base);
    const author = { kind: "system", id: "policy-file" } as const;
    const file = { tenant, source: denying, author, message: null, replaces: null } as const;
    let isFirst = true;
    const slow = beside(engine, {
      activatePolicy: async (...values) => {
        if (isFirst) await activate(engine, { ...file, kind: "file" });
        isFirst = false;
        return engine.store.activatePolicy(...values);
      },
    });
    await activate(slow, { ...file, kind: "file" });
    expect(await engine.store.listActivations(tenant, 10)).toHaveLength(2);
  });
});

describe("a process that has not heard of a new policy yet", () => {
  test("compares the holds with the new one all the same", async () => {
    const { tenant, engine } = await makePlace(base);
    const deaf = engineOver(place.store, engine.clock as HandClock);
    const held = await propose(asAgent(deaf, tenant), { topic: "job.db.write", params: {} });
    const { job } = await askToPublish(adminOf(engine, tenant, "ana"), denying);
    await approveJob(adminOf(engine, tenant, "bob"), job);
    while (await sweepHolds(deaf, tenant)) continue;
    const events = await engine.store.listEvents(tenant, {
      jobId: held.view.job.id,
      type: "job.affected",
      isNewestFirst: true,
      limit: 10,
      after: null,
    });
    expect(events).toHaveLength(1);
  });
});

describe("a rollout", () => {
  test("halts by what was counted before the process that counted it died", async () => {
    const { tenant, engine } = await makePlace(base);
    const asked = await askToPublish(adminOf(engine, tenant, "ana"), denying, { rollout: 50 });
    await approveJob(adminOf(engine, tenant, "bob"), asked.job);
    const rollout = await engine.store.lastRollout(tenant);
    const cursor = await engine.store.lastPosition(tenant);
    if (rollout === null || cursor === null) throw new Error("a rollout runs");
    const counted = {
      ...rollout,
      revision: rollout.revision + 1,
      cursor,
      baseCounts: JSON.stringify({ cases: 100, denials: 0, holds: 0, errors: 0 }),
      candidateCounts: JSON.stringify({ cases: 100, denials: 90, holds: 0, errors: 0 }),
    };
    expect(await engine.store.countRollout(tenant, counted, rollout.revision)).toBe(true);
    await lookAt(engine, tenant);
    expect(await engine.store.lastRollout(tenant)).toMatchObject({ state: "halted" });
  });
});
