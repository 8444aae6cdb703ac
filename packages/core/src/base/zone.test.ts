// Tests of the wall clocks of zones and of the calendar under them.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { civilOfDays, daysInMonth, daysOfCivil, weekdayOfDays } from "./civil.ts";
import { instantOfWall, isZone, offsetOf, wallTime } from "./zone.ts";

const instant = (text: string): number => Date.parse(text);
const minute = (text: string) => {
  const [year = 0, month = 0, day = 0, hour = 0, minutes = 0] = text.split(/\D/).map(Number);
  return { year, month, day, hour, minute: minutes };
};

describe("zones", () => {
  test.each(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "+02:00", "-11:30"])(
    "%s is one",
    (zone) => expect(isZone(zone)).toBe(true),
  );

  test.each(["Mars/Base", "", "berlin time", "+25:00", "+2:00", "+02:60", "Europe/Berlin\0"])(
    "%j is none",
    (zone) => expect(isZone(zone)).toBe(false),
  );
});

describe("the wall clock", () => {
  test.each([
    ["2026-11-21T12:00:00Z", "Europe/Berlin", "2026-11-21T13:00", 6],
    ["2026-07-01T12:00:00Z", "Europe/Berlin", "2026-07-01T14:00", 3],
    ["2026-11-21T23:30:00Z", "+05:30", "2026-11-22T05:00", 0],
    ["2026-01-01T02:00:00Z", "America/New_York", "2025-12-31T21:00", 3],
    ["2026-11-21T12:00:00Z", "Asia/Kathmandu", "2026-11-21T17:45", 6],
    ["1969-12-31T23:59:59Z", "UTC", "1969-12-31T23:59", 3],
    ["0001-01-01T00:00:00Z", "Etc/UTC", "0001-01-01T00:00", 1],
  ])("at %s in %s shows %s", (text, zone, wall, weekday) => {
    expect(wallTime(instant(text), zone)).toMatchObject({ ...minute(wall), weekday });
  });

  test("agrees with the platform at any instant", () => {
    const zones = ["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Tehran"];
    const anyInstant = fc.integer({ min: instant("1972-01-01"), max: instant("2037-12-31") });
    fc.assert(
      fc.property(anyInstant, fc.constantFrom(...zones), (at, zone) => {
        const shown = new Intl.DateTimeFormat("sv-SE", {
          timeZone: zone,
          dateStyle: "short",
          timeStyle: "medium",
        }).format(at);
        const wall = wallTime(at, zone);
        const two = (value: number): string => String(value).padStart(2, "0");
        const date = `${wall.year}-${two(wall.month)}-${two(wall.day)}`;
        const time = `${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
        expect(`${date} ${time}`).toBe(shown);
      }),
    );
  });
});

describe("the instant of a wall clock", () => {
  test.each([
    ["Europe/Berlin", "2026-11-21T13:00", "2026-11-21T12:00:00Z"],
    ["Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59:00Z"],
    ["Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00:00Z"],
    ["Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00Z"],
    ["Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"],
    ["Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00Z"],
    ["America/New_York", "2026-03-08T02:15", "2026-03-08T07:00:00Z"],
    ["America/New_York", "2026-11-01T01:15", "2026-11-01T05:15:00Z"],
    ["Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:30:00Z"],
    ["Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00:00Z"],
    ["UTC", "2026-02-28T00:00", "2026-02-28T00:00:00Z"],
    ["-03:30", "2026-02-28T00:00", "2026-02-28T03:30:00Z"],
  ])("%s at %s is %s", (zone, wall, expected) => {
    expect(new Date(instantOfWall(zone, minute(wall))).toISOString()).toBe(
      new Date(expected).toISOString(),
    );
  });

  test("shows the same again, unless the clock leaps over it", () => {
    const anyMinute = fc.integer({ min: 0, max: 30_000_000 });
    fc.assert(
      fc.property(anyMinute, fc.constantFrom("Europe/Berlin", "America/New_York"), (at, zone) => {
        const wall = wallTime(at * 60_000, zone);
        const back = instantOfWall(zone, wall);
        expect(wallTime(back, zone)).toEqual({ ...wall, second: 0 });
        expect(back).toBeLessThanOrEqual(at * 60_000);
      }),
    );
  });

  test("many names take no more memory than some", () => {
    for (let hour = 0; hour < 14; hour++) {
      for (let time = 0; time < 60; time++) {
        const zone = `+${String(hour).padStart(2, "0")}:${String(time).padStart(2, "0")}`;
        expect(offsetOf(0, zone)).toBe(hour * 3_600 + time * 60);
      }
    }
  });
});

describe("the calendar", () => {
  test("days and dates are each other's reverse", () => {
    fc.assert(
      fc.property(fc.integer({ min: -800_000, max: 3_000_000 }), (days) => {
        const date = civilOfDays(days);
        expect(daysOfCivil(date)).toBe(days);
        expect(date.day).toBeLessThanOrEqual(daysInMonth(date.year, date.month));
        const platform = new Date(days * 86_400_000);
        expect(date.year).toBe(platform.getUTCFullYear());
        expect(date.month).toBe(platform.getUTCMonth() + 1);
        expect(weekdayOfDays(days)).toBe(platform.getUTCDay());
      }),
    );
  });
});
