// Business time against a second library and a count by minutes, and by name where clocks leap.

import { Temporal } from "@js-temporal/polyfill";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hours } from "../policy/policy.ts";
import { addBusiness, type BusinessHours, isOpen, nextOpen, wallInstant } from "./business-time.ts";

const minuteMs = 60_000;
const dayMs = 86_400_000;
const weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const zones = [
  "UTC",
  "Europe/Berlin",
  "Europe/Dublin",
  "America/New_York",
  "America/Sao_Paulo",
  "America/Asuncion",
  "Africa/Casablanca",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Apia",
  "+05:30",
];

function business(more: Partial<Hours>, holidays: readonly string[] = []): BusinessHours {
  const hours: Hours = {
    zone: "Europe/Berlin",
    days: weekdays.slice(0, 5),
    from: "09:00",
    to: "17:00",
    except: [],
    holidays: null,
    ...more,
  };
  return { hours, isHoliday: (date) => holidays.includes(date) };
}

type Span = readonly [number, number];

/** Open spans of the days around an instant as the other library counts them, by the words of the definition. */
function spansAround(business: BusinessHours, at: number, days: number): readonly Span[] {
  const { hours } = business;
  const today = Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(hours.zone)
    .toPlainDate();
  const lasts = hours.to > hours.from ? 0 : 1;
  const spans: Span[] = [];
  for (let day = -2; day <= days; day += 1) {
    const date = today.add({ days: day });
    const isDay = hours.days.includes(weekdays[date.dayOfWeek - 1] ?? "");
    if (!isDay || hours.except.includes(date.toString()) || business.isHoliday(date.toString()))
      continue;
    const from = shown(hours.zone, date, hours.from).first;
    spans.push([from, shown(hours.zone, date.add({ days: lasts }), hours.to).last]);
  }
  return spans;
}

function isIn(spans: readonly Span[], at: number): boolean {
  return spans.some(([from, to]) => from <= at && at < to);
}

/** The first and the last instant at which a clock shows a time; both the leap when it never does. */
function shown(
  zone: string,
  date: Temporal.PlainDate,
  clock: string,
): { readonly first: number; readonly last: number } {
  const isEnd = clock === "24:00";
  const wall = date
    .add({ days: isEnd ? 1 : 0 })
    .toPlainDateTime(Temporal.PlainTime.from(isEnd ? "00:00" : clock));
  const earlier = wall.toZonedDateTime(zone, { disambiguation: "earlier" });
  const later = wall.toZonedDateTime(zone, { disambiguation: "later" });
  if (earlier.toPlainDateTime().equals(wall)) {
    return { first: earlier.epochMilliseconds, last: later.epochMilliseconds };
  }
  const leap = earlier.getTimeZoneTransition("next")?.epochMilliseconds ?? Number.NaN;
  return { first: leap, last: leap };
}

