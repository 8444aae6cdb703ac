// Reads who is asked: roles, groups, schedules, and the references to them.

import type { Group, Hours, Schedule } from "../policy/policy.ts";
import type { Emergency, Escalation, Exclusion, Requirement } from "../policy/decision.ts";
import { holdTimeoutMaxMs, requirementCountMax, requirementsMax } from "../base/limits.ts";
import { nearest } from "../policy/finding.ts";
import { readDuration } from "./read-duration.ts";
import {
  type Members,
  type Place,
  readItems,
  readMembers,
  readNamed,
  readNumber,
  readText,
  readTexts,
  readWord,
  refuseTwice,
  type Reading,
} from "./reading.ts";
import { clockForm, readDate, readDays, readZone } from "./read-time.ts";
import { keysOf } from "./shape-maps.ts";

const personForm = { pattern: /^\S+$/, form: "an email, an id of a person, or `role:` and a role" };
const rotations: readonly Schedule["rotate"][] = ["daily", "weekly"];

export function readRoles(reading: Reading, place: Place): ReadonlyMap<string, number> {
  const roles = new Map<string, number>();
  for (const [name, member] of readNamed(reading, place, "`roles`")) {
    const form = { min: 0, max: 1_000_000, isWhole: true };
    const rank = readNumber(reading, member, `the rank of \`${name}\``, form);
    if (rank !== null) roles.set(name, rank);
  }
  return roles;
}

export function readGroups(reading: Reading, place: Place): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const [name, member] of readNamed(reading, place, "`groups`")) {
    const what = `group \`${name}\``;
    const members = readMembers(reading, member, what, keysOf("group"));
    if (members === null) continue;
    const people = members.get("members");
    if (people === undefined) reading.error(member, "missing_key", `${what} needs \`members\``);
    groups.set(name, {
      members: people === undefined ? [] : readPeople(reading, people),
      schedule: readScheduleName(reading, members),
      hours: readHours(reading, members),
      roster: null,
      isAlways: false,
      tell: null,
      digestMs: null,
    });
  }
  return groups;
}

export function readSchedules(reading: Reading, place: Place): ReadonlyMap<string, Schedule> {
  const schedules = new Map<string, Schedule>();
  for (const [name, member] of readNamed(reading, place, "`schedules`")) {
    const what = `schedule \`${name}\``;
    const members = readMembers(reading, member, what, keysOf("schedule"));
    if (members === null) continue;
    const need = needed(reading, member, members, what);
    const rotate = need("rotate", (at) => readWord(reading, at, "`rotate`", rotations));
    const zone = need("zone", (at) => readZone(reading, at));
    const start = need("start", (at) => readDate(reading, at, "`start`"));
    const people = need("members", (at) => readPeople(reading, at));
    if (rotate === null || zone === null || start === null || people === null) continue;
    schedules.set(name, { zone, rotate, start, handover: "00:00", members: people });
  }
  return schedules;
}

function needed(reading: Reading, place: Place, members: Members, what: string) {
  return <Value>(key: string, read: (at: Place) => Value | null): Value | null => {
    const member = members.get(key);
    if (member !== undefined) return read(member);
    return reading.error(place, "missing_key", `${what} needs \`${key}\``);
  };
}

function readPeople(reading: Reading, place: Place): readonly string[] {
  const people = new Set<string>();
  for (const item of readItems(reading, place, "`members`")) {
    const person = readText(reading, item, "a member", personForm);
    if (person === null) continue;
    if (people.has(person)) refuseTwice(reading, item, "`members`", person);
    if (person.startsWith("group:")) {
      const help = "name its members here";
      reading.error(item, "value_invalid", "a group cannot be a member of a group", help);
    } else if (!person.startsWith("role:") || isKnownRole(reading, item, person.slice(5))) {
      people.add(person);
    }
  }
  return [...people];
}

function readScheduleName(reading: Reading, members: Members): string | null {
  const place = members.get("schedule");
  if (place === undefined) return null;
  const name = readText(reading, place, "`schedule`");
  if (name === null || !isKnown(reading, place, "schedule", name)) return null;
  notActedOn(reading, place, "schedule", "every member of the group is asked, whoever is on duty");
  return name;
}

