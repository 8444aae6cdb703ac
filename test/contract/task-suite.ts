// The contract of tasks and incidents: new ones come with their commit, changes are by compare-and-set, an incident opens and closes once.

import { describe, expect, test } from "vitest";
import type { IncidentRecord, TaskRow } from "@holdpoint/server/storage/tasks";
import { changing, ids, makeEvent, makeJob, makeMessage, noting, opening } from "./sample.ts";
import type { World } from "./world.ts";

export function taskSuite(world: World): void {
  describe("tasks and incidents", () => {
    commitTests(world);
    changeTests(world);
    clockTests(world);
    countTests(world);
    incidentTests(world);
  });
}

let made = 0;

function makeTask(wish: Partial<TaskRow> = {}): TaskRow {
  made += 1;
  return {
    id: `gov_${made}`,
    kind: "governance",
    state: "open",
    revision: 1,
    jobId: null,
    ruleId: "gate",
    agent: "billing",
    person: "per_ana",
    subject: null,
    body: JSON.stringify({ people: [{ id: "per_ana", name: "Ana" }] }),
    dueAt: 1_000,
    wakeAt: 500,
    createdAt: 100,
    updatedAt: 100,
    ...wish,
  };
}

function makeFinding(subject: string, wish: Partial<TaskRow> = {}): TaskRow {
  const blank = { ruleId: null, agent: null, person: null, dueAt: null, wakeAt: null };
  return makeTask({ kind: "finding", subject, ...blank, ...wish });
}

const nothingTold = { events: [], outbox: [] };

function commitTests(world: World): void {
  test("are written with the change of their job, and found by id and by job", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    await store.commit(tenant, opening(job));
    const [first, second] = [makeTask({ jobId: job.id }), makeTask({ jobId: job.id })];
    const takeover = makeTask({ jobId: job.id, kind: "takeover", dueAt: null, wakeAt: null });
    const change = changing(job, { state: "APPROVED" }, { tasks: [first, second, takeover] });
    expect(await store.commit(tenant, change)).toBe("written");
    expect(await store.findTask(tenant, first.id)).toEqual(first);
    expect(await store.findTaskOfJob(tenant, job.id, "governance")).toEqual(second);
    expect(await store.findTaskOfJob(tenant, job.id, "takeover")).toEqual(takeover);
    expect(await store.findTaskOfJob(tenant, "job_none", "takeover")).toBeNull();
    expect(await store.findTask(await world.tenant(), first.id)).toBeNull();
  });

  test("are not written with a change that is lost", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const job = makeJob(tenant);
    await store.commit(tenant, opening(job));
    const task = makeTask({ jobId: job.id });
    const late = changing({ ...job, revision: 7 }, { state: "APPROVED" }, { tasks: [task] });
    expect(await store.commit(tenant, late)).toBe("lost");
    expect(await store.findTask(tenant, task.id)).toBeNull();
  });

  test("of changes that share a flush each follow their own change", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const jobs = [1, 2, 3, 4].map(() => makeJob(tenant));
    await Promise.all(jobs.map((job) => store.commit(tenant, opening(job))));
    const tasks = jobs.map((job) => makeTask({ jobId: job.id }));
    const results = await Promise.all(
      jobs.map((job, at) => {
        const before = at === 2 ? { ...job, revision: 9 } : job;
        const own = tasks.slice(at, at + 1);
        return store.commit(tenant, changing(before, { state: "APPROVED" }, { tasks: own }));
      }),
    );
    expect(results).toEqual(["written", "written", "lost", "written"]);
    const found = await Promise.all(tasks.map(({ id }) => store.findTask(tenant, id)));
    expect(found.map((task) => task !== null)).toEqual([true, true, false, true]);
  });

  test("hold one open finding about a subject, and the rest of the commit with it", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const [one, other] = [makeFinding("rule:gate"), makeFinding("rule:gate")];
    const review = makeTask();
    await store.commit(tenant, { ...noting(makeEvent(tenant)), tasks: [one] });
    const second = { ...noting(makeEvent(tenant)), tasks: [other, review] };
    expect(await store.commit(tenant, second)).toBe("written");
    expect(await store.findTask(tenant, other.id)).toBeNull();
    expect(await store.findTask(tenant, review.id)).toEqual(review);
    const found = await store.openFindings(tenant, ["person:x", "rule:gate"]);
    expect(found).toEqual([one]);
    const closed = { ...one, state: "closed" as const, revision: 2, updatedAt: 900 };
    expect(await store.lastFindingClosedAt(tenant, "rule:gate")).toBeNull();
    expect(await store.changeTask(tenant, closed, 1, nothingTold)).toBe(true);
    expect(await store.openFindings(tenant, ["rule:gate"])).toEqual([]);
    expect(await store.lastFindingClosedAt(tenant, "rule:gate")).toBe(900);
    await store.commit(tenant, { ...noting(makeEvent(tenant)), tasks: [other] });
    expect(await store.openFindings(tenant, ["rule:gate"])).toEqual([other]);
  });
}

