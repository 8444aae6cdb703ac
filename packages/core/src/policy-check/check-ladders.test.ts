// Tests what the static check says of ladders: emergencies, vetoes, rosters.

import { describe, expect, it } from "vitest";
import { checked, messagesOf, placesOf } from "./check.sample.ts";

const head = `version: v1
roles: { lead: 1 }
groups: { ops: { members: [x, y] }, later: { members: [] } }
rules:`;

function held(keys: string, decision = "require_approval"): string {
  return `${head}\n  - { id: r, decision: ${decision}, reason: Why, approvals: [{ group: ops }], ${keys} }`;
}

describe("an emergency", () => {
  const emergency = (by: string, within: string, more = ""): string =>
    held(`emergency: { by: '${by}', within: ${within} }${more}`);
  const topics = ", match: { topics: ['job.db.*'] }";

  it.each([
    ["no circumstance", emergency("group:ops", "[]"), "`within` names no circumstance"],
    [
      "a topic that the rule is not for",
      emergency("group:ops", "['topic:job.mail.**']", topics),
      "none of `within` can be met",
    ],
    [
      "only people whom the rule excludes",
      emergency("person:x", "[incident]", ", exclude: ['person:X']"),
      "stands behind `person:x`",
    ],
  ])("that names %s is told of", (_, source, text) => {
    const found = checked(source);
    expect(placesOf(found, "emergency_never")).toHaveLength(1);
    expect(messagesOf(found, "emergency_never")[0]).toContain(text);
  });

  it.each([
    ["an incident", emergency("group:ops", "[incident]", topics)],
    ["a label", emergency("role:lead", "['label:severity=critical']", topics)],
    ["a topic of the rule", emergency("group:ops", "['topic:job.**']", topics)],
    ["a group whose members stand in the people file", emergency("group:later", "[incident]")],
    ["one of several", emergency("group:ops", "['topic:job.mail.**', incident]", topics)],
  ])("that can be met is not: %s", (_, source) => {
    expect(placesOf(checked(source), "emergency_never")).toEqual([]);
  });

  it("is looked at with the people whom a server knows", () => {
    const source = emergency("role:lead", "[incident]");
    const options = { people: [{ id: "x", email: null, roles: [] }] };
    expect(placesOf(checked(source, options), "emergency_never")).toHaveLength(1);
  });
});

describe("a veto", () => {
  it("of nobody in particular is told of", () => {
    const source = `${head}\n  - { id: r, decision: allow_unless_rejected, reason: Why, window: 5m }`;
    expect(placesOf(checked(source), "veto_untold")).toEqual(["5:24 warning veto_untold"]);
    expect(placesOf(checked(held("window: 5m", "allow_unless_rejected")), "veto_untold")).toEqual(
      [],
    );
  });
});

describe("a roster", () => {
  const hours = 'hours: { zone: UTC, days: mon, from: "09:00", to: "17:00", holidays: de }';
  const source = `version: v1\ngroups: { g: { members: [x], roster: platform, ${hours} }, h: { members: [x], roster: platform } }\nrules: []`;

  it("that is not known here is noted once", () => {
    expect(messagesOf(checked(source), "unknown_roster")).toEqual([
      "roster `platform` is not in this file; in the proof of holds every member counts as on duty",
      "roster `de` is not in this file; in the proof of holds no day is free",
    ]);
  });

  it("is not noted when the people file has it", () => {
    const found = checked(source, { rosters: ["de"] });
    expect(messagesOf(found, "unknown_roster")).toEqual([
      "roster `platform` is not in the people file; in the proof of holds every member counts as on duty",
    ]);
  });
});
