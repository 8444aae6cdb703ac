// The contract of a policy's life: drafts, what is active and its history, rollouts, shadows, the sweep of holds.

import { describe, expect, test } from "vitest";
import { readBundle } from "@holdpoint/core/policy/bundle";
import {
  activeChange,
  ids,
  makeDraft,
  makeEvent,
  makeJob,
  makeMessage,
  makePolicy,
  makeRollout,
  makeVerdict,
  opening,
} from "./sample.ts";
import type { World } from "./world.ts";

export function lifeSuite(world: World): void {
  describe("the life of a policy", () => {
    draftTests(world);
    activeTests(world);
    rolloutTests(world);
    shadowTests(world);
    sweepTests(world);
  });
}

const told = { events: [], outbox: [] };
const line = (at: number) => ({
  kind: "publish" as const,
  author: "per_ada",
  message: "because",
  jobId: null,
  draftId: null,
  at,
});

function draftTests(world: World): void {
  test("keeps drafts, each changed only from the revision that was read", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const draft = makeDraft({ source: "version: v1\nrules: [] # long\n", findings: '[{"a":1}]' });
    await store.addDraft(tenant, draft, makeEvent(tenant, "policy.drafted"));
    expect(await store.findDraft(tenant, draft.id)).toEqual(draft);
    const next = {
      ...draft,
      revision: 2,
      state: "proposed" as const,
      jobId: "job-1",
      outcome: "x",
    };
    const events = [makeEvent(tenant, "policy.proposed")];
    expect(await store.changeDraft(tenant, next, 1, { events, outbox: [] })).toBe(true);
    expect(await store.changeDraft(tenant, { ...next, revision: 3 }, 1, told)).toBe(false);
    expect(await store.findDraftOfJob(tenant, "job-1")).toEqual(next);
    expect(await store.findDraftOfJob(await world.tenant(), "job-1")).toBeNull();
    const heads = await store.busyDrafts(tenant, 10);
    expect(heads).toEqual([{ ...next, source: "", findings: "[]", results: null }]);
    expect(await store.listDrafts(tenant, 10)).toEqual(heads);
    const gone = { events: [makeEvent(tenant, "policy.discarded")], outbox: [] };
    expect(await store.removeDraft(tenant, draft.id, 2, gone)).toBe(false);
    await store.changeDraft(tenant, { ...next, revision: 3, state: "open" }, 2, told);
    expect(await store.busyDrafts(tenant, 10)).toEqual([]);
    expect(await store.removeDraft(tenant, draft.id, 2, gone)).toBe(false);
    expect(await store.removeDraft(tenant, draft.id, 3, gone)).toBe(true);
    expect(await store.findDraft(tenant, draft.id)).toBeNull();
    expect(await world.counts(tenant)).toMatchObject({ audit_events: 3, policy_drafts: 0 });
  });

  test("counts and lists what is worked on before what was published", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const states = ["open", "published", "scheduled", "published"] as const;
    const drafts = states.map((state, at) => makeDraft({ state, updatedAt: at }));
    for (const draft of drafts) {
      await store.addDraft(tenant, draft, makeEvent(tenant, "policy.drafted"));
    }
    expect(await store.countDrafts(tenant)).toBe(2);
    const listed = await store.listDrafts(tenant, 3);
    expect(listed.map(({ id }) => id)).toEqual([3, 2, 0].map((at) => drafts[at]?.id));
  });
}

