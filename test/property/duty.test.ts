// Who is on duty: hours, rotations with their handover, rosters, people who left, and who a target means.

import { Temporal } from "@js-temporal/polyfill";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assert } from "@holdpoint/core/base/assert";
import { loadPolicy } from "@holdpoint/core/policy-file/load";
import { type Contact, type Duty, type DutyParts, makeDuty } from "@holdpoint/core/people/duty";
import { nobodyKnown, type PersonEntry } from "@holdpoint/core/people/people";
import { parseRoster } from "@holdpoint/core/people/roster";

const at = (text: string): number => Date.parse(text);
const dayMs = 86_400_000;

function dutyOf(source: string, more: Partial<DutyParts> = {}): Duty {
  const loaded = loadPolicy(`version: v1\nrules: []\n${source}`);
  assert(loaded.ok, "the policy is read");
  const plain = { people: nobodyKnown, contacts: [], rosters: new Map<string, never>() };
  return makeDuty({ policy: loaded.policy, ...plain, ...more });
}

function entry(id: string, more: Partial<PersonEntry>): PersonEntry {
  const none = { accounts: [], roles: [], limits: [], channels: [] };
  const unset = { name: null, quiet: null, cardsPerHour: null };
  return { id, email: `${id}@example.com`, ...none, ...unset, isActive: true, ...more };
}

function contact(id: string, more: Partial<Contact> = {}): Contact {
  return { id, email: `${id}@example.com`, name: null, roles: [], entry: null, ...more };
}

const idsOf = (people: readonly Contact[]): readonly string[] => people.map(({ id }) => id);

const rotating = (
  zone: string,
  rotate: string,
  handover: string,
  members = "[ana, ben, cid]",
): string => `
groups: { ops: { members: [ana, ben, cid], schedule: turns } }
schedules: { turns: { zone: ${zone}, rotate: ${rotate}, start: 2026-01-05, handover: "${handover}", members: ${members} } }`;

