// Rosters from files that mean harm: refused, noted, or bounded in what they cost.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rosterBytesMax } from "../base/limits.ts";
import { at, calendar, event, onDuty, rosterOf } from "./roster.sample.ts";
import { parseRoster } from "./roster.ts";

describe("a file that means harm", () => {
  it.each([
    ["is too large", `BEGIN:VCALENDAR\r\nX-A:${"a".repeat(rosterBytesMax)}\r\nEND:VCALENDAR`],
    ["is no calendar", "<html><body>Sign in</body></html>"],
    ["is empty", ""],
    ["is another component", "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\r\nEND:VCARD"],
    [
      "has a rule that no calendar knows",
      calendar(event(["DTSTART:20260105T090000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO;BYMONTH=13"])),
    ],
    [
      "counts too many times",
      calendar(
        Array.from({ length: 10 }, () =>
          event(["DTSTART:19700101T090000Z", "RRULE:FREQ=MONTHLY;BYDAY=MO;COUNT=5000"]),
        ).flat(),
      ),
    ],
    ["does not end", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT"],
    [
      "has too many events",
      calendar(Array.from({ length: 20_001 }, () => event(["DTSTART:20260101T000000Z"])).flat()),
    ],
  ])("that %s is refused", (_name, text) => {
    expect(parseRoster(text).ok).toBe(false);
  });

  it.each([
    "FREQ=SECONDLY",
    "FREQ=MINUTELY;INTERVAL=1",
    "FREQ=HOURLY",
    "FREQ=DAILY;BYHOUR=1,2,3",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
    "FREQ=DAILY;INTERVAL=2;BYMONTH=3",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31",
    "FREQ=YEARLY;BYYEARDAY=366",
    "FREQ=YEARLY;BYWEEKNO=53",
    "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=9",
    "FREQ=WEEKLY;COUNT=1000000",
    "FREQ=DAILY;INTERVAL=100000",
    "FREQ=DAILY;BYMONTHDAY=-31",
    "FREQ=DAILY;BYDAY=TU;BYMONTH=4;BYMONTHDAY=-29",
    "FREQ=YEARLY;BYDAY=TH;BYMONTHDAY=-29",
    "FREQ=MONTHLY;INTERVAL=12;BYDAY=5MO",
    "FREQ=MONTHLY;INTERVAL=24;BYDAY=-5SU,5TU",
    "FREQ=MONTHLY;BYDAY=5TU,1TU;BYSETPOS=7",
  ])("and repeats without end or never (%s) is left out, and noted", (rule) => {
    const roster = rosterOf(
      calendar([
        ...event([
          "DTSTART:20260105T090000Z",
          "DTEND:20260105T170000Z",
          `RRULE:${rule}`,
          "SUMMARY:eve",
        ]),
        ...event(["DTSTART:20260105T090000Z", "DTEND:20260105T170000Z", "SUMMARY:ana"], "two"),
      ]),
    );
    expect(onDuty(roster, "2026-01-05T10:00:00Z")).toEqual(["ana"]);
    expect(roster.notes).toHaveLength(1);
  });

  it("does not make every look walk through the years since a rule began", () => {
    const rule = ["DURATION:PT1H", "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "SUMMARY:ana"];
    const many = Array.from({ length: 150 }, () => event(["DTSTART:19700101T090000Z", ...rule]));
    const roster = rosterOf(calendar(many.flat()));
    expect(onDuty(roster, "2026-01-05T09:30:00Z")).toContain("ana");
    expect(onDuty(roster, "2026-01-05T10:30:00Z")).toEqual([]);
  });

  it.each([
    ["FREQ=MONTHLY;BYMONTHDAY=31", "2026-08-31", "2026-09-30"],
    ["FREQ=MONTHLY", "2026-03-29", "2026-02-28"],
    ["FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR", "2026-01-30", "2026-02-27"],
    ["FREQ=MONTHLY;BYMONTH=12;BYDAY=5TH", "2026-12-31", "2026-12-24"],
    ["FREQ=YEARLY;INTERVAL=3", "2027-01-29", "2026-01-29"],
  ])("but comes when it should after many years: %s", (rule, day, other) => {
    const lines = ["DTSTART:19910129T090000Z", "DURATION:PT1H", `RRULE:${rule}`, "SUMMARY:ana"];
    const roster = rosterOf(calendar(event(lines)));
    expect(onDuty(roster, `${day}T09:30:00Z`)).toEqual(["ana"]);
    expect(onDuty(roster, `${other}T09:30:00Z`)).toEqual([]);
  });

  it("does not look for a fifth weekday of Februaries that have none", () => {
    const rule = "RRULE:FREQ=MONTHLY;INTERVAL=24;BYDAY=5MO";
    const roster = rosterOf(calendar(event(["DTSTART:20250201T090000Z", "DURATION:PT1H", rule])));
    expect(onDuty(roster, "2026-11-02T09:30:00Z")).toEqual([]);
    expect(roster.notes).toHaveLength(1);
  });

  it("does not make the zone that it describes search without end", () => {
    const text = calendar([
      "BEGIN:VTIMEZONE",
      "TZID:Evil",
      "BEGIN:STANDARD",
      "DTSTART:19700101T000000",
      "TZOFFSETFROM:+0100",
      "TZOFFSETTO:+0200",
      "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
      "END:STANDARD",
      "END:VTIMEZONE",
      ...event([
        "DTSTART;TZID=Evil:20260105T090000",
        "DTEND;TZID=Evil:20260105T170000",
        "SUMMARY:ana",
      ]),
    ]);
    const roster = rosterOf(text);
    expect(onDuty(roster, "2026-01-05T10:00:00Z")).toEqual(["ana"]);
    expect(roster.notes).toHaveLength(1);
  });

  it("does not have zones of many rules worked out, nor any zone for thousands of years", () => {
    const part = (index: number): readonly string[] => [
      "BEGIN:STANDARD",
      `DTSTART:1970010${1 + (index % 9)}T020000`,
      "TZOFFSETFROM:+0100",
      "TZOFFSETTO:+0200",
      `RRULE:FREQ=YEARLY;BYMONTH=${1 + (index % 12)};BYDAY=-1SU`,
      "END:STANDARD",
    ];
    const zone = (name: string, rules: number): readonly string[] => [
      "BEGIN:VTIMEZONE",
      `TZID:${name}`,
      ...Array.from({ length: rules }, (_, index) => part(index)).flat(),
      "END:VTIMEZONE",
    ];
    const weekly = (name: string): readonly string[] =>
      event(
        [
          `DTSTART;TZID=${name}:20260105T090000`,
          "DURATION:PT8H",
          "RRULE:FREQ=WEEKLY",
          "SUMMARY:ana",
        ],
        name,
      );
    const holiday = ["DTSTART;TZID=Few;VALUE=DATE:20260101", "RRULE:FREQ=YEARLY", "SUMMARY:New"];
    const shifts = [...weekly("Many"), ...weekly("Few"), ...event(holiday, "new")];
    const lines = [...zone("Many", 200), ...zone("Few", 2), ...shifts];
    const roster = rosterOf(calendar(lines));
    expect(roster.notes).toHaveLength(1);
    expect(onDuty(roster, "2026-01-12T10:00:00Z")).toEqual(["ana", "ana"]);
    expect(onDuty(roster, "9990-01-05T10:00:00Z")).toEqual([]);
    expect(roster.days(9_990).size).toBe(0);
  });

  it("is read or refused, and never thrown about", () => {
    const line = fc.oneof(
      fc.constantFrom(
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VTIMEZONE",
        "END:VTIMEZONE",
        "END:VCALENDAR",
      ),
      fc.constantFrom(
        "DTSTART:20260101",
        "DTSTART:99999999T999999",
        "DTEND:1",
        "DURATION:P1W",
        "DURATION:-P9999W",
      ),
      fc.constantFrom(
        "RRULE:FREQ=",
        "RRULE:FREQ=DAILY;COUNT=0",
        "RRULE:FREQ=WEEKLY;INTERVAL=0",
        "RRULE:FREQ=DAILY",
      ),
      fc.constantFrom(
        "EXDATE:x",
        "RDATE;VALUE=PERIOD:1/2",
        "RECURRENCE-ID:20260101",
        "UID:1",
        "ATTENDEE:mailto:",
      ),
      fc.string({ maxLength: 30 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        const reading = parseRoster(calendar(lines));
        if (!reading.ok) return;
        reading.roster.onDuty(at("2026-01-01T00:00:00Z"), at("2026-03-01T00:00:00Z"), "UTC");
        reading.roster.days(2026);
      }),
      { numRuns: 600 },
    );
  });
});
