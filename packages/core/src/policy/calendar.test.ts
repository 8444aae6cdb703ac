// Tests when an instant belongs to a calendar: midnight, days off, spans, changes of the clock.

import { describe, expect, it } from "vitest";
import { isWithin } from "./calendar.ts";
import type { Calendar } from "./policy.ts";

const weekdays = ["mon", "tue", "wed", "thu", "fri"];
const office: Calendar = {
  zone: "Europe/Berlin",
  hours: { days: weekdays, from: "09:00", to: "18:00" },
  except: ["2026-12-25"],
  between: [],
};
const night: Calendar = {
  ...office,
  hours: { days: ["fri"], from: "22:00", to: "06:00" },
  except: ["2026-11-28"],
};
const freeze: Calendar = {
  zone: "America/New_York",
  hours: null,
  except: [],
  between: [{ from: "2026-12-20T00:00", to: "2027-01-03T00:00" }],
};

describe("a calendar", () => {
  it.each<[string, Calendar, string, boolean]>([
    ["office hours begin", office, "2026-11-20T08:00:00Z", true],
    ["a moment before", office, "2026-11-20T07:59:59.999Z", false],
    ["office hours end", office, "2026-11-20T17:00:00Z", false],
    ["the last moment of them", office, "2026-11-20T16:59:59.999Z", true],
    ["summer time moves them", office, "2026-07-01T07:00:00Z", true],
    ["a Saturday", office, "2026-11-21T10:00:00Z", false],
    ["a day off", office, "2026-12-25T10:00:00Z", false],
    ["Friday night", night, "2026-11-20T22:30:00Z", true],
    ["its end on Saturday", night, "2026-11-21T04:59:00Z", true],
    ["Saturday at six", night, "2026-11-21T05:00:00Z", false],
    ["the night before Friday", night, "2026-11-20T03:00:00Z", false],
    ["Saturday night", night, "2026-11-21T22:30:00Z", false],
    ["the part of a night that falls on a day off", night, "2026-11-28T02:00:00Z", false],
    ["the part before it", night, "2026-11-27T22:30:00Z", true],
    ["a span begins at local midnight", freeze, "2026-12-20T05:00:00Z", true],
    ["a moment before it", freeze, "2026-12-20T04:59:59.999Z", false],
    ["a span ends at local midnight", freeze, "2027-01-03T05:00:00Z", false],
    ["the last moment of it", freeze, "2027-01-03T04:59:59.999Z", true],
  ])("%s", (_, calendar, at, wanted) => {
    expect(isWithin(calendar, Date.parse(at))).toBe(wanted);
  });

  it("joins hours and spans, and its days off are of neither", () => {
    const both: Calendar = {
      ...office,
      between: [{ from: "2026-12-24T00:00", to: "2026-12-27T00:00" }],
    };

    expect(isWithin(both, Date.parse("2026-12-26T03:00:00Z"))).toBe(true);
    expect(isWithin(both, Date.parse("2026-12-25T10:00:00Z"))).toBe(false);
  });

  it("belongs to the whole day when its hours go to 24:00", () => {
    const days = { days: ["sat"], from: "00:00", to: "24:00" };
    const saturday: Calendar = { zone: "UTC", hours: days, except: [], between: [] };

    expect(isWithin(saturday, Date.parse("2026-11-21T00:00:00Z"))).toBe(true);
    expect(isWithin(saturday, Date.parse("2026-11-21T23:59:59Z"))).toBe(true);
    expect(isWithin(saturday, Date.parse("2026-11-22T00:00:00Z"))).toBe(false);
  });
});
