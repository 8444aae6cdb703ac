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

const codes = [
  "cannot_be_met",
  "hold_unattended",
  "hold_waits",
  "reviewer_may_be_missing",
  "roster_unknown",
];

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

/** The clocks run on, because leads keep no hours. */
const besideLeads = "approvals: [{ group: office }, { role: lead }]";
const people = ["l", "m", "n"].map((id) => ({ id, email: null, roles: ["lead"] }));

describe("a hold that nobody answers at some hour", () => {
  it("is named with day, time, zone and group", () => {
    expect(messages(`${besideLeads}, timeout: 1h`, { people })).toEqual([
      "rule `r`: Monday 18:00 Europe/Berlin nobody of group `office` is on duty and nothing escalates (first on 2026-11-23, until Tuesday 08:00)",
    ]);
  });

  it("begins anywhere in the week", () => {
    const options = { now: Date.parse("2026-11-26T12:00:00Z") };
    expect(messages(`${besideLeads}, timeout: 2h`, options)[0]).toContain(
      "Thursday 18:00 Europe/Berlin",
    );
  });

  it("may wait for people over night, and not over the weekend", () => {
    expect(messages(`${besideLeads}, timeout: 16h`, { people })[0]).toContain(
      "Friday 18:00 Europe/Berlin nobody of group `office` is on duty and nothing escalates (first on 2026-11-27, until Sunday 17:00)",
    );
    expect(held(`${besideLeads}, timeout: 3d`, { people })).toEqual(["note hold_waits"]);
  });

  it("is found in the few weeks in which two zones leave an hour between them", () => {
    const keys =
      "approvals: [{ group: york }, { role: lead }], escalate: [{ after: 1m, to: 'group:berlin' }], timeout: 5m";
    const found = checked(fileOf(keys), { people }).find(({ code }) => code === "hold_unattended");
    expect(found?.message).toContain("Sunday 03:00 America/New_York");
    expect(found?.message).toContain("(first on 2027-03-14, until Sunday 03:55)");
    expect(found?.help).toContain("in 3 of the next 52 weeks");
  });

  it("is answered by a chain that reaches people before the timeout", () => {
    const chain = (after: string, to: string): string =>
      `${besideLeads}, timeout: 1h, escalate: [{ after: ${after}, to: '${to}' }]`;
    expect(held(chain("15m", "group:ops"), { people })).toEqual([]);
    expect(held(chain("15m", "role:lead"), { people })).toEqual([]);
    expect(held(chain("15m", "person:z"), { people })).toEqual(["note reviewer_may_be_missing"]);
    expect(messages(chain("15m", "group:office"), { people })[0]).toContain(
      "no escalation reaches anyone",
    );
  });

  it("is widened at once when nobody is on duty, and else only in time", () => {
    const step = (to: string): string => `timeout: 1h, escalate: [{ after: 1h, to: '${to}' }]`;
    expect(held(`${besideLeads}, ${step("group:ops")}`, { people })).toEqual([]);
    const two = "approvals: [{ group: one }, { group: turns }]";
    expect(held(`${two}, ${step("person:z")}`)).toEqual(["warning hold_unattended"]);
    expect(held(`${two}, ${step("person:z")}, on_timeout: escalate`)).toEqual([
      "note reviewer_may_be_missing",
    ]);
  });

  it("counts `after` on through the chain", () => {
    const steps = (timeout: string): string =>
      `approvals: [{ group: one }, { group: turns }], timeout: ${timeout}, escalate: [{ after: 20m, to: 'person:x' }, { after: 30m, to: 'person:z' }]`;
    expect(held(steps("29m"))).toEqual(["warning hold_unattended"]);
    expect(held(steps("31m"))).toEqual(["note reviewer_may_be_missing"]);
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
    const keys = `${besideLeads}, timeout: 5m`;
    expect(held(`${keys}, match: { during: [week] }`, { people })).toEqual([]);
    expect(held(`${keys}, match: { outside: [week] }`, { people })).toEqual([
      "warning hold_unattended",
    ]);
  });

  it("is not spoken of when the time is not known", () => {
    expect(held("approvals: [{ group: turns }], timeout: 5m")).toEqual([
      "note reviewer_may_be_missing",
    ]);
  });
});

