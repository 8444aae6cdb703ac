// Tests which holds the static check finds that people cannot answer, and what it says of them.

import { describe, expect, it } from "vitest";
import type { CheckOptions } from "./check.ts";
import { checked, messagesOf, placesOf } from "./check.sample.ts";

const groups = `groups:
  ops: { members: [x, y] }
  mixed: { members: [X, role:lead] }
  one: { members: [x] }
  office: { members: [x, y], hours: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "18:00" } }
  york: { members: [x, y], hours: { zone: America/New_York, days: mon-sun, from: "13:00", to: "03:00" } }
  berlin: { members: [v, w], hours: { zone: Europe/Berlin, days: mon-sun, from: "09:00", to: "19:00" } }
  turns: { members: [x, y], schedule: weeks }
  wrong: { members: [v], schedule: weeks }
schedules: { weeks: { zone: UTC, rotate: weekly, start: 2026-01-05, members: [x, y] } }
calendars: { week: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "17:00" } }`;

const codes = ["cannot_be_met", "hold_unattended", "reviewer_may_be_missing", "roster_unknown"];

function held(keys: string, options: Partial<CheckOptions> = {}): string[] {
  const found = checked(fileOf(keys), options);
  return placesOf(found, ...codes).map((place) => place.replace(/^\S+ /, ""));
}

function messages(keys: string, options: Partial<CheckOptions> = {}): string[] {
  return messagesOf(checked(fileOf(keys), options), ...codes);
}

function fileOf(keys: string): string {
  return `version: v1\nroles: { lead: 1, director: 2 }\n${groups}\nrules:\n  - { id: r, decision: require_approval, reason: Why, ${keys} }`;
}

describe("a hold that nobody can approve", () => {
  it.each([
    ["its one member is excluded", 'approvals: [{ group: one }], exclude: ["person:X"]'],
    ["two groups share a member", "approvals: [{ group: one }, { group: ops, count: 2 }]"],
    ["its rotation names nobody of the group", "approvals: [{ group: wrong }]"],
  ])("is an error: %s", (_, keys) => {
    expect(held(keys)).toEqual(["error cannot_be_met"]);
  });

  it("is placed at the requirement that is short", () => {
    const source = fileOf('approvals: [{ group: ops }, { group: one }], exclude: ["person:x"]');
    const [found] = checked(source).filter(({ code }) => code === "cannot_be_met");
    expect(found?.path).toBe("/rules/0/approvals/1");
    expect(found?.message).toBe("group `one` has 0 who may review, 1 is asked");
  });

  it("is not found where there may be people whom the file does not name", () => {
    expect(held("approvals: [{ group: one }, { group: mixed, count: 9 }]")).not.toContain(
      "error cannot_be_met",
    );
  });

  it("is found with the people whom a server knows", () => {
    const people = [
      { id: "per_1", email: "x", roles: ["director"] },
      { id: "per_2", email: null, roles: [] },
    ];
    const asks = "approvals: [{ role: lead }]";
    expect(held(asks, { people })).toEqual(["note reviewer_may_be_missing"]);
    expect(held(asks, { people: people.slice(1) })).toEqual(["error cannot_be_met"]);
    expect(held("approvals: [{ count: 2 }]", { people })).toEqual(["note reviewer_may_be_missing"]);
    expect(held("approvals: [{ count: 3 }]", { people })).toEqual(["error cannot_be_met"]);
    const same = "approvals: [{ group: one }, { role: lead }]";
    expect(messages(same, { people })).toEqual([
      "rule `r` asks more people than its groups have together: each counts once",
    ]);
  });

  it("does not even load with an empty group", () => {
    expect(() => checked(fileOf("approvals: [{ group: none }]"))).toThrow("unknown_group");
  });
});