function changeTests(world: World): void {
  test("change once for each revision, with their event and their message", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const task = makeTask();
    await store.commit(tenant, { ...noting(makeEvent(tenant)), tasks: [task] });
    const before = await world.counts(tenant);
    const next = { ...task, revision: 2, state: "closed" as const, wakeAt: null, updatedAt: 200 };
    const told = () => ({
      events: [makeEvent(tenant, "governance.closed")],
      outbox: [makeMessage(null)],
    });
    const results = await Promise.all(
      [1, 2, 3].map(() => store.changeTask(tenant, next, 1, told())),
    );
    expect(results.filter((isWritten) => isWritten)).toHaveLength(1);
    expect(await store.findTask(tenant, task.id)).toEqual(next);
    const after = await world.counts(tenant);
    expect(after["audit_events"]).toBe((before["audit_events"] ?? 0) + 1);
    expect(after["outbox"]).toBe((before["outbox"] ?? 0) + 1);
  });

  test("are listed newest first, page by page, and the open ones by themselves", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const tasks = [1, 2, 3, 4, 5].map(() => makeTask());
    for (const task of tasks) {
      await store.commit(tenant, { ...noting(makeEvent(tenant)), tasks: [task] });
    }
    const third = tasks[2] ?? makeTask();
    await store.changeTask(tenant, { ...third, revision: 2, state: "closed" }, 1, nothingTold);
    const filter = { kind: "governance" as const, limit: 2 };
    const seen: string[] = [];
    let after: number | null = null;
    do {
      const page = await store.listTasks(tenant, { ...filter, isOpenOnly: true, after });
      seen.push(...page.tasks.map(({ id }) => id));
      after = page.nextAfter;
    } while (after !== null);
    const open = tasks.filter(({ id }) => id !== third.id).map(({ id }) => id);
    expect(seen).toEqual(open.reverse());
    const all = await store.listTasks(tenant, { ...filter, isOpenOnly: false, limit: 9, after });
    expect(all.tasks).toHaveLength(5);
    const others = await store.listTasks(tenant, {
      kind: "takeover",
      isOpenOnly: false,
      limit: 9,
      after: null,
    });
    expect(others).toEqual({ tasks: [], nextAfter: null });
  });
}

function clockTests(world: World): void {
  test("are due in the order of their times, and not while they need not be looked at", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    expect(await store.nextTaskAt(tenant)).toBeNull();
    const tasks = [
      makeTask({ wakeAt: 300 }),
      makeTask({ wakeAt: 100 }),
      makeTask({ wakeAt: null }),
      makeTask({ wakeAt: 900 }),
    ];
    await store.commit(tenant, { ...noting(makeEvent(tenant)), tasks });
    expect(await store.nextTaskAt(tenant)).toBe(100);
    const due = await store.dueTasks(tenant, 300, 9);
    expect(due.map(({ wakeAt }) => wakeAt)).toEqual([100, 300]);
    expect(await store.dueTasks(tenant, 300, 1)).toHaveLength(1);
    expect(await store.dueTasks(tenant, 99, 9)).toEqual([]);
  });
}

