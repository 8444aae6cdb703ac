// A people file: what it says, and everything that is refused in one, with its place.

import { describe, expect, test } from "vitest";
import type { Json } from "../base/json/value.ts";
import { peopleDigest, peopleToJson } from "../people/document.ts";
import type { People } from "../people/people.ts";
import { loadPeople, peopleFromJson } from "./read-people-file.ts";

const whole = `version: v1
people:
  - id: ana
    email: ana@example.com
    name: Ana
    accounts: [ana@corp.example]
    roles: [lead]
    groups: [on-call]
    limits: [{ topics: ["job.deploy.**"], cost: { at_most: 1000, currency: USD } }]
    quiet: { zone: Europe/Berlin, from: "22:00", to: "07:00" }
    cards_per_hour: 12
    channels: [slack, email]
  - { id: li, email: li@example.com, active: false }
groups: { on-call: { members: [li@example.com, zoe@example.com, "role:dba"] } }
rosters: { platform: { url: "https://calendar.example/a/basic.ics" }, days: { file: days/de.ics } }
delegations: [{ from: ana@corp.example, to: li, starts: 2026-12-01T00:00:00Z, ends: 2026-12-08, reason: vacation }]
`;

function read(source: string): People {
  const reading = loadPeople(source);
  if (!reading.ok) throw new Error(JSON.stringify(reading.findings));
  return reading.people;
}

function refusal(source: string): readonly { code: string; line: number; path: string }[] {
  const reading = loadPeople(source);
  expect(reading.ok).toBe(false);
  return reading.findings.map(({ code, line, path }) => ({ code, line, path }));
}

const withPeople = (people: string): string => `version: v1\npeople:\n${people}\n`;

describe("a people file", () => {
  test("is warned of words that nothing else knows, where they are, and loads", () => {
    const known = {
      roles: new Set(["lead"]),
      groups: new Set(["on-call"]),
      channels: new Set(["email", "slack"]),
    };
    const reading = loadPeople(whole.replace("roles: [lead]", "roles: [leed]"), known);
    expect(reading.ok).toBe(true);
    expect(
      reading.findings.map(({ severity, code, line, help }) => [severity, code, line, help]),
    ).toEqual([
      ["warning", "unknown_role", 3, "did you mean `lead`?"],
      ["warning", "unknown_role", 14, null],
    ]);
    expect(loadPeople(whole).findings).toEqual([]);
  });

  test("says who people are, with all names turned into ids", () => {
    const people = read(whole);
    expect(people.people[0]).toMatchObject({ id: "ana", cardsPerHour: 12, isActive: true });
    expect(people.people[0]?.limits).toEqual([
      { topics: ["job.deploy.**"], cost: { atMost: 1_000, currency: "USD" } },
    ]);
    expect(people.groups).toEqual([
      { name: "on-call", members: ["ana", "li", "role:dba", "zoe@example.com"] },
    ]);
    expect(people.rosters).toEqual([
      { name: "days", source: "file:days/de.ics" },
      { name: "platform", source: "https://calendar.example/a/basic.ics" },
    ]);
    expect(people.delegations).toMatchObject([
      { from: "ana", to: "li", by: "people-file", endsAt: Date.parse("2026-12-08T00:00:00Z") },
    ]);
  });

  test("comes back from its stored form as it was, under the same name", () => {
    const people = read(whole);
    const stored = JSON.parse(JSON.stringify(peopleToJson(people))) as Json;
    const again = peopleFromJson(stored);
    expect(again.ok && again.people).toEqual(people);
    expect(again.ok && peopleDigest(again.people)).toBe(peopleDigest(people));
  });

  test("has one name whatever the order of its lines, and none while it is empty", () => {
    const one = withPeople("  - { id: a, roles: [x, y] }\n  - { id: b }");
    const other = withPeople("  - { id: b }\n  - { id: a, roles: [y, x] }");
    expect(peopleDigest(read(one))).toBe(peopleDigest(read(other)));
    expect(peopleDigest(read(one))).not.toBe(peopleDigest(read(withPeople("  - { id: a }"))));
    expect(peopleDigest(read("version: v1\n"))).toBeNull();
  });
});