describe("a hold that nobody answers at some hour", () => {
  it("is named with day, time, zone and group", () => {
    expect(messages("approvals: [{ group: office }], timeout: 1h")).toEqual([
      "rule `r`: Monday 18:00 Europe/Berlin nobody of group `office` is on duty and nothing escalates (first on 2026-11-23, until Tuesday 08:00)",
    ]);
  });

  it("begins anywhere in the week", () => {
    const options = { now: Date.parse("2026-11-26T12:00:00Z") };
    expect(messages("approvals: [{ group: office }], timeout: 2h", options)[0]).toContain(
      "Thursday 18:00 Europe/Berlin",
    );
  });

  it("may wait for people over night, and not over the weekend", () => {
    expect(messages("approvals: [{ group: office }], timeout: 16h")[0]).toContain(
      "Friday 18:00 Europe/Berlin nobody of group `office` is on duty and nothing escalates (first on 2026-11-27, until Sunday 17:00)",
    );
    expect(held("approvals: [{ group: office }], timeout: 3d")).toEqual([]);
  });

  it("is found in the few weeks in which two zones leave an hour between them", () => {
    const keys =
      "approvals: [{ group: york }], escalate: [{ after: 1m, to: 'group:berlin' }], timeout: 5m";
    const found = checked(fileOf(keys)).find(({ code }) => code === "hold_unattended");
    expect(found?.message).toContain("Sunday 03:00 America/New_York");
    expect(found?.message).toContain("(first on 2027-03-14, until Sunday 03:55)");
    expect(found?.help).toContain("in 3 of the next 52 weeks");
  });

  it("is answered by a chain that reaches people before the timeout", () => {
    const chain = (after: string, to: string): string =>
      `approvals: [{ group: office }], timeout: 1h, escalate: [{ after: ${after}, to: '${to}' }]`;
    expect(held(chain("15m", "group:ops"))).toEqual([]);
    expect(held(chain("15m", "role:lead"))).toEqual([]);
    expect(held(chain("15m", "person:z"))).toEqual(["note reviewer_may_be_missing"]);
    expect(held(chain("1h", "group:ops"))).toEqual(["warning hold_unattended"]);
    expect(messages(chain("15m", "group:office"))[0]).toContain("no escalation reaches anyone");
  });

  it("counts each person once, those of the chain as well", () => {
    const keys = "approvals: [{ group: one }, { group: turns }]";
    expect(messages(keys)[0]).toContain(
      "UTC fewer people are on duty than are asked together and nothing escalates",
    );
    expect(held(`${keys}, escalate: [{ after: 1s, to: 'person:x' }]`)).toEqual([
      "warning hold_unattended",
    ]);
    expect(held(`${keys}, escalate: [{ after: 1s, to: 'person:z' }]`)).toEqual([
      "note reviewer_may_be_missing",
    ]);
  });

  it("matters only while its rule can apply", () => {
    const keys = "approvals: [{ group: office }], timeout: 5m";
    expect(held(`${keys}, match: { during: [week] }`)).toEqual([]);
    expect(held(`${keys}, match: { outside: [week] }`)).toEqual(["warning hold_unattended"]);
  });

  it("is not spoken of when the time is not known", () => {
    expect(held("approvals: [{ group: turns }], timeout: 5m")).toEqual([
      "note reviewer_may_be_missing",
    ]);
  });
});

describe("a hold whose reviewers may be excluded", () => {
  it.each([
    ["requester", ["warning hold_unattended"], "may take 1 of them (requester)"],
    ["last_pair", ["warning hold_unattended"], "may take 2 of them (last_pair)"],
    [
      "agent_owner, last_pair",
      ["warning hold_unattended"],
      "may take 3 of them (agent_owner, last_pair)",
    ],
  ])("takes away the worst that `%s` can mean", (words, expected, text) => {
    const keys = `approvals: [{ group: ops, count: 2 }], exclude: [${words}]`;
    expect(held(keys)).toEqual(expected);
    expect(messages(keys)[0]).toContain(text);
  });

  it("is met when there are as many more", () => {
    expect(held("approvals: [{ group: ops }], exclude: [requester]")).toEqual([]);
    expect(
      held(
        "approvals: [{ group: ops }], exclude: [last_pair], escalate: [{ after: 1m, to: 'person:z' }]",
      ),
    ).toEqual([]);
  });

  it("is worth a note even when the rule excludes nobody", () => {
    expect(held("approvals: [{ group: one }]")).toEqual(["note reviewer_may_be_missing"]);
    expect(messages("approvals: [{ group: turns }]")).toEqual([
      "rule `r`: at some hours group `turns` has nobody to spare, and the owner of an agent never reviews what it does",
    ]);
  });
});

describe("a hold of people whom the file does not name", () => {
  it("is not proved, which is said once for each", () => {
    const source = `${fileOf("approvals: [{ role: lead }]")}\n  - { id: s, decision: require_approval, reason: Why, approvals: [{ role: lead }], match: { topics: [b] } }`;
    expect(messagesOf(checked(source), "roster_unknown")).toEqual([
      "not known from the file: who stands behind role `lead`; that rule `r` and 1 more can be met is not proved",
    ]);
  });

  it("is not proved when it asks whoever may review", () => {
    expect(messages("timeout: 5m")[0]).toContain("who may review; that rule `r` can be met");
  });

  it("is still found when it fails for those whom the file names", () => {
    expect(held("approvals: [{ role: lead }, { group: office }], timeout: 5m")).toEqual([
      "warning hold_unattended",
      "note roster_unknown",
    ]);
  });
});
