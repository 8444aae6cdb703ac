// Calendars for tests: events in the form of iCalendar, and who is on duty by them.

import { assert } from "../base/assert.ts";
import { parseRoster, type Roster } from "./roster.ts";

export const at: (text: string) => number = (text) => Date.parse(text);

export function calendar(lines: readonly string[], head: readonly string[] = []): string {
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//test//EN",
    ...head,
    ...lines,
    "END:VCALENDAR",
    "",
  ].join("\r\n");
}

export function event(lines: readonly string[], uid = "one@example.com"): readonly string[] {
  return ["BEGIN:VEVENT", `UID:${uid}`, "DTSTAMP:20260101T000000Z", ...lines, "END:VEVENT"];
}

export function rosterOf(text: string): Roster {
  const reading = parseRoster(text);
  assert(reading.ok, "the calendar is read");
  return reading.roster;
}

export function onDuty(roster: Roster, when: string, zone = "UTC"): readonly string[] {
  return roster.onDuty(at(when), at(when) + 1, zone).flatMap(({ names }) => names);
}