describe("a rotation", () => {
  it("hands over at the local time of its zone, as another library counts it", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom("daily", "weekly"),
        fc.constantFrom("00:00", "02:30", "09:00", "17:45"),
        fc.integer({
          min: at("2026-01-02T00:00Z") / 60_000,
          max: at("2029-01-01T00:00Z") / 60_000,
        }),
        (zone, rotate, handover, minutes) => {
          const duty = dutyOf(rotating(zone, rotate, handover));
          const now = Temporal.Instant.fromEpochMilliseconds(minutes * 60_000);
          const local = now.toZonedDateTimeISO(zone);
          const takesOver = local
            .toPlainDate()
            .toZonedDateTime({ timeZone: zone, plainTime: handover });
          const isBefore = Temporal.ZonedDateTime.compare(local, takesOver) < 0;
          const day = isBefore ? local.toPlainDate().subtract({ days: 1 }) : local.toPlainDate();
          const days = Temporal.PlainDate.from("2026-01-05").until(day).days;
          const turn = Math.floor(days / (rotate === "daily" ? 1 : 7));
          // An hour that spring leaves out is handed over at the leap: there the two differ by that hour.
          if (
            handover === "02:30" &&
            Math.abs(local.epochMilliseconds - takesOver.epochMilliseconds) < 3_600_000
          )
            return;
          const expected = turn < 0 ? [] : [["ana", "ben", "cid"][turn % 3]];
          expect(idsOf(duty.onDuty("group:ops", minutes * 60_000))).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("chooses among the members of the group, and nobody else", () => {
    const duty = dutyOf(rotating("UTC", "daily", "00:00", "[eve, ana]"));
    expect(idsOf(duty.onDuty("group:ops", at("2026-01-05T12:00Z")))).toEqual([]);
    expect(idsOf(duty.onDuty("group:ops", at("2026-01-06T12:00Z")))).toEqual(["ana"]);
  });

  it("is shown as slots that follow each other without a hole", () => {
    const duty = dutyOf(rotating("Europe/Berlin", "weekly", "09:00"));
    const [from, to] = [at("2026-03-25T00:00Z"), at("2026-04-08T00:00Z")];
    const slots = duty.slots("ops", from, to);
    expect(slots.map((slot) => [new Date(slot.from).toISOString(), idsOf(slot.people)])).toEqual([
      ["2026-03-25T00:00:00.000Z", ["cid"]],
      ["2026-03-30T07:00:00.000Z", ["ana"]],
      ["2026-04-06T07:00:00.000Z", ["ben"]],
    ]);
    expect(slots.at(-1)?.to).toBe(to);
    slots.slice(1).forEach((slot, index) => expect(slot.from).toBe(slots[index]?.to));
  });

  it("has slots in which exactly those are on duty whom any moment of them names", () => {
    const source = `${rotating("America/New_York", "daily", "20:00").replace("schedule: turns", 'schedule: turns, hours: { zone: Europe/Berlin, days: [mon, tue, sat], from: "22:00", to: "06:00" }')}`;
    const duty = dutyOf(source);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 364 }),
        fc.integer({ min: 0, max: 7 * 1_440 - 1 }),
        (day, minute) => {
          const from = at("2026-01-05T00:00Z") + day * dayMs;
          const when = from + minute * 60_000;
          const slot = duty
            .slots("ops", from, from + 7 * dayMs)
            .find((one) => one.from <= when && when < one.to);
          expect(idsOf(slot?.people ?? [])).toEqual(idsOf(duty.onDuty("group:ops", when)));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("a roster", () => {
  const source = `groups: { ops: { members: [ana@example.com, ben], roster: cal, hours: { zone: Europe/Berlin, days: [mon], from: "08:00", to: "18:00" } } }`;
  const text = [
    "BEGIN:VCALENDAR",
    "BEGIN:VEVENT",
    "UID:1",
    "DTSTART:20260105T090000Z",
    "DTEND:20260105T120000Z",
    "ATTENDEE:mailto:Ana@Example.com",
    "ATTENDEE:mailto:eve@example.com",
    "END:VEVENT",
    "END:VCALENDAR",
  ].join("\r\n");
  const reading = parseRoster(text);
  assert(reading.ok, "the roster is read");
  const rosters = new Map([["cal", reading.roster]]);

  it("says which of the members is on duty within the hours, and brings in nobody else", () => {
    const duty = dutyOf(source, { rosters, contacts: [contact("ana"), contact("eve")] });
    expect(idsOf(duty.onDuty("group:ops", at("2026-01-05T10:00Z")))).toEqual(["ana"]);
    expect(idsOf(duty.onDuty("group:ops", at("2026-01-05T13:00Z")))).toEqual([]);
    expect(idsOf(duty.onDuty("group:ops", at("2026-01-05T06:00Z")))).toEqual([]);
  });

  it("that was never read leaves all members on duty, and widens nothing", () => {
    const duty = dutyOf(source, { contacts: [contact("ana")] });
    expect(idsOf(duty.onDuty("group:ops", at("2026-01-05T13:00Z")))).toEqual(["ana", "ben"]);
  });
});

describe("targets", () => {
  const source = `
roles: { lead: 1, director: 2 }
groups: { ops: { members: [ana, "role:lead", gone@example.com] }, night: { members: [nia], always: true } }`;
  const gone = entry("gone", { isActive: false, accounts: ["gone.old@example.com"] });
  const li = entry("li", { email: "li@example.com", accounts: ["li.chat"], roles: ["director"] });
  const people = {
    ...nobodyKnown,
    people: [gone, li],
    groups: [{ name: "ops", members: ["li.chat"] }],
  };
  const duty = dutyOf(source, {
    people,
    contacts: [
      contact("gone.old@example.com", { email: null }),
      contact("li", { entry: li }),
      contact("bo", { roles: ["lead"] }),
    ],
  });

  it("mean each person once, by any of their names, with ranked roles", () => {
    expect(idsOf(duty.members("group:ops"))).toEqual(["ana", "li", "bo"]);
    expect(idsOf(duty.members("role:lead"))).toEqual(["li", "bo"]);
    expect(idsOf(duty.members("person:li.chat"))).toEqual(["li"]);
    expect(idsOf(duty.members("any"))).toEqual(["li", "bo"]);
  });

  it("never mean people who left, whatever name a file still has for them", () => {
    for (const target of [
      "group:ops",
      "any",
      "role:lead",
      "person:gone",
      "person:gone.old@example.com",
    ]) {
      expect(idsOf(duty.members(target)), target).not.toContain("gone");
      expect(idsOf(duty.members(target)), target).not.toContain("gone.old@example.com");
    }
  });

  it("keep business time only when all of them have hours", () => {
    const timed = dutyOf(`groups:
  day: { members: [a], hours: { zone: UTC, days: [mon], from: "08:00", to: "18:00" } }
  late: { members: [b], hours: { zone: UTC, days: [mon], from: "12:00", to: "20:00" } }
  night: { members: [c], always: true }`);
    expect(timed.hoursOf(["group:day", "group:late"])).toHaveLength(2);
    expect(timed.hoursOf(["group:day", "group:night"])).toBeNull();
    expect(timed.hoursOf(["role:lead"])).toBeNull();
    expect(timed.hoursOf([])).toBeNull();
    expect(timed.alwaysGroups).toEqual(["night"]);
  });
});

it("bounds what a roster of many changes costs whoever asks for a week of it", () => {
  const monday = at("2026-11-02T00:00Z");
  const stamp = (instant: number): string =>
    `${new Date(instant).toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}Z`;
  const shift = (_: unknown, index: number): string =>
    [
      "BEGIN:VEVENT",
      `UID:${index}`,
      `DTSTART:${stamp(monday + index * 30_000)}`,
      "DURATION:PT20S",
      `SUMMARY:${index % 2 === 0 ? "ana" : "ben"}`,
      "END:VEVENT",
    ].join("\r\n");
  const shifts = Array.from({ length: 20_000 }, shift).join("\r\n");
  const reading = parseRoster(`BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${shifts}\r\nEND:VCALENDAR`);
  assert(reading.ok, "the roster is read");
  const duty = dutyOf("groups: { ops: { members: [ana, ben], roster: cal } }", {
    rosters: new Map([["cal", reading.roster]]),
    contacts: [contact("ana"), contact("ben")],
  });
  const slots = duty.slots("ops", monday, monday + 7 * dayMs);
  expect(slots.length).toBeLessThanOrEqual(2_000);
  expect(slots.at(-1)?.to).toBe(monday + 7 * dayMs);
  expect(slots.slice(0, 3).map(({ people }) => idsOf(people))).toEqual([["ana"], [], ["ben"]]);
});
