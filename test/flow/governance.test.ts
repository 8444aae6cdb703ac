// Governance over HTTP: findings and the second person, who judges an override, reminders, the report, incidents.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wakeTasks } from "@holdpoint/server/flow/wake-tasks";
import { at, textAt } from "../http.ts";
import { engineOver } from "../sim/engine.ts";
import { eventsOf, type OverrideWorld, startOverrides } from "./override-world.ts";

const dayMs = 86_400_000;
const verdict = {
  legitimate: true,
  what_went_wrong: "the reviewers slept",
  how_to_avoid: "ask the on-call group first",
};

interface Finding {
  readonly id: string;
  readonly subject: string;
  readonly count: number;
  readonly reviews: readonly string[];
}

let world: OverrideWorld;

beforeAll(async () => {
  world = await startOverrides();
});

afterAll(() => world.stop());

async function findings(): Promise<readonly Finding[]> {
  const { body } = await world.send("GET", "/governance", "admin");
  return at(body, "findings") as readonly Finding[];
}

function closeAs(who: keyof OverrideWorld["keys"], review: string, body: object = verdict) {
  return world.send("POST", `/governance/${review}/close`, who, body);
}

describe("findings", () => {
  it("are not raised by a third override after 31 days, and are by one within 30", async () => {
    await world.granted("job.db.one", "oncall");
    world.line.clock.move(15 * dayMs);
    await world.granted("job.db.two", "oncall");
    world.line.clock.move(16 * dayMs);
    await world.granted("job.db.three", "oncall");
    expect(await findings()).toEqual([]);
    world.line.clock.move(13 * dayMs);
    const last = await world.granted("job.db.four", "oncall");
    const raised = await findings();
    const subjects = raised.map(({ subject }) => subject);
    expect(subjects).toContain("rule:gate");
    expect(subjects).toContain("agent:billing");
    expect(subjects.filter((subject) => subject.startsWith("person:"))).toHaveLength(1);
    for (const finding of raised) {
      expect(finding.count).toBe(3);
      expect(finding.reviews).toHaveLength(3);
      expect(finding.reviews.at(-1)).toBe(last);
    }
    const events = await eventsOf(world, "finding.opened");
    expect(events).toHaveLength(3);
    expect(at(events[0], "payload", "per_ms")).toBe(30 * dayMs);
  });

  it("make an override take two people, who are two", async () => {
    const job = await world.hold("job.db.five");
    const incident = await world.incident();
    const first = await world.override(job, "oncall", { incident });
    expect([first.status, at(first.body, "job", "state")]).toEqual([200, "APPROVAL"]);
    expect(at(first.body, "grant")).toBeNull();
    const again = await world.override(job, "oncall", { incident, reason: "really" });
    expect([again.status, at(again.body, "job", "state")]).toEqual([200, "APPROVAL"]);
    expect(at(again.body, "review", "id")).toBe(at(first.body, "review", "id"));
    expect(await world.reviewOf(job)).toBe("");
    const outsider = await world.override(job, "rev", { incident });
    expect(outsider.status).toBe(403);

    const second = await world.override(job, "second", { incident });
    expect([second.status, at(second.body, "job", "state")]).toEqual([200, "APPROVED"]);
    const read = await world.send("GET", `/governance/${await world.reviewOf(job)}`, "admin");
    expect(at(read.body, "people")).toHaveLength(2);
    const [submitted] = await eventsOf(world, "override.submitted");
    expect(submitted).toMatchObject({ payload: { needed: 2, given: 2 } });
    expect(await findings()).toHaveLength(3);
  });

  it("tighten an override of whoever else meets their rule or agent, and of nothing else", async () => {
    const incident = await world.incident();
    const met = await world.override(await world.hold("job.db.six", "other"), "third", {
      incident,
    });
    expect(at(met.body, "job", "state")).toBe("APPROVAL");
    const free = await world.hold("job.topic.fix", "other");
    const alone = await world.override(free, "third", { incident });
    expect(at(alone.body, "job", "state")).toBe("APPROVED");
  });

  it("are closed by governance, never by somebody whose override they count", async () => {
    const close = (who: keyof OverrideWorld["keys"], id: string) =>
      world.send("POST", `/governance/findings/${id}/close`, who, { note: "talked about it" });
    for (const { id } of await findings()) {
      expect((await close("oncall", id)).body).toMatchObject({ code: "approval_self_review" });
      expect((await close("owner", id)).body).toMatchObject({ code: "approval_self_review" });
      expect((await close("rev", id)).body).toMatchObject({ code: "approval_not_authorized" });
      expect((await close("agent", id)).body).toMatchObject({ code: "scope_missing" });
      const closed = await close("board", id);
      expect(closed.body).toMatchObject({ state: "closed", note: "talked about it" });
      expect((await close("board", id)).status).toBe(200);
      expect((await close("admin", id)).body).toMatchObject({ code: "governance_closed" });
    }
    expect(await findings()).toEqual([]);
    const none = await close("board", "fnd_none");
    expect(none.body).toMatchObject({ status: 404, code: "governance_not_found" });
    const job = await world.hold("job.db.seven");
    const alone = await world.override(job, "oncall", { incident: await world.incident() });
    expect(at(alone.body, "job", "state")).toBe("APPROVED");
    expect(await findings()).toEqual([]);
  });
});