function readHours(reading: Reading, members: Members): Hours | null {
  const place = members.get("hours");
  if (place === undefined) return null;
  const parts = readMembers(reading, place, "`hours`", keysOf("hours"));
  if (parts === null) return null;
  const need = needed(reading, place, parts, "`hours`");
  const zone = need("zone", (at) => readZone(reading, at));
  const days = need("days", (at) => readDays(reading, at));
  const from = need("from", (at) => readText(reading, at, "`from`", clockForm));
  const to = need("to", (at) => readText(reading, at, "`to`", clockForm));
  notActedOn(reading, place, "hours", "the clocks of a hold run around the clock");
  if (zone === null || days === null || from === null || to === null) return null;
  return { zone, days, from, to, except: [], holidays: null };
}

/** The demands of one rule, each on a role, a group, or whoever may review. */
export function readApprovals(
  reading: Reading,
  place: Place,
  groups: ReadonlyMap<string, Group>,
): readonly Requirement[] {
  const requirements: Requirement[] = [];
  const places = readItems(reading, place, "`approvals`");
  if (places.length > requirementsMax) {
    reading.error(place, "too_many", `a hold has at most ${requirementsMax} requirements`);
  }
  for (const item of places) {
    const requirement = readRequirement(reading, item, groups);
    if (requirement === null) continue;
    const isTwice = requirements.some(
      (other) => other.kind === requirement.kind && other.name === requirement.name,
    );
    if (isTwice) {
      const help = "ask once, with the `count` that you mean";
      reading.error(item, "duplicate_requirement", "the same people are asked twice", help);
    } else requirements.push(requirement);
  }
  refuseCircle(reading, place, requirements);
  return requirements;
}

function readRequirement(
  reading: Reading,
  place: Place,
  groups: ReadonlyMap<string, Group>,
): Requirement | null {
  const members = readMembers(reading, place, "an entry of `approvals`", keysOf("approval"));
  if (members === null) return null;
  const role = members.get("role");
  const group = members.get("group");
  if (role !== undefined && group !== undefined) {
    const help = "write two entries when both are asked";
    return reading.error(place, "value_invalid", "an entry asks a role or a group, not both", help);
  }
  const kind = role !== undefined ? "role" : group !== undefined ? "group" : "any";
  const who = role ?? group;
  const name = who === undefined ? "" : readText(reading, who, `\`${kind}\``);
  if (name === null) return null;
  if (kind !== "any" && who !== undefined && !isKnown(reading, who, kind, name)) return null;
  const number = (key: string): number | null => {
    const member = members.get(key);
    if (member === undefined) return 1;
    const form = { min: 1, max: requirementCountMax, isWhole: true };
    return readNumber(reading, member, `\`${key}\``, form);
  };
  const count = number("count");
  const denyCount = number("deny_count");
  const afterPlace = members.get("after");
  const after = afterPlace === undefined ? null : readText(reading, afterPlace, "`after`");
  if (count === null || denyCount === null) return null;
  const people = kind === "group" ? countable(groups.get(name)) : null;
  if (people !== null && people < count) {
    const has = people === 1 ? "1 member" : `${people} members`;
    reading.error(
      place,
      "cannot_be_met",
      `group \`${name}\` has ${has}, and ${count} are asked`,
      "add members, or ask fewer people",
    );
  }
  return { kind, name, count, denyCount, after };
}

/** People in a group; null when a role among its members leaves the number open. */
function countable(group: Group | undefined): number | null {
  if (group === undefined) return null;
  if (group.members.some((member) => member.startsWith("role:"))) return null;
  return new Set(group.members.map((member) => member.toLowerCase())).size;
}

/** INVARIANT: the order of requirements has a beginning, else nobody could ever go first. */
function refuseCircle(reading: Reading, place: Place, requirements: readonly Requirement[]): void {
  const afterOf = new Map(requirements.map(({ name, after }) => [name, after]));
  for (const { after } of requirements) {
    if (after !== null && !afterOf.has(after)) {
      const near = nearest(after, afterOf.keys());
      const help = near
        ? `did you mean \`${near}\`?`
        : "`after` names a role or group of this list";
      reading.error(
        place,
        "unknown_requirement",
        `\`after: ${after}\` names nobody asked here`,
        help,
      );
    }
  }
  for (const start of afterOf.keys()) {
    let steps = 0;
    let at: string | null = start;
    while (at !== null && steps <= afterOf.size) {
      at = afterOf.get(at) ?? null;
      steps += 1;
    }
    if (at !== null) {
      reading.error(place, "never_ends", "`after` goes round in a circle, so nobody can be first");
      return;
    }
  }
}