describe("a hold whose reviewers may be excluded", () => {
  it.each([
    ["requester", "may take 1 of them (requester)"],
    ["last_pair", "may take 1 of them (last_pair)"],
    ["agent_owner, last_pair", "may take 2 of them (agent_owner, last_pair)"],
  ])("takes away the worst that `%s` can mean", (words, text) => {
    const keys = `approvals: [{ group: ops, count: 2 }], exclude: [${words}]`;
    expect(held(keys)).toEqual(["warning hold_unattended"]);
    expect(messages(keys)[0]).toContain(text);
  });

  it("loses to `last_pair` all but one of those who approved together", () => {
    const three = (escalate: string): string =>
      `approvals: [{ group: ops, count: 2 }, { count: 1 }], exclude: [last_pair], timeout: 1h, ${escalate}`;
    const known = ["x", "y", "z"].map((id) => ({ id, email: null, roles: [] }));
    const more = ["p", "q"].map((name) => `{ after: 1m, to: 'person:${name}' }`);
    const steps = (count: number): string => `escalate: [${more.slice(0, count).join(", ")}]`;
    expect(held(three(steps(1)), { people: known })).toEqual(["warning hold_unattended"]);
    expect(messages(three(steps(1)), { people: known })[0]).toContain("2 of them (last_pair)");
    expect(
      held(three(steps(2).replace("1m, to: 'person:q'", "2m, to: 'person:q'")), { people: known }),
    ).toEqual([]);
    expect(held("approvals: [{ group: one }], exclude: [last_pair]")).toEqual([
      "note reviewer_may_be_missing",
    ]);
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

describe("a hold whose people keep hours", () => {
  const withAlways = (keys: string, always: string): string[] => {
    const source = fileOf(keys).replace("groups:", `groups:\n  ${always}`);
    const found = checked(source);
    return placesOf(found, ...codes).map((place) => place.replace(/^\S+ /, ""));
  };

  it("waits, because its clocks stand still", () => {
    const keys = "approvals: [{ group: office }], timeout: 1h";
    expect(held(keys)).toEqual(["note hold_waits"]);
    expect(messages(keys)).toEqual([
      "rule `r`: Monday 18:00 Europe/Berlin nobody of group `office` is on duty, and the hold waits (first on 2026-11-23, until Tuesday 09:00)",
    ]);
  });

  it("does not wait when a group answers around the clock", () => {
    const keys = "approvals: [{ group: office }], timeout: 1h";
    expect(withAlways(keys, "night: { members: [v, w], always: true }")).toEqual([]);
    const two = "approvals: [{ group: office, count: 2 }], exclude: [requester], timeout: 10h";
    expect(withAlways(two, "night: { members: [v, w], always: true }")).toEqual([
      "warning hold_unattended",
    ]);
    const longer = `${two}, on_timeout: escalate`;
    expect(withAlways(longer, "night: { members: [v, w], always: true }")).toEqual([]);
  });

  it("is not longer for that than any hold may be", () => {
    const except = Array.from({ length: 40 }, (_, day) =>
      new Date(Date.UTC(2026, 11, 1 + day)).toISOString().slice(0, 10),
    );
    const away = `away: { members: [x, y], hours: { zone: UTC, days: mon-sun, from: "09:00", to: "17:00", except: [${except.join(", ")}] } }`;
    expect(withAlways("approvals: [{ group: away }], timeout: 1h", away)).toEqual([
      "warning hold_unattended",
    ]);
  });

  it("hands over when the schedule says", () => {
    const turns = (handover: string): string[] => {
      const source = fileOf(
        "approvals: [{ group: turns }, { role: lead }], timeout: 1h, match: { during: [morning] }, exclude: ['person:y']",
      )
        .replace("rotate: weekly,", `rotate: daily, handover: "${handover}",`)
        .replace(
          "calendars: {",
          'calendars: { morning: { zone: UTC, from: "07:00", to: "08:00" },',
        );
      return placesOf(checked(source, { people }), "hold_unattended", "cannot_be_met");
    };
    // Every other morning it is y's turn, unless x comes on duty before the hold ends.
    expect(turns("00:00")).toHaveLength(1);
    expect(turns("08:00")).toHaveLength(1);
    const even = checked(
      fileOf(
        "approvals: [{ group: turns }, { role: lead }], timeout: 1d, exclude: ['person:y']",
      ).replace("rotate: weekly,", 'rotate: daily, handover: "08:00",'),
      { people },
    );
    expect(messagesOf(even, "hold_unattended")[0]).toContain("08:00 UTC");
  });
});