describe("a governance review", () => {
  it("is closed by the group or an admin, not by overriders, the agent's side, or agents", async () => {
    const review = await world.granted("job.db.judge", "oncall");
    const refused: readonly [keyof OverrideWorld["keys"], string][] = [
      ["oncall", "approval_self_review"],
      ["owner", "approval_self_review"],
      ["rev", "approval_not_authorized"],
      ["second", "approval_not_authorized"],
      ["agent", "scope_missing"],
    ];
    for (const [who, code] of refused) {
      expect((await closeAs(who, review)).body).toMatchObject({ status: 403, code });
    }
    expect((await closeAs("board", review, { legitimate: true })).status).toBe(400);
    const closed = await closeAs("board", review);
    expect(closed.body).toMatchObject({
      state: "closed",
      legitimate: true,
      what_went_wrong: verdict.what_went_wrong,
      how_to_avoid: verdict.how_to_avoid,
    });
    expect((await closeAs("board", review)).body).toEqual(closed.body);
    const otherwise = { ...verdict, legitimate: false };
    expect((await closeAs("admin", review, otherwise)).body).toMatchObject({
      status: 409,
      code: "governance_closed",
    });
    expect((await closeAs("board", "gov_none")).status).toBe(404);
    const [event] = await eventsOf(world, "governance.closed");
    expect(event).toMatchObject({ payload: { review, legitimate: true } });
  });

  it("is read by people, and by no agent", async () => {
    const review = await world.granted("job.topic.fix", "third", "other");
    for (const place of ["/governance", `/governance/${review}`, "/governance/report"]) {
      expect((await world.send("GET", place, "rev")).status).toBe(200);
      expect((await world.send("GET", place, "agent")).status).toBe(403);
    }
    expect((await closeAs("admin", review)).status).toBe(200);
  });

  it("reminds before and after its due date, each time once on two processes, with its lateness", async () => {
    const review = await world.granted("job.topic.fix", "third", "other");
    const { engine } = world.line.server;
    const other = engineOver(engine.store, world.line.clock);
    const reminders = async (): Promise<readonly unknown[]> =>
      (await eventsOf(world, "governance.reminded"))
        .filter((event) => at(event, "payload", "review") === review)
        .map((event) => at(event, "payload", "lateness_ms"))
        .toReversed();
    const look = () =>
      Promise.all([
        wakeTasks(engine, "default"),
        wakeTasks(other, "default"),
        wakeTasks(engine, "default"),
      ]);
    world.line.clock.move(2 * dayMs - 1);
    await look();
    expect(await reminders()).toEqual([]);
    world.line.clock.move(1 + 250);
    await look();
    await look();
    expect(await reminders()).toEqual([250]);
    world.line.clock.move(dayMs);
    await look();
    expect(await reminders()).toEqual([250, 250]);
    const late = await world.send("GET", `/governance/${review}`, "board");
    expect(at(late.body, "overdue")).toBe(true);
    world.line.clock.move(dayMs);
    await look();
    expect(await reminders()).toHaveLength(3);
    expect((await closeAs("board", review)).status).toBe(200);
    world.line.clock.move(9 * dayMs);
    await look();
    expect(await reminders()).toHaveLength(3);
  });
});

describe("the report", () => {
  it("counts the overrides of a period and what became of them", async () => {
    for (const { id } of await findings()) {
      await world.send("POST", `/governance/findings/${id}/close`, "admin", { note: "enough" });
    }
    const from = new Date(world.line.clock.now() + 1).toISOString();
    world.line.clock.move(60_000);
    const one = await world.granted("job.topic.fix", "third", "other");
    const two = await world.granted("job.topic.fix", "second");
    world.line.clock.move(60_000);
    await closeAs("admin", one);
    world.line.clock.move(120_000);
    await closeAs("admin", two, { ...verdict, legitimate: false });
    const open = await world.granted("job.topic.fix", "third", "other");
    expect(open).not.toBe("");
    world.line.clock.move(4 * dayMs);
    const { body } = await world.send("GET", `/governance/report?from=${from}`, "admin");
    expect(body).toMatchObject({
      overrides: 3,
      legitimate: 1,
      not_legitimate: 1,
      open: 1,
      overdue: 1,
      legitimate_share: 0.5,
      median_close_ms: 120_000,
      by_rule: [{ id: "by-topic", overrides: 3, legitimate: 1, not_legitimate: 1 }],
      by_agent: [
        { id: "deployer", overrides: 2, legitimate: 1, not_legitimate: 0 },
        { id: "billing", overrides: 1, legitimate: 0, not_legitimate: 1 },
      ],
      complete: true,
    });
    const people = at(body, "by_person") as readonly { name: string; overrides: number }[];
    expect(people.map(({ name, overrides }) => [name, overrides])).toEqual([
      ["third@example.com", 2],
      ["second@example.com", 1],
    ]);
    const empty = await world.send("GET", `/governance/report?from=${from}&to=${from}`, "admin");
    expect(empty.body).toMatchObject({ status: 400, code: "query_invalid" });
  });
});