describe("a hostile people file", () => {
  test.each([
    ["two people with one email", "  - { id: a, email: x@y.z }\n  - { id: b, email: X@Y.z }"],
    ["an account that is another's id", "  - { id: a }\n  - { id: b, accounts: [a] }"],
    ["an id twice", "  - { id: a }\n  - { id: a, email: b@c.d }"],
  ])("with %s is refused", (_what, people) => {
    expect(refusal(withPeople(people))).toContainEqual({
      code: "duplicate_id",
      line: 4,
      path: "/people/1",
    });
  });

  test.each([
    ["the role of the development person", '{ id: a, roles: ["*"] }', "value_invalid"],
    ["letters that look alike", "{ id: a, email: аna@example.com }", "value_invalid"],
    ["an account that poses as a role", '{ id: a, accounts: ["role:lead"] }', "value_invalid"],
    ["an id with a colon", '{ id: "group:a" }', "value_invalid"],
    ["a cost without currency", "{ id: a, limits: [{ cost: { at_most: 5 } }] }", "missing_key"],
    ["a limit that limits nothing", "{ id: a, limits: [{}] }", "missing_key"],
    ["a limit with a word too many", "{ id: a, limits: [{ topic: [x] }] }", "unknown_key"],
    ["a pattern that is none", '{ id: a, limits: [{ topics: ["a.**.b"] }] }', "pattern_invalid"],
    [
      "a negative ceiling",
      "{ id: a, limits: [{ cost: { at_most: -1, currency: USD } }] }",
      "value_invalid",
    ],
    [
      "a zone that is nowhere",
      '{ id: a, quiet: { zone: Mars, from: "22:00", to: "07:00" } }',
      "unknown_zone",
    ],
    [
      "quiet around the clock",
      '{ id: a, quiet: { zone: UTC, from: "22:00", to: "22:00" } }',
      "value_invalid",
    ],
    ["no cards at all", "{ id: a, cards_per_hour: 0 }", "value_invalid"],
    ["a misspelt `active`", "{ id: a, activ: false }", "unknown_key"],
    ["text for a flag", '{ id: a, active: "no" }', "wrong_type"],
  ])("with %s is refused where it stands", (_what, person, code) => {
    const found = refusal(withPeople(`  - ${person}`));
    expect(found.map((one) => [one.code, one.line])).toContainEqual([code, 3]);
  });

  test.each([
    "http://calendar.example/a.ics",
    "https://user:word@calendar.example/a.ics",
    "https:///a.ics",
    "file:///etc/passwd",
    "https://calendar.example\\@127.0.0.1/",
    "https://calendar.example/a b",
  ])("does not make a roster of the address %s", (url) => {
    const source = `version: v1\nrosters: { r: { url: ${JSON.stringify(url)} } }\n`;
    expect(refusal(source)[0]).toMatchObject({ code: "value_invalid", line: 2 });
  });

  test.each([
    "../a.ics",
    "/etc/a.ics",
    "a/../../b.ics",
    ".ssh/a.ics",
    "a/./b.ics",
    "a.txt",
    "a\\b.ics",
  ])("does not make a roster of the file %s", (file) => {
    const source = `version: v1\nrosters: { r: { file: ${JSON.stringify(file)} } }\n`;
    expect(refusal(source)[0]).toMatchObject({ code: "value_invalid", line: 2 });
  });

  test.each([
    [
      "to nobody",
      "{ from: a, to: nobody, starts: 2026-01-01, ends: 2026-01-02 }",
      "unknown_person",
    ],
    [
      "to themselves",
      "{ from: a, to: a@x.y, starts: 2026-01-01, ends: 2026-01-02 }",
      "value_invalid",
    ],
    [
      "that ends before it begins",
      "{ from: a, to: b, starts: 2026-01-02, ends: 2026-01-01 }",
      "value_invalid",
    ],
    ["for years", "{ from: a, to: b, starts: 2026-01-01, ends: 2028-01-02 }", "value_invalid"],
    [
      "in somebody's name",
      "{ from: a, to: b, starts: 2026-01-01, ends: 2026-01-02, by: b }",
      "unknown_key",
    ],
    [
      "with an id of its own",
      "{ from: a, to: b, starts: 2026-01-01, ends: 2026-01-02, id: dlg_x }",
      "unknown_key",
    ],
  ])("has no delegation %s", (_what, delegation, code) => {
    const people = withPeople("  - { id: a, email: a@x.y }\n  - { id: b }");
    const found = refusal(`${people}delegations:\n  - ${delegation}\n`);
    expect(found.map((one) => [one.code, one.line])).toContainEqual([code, 6]);
  });

  test("with text that nobody can see is refused, from YAML and from JSON", () => {
    const name = "Ana\u202Enimda";
    expect(refusal(withPeople(`  - { id: a, name: "${name}" }`))[0]?.code).toBe("hidden_character");
    const json = peopleFromJson({ version: "v1", people: [{ id: "a", name }] });
    expect(json.ok ? [] : json.findings.map(({ code }) => code)).toEqual(["value_invalid"]);
  });

  test("is read in a time that grows with its length", () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `  - { id: p${at}, email: p${at}@x.y }`);
    expect(read(withPeople(many.join("\n"))).people).toHaveLength(5_000);
    expect(refusal(withPeople([...many, "  - { id: q }"].join("\n")))[0]?.code).toBe("too_many");
  });
});
