// Days of a zone: whole, one after the other, and as long as the clocks make them.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dayOf, hoursOf, wallAt, weekOf } from "./zone.ts";

const hourMs = 3_600_000;
const hoursIn = ({ from, to }: { from: number; to: number }): number => (to - from) / hourMs;

describe("a day of a zone", () => {
  it.each([
    ["Europe/Berlin", "2026-03-29T10:00:00Z", 23, "2026-03-28T23:00:00.000Z"],
    ["Europe/Berlin", "2026-10-25T23:30:00+01:00", 25, "2026-10-24T22:00:00.000Z"],
    ["Europe/Berlin", "2026-11-21T00:00:00+01:00", 24, "2026-11-20T23:00:00.000Z"],
    ["Australia/Lord_Howe", "2026-10-04T03:00:00Z", 23.5, "2026-10-03T13:30:00.000Z"],
    ["Africa/Cairo", "2026-04-24T10:00:00Z", 23, "2026-04-23T22:00:00.000Z"],
    ["America/Santiago", "2026-09-06T12:00:00Z", 23, "2026-09-06T04:00:00.000Z"],
    ["Asia/Kolkata", "2026-01-01T00:00:00Z", 24, "2025-12-31T18:30:00.000Z"],
    ["UTC", "2026-01-01T23:59:59Z", 24, "2026-01-01T00:00:00.000Z"],
  ])("in %s at %s has %s hours", (zone, at, hours, from) => {
    const day = dayOf(zone, Date.parse(at));
    expect(hoursIn(day)).toBe(hours);
    expect(new Date(day.from).toISOString()).toBe(from);
  });

  it("shows the hour that spring leaves out not at all, and that of autumn twice", () => {
    const hours = (date: string): readonly number[] => {
      const day = dayOf("Europe/Berlin", Date.parse(`${date}T12:00:00Z`));
      return hoursOf("Europe/Berlin", day).map(({ hour }) => hour);
    };
    expect(hours("2026-03-29").slice(0, 4)).toEqual([0, 1, 3, 4]);
    expect(hours("2026-10-25").slice(0, 5)).toEqual([0, 1, 2, 2, 3]);
  });

  it("follows the day before it without a gap, seven of them in a week, in every zone", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Africa/Cairo", "Pacific/Apia", "UTC"];
    const instants = fc.integer({ min: 1_577_836_800_000, max: 2_208_988_800_000 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), instants, (zone, at) => {
        const week = weekOf(zone, at);
        expect(week[0]?.from).toBeLessThanOrEqual(at);
        expect(week[0]?.to).toBeGreaterThan(at);
        week.forEach((day, index) => {
          expect(wallAt(zone, day.from).date).toBe(day.date);
          expect(wallAt(zone, day.to - 1).date).toBe(day.date);
          if (index > 0) expect(day.from).toBe(week[index - 1]?.to);
        });
      }),
      { numRuns: 60 },
    );
  });
});
