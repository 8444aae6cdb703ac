// The people file of a server: read at the start and when it changes, refused whole, with rosters beside it.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, at, textAt } from "../http.ts";
import { calendarText } from "../fake/calendar.ts";
import { codeOf, type PeopleWorld, startPeople } from "./people-world.ts";

const policy = `version: v1
roles: { lead: 2 }
groups:
  crew: { members: [ana], roster: shifts }
rules:
  - { id: deploy, match: { topics: ["job.deploy.*"] }, decision: require_approval, approvals: [{ role: lead }], timeout: 1h }
`;

const people = `version: v1
people:
  - { id: ana, email: ana@example.com, roles: [lead], groups: [crew] }
  - { id: bo, email: bo@example.com, groups: [crew] }
  - { id: cy, email: cy@example.com, roles: [lead] }
rosters: { shifts: { file: shifts.ics }, escape: { file: escape.ics } }
delegations:
  - { from: ana, to: bo, starts: 2020-01-01, ends: 2020-06-01 }
`;

const shift = (who: string): string =>
  calendarText([["20231101T000000Z", "20231201T000000Z", who]]);

const patienceMs = 30_000;
let folder: string;
let file: string;
let world: PeopleWorld;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "holdpoint-people-"));
  file = path.join(folder, "people.yaml");
  writeFileSync(file, people);
  writeFileSync(path.join(folder, "shifts.ics"), shift("ana"));
  symlinkSync("/etc/hosts", path.join(folder, "escape.ics"));
  world = await startPeople(policy, { peopleFile: file });
}, 60_000);

afterAll(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function eventually(place: string, isSo: (body: unknown) => boolean): Promise<Answer> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await world.send("GET", place, world.admin);
    if (isSo(answer.body) || performance.now() >= deadline) return answer;
    await nextTurn();
  }
}

const isActive = (body: unknown, id: string): unknown =>
  (at(body, "items") as readonly { id: string; active: boolean }[]).find((one) => one.id === id)
    ?.active;

const onDuty = (body: unknown): readonly string[] =>
  (at(body, "items", 0, "on_duty") as readonly { id: string }[])
    .map(({ id }) => id)
    .filter((id) => id !== "local");

describe("a people file", () => {
  test("is what the document says at the start, with the rosters beside it", async () => {
    const listed = await world.send("GET", "/people", world.admin);
    expect(at(listed.body, "items", 0)).toMatchObject({ id: "ana", groups: ["crew"] });
    expect(onDuty((await world.send("GET", "/oncall", world.admin)).body)).toEqual(["ana"]);
    const events = await world.send("GET", "/audit/events?type=people.changed", world.admin);
    expect(at(events.body, "items", 0)).toMatchObject({
      actor: { kind: "system", id: "people-file" },
      payload: { file: "people.yaml", people: { added: ["ana", "bo", "cy"] } },
    });
  });

  test("reads no roster outside its folder, also over a link", async () => {
    const rosters = await world.send("GET", "/rosters", world.admin);
    expect(at(rosters.body, "items", 0)).toMatchObject({
      name: "escape",
      source: "escape.ics",
      stale: true,
      error: "the file lies outside the folder of the people file",
    });
    expect(rosters.text).not.toContain("localhost");
  });

  test("changes who is on duty when its roster changes", async () => {
    writeFileSync(path.join(folder, "shifts.ics"), shift("bo@example.com"));
    const view = await eventually("/oncall", (body) => onDuty(body)[0] === "bo");
    expect(onDuty(view.body)).toEqual(["bo"]);
    writeFileSync(path.join(folder, "shifts.ics"), "not a calendar");
    const rosters = await eventually("/rosters", (body) => at(body, "items", 1, "error") !== null);
    expect(at(rosters.body, "items", 1)).toMatchObject({ name: "shifts", stale: true });
    const after = await world.send("GET", "/oncall", world.admin);
    expect(onDuty(after.body)).toEqual(["bo"]);
  });

  test("that does not load changes nothing, and the record says so", async () => {
    const before = await world.send("GET", "/people", world.admin);
    writeFileSync(file, people.replace("roles: [lead], groups", 'roles: ["*"], groups'));
    const events = await eventually(
      "/audit/events?type=people.refused",
      (body) => at(body, "items", 0) !== undefined,
    );
    expect(at(events.body, "items", 0)).toMatchObject({
      actor: { id: "people-file" },
      payload: { file: "people.yaml", errors: 1, findings: [{ code: "value_invalid", line: 3 }] },
    });
    expect((await world.send("GET", "/people", world.admin)).body).toEqual(before.body);
  });

  test("takes nobody's place whom it no longer names: they left; what people delegated stays", async () => {
    const cy = await world.key("cy");
    const ends = new Date(world.line.clock.now() + 3_600_000).toISOString();
    const ana = await world.key("ana");
    const made = await world.send("POST", "/delegations", ana, { to: "bo", ends });
    const own = textAt(made.body, "id");
    const ofFile = at((await world.send("GET", "/delegations", ana)).body, "items") as {
      id: string;
    }[];
    const listed = ofFile.find(({ id }) => id !== own)?.id ?? "";
    expect(codeOf(await world.send("DELETE", `/delegations/${listed}`, ana))).toBe(
      "delegation_refused",
    );
    const without = people.replace(/ {2}- \{ id: cy.*\n/, "").replace(/delegations:[^]*$/, "");
    writeFileSync(file, without);
    const page = await eventually("/people", (body) => isActive(body, "cy") === false);
    expect(isActive(page.body, "cy")).toBe(false);
    expect(codeOf(await world.send("GET", "/people/me", cy))).toBe("unauthenticated");
    const kept = await world.send("GET", "/delegations", ana);
    expect((at(kept.body, "items") as { id: string }[]).map(({ id }) => id)).toEqual([own]);
    writeFileSync(file, people);
    expect(
      isActive((await eventually("/people", (body) => isActive(body, "cy") === true)).body, "cy"),
    ).toBe(true);
  });

  test("written by a call lasts until the file changes", async () => {
    await world.put("dee", { email: "dee@example.com", roles: ["lead"] });
    expect(await world.vote(await world.hold("job.deploy.a"), await world.key("dee"))).toBe(
      "APPROVED",
    );
    writeFileSync(file, `${people}\n`);
    const page = await eventually("/people", (body) => isActive(body, "dee") === false);
    expect(isActive(page.body, "dee")).toBe(false);
  });
});