const clocks = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${`${hour}`.padStart(2, "0")}:${`${minute}`.padStart(2, "0")}`);

/** Often in the hours in which clocks are changed. */
const anyClock = fc.oneof(clocks, fc.constantFrom("00:00", "02:00", "02:30", "03:00"));

const anyHours = fc
  .record({
    zone: fc.constantFrom(...zones),
    days: fc.subarray(weekdays, { minLength: 1 }),
    from: anyClock,
    to: fc.oneof(anyClock, fc.constant("24:00")),
  })
  .map((more) => business(more));

/** When clocks were changed, by an hour, by half of one, at midnight, by a whole day. */
const changes = [
  "2026-03-29T01:00Z",
  "2026-10-25T01:00Z",
  "2026-03-08T07:00Z",
  "2026-11-01T06:00Z",
  "2026-04-04T15:00Z",
  "2026-10-03T15:30Z",
  "2010-09-26T11:00Z",
  "2011-12-30T10:00Z",
  "2017-10-15T03:00Z",
  "2018-02-18T02:00Z",
  "2023-03-26T03:00Z",
  "2026-03-22T02:00Z",
  "2021-03-21T20:30Z",
  "2026-04-04T14:00Z",
].map((text) => Date.parse(text) / minuteMs);

/** Within days of a change of the clocks as often as at any other time. */
const anyAt = fc
  .oneof(
    fc.integer({ min: Date.UTC(2005, 0, 1) / minuteMs, max: Date.UTC(2032, 0, 1) / minuteMs }),
    fc
      .tuple(fc.constantFrom(...changes), fc.integer({ min: -3_000, max: 1_500 }))
      .map(([change, minutes]) => change + minutes),
  )
  .map((minutes) => minutes * minuteMs);

const lookDays = 9;

describe("business time, against another library", () => {
  it("is open when it says so", () => {
    fc.assert(
      fc.property(anyHours, anyAt, (hours, at) => {
        const spans = spansAround(hours, at, 2);
        for (let step = 0; step < 20; step += 1) {
          const then = at + step * 61 * minuteMs;
          expect(isOpen(hours, then), new Date(then).toISOString()).toBe(isIn(spans, then));
        }
      }),
      { numRuns: 600 },
    );
  });

  it("adds as a count of open minutes does, over one or several hours, and opens next when it does", () => {
    fc.assert(
      fc.property(
        fc.array(anyHours, { minLength: 1, maxLength: 3 }),
        anyAt,
        fc.integer({ min: 1, max: 1_500 }),
        (hours, at, minutes) => {
          const spans = hours.flatMap((one) => spansAround(one, at, lookDays));
          let rest = minutes;
          let end = at;
          let first: number | null = null;
          for (; rest > 0 && end < at + lookDays * dayMs; end += minuteMs) {
            if (!isIn(spans, end)) continue;
            first ??= end;
            rest -= 1;
          }
          if (rest === 0) expect(addBusiness(hours, at, minutes * minuteMs)).toBe(end);
          else expect(addBusiness(hours, at, minutes * minuteMs)).toBeGreaterThan(end);
          if (first !== null) expect(nextOpen(hours, at)).toBe(first);
          else expect(nextOpen(hours, at) ?? Infinity).toBeGreaterThanOrEqual(end);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("knows when a clock on the wall shows a time", () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), anyAt, anyClock, (zone, at, clock) => {
        const date = Temporal.Instant.fromEpochMilliseconds(at)
          .toZonedDateTimeISO(zone)
          .toPlainDate();
        const day = Math.round(Date.UTC(date.year, date.month - 1, date.day) / dayMs);
        const minute = Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
        const expected = shown(zone, date, clock);
        expect(wallInstant(zone, { day, minute }, "first")).toBe(expected.first);
        expect(wallInstant(zone, { day, minute }, "last")).toBe(expected.last);
      }),
      { numRuns: 1_000 },
    );
  });
});

const at = (text: string): number => Date.parse(text);

describe("business time where clocks leap", () => {
  const nights = business({ days: [...weekdays], from: "02:30", to: "08:00" });

  it("opens at the leap when spring leaves out the hour of opening", () => {
    // 29 March 2026, Berlin: 01:00Z is 03:00, there is no 02:30.
    expect(isOpen(nights, at("2026-03-29T00:59:59.999Z"))).toBe(false);
    expect(isOpen(nights, at("2026-03-29T01:00:00Z"))).toBe(true);
    expect(nextOpen([nights], at("2026-03-28T12:00:00Z"))).toBe(at("2026-03-29T01:00:00Z"));
  });

  it("has nothing of a span that spring leaves out whole", () => {
    const gap = business({ days: [...weekdays], from: "02:10", to: "02:50" });
    expect(nextOpen([gap], at("2026-03-29T00:30:00Z"))).toBe(at("2026-03-30T00:10:00Z"));
  });

  it("opens at the first of two equal times in autumn, and stays open over the second", () => {
    // 25 October 2026, Berlin: 02:30 is 00:30Z and 01:30Z.
    expect(isOpen(nights, at("2026-10-25T00:29:59Z"))).toBe(false);
    expect(isOpen(nights, at("2026-10-25T00:30:00Z"))).toBe(true);
    expect(isOpen(nights, at("2026-10-25T01:10:00Z"))).toBe(true);
  });

  it("closes at the second of two equal times in autumn", () => {
    const until = business({ days: [...weekdays], from: "22:00", to: "02:30" });
    expect(isOpen(until, at("2026-10-25T01:29:59Z"))).toBe(true);
    expect(isOpen(until, at("2026-10-25T01:30:00Z"))).toBe(false);
  });

  it("counts the hours that passed, not those that the clock showed", () => {
    const allDay = business({ days: [...weekdays], from: "00:00", to: "24:00" });
    const noon = at("2026-03-28T11:00:00Z");
    expect(addBusiness([allDay], noon, 24 * 60 * minuteMs)).toBe(noon + dayMs);
  });
});

describe("business days", () => {
  it("leave out weekends, exceptions and holidays", () => {
    const hours = business({ except: ["2026-12-24"] }, ["2026-12-25"]);
    // Wednesday 23 December 16:00 in Berlin: an hour is left, then Monday.
    const friday = addBusiness([hours], at("2026-12-23T15:00:00Z"), 2 * 60 * minuteMs);
    expect(friday).toBe(at("2026-12-28T09:00:00Z"));
  });

  it("give a night that begins on them its morning, also before a holiday", () => {
    const nights = business({ from: "22:00", to: "06:00" }, ["2026-12-25"]);
    expect(isOpen(nights, at("2026-12-25T03:00:00Z"))).toBe(true);
    expect(isOpen(nights, at("2026-12-25T22:00:00Z"))).toBe(false);
  });

  it("may never come: then the time is far away, and not without end", () => {
    const never = business({ days: ["mon"] });
    const closed: BusinessHours = { ...never, isHoliday: () => true };
    expect(nextOpen([closed], at("2026-01-01T00:00:00Z"))).toBeNull();
    const end = addBusiness([closed], at("2026-01-01T00:00:00Z"), 1);
    expect(end).toBeGreaterThan(at("2027-01-01T00:00:00Z"));
  });

  it("end with the last minute of a day, and not with the first of the next", () => {
    const hours = business({});
    const monday = at("2026-06-01T07:00:00Z");
    expect(addBusiness([hours], monday, 8 * 60 * minuteMs)).toBe(at("2026-06-01T15:00:00Z"));
    expect(addBusiness([hours], monday, 8 * 60 * minuteMs + 1)).toBe(
      at("2026-06-02T07:00:00.001Z"),
    );
  });
});
