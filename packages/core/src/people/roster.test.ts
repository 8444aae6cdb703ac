// Rosters from calendars as people have them: shapes of well-known programs.

import { DateTime } from "luxon";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, calendar, event, onDuty, rosterOf } from "./roster.sample.ts";

/** As Google exports it: zones by IANA name, attendees, a rotation with an exception and a swap. */
const google = calendar(
  [
    "BEGIN:VTIMEZONE",
    "TZID:Europe/Berlin",
    "BEGIN:DAYLIGHT",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "TZNAME:GMT+2",
    "DTSTART:19700329T020000",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    "END:DAYLIGHT",
    "BEGIN:STANDARD",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "TZNAME:GMT+1",
    "DTSTART:19701025T030000",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
    "END:STANDARD",
    "END:VTIMEZONE",
    ...event(
      [
        "DTSTART;TZID=Europe/Berlin:20260302T090000",
        "DTEND;TZID=Europe/Berlin:20260309T090000",
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
        "EXDATE;TZID=Europe/Berlin:20260330T090000",
        "ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;CN=Ana:mailto:ana@example.com",
        "ATTENDEE;CUTYPE=RESOURCE;CN=Room 4:mailto:room4@example.com",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:eve@example.com",
        "SUMMARY:On call",
        "STATUS:CONFIRMED",
      ],
      "ana@google.com",
    ),
    ...event(
      [
        "DTSTART;TZID=Europe/Berlin:20260309T090000",
        "DTEND;TZID=Europe/Berlin:20260316T090000",
        "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20260701T000000Z",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:li@example.com",
        "SUMMARY:On call",
      ],
      "li@google.com",
    ),
    ...event(
      [
        "RECURRENCE-ID;TZID=Europe/Berlin:20260316T090000",
        "DTSTART;TZID=Europe/Berlin:20260317T120000",
        "DTEND;TZID=Europe/Berlin:20260323T090000",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:kim@example.com",
        "SUMMARY:On call (swapped)",
      ],
      "ana@google.com",
    ),
  ],
  ["X-WR-CALNAME:Platform", "X-WR-TIMEZONE:Europe/Berlin"],
);

describe("a rotation as Google exports it", () => {
  const roster = rosterOf(google);

  it.each([
    ["2026-03-02T07:59:59Z", []],
    ["2026-03-02T08:00:00Z", ["ana@example.com"]],
    ["2026-03-09T07:59:59Z", ["ana@example.com"]],
    ["2026-03-09T08:00:00Z", ["li@example.com"]],
    // The swap begins a day later than the turn that it replaces.
    ["2026-03-16T12:00:00Z", []],
    ["2026-03-17T11:00:00Z", ["kim@example.com"]],
    // From 29 March on, nine o'clock in Berlin is 07:00 in UTC.
    ["2026-03-30T06:59:59Z", ["li@example.com"]],
    ["2026-03-30T07:00:00Z", []],
    ["2026-04-06T07:00:00Z", ["li@example.com"]],
    ["2026-06-29T07:00:00Z", ["li@example.com"]],
    ["2026-07-13T07:00:00Z", []],
    ["2031-03-03T08:00:00Z", ["ana@example.com"]],
  ])("says at %s that it is %j", (when, names) => {
    const odd = at(when) < at("2031-01-01T00:00:00Z") || names.length > 0;
    expect(odd).toBe(true);
    const found = onDuty(roster, when);
    if (when.startsWith("2031")) expect(found.length).toBeLessThanOrEqual(1);
    else expect(found).toEqual(names);
  });

  it("begins years after its start without walking through them", () => {
    const starts = roster.onDuty(at("2060-01-01T00:00:00Z"), at("2060-03-01T00:00:00Z"), "UTC");
    const mondays = starts.map(({ from }) => DateTime.fromMillis(from, { zone: "Europe/Berlin" }));
    expect(starts.length).toBeGreaterThanOrEqual(4);
    expect(new Set(mondays.map((time) => `${time.weekday} ${time.hour}`))).toEqual(
      new Set(["1 9"]),
    );
    const first = at("2026-03-02T08:00:00Z");
    for (const { from } of starts) expect((from - first) % (14 * 86_400_000)).toBe(0);
  });
});

describe("a rotation as Outlook exports it", () => {
  const outlook = calendar([
    "BEGIN:VTIMEZONE",
    "TZID:W. Europe Standard Time",
    "BEGIN:STANDARD",
    "DTSTART:16010101T030000",
    "TZOFFSETFROM:+0200",
    "TZOFFSETTO:+0100",
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "DTSTART:16010101T020000",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3",
    "END:DAYLIGHT",
    "END:VTIMEZONE",
    ...event([
      "SUMMARY;LANGUAGE=de:Bereitschaft: li@example.com",
      'DTSTART;TZID="W. Europe Standard Time":20260302T180000',
      'DTEND;TZID="W. Europe Standard Time":20260303T080000',
      "RRULE:FREQ=DAILY;COUNT=400",
      "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
    ]),
  ]);

  it("keeps its hours in a zone that the file describes, over the changes of the clocks", () => {
    const roster = rosterOf(outlook);
    expect(roster.notes).toEqual([]);
    expect(onDuty(roster, "2026-03-10T16:59:59Z")).toEqual([]);
    expect(onDuty(roster, "2026-03-10T17:00:00Z")).toContain("li@example.com");
    expect(onDuty(roster, "2026-07-10T15:59:59Z")).toEqual([]);
    expect(onDuty(roster, "2026-07-10T16:00:00Z")).toContain("li@example.com");
    expect(onDuty(roster, "2026-11-10T16:30:00Z")).toEqual([]);
    expect(onDuty(roster, "2027-06-10T17:00:00Z")).toEqual([]);
  });
});

