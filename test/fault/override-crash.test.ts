// Overrides and rejections while storage fails: none is ever written without the task that people get from it.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeGovernance } from "@holdpoint/server/flow/governance";
import { openIncident } from "@holdpoint/server/flow/incidents";
import { override } from "@holdpoint/server/flow/override";
import { propose } from "@holdpoint/server/flow/propose";
import { review } from "@holdpoint/server/flow/review";
import { claimTakeover, endTakeover } from "@holdpoint/server/flow/takeovers";
import { wakeTasks } from "@holdpoint/server/flow/wake-tasks";
import type { Channel } from "@holdpoint/server/channel/channel";
import type { Context } from "@holdpoint/server/flow/context";
import type { Store } from "@holdpoint/server/storage/store";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";
import { failingStore } from "./failing-store.ts";

const source = `version: v1
groups: { on-call: { members: ["*"] }, board: { members: [chair] } }
governance: { group: board, due: 3d, overrides_max: 2, per: 30d }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ role: lead, count: 2 }]
    escalate: [{ after: 10m, to: "role:director" }]
    on_reject: escalate
    emergency: { by: "group:on-call", within: [incident] }
roles: { lead: 1, director: 2 }
`.replace('["*"]', "[ana, bo]");

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
  const tenant = `override-${tenants}`;
  const clock = new HandClock();
  const engine = engineOver(place.store, clock);
  await makeTenant(engine, tenant, source);
  const ctx = contextOf(engine, tenant);
  await openIncident(ctx, { id: "INC-1", title: "Down" });
  return { tenant, clock };
}

/** Reaches people each by themselves, and delivers nothing here. */
const personal: Channel = {
  name: "letters",
  reach: "person",
  addressedBy: "email",
  deliver: () => Promise.resolve({ ref: null }),
  update: () => Promise.resolve(),
  test: () => Promise.resolve(),
};

function contextOver(store: Store, { tenant, clock }: Stage, id = "ana"): Context {
  const engine = engineOver(store, clock);
  const channels = [...engine.channels, personal];
  return contextOf({ ...engine, channels }, tenant, { id, roles: ["lead"] });
}

const hold = (ctx: Context, id: string) =>
  propose(ctx, {
    topic: "job.db.delete",
    params: { number: tenants * 1_000 + id.length },
    job_id: id,
  });

const overrideBy = (ctx: Context, jobId: string) =>
  override(ctx, {
    jobId,
    reason: "customers cannot pay",
    incident: "INC-1",
    seenHash: null,
    idempotencyKey: null,
  });

const rejectBy = (ctx: Context, jobId: string) =>
  review(ctx, {
    jobId,
    verdict: "reject",
    reason: "by hand",
    code: null,
    note: null,
    edit: null,
    seenHash: null,
    seenRevision: null,
    idempotencyKey: null,
  });

/** INVARIANT: what was overridden has a governance review, what was rejected a takeover; each once. */
async function expectTasks(tenant: string): Promise<void> {
  const jobs = await place.ask<{ id: string; kind: string; tasks: number; events: number }>(
    `select j.id, k.kind, (select count(*)::int from tasks t where t.tenant = j.tenant and t.job_id = j.id
        and t.kind = k.kind) as tasks,
      (select count(*)::int from audit_events e where e.tenant = j.tenant and e.job_id = j.id
        and e.type = k.kind || '.opened') as events
     from jobs j cross join (values ('governance'), ('takeover')) as k(kind)
     where j.tenant = $1 and case k.kind when 'takeover' then j.state = 'REJECTED'
       else j.resolution::json ->> 'code' = 'override' end`,
    [tenant],
  );
  for (const { kind, tasks, events } of jobs) expect([kind, tasks, events]).toEqual([kind, 1, 1]);
  const [counted] = await place.ask<{ tasks: number; jobs: number }>(
    `select (select count(*)::int from tasks where tenant = $1 and kind in ('governance', 'takeover')) as tasks,
      $2::int as jobs`,
    [tenant, jobs.length],
  );
  expect(counted?.tasks).toBe(counted?.jobs);
}