export function readExclude(reading: Reading, place: Place): readonly Exclusion[] {
  const excluded = new Set<Exclusion>();
  const words = ["requester", "agent_owner", "on_behalf_of", "last_pair"] as const;
  const add = (item: Place, one: Exclusion): void => {
    if (excluded.has(one)) refuseTwice(reading, item, "`exclude`", one);
    excluded.add(one);
  };
  for (const item of readItems(reading, place, "`exclude`")) {
    const node = item.node;
    if (
      node.kind === "scalar" &&
      typeof node.value === "string" &&
      node.value.startsWith("person:")
    ) {
      const person = readText(reading, item, "an entry of `exclude`", {
        pattern: /^person:\S+$/,
        form: "write `person:` and an email or an id",
      });
      if (person !== null) add(item, `person:${person.slice("person:".length)}`);
      continue;
    }
    const word = readWord(reading, item, "an entry of `exclude`", words);
    if (word === null) continue;
    add(item, word);
    if (word === "last_pair") {
      notActedOn(reading, item, "last_pair", "the same two people may review again");
    }
  }
  return [...excluded];
}

export function readEscalate(reading: Reading, place: Place): readonly Escalation[] {
  const steps: Escalation[] = [];
  for (const item of readItems(reading, place, "`escalate`")) {
    const members = readMembers(reading, item, "an entry of `escalate`", keysOf("escalation"));
    if (members === null) continue;
    const need = needed(reading, item, members, "an entry of `escalate`");
    const bounds = { minMs: 1_000, maxMs: holdTimeoutMaxMs };
    const afterMs = need("after", (at) => readDuration(reading, at, "`after`", bounds));
    const to = need("to", (at) => readReference(reading, at, "`to`"));
    if (afterMs === null || to === null) continue;
    if (afterMs <= (steps.at(-1)?.afterMs ?? 0)) {
      reading.error(
        item,
        "value_invalid",
        "each step of `escalate` comes later than the one before",
      );
    }
    steps.push({ afterMs, to });
  }
  notActedOn(
    reading,
    place,
    "escalate",
    "the people first asked stay the ones asked, and the timeout blocks",
  );
  return steps;
}

export function readEmergency(reading: Reading, place: Place): Emergency | null {
  const members = readMembers(reading, place, "`emergency`", keysOf("emergency"));
  if (members === null) return null;
  const need = needed(reading, place, members, "`emergency`");
  const by = need("by", (at) => readReference(reading, at, "`by`"));
  const within = members.get("within");
  notActedOn(reading, place, "emergency", "nobody can override the hold");
  if (by === null) return null;
  return { by, within: within === undefined ? [] : readTexts(reading, within, "`within`") };
}

function readReference(reading: Reading, place: Place, what: string): string | null {
  const text = readText(reading, place, what, {
    pattern: /^(role|group|person):\S+$/,
    form: "write `role:`, `group:` or `person:` and a name",
  });
  if (text === null) return null;
  const [kind = "", name = ""] = text.split(/:(.*)/s);
  if (kind === "role" || kind === "group") return isKnown(reading, place, kind, name) ? text : null;
  return text;
}

function isKnownRole(reading: Reading, place: Place, name: string): boolean {
  return isKnown(reading, place, "role", name);
}

function isKnown(
  reading: Reading,
  place: Place,
  kind: "role" | "group" | "schedule",
  name: string,
): boolean {
  const known = reading.names[`${kind}s`];
  if (known.has(name)) return true;
  const near = nearest(name, known);
  const help = near === null ? `define it under \`${kind}s\`` : `did you mean \`${near}\`?`;
  reading.error(place, `unknown_${kind}`, `there is no ${kind} \`${name}\` in this file`, help);
  return false;
}

/** Says that a key was read, kept and left without effect, and what happens instead. */
export function notActedOn(reading: Reading, place: Place, key: string, instead: string): void {
  reading.note(
    place,
    "not_acted_on",
    `\`${key}\` is accepted, not acted on by this version: ${instead}`,
  );
}
