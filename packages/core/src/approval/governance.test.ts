// When people are reminded of a governance review, and what a report counts.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextReminderAt, type OverrideRecord, reportOf, subjectsOf } from "./governance.ts";

const dayMs = 86_400_000;

describe("reminders", () => {
  it("come a day before, at the due date, and each day after it", () => {
    const span = { createdAt: 0, dueAt: 3 * dayMs };
    const times: number[] = [];
    for (let at = 0; times.length < 5;) {
      at = nextReminderAt(span, at);
      times.push(at / dayMs);
    }
    expect(times).toEqual([2, 3, 4, 5, 6]);
  });

  it("come at the half of a short time, and at most once an hour after it", () => {
    const span = { createdAt: 0, dueAt: 60_000 };
    expect(nextReminderAt(span, 0)).toBe(30_000);
    expect(nextReminderAt(span, 30_000)).toBe(60_000);
    expect(nextReminderAt(span, 60_000)).toBe(3_660_000);
  });

  it("are always in the future, and one that was slept through is not made up for", () => {
    fc.assert(
      fc.property(fc.nat(1e12), fc.nat(1e10), fc.nat(2e12), (createdAt, spanMs, now) => {
        const next = nextReminderAt({ createdAt, dueAt: createdAt + spanMs }, now);
        expect(next).toBeGreaterThan(now);
        if (now >= createdAt + spanMs) expect(next - now).toBeLessThanOrEqual(dayMs);
      }),
    );
  });
});

describe("a report", () => {
  const override = (more: Partial<OverrideRecord>): OverrideRecord => ({
    people: [{ id: "ana", name: "Ana" }],
    ruleId: "gate",
    agent: "billing",
    createdAt: 0,
    dueAt: 100,
    closedAt: null,
    isLegitimate: null,
    ...more,
  });

  it("of nothing has no share and no median", () => {
    expect(reportOf([], 0)).toMatchObject({
      overrides: 0,
      legitimateShare: null,
      medianCloseMs: null,
      byPerson: [],
    });
  });

  it("counts an override of two people for both, and once in all", () => {
    const two = [
      { id: "ana", name: "Ana" },
      { id: "bo", name: null },
    ];
    const report = reportOf(
      [
        override({ people: two, closedAt: 10, isLegitimate: true }),
        override({ closedAt: 30, isLegitimate: false }),
        override({ ruleId: null }),
      ],
      100,
    );
    expect(report).toMatchObject({
      overrides: 3,
      legitimate: 1,
      notLegitimate: 1,
      open: 1,
      overdue: 0,
      legitimateShare: 0.5,
      medianCloseMs: 20,
    });
    expect(report.byPerson).toEqual([
      { id: "ana", name: "Ana", overrides: 3, legitimate: 1, notLegitimate: 1 },
      { id: "bo", name: null, overrides: 1, legitimate: 1, notLegitimate: 0 },
    ]);
    expect(report.byRule.map(({ id, overrides }) => [id, overrides])).toEqual([
      ["gate", 2],
      ["default", 1],
    ]);
    expect(reportOf([override({})], 101).overdue).toBe(1);
  });

  it("is counted by each person, the rule and the agent", () => {
    const parties = { people: ["ana", "bo"], ruleId: null, agent: "billing" };
    expect(subjectsOf(parties)).toEqual([
      "person:ana",
      "person:bo",
      "rule:default",
      "agent:billing",
    ]);
  });
});