describe("an override while storage fails", () => {
  it("is there whole or not at all, whichever call fails and when, and the repeat ends it", async () => {
    const calm = await stage();
    await hold(contextOver(place.store, calm), "job-1");
    const watched = failingStore(place.store, calm.tenant);
    await overrideBy(contextOver(watched.store, calm), "job-1");
    const total = watched.calls.length;
    expect(total).toBeGreaterThan(5);
    for (let nth = 1; nth <= total; nth += 1) {
      for (const moment of ["before", "after"] as const) {
        const staged = await stage();
        await hold(contextOver(place.store, staged), "job-1");
        const failing = failingStore(place.store, staged.tenant);
        const ctx = contextOver(failing.store, staged);
        failing.arm(nth, moment);
        await expect(overrideBy(ctx, "job-1")).rejects.toMatchObject({
          code: "storage_unavailable",
        });
        await expectTasks(staged.tenant);
        await overrideBy(contextOver(place.store, staged), "job-1").catch(() => undefined);
        const found = await place.store.findJob(staged.tenant, "job-1");
        expect(found?.file.job.resolution?.code, `${nth} ${moment}`).toBe("override");
        await expectTasks(staged.tenant);
      }
    }
  });

  it("never happens without its review, whatever people do and whatever fails", async () => {
    const step = fc.record({
      job: fc.constantFrom("job-1", "job-2", "job-3"),
      who: fc.constantFrom("ana", "bo"),
      act: fc.constantFrom("override" as const, "override" as const, "reject" as const),
      nth: fc.integer({ min: 0, max: 14 }),
      moment: fc.constantFrom("before" as const, "after" as const),
    });
    const calm = { act: "override" as const, nth: 0, moment: "before" as const };
    // Two at once, of which neither has counted the other.
    const atOnce = [
      { ...calm, job: "job-1" as const, who: "ana" as const },
      { ...calm, job: "job-2" as const, who: "bo" as const },
    ];
    const steps = fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(steps, async (rounds) => {
        const staged = await stage();
        const ctx = contextOver(place.store, staged);
        for (const id of ["job-1", "job-2", "job-3"]) await hold(ctx, id);
        for (const round of rounds) {
          await Promise.all(
            round.map(({ job, who, act, nth, moment }) => {
              const failing = failingStore(place.store, staged.tenant);
              const ctx = contextOver(failing.store, staged, who);
              failing.arm(nth, moment);
              const done = act === "override" ? overrideBy(ctx, job) : rejectBy(ctx, job);
              return done.then(
                () => undefined,
                () => undefined,
              );
            }),
          );
          await expectTasks(staged.tenant);
        }
        const overridden = await place.ask<{ count: number }>(
          "select count(*)::int as count from tasks where tenant = $1 and kind = 'governance'",
          [staged.tenant],
        );
        const findings = await place.ask<{ subject: string }>(
          "select subject from tasks where tenant = $1 and kind = 'finding' order by subject",
          [staged.tenant],
        );
        const subjects = findings.map(({ subject }) => subject);
        expect(subjects.includes("rule:gate")).toBe((overridden[0]?.count ?? 0) >= 2);
        expect(new Set(subjects).size).toBe(subjects.length);
      }),
      { numRuns: 60, examples: [[[atOnce]]] },
    );
  });
});

describe("what follows an override while storage fails", () => {
  interface Verb {
    readonly name: string;
    readonly run: (ctx: Context, id: string) => Promise<unknown>;
    readonly type: string;
    /** How often it may have happened: a step of the clock is one of several replicas'. */
    readonly kind: "governance" | "takeover";
  }
  const judge = (ctx: Context, id: string) =>
    closeGovernance(ctx, id, { legitimate: true, what_went_wrong: "a", how_to_avoid: "b" });
  const verbs: readonly Verb[] = [
    { name: "closing its review", run: judge, type: "governance.closed", kind: "governance" },
    {
      name: "a reminder",
      run: (ctx) => wakeTasks(ctx, ctx.caller.tenant),
      type: "governance.reminded",
      kind: "governance",
    },
    { name: "claiming a takeover", run: claimTakeover, type: "takeover.claimed", kind: "takeover" },
    {
      name: "ending a takeover",
      run: (ctx, id) => endTakeover(ctx, id, { state: "done", note: null }),
      type: "takeover.done",
      kind: "takeover",
    },
  ];

  const ready = async (verb: Verb): Promise<Stage & { readonly id: string }> => {
    const staged = await stage();
    const ctx = contextOver(place.store, staged);
    await hold(ctx, "job-1");
    if (verb.kind === "governance") await overrideBy(ctx, "job-1");
    else await rejectBy(ctx, "job-1");
    staged.clock.move(2 * 86_400_000);
    const task = await place.store.findTaskOfJob(staged.tenant, "job-1", verb.kind);
    return { ...staged, id: task?.id ?? "" };
  };

  for (const verb of verbs) {
    it(`${verb.name}: happens once, whichever call fails and when`, async () => {
      const calm = await ready(verb);
      const watched = failingStore(place.store, calm.tenant);
      await verb.run(contextOver(watched.store, calm, "chair"), calm.id);
      for (let nth = 1; nth <= watched.calls.length; nth += 1) {
        for (const moment of ["before", "after"] as const) {
          const staged = await ready(verb);
          const failing = failingStore(place.store, staged.tenant);
          const ctx = contextOver(failing.store, staged, "chair");
          failing.arm(nth, moment);
          await verb.run(ctx, staged.id).catch(() => undefined);
          await verb.run(contextOver(place.store, staged, "chair"), staged.id);
          const events = await place.ask(
            "select id from audit_events where tenant = $1 and type = $2",
            [staged.tenant, verb.type],
          );
          expect(events, `${nth} ${moment}`).toHaveLength(1);
        }
      }
    });
  }
});

describe("the news of an override", () => {
  it("goes to everybody who was asked or would have been, and to those who judge it", async () => {
    const staged = await stage();
    const ctx = contextOver(place.store, staged);
    await hold(ctx, "job-1");
    await overrideBy(ctx, "job-1");
    const rows = await place.ask<{ kind: string; channel: string; body: string }>(
      "select kind, channel, body from outbox where tenant = $1 and kind <> 'approval.requested' order by seq",
      [staged.tenant],
    );
    const sent = rows.map(({ kind, channel }) => `${kind} ${channel}`);
    for (const wanted of [
      "approval.overridden log",
      "governance.opened log",
      "governance.opened people",
    ]) {
      expect(sent).toContain(wanted);
    }
    const audiences = rows
      .filter(({ kind, channel }) => kind === "approval.overridden" && channel === "people")
      .flatMap(({ body }) => {
        const { data } = JSON.parse(body) as { data: { audience?: readonly string[] } };
        return data.audience === undefined ? [] : [data.audience];
      });
    expect(audiences).toEqual([["role:lead", "role:director", "group:board"]]);
  });
});