function activeTests(world: World): void {
  test("writes a history of what was active, with the draft and everything that is told", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [one, two] = [makePolicy("one"), makePolicy("two")];
    await store.activatePolicy(tenant, one, null, makeEvent(tenant, "policy.activated"));
    const draft = makeDraft();
    await store.addDraft(tenant, draft, makeEvent(tenant, "policy.drafted"));
    const change = activeChange({
      policy: two,
      replaces: one.digest,
      activation: { ...line(7), kind: "rollback", draftId: draft.id, jobId: "job-1" },
      draft: { record: { ...draft, revision: 2, state: "published" }, expected: 1 },
      events: [makeEvent(tenant, "policy.activated")],
      outbox: [makeMessage(null)],
    });
    expect(await store.changeActive(tenant, change)).toBe(true);
    expect((await store.activePolicy(tenant))?.digest).toBe(two.digest);
    const history = await store.listActivations(tenant, 10);
    expect(history.map(({ digest, before, kind }) => [digest, before, kind])).toEqual([
      [two.digest, one.digest, "rollback"],
      [one.digest, null, "publish"],
    ]);
    expect(history[0]).toMatchObject({
      author: "per_ada",
      message: "because",
      jobId: "job-1",
      at: 7,
    });
    expect(await store.wasActive(tenant, one.digest)).toBe(true);
    expect(await store.wasActive(tenant, makePolicy("never").digest)).toBe(false);
    expect(await world.counts(tenant)).toMatchObject({ audit_events: 3, outbox: 1 });
  });

  test("writes nothing of a change whose policy or draft is not the one that was read", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [one, two] = [makePolicy("one"), makePolicy("two")];
    await store.activatePolicy(tenant, one, null, makeEvent(tenant, "policy.activated"));
    const draft = makeDraft();
    await store.addDraft(tenant, draft, makeEvent(tenant, "policy.drafted"));
    const before = await world.counts(tenant);
    const change = activeChange({
      policy: two,
      replaces: one.digest,
      activation: line(7),
      events: [makeEvent(tenant, "policy.activated")],
    });
    const stale = { record: { ...draft, revision: 6 }, expected: 5 };
    expect(await store.changeActive(tenant, { ...change, draft: stale })).toBe(false);
    expect(await store.changeActive(tenant, { ...change, replaces: two.digest })).toBe(false);
    expect(await world.counts(tenant)).toEqual(before);
    expect((await store.activePolicy(tenant))?.digest).toBe(one.digest);
  });

  test("lets one of several rivals through", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const first = makePolicy("first");
    await store.activatePolicy(tenant, first, null, makeEvent(tenant, "policy.activated"));
    const rivals = Array.from({ length: 6 }, (_, at) => makePolicy(`rival ${at}`));
    const results = await Promise.all(
      rivals.map((policy) =>
        store.changeActive(
          tenant,
          activeChange({ policy, replaces: first.digest, activation: line(7) }),
        ),
      ),
    );
    expect(results.filter((isFirst) => isFirst)).toHaveLength(1);
    expect(await store.listActivations(tenant, 10)).toHaveLength(2);
  });
}

function rolloutTests(world: World): void {
  test("carries a rollout in the name of what is active, until it ends", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [base, candidate, other] = [makePolicy("base"), makePolicy("next"), makePolicy("other")];
    await store.activatePolicy(tenant, base, null, makeEvent(tenant, "policy.activated"));
    const record = makeRollout(base.digest, candidate.digest);
    const begin = activeChange({
      candidate,
      replaces: base.digest,
      rollout: { record, expected: null },
    });
    expect(await store.changeActive(tenant, begin)).toBe(true);
    const active = await store.activePolicy(tenant);
    expect(active?.digest).toBe(base.digest);
    expect(readBundle(active?.bundle ?? "").rollout).toEqual({
      id: record.id,
      percent: 10,
      candidate: candidate.digest,
    });
    expect(await store.lastRollout(tenant)).toEqual(record);
    // A publication that was looked at before the rollout began does not end it.
    const draft = makeDraft();
    await store.addDraft(tenant, draft, makeEvent(tenant, "policy.drafted"));
    const late = activeChange({
      policy: other,
      replaces: base.digest,
      activation: line(8),
      draft: { record: { ...draft, revision: 2, state: "published" }, expected: 1 },
    });
    expect(await store.changeActive(tenant, late)).toBe(false);
    const counted = { ...record, revision: 2, cursor: { txid: 5, seq: 9 }, baseCounts: '{"a":1}' };
    expect(await store.countRollout(tenant, counted, 1)).toBe(true);
    expect(await store.countRollout(tenant, counted, 1)).toBe(false);
    const wider = { ...counted, revision: 3, percent: 50 };
    await store.changeActive(tenant, activeChange({ rollout: { record: wider, expected: 2 } }));
    expect(readBundle((await store.activePolicy(tenant))?.bundle ?? "").rollout?.percent).toBe(50);
    const halted = { ...wider, revision: 4, state: "halted" as const, reason: "too many" };
    const stale = activeChange({ rollout: { record: halted, expected: 2 } });
    expect(await store.changeActive(tenant, stale)).toBe(false);
    await store.changeActive(tenant, activeChange({ rollout: { record: halted, expected: 3 } }));
    expect(await store.activePolicy(tenant)).toMatchObject({ bundle: base.digest, revision: 4 });
    expect(await store.lastRollout(tenant)).toEqual(halted);
    expect(await store.countRollout(tenant, { ...halted, revision: 5 }, 4)).toBe(false);
    // Another policy ends one that runs.
    const again = makeRollout(base.digest, candidate.digest);
    await store.changeActive(tenant, activeChange({ rollout: { record: again, expected: null } }));
    await store.changeActive(tenant, activeChange({ policy: other, activation: line(9) }));
    expect(await store.lastRollout(tenant)).toMatchObject({ id: again.id, state: "replaced" });
    expect((await store.activePolicy(tenant))?.bundle).toBe(other.digest);
  });
}

