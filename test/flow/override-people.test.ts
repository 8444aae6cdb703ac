// Overrides and their judges while people change: accounts of one person, and people who left.

import { afterAll, beforeAll, expect, it } from "vitest";
import { at, textAt } from "../http.ts";
import { type OverrideWorld, overridePolicy, startOverrides } from "./override-world.ts";

const people = `version: v1
people:
  - { id: ona, email: oncall@example.com, accounts: [second@example.com, board@example.com] }
  - { id: gone, email: gone@example.com, active: false }
  - { id: chief, email: chief@example.com, active: false }
`;
const verdict = { legitimate: true, what_went_wrong: "all slept", how_to_avoid: "wake them" };
let world: OverrideWorld;

beforeAll(async () => {
  // The first override raises a finding already.
  world = await startOverrides(overridePolicy.replace("overrides_max: 3", "overrides_max: 1"));
});

afterAll(() => world.stop());

function judge(who: keyof OverrideWorld["keys"], review: string) {
  return world.send("POST", `/governance/${review}/close`, who, verdict);
}

it("counts all accounts of a person as one, and nobody who left, admins too", async () => {
  const first = await world.granted("job.topic.fix", "third", "other");
  const job = await world.hold("job.topic.fix");
  const incident = await world.incident();
  const overrideAs = async (who: keyof OverrideWorld["keys"]): Promise<unknown> => {
    const answer = await world.override(job, who, { incident });
    return at(answer.body, "job", "state") ?? at(answer.body, "code");
  };
  expect(await overrideAs("gone")).toBe("APPROVAL");
  const imported = await world.send("POST", "/people/import", "admin", { source: people });
  expect(imported.status, imported.text).toBe(200);

  // What somebody gave before they left counts for nothing.
  expect(await overrideAs("oncall")).toBe("APPROVAL");
  expect(await overrideAs("second")).toBe("APPROVAL");
  expect(await overrideAs("gone")).toBe("unauthenticated");
  expect(await overrideAs("third")).toBe("APPROVED");
  const review = await world.reviewOf(job);
  const read = await world.send("GET", `/governance/${review}`, "admin");
  const names = (at(read.body, "people") as readonly { id: string }[]).map(({ id }) => id);
  expect(names).toHaveLength(2);
  expect(names).toContain("ona");

  expect((await judge("chief", first)).status).toBe(401);
  expect((await judge("board", review)).body).toMatchObject({ code: "approval_self_review" });
  expect((await judge("board", first)).status).toBe(200);
  expect((await judge("admin", review)).status).toBe(200);
  const opened = await world.send("POST", "/incidents", "gone", { title: "Let me in" });
  expect(opened.status).toBe(401);
  const closed = await world.send("POST", `/incidents/${incident}/close`, "chief", {});
  expect(closed.status).toBe(401);
});

it("takes no label of an incident that one of the two who override opened", async () => {
  const incidentOf = async (who: keyof OverrideWorld["keys"]): Promise<string> => {
    const labels = { severity: "critical" };
    const opened = await world.send("POST", "/incidents", who, { title: "Ours", labels });
    return textAt(opened.body, "id");
  };
  const [byThird, byOncall, byAdmin] = [
    await incidentOf("third"),
    await incidentOf("oncall"),
    await incidentOf("admin"),
  ];
  // The finding about this agent is still open, so that it takes two.
  const job = await world.hold("job.labelled.pay", "other");
  const first = await world.override(job, "third", { incident: byOncall });
  expect(at(first.body, "job", "state"), first.text).toBe("APPROVAL");
  const second = await world.override(job, "oncall", { incident: byThird });
  expect(second.body).toMatchObject({ code: "override_refused" });
  const other = await world.override(job, "oncall", { incident: byAdmin });
  expect(at(other.body, "job", "state"), other.text).toBe("APPROVED");
});

it("leaves the names of alerts to the alerting system", async () => {
  const alert = {
    status: "firing",
    labels: { alertname: "Down", severity: "critical" },
    startsAt: "2026-01-01T00:00:00Z",
    fingerprint: "abcdef",
  };
  const own = { id: "alert-abcdef-1", title: "Nothing", labels: { severity: "none" } };
  const refused = await world.send("POST", "/incidents", "third", own);
  expect(refused.body).toMatchObject({ code: "request_invalid", path: "/id" });
  const told = { version: "4", alerts: [alert] };
  const opened = await world.send("POST", "/incidents/alertmanager", "admin", told);
  expect(at(opened.body, "opened")).toHaveLength(1);
});