describe("incidents", () => {
  it("are opened and closed once, by people", async () => {
    const body = { id: "INC-1", title: "Down", labels: { severity: "minor" } };
    const open = (who: keyof OverrideWorld["keys"], more: object = {}) =>
      world.send("POST", "/incidents", who, { ...body, ...more });
    expect((await open("agent")).body).toMatchObject({ status: 403, code: "scope_missing" });
    expect((await open("rev")).status).toBe(200);
    expect((await open("rob")).body).toMatchObject({ id: "INC-1", open: true });
    expect((await open("rev", { title: "Up" })).body).toMatchObject({
      status: 409,
      code: "incident_exists",
    });
    const close = (who: keyof OverrideWorld["keys"], id: string) =>
      world.send("POST", `/incidents/${id}/close`, who, {});
    expect((await close("agent", "INC-1")).status).toBe(403);
    expect((await close("rev", "INC-1")).body).toMatchObject({ open: false });
    expect((await close("rev", "INC-1")).body).toMatchObject({ open: false });
    expect((await close("rob", "INC-1")).body).toMatchObject({ code: "incident_closed" });
    expect((await close("rev", "INC-2")).body).toMatchObject({ code: "incident_not_found" });
    expect((await open("rev")).body).toMatchObject({ code: "incident_exists" });
    const once = () =>
      world.line.post(
        "/incidents",
        { title: "Slow" },
        { key: world.keys.rev, headers: { "idempotency-key": "slow-1" } },
      );
    const [slow, again] = [await once(), await once()];
    expect(again.body).toEqual(slow.body);
    const listed = await world.send("GET", "/incidents?state=all", "rev");
    const items = at(listed.body, "items") as readonly { id: string; open: boolean }[];
    expect(items.find(({ id }) => id === "INC-1")).toMatchObject({ open: false });
    expect((await world.send("GET", "/incidents", "agent")).status).toBe(403);
  });

  it("come from an Alertmanager: one while the alert fires, closed when it is resolved", async () => {
    const alert = (status: string, startsAt: string) => ({
      version: "4",
      groupKey: '{}:{alertname="Down"}',
      status,
      receiver: "holdpoint",
      truncatedAlerts: 0,
      groupLabels: { alertname: "Down" },
      commonLabels: {},
      commonAnnotations: {},
      externalURL: "http://alertmanager.example",
      alerts: [
        {
          status,
          labels: { alertname: "Down", severity: "critical" },
          annotations: { summary: "The shop is down" },
          startsAt,
          endsAt: "0001-01-01T00:00:00Z",
          generatorURL: "http://prometheus.example",
          fingerprint: "a1b2c3d4e5f60718",
        },
      ],
    });
    const take = (body: object, who: keyof OverrideWorld["keys"] = "chief") =>
      world.send("POST", "/incidents/alertmanager", who, body);
    const [first, second] = ["2026-11-21T10:00:00.123Z", "2026-11-21T11:00:00Z"];
    expect((await take(alert("firing", first), "agent")).status).toBe(403);
    const opened = await take(alert("firing", first));
    expect(opened.status, opened.text).toBe(200);
    const [incident] = at(opened.body, "opened") as readonly string[];
    expect((await take(alert("firing", first))).body).toEqual({ opened: [], closed: [] });
    expect((await take(alert("firing", second))).body).toEqual({ opened: [], closed: [] });

    const job = await world.hold("job.labelled.alert", "other");
    const released = await world.override(job, "second", { incident });
    expect(released.status, released.text).toBe(200);

    const closed = await take(alert("resolved", second));
    expect(closed.body).toEqual({ opened: [], closed: [incident] });
    expect((await take(alert("firing", first))).body).toEqual({ opened: [], closed: [] });
    const late = await world.override(await world.hold("job.labelled.late", "other"), "second", {
      incident,
    });
    expect(late.body).toMatchObject({ code: "incident_closed" });
    expect(at((await take(alert("firing", second))).body, "opened")).toHaveLength(1);
    expect((await take({ version: "3", alerts: [] })).status).toBe(400);
    expect(textAt((await eventsOf(world, "incident.opened"))[0], "payload", "title")).toBe(
      "The shop is down",
    );
  });
});