function countTests(world: World): void {
  test("count overrides by rule, by agent, and by each of the people who overrode", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const two = JSON.stringify({ people: [{ id: "per_ana" }, { id: "per_bo" }] });
    const tasks = [
      makeTask({ createdAt: 100, ruleId: "gate", agent: "billing" }),
      makeTask({ createdAt: 200, ruleId: "gate", agent: "deploy", body: two }),
      makeTask({ createdAt: 300, ruleId: "other", agent: "billing", kind: "takeover" }),
    ];
    await store.commit(tenant, { ...noting(makeEvent(tenant)), tasks });
    const count = async (subject: string, since = 0): Promise<number> =>
      (await store.overridesOf(tenant, { subject, since, limit: 9 })).length;
    expect(await count("rule:gate")).toBe(2);
    expect(await count("rule:other")).toBe(0);
    expect(await count("agent:billing")).toBe(1);
    expect(await count("person:per_ana")).toBe(2);
    expect(await count("person:per_bo")).toBe(1);
    expect(await count("person:per_b")).toBe(0);
    expect(await count("person:per_ana", 100)).toBe(1);
    expect(await count("rule:gate", 200)).toBe(0);
    const period = { kind: "governance" as const, from: 100, to: 200 };
    expect(await store.tasksBetween(tenant, period, 9)).toEqual([tasks[0]]);
    const takeovers = { kind: "takeover" as const, from: 0, to: 301 };
    expect(await store.tasksBetween(tenant, takeovers, 9)).toEqual([tasks[2]]);
  });
}

function incidentTests(world: World): void {
  const makeIncident = (wish: Partial<IncidentRecord> = {}): IncidentRecord => ({
    id: ids.incident(),
    title: "the database is down",
    labels: { severity: "critical" },
    openedBy: "per_ana",
    openedAt: 100,
    closedBy: null,
    closedAt: null,
    ...wish,
  });

  test("an incident opens once under its id, and closes once", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const incident = makeIncident();
    const opened = () => ({ events: [makeEvent(tenant, "incident.opened")], outbox: [] });
    const results = await Promise.all(
      [1, 2, 3].map(() => store.addIncident(tenant, incident, opened())),
    );
    expect(results.filter((isNew) => isNew)).toHaveLength(1);
    expect(await store.findIncident(tenant, incident.id)).toEqual(incident);
    const closed = { ...incident, closedBy: "per_bo", closedAt: 200 };
    const told = () => ({ events: [makeEvent(tenant, "incident.closed")], outbox: [] });
    expect(await store.closeIncident(tenant, closed, told())).toBe(true);
    expect(await store.closeIncident(tenant, { ...closed, closedAt: 300 }, told())).toBe(false);
    expect(await store.findIncident(tenant, incident.id)).toEqual(closed);
    expect(await store.addIncident(tenant, incident, opened())).toBe(false);
    expect(await world.counts(tenant)).toMatchObject({ incidents: 1, audit_events: 2 });
  });

  test("incidents are listed newest first, the open ones by themselves or by the beginning of their id", async () => {
    const { store } = world.place();
    const tenant = await world.tenant();
    const incidents = [
      makeIncident({ id: "alert-a1-1", openedAt: 1 }),
      makeIncident({ id: "alert-a1-2", openedAt: 2, closedBy: "x", closedAt: 3 }),
      makeIncident({ id: "alert-a_-3", openedAt: 3 }),
    ];
    for (const incident of incidents) {
      await store.addIncident(tenant, incident, nothingTold);
      if (incident.closedAt !== null) await store.closeIncident(tenant, incident, nothingTold);
    }
    const all = await store.listIncidents(tenant, { isOpenOnly: false, limit: 9 });
    expect(all).toEqual(incidents.toReversed());
    const open = await store.listIncidents(tenant, { isOpenOnly: true, limit: 1 });
    expect(open.map(({ id }) => id)).toEqual(["alert-a_-3"]);
    const like = await store.openIncidentsLike(tenant, "alert-a1-");
    expect(like.map(({ id }) => id)).toEqual(["alert-a1-1"]);
  });
}