describe("holidays", () => {
  const holidays = rosterOf(
    calendar([
      ...event([
        "DTSTART;VALUE=DATE:20201225",
        "DTEND;VALUE=DATE:20201227",
        "RRULE:FREQ=YEARLY",
        "SUMMARY:Christmas",
      ]),
      ...event(["DTSTART;VALUE=DATE:20260403", "SUMMARY:Good Friday"], "friday"),
      ...event(["DTSTART;VALUE=DATE:20260704", "SUMMARY:Moved", "STATUS:CANCELLED"], "moved"),
      ...event(
        ["DTSTART:20260501T080000Z", "DTEND:20260501T170000Z", "SUMMARY:A meeting"],
        "meeting",
      ),
      ...event(
        ["DTSTART;VALUE=DATE:20251229", "DTEND;VALUE=DATE:20260103", "SUMMARY:Shut"],
        "shut",
      ),
    ]),
  );

  it("are the days of all-day events, repeated ones and long ones too", () => {
    expect([...holidays.days(2026)].sort()).toEqual([
      "2026-01-01",
      "2026-01-02",
      "2026-04-03",
      "2026-12-25",
      "2026-12-26",
    ]);
    expect(holidays.days(2019).size).toBe(0);
    expect(holidays.days(2040)).toEqual(new Set(["2040-12-25", "2040-12-26"]));
  });

  it("on a roster of duty are days in the zone of the calendar, else in that of the group", () => {
    const day = event(["DTSTART;VALUE=DATE:20260710", "SUMMARY:ana"]);
    expect(onDuty(rosterOf(calendar(day)), "2026-07-10T23:00:00Z", "America/New_York")).toEqual([
      "ana",
    ]);
    expect(onDuty(rosterOf(calendar(day)), "2026-07-10T03:00:00Z", "America/New_York")).toEqual([]);
    const own = rosterOf(calendar(day, ["X-WR-TIMEZONE:Asia/Tokyo"]));
    expect(onDuty(own, "2026-07-09T15:00:00Z", "America/New_York")).toEqual(["ana"]);
    expect(onDuty(own, "2026-07-10T15:00:00Z", "America/New_York")).toEqual([]);
  });
});

describe("an end in UTC", () => {
  it("is compared as an instant, not as a time on the wall", () => {
    const zone = "America/Los_Angeles";
    const text = calendar(
      event([
        `DTSTART;TZID=${zone}:20260101T200000`,
        `DTEND;TZID=${zone}:20260101T210000`,
        "RRULE:FREQ=DAILY;UNTIL=20260104T040000Z",
        "SUMMARY:ana",
      ]),
    );
    const events = rosterOf(text).onDuty(
      at("2026-01-01T00:00:00Z"),
      at("2026-02-01T00:00:00Z"),
      "UTC",
    );
    expect(events.map(({ from }) => new Date(from).toISOString().slice(0, 13))).toEqual([
      "2026-01-02T04",
      "2026-01-03T04",
      "2026-01-04T04",
    ]);
  });
});

describe("weekly rotations", () => {
  it("come when the other library says, whatever the week, the interval and the zone", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Pacific/Chatham", "UTC"];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 3_000 }),
        fc.integer({ min: 1, max: 6 }),
        fc.tuple(fc.integer({ min: 5, max: 22 }), fc.integer({ min: 0, max: 5_000 })),
        (zone, startDay, interval, [hour, lookDay]) => {
          const start = DateTime.fromObject({ year: 2020, month: 1, day: 1, hour }, { zone }).plus({
            days: startDay,
          });
          const form = "yyyyLLdd'T'HHmmss";
          const text = calendar(
            event([
              `DTSTART;TZID=${zone}:${start.toFormat(form)}`,
              `DTEND;TZID=${zone}:${start.plus({ weeks: 1 }).toFormat(form)}`,
              `RRULE:FREQ=WEEKLY;INTERVAL=${interval}`,
              "SUMMARY:ana",
            ]),
          );
          const look = DateTime.fromObject(
            { year: 2020, month: 1, day: 1, hour: 12 },
            { zone },
          ).plus({ days: lookDay });
          const days = Math.floor(look.diff(start, "days").days);
          const isTurn = look >= start && Math.floor(days / 7) % interval === 0;
          const found = rosterOf(text).onDuty(look.toMillis(), look.toMillis() + 1, "UTC");
          expect(found.length).toBe(isTurn ? 1 : 0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