function shadowTests(world: World): void {
  test("runs one shadow at a time, and counts what it would have decided", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const policy = makePolicy("shadow");
    expect(await store.lastShadow(tenant)).toBeNull();
    const begin = async (startedAt: number) => {
      const head = { id: ids.shadow(), digest: policy.digest, author: "per_ada", startedAt };
      const shadow = { ...head, endedAt: null };
      await store.startShadow(tenant, shadow, policy, makeEvent(tenant, "policy.shadow.started"));
      return shadow;
    };
    const first = await begin(1);
    const second = await begin(2);
    expect(await store.lastShadow(tenant)).toEqual(second);
    const same = makeVerdict({ shadowKind: "require_approval" });
    const failed = makeVerdict({ isError: true });
    await store.addVerdicts(tenant, second.id, [same, makeVerdict(), failed]);
    expect(await store.countVerdicts(tenant, second.id)).toEqual([
      { from: "require_approval", to: "deny", count: 2, errors: 1 },
      { from: "require_approval", to: "require_approval", count: 1, errors: 0 },
    ]);
    expect(await store.sampleVerdicts(tenant, second.id, 1)).toEqual([failed]);
    expect(await store.countVerdicts(tenant, first.id)).toEqual([]);
    const end = (id: string) =>
      store.endShadow(tenant, id, 9, makeEvent(tenant, "policy.shadow.ended"));
    expect(await end(first.id)).toBe(false);
    expect(await end(second.id)).toBe(true);
    expect(await end(second.id)).toBe(false);
    expect(await store.lastShadow(tenant)).toEqual({ ...second, endedAt: 9 });
  });
}

function sweepTests(world: World): void {
  test("goes through the holds once after each change, page by page, by one process", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    expect(await store.pendingSweep(tenant)).toBeNull();
    await store.activatePolicy(tenant, makePolicy("a"), null, makeEvent(tenant));
    expect(await store.pendingSweep(tenant)).toBeNull();
    const job = makeJob(tenant);
    await store.commit(tenant, opening(job));
    await store.activatePolicy(tenant, makePolicy("b"), null, makeEvent(tenant));
    const first = await store.pendingSweep(tenant);
    expect(first).toEqual({ revision: 2, after: 0 });
    if (first === null) return;
    const found = { events: [makeEvent(tenant, "job.affected", job)], outbox: [makeMessage(job)] };
    const rivals = await Promise.all(
      Array.from({ length: 4 }, () => store.advanceSweep(tenant, first, 5, found)),
    );
    expect(rivals.filter((isFirst) => isFirst)).toHaveLength(1);
    expect(await store.pendingSweep(tenant)).toEqual({ revision: 2, after: 5 });
    // A change meanwhile begins anew, and the old sweep cannot go on.
    await store.activatePolicy(tenant, makePolicy("c"), null, makeEvent(tenant));
    expect(await store.advanceSweep(tenant, { revision: 2, after: 5 }, null, found)).toBe(false);
    expect(await store.pendingSweep(tenant)).toEqual({ revision: 3, after: 0 });
    expect(await store.advanceSweep(tenant, { revision: 3, after: 0 }, null, told)).toBe(true);
    expect(await store.advanceSweep(tenant, { revision: 3, after: 0 }, null, told)).toBe(false);
    expect(await store.pendingSweep(tenant)).toBeNull();
    expect((await world.counts(tenant))["outbox"]).toBe(1);
  });
}
