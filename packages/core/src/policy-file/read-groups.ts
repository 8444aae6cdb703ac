// Reads who there is: roles with their limits, groups with their hours, schedules, governance.

import {
  digestMaxMs,
  governanceDueDefaultMs,
  overridesMaxDefault,
  overridesPerDefaultMs,
  tellMax,
} from "../base/limits.ts";
import type { Governance, Group, Hours, Limit, Policy, Schedule } from "../policy/policy.ts";
import { readDuration } from "./read-duration.ts";
import { readLimits } from "./read-limits.ts";
import { isKnown, readRosterName } from "./read-reference.ts";
import {
  type Members,
  needed,
  part,
  type Place,
  readBoolean,
  readItems,
  readMembers,
  readNamed,
  readNumber,
  readText,
  readWord,
  refuseTwice,
  type Reading,
} from "./reading.ts";
import { clockForm, readDate, readDates, readDays, readZone } from "./read-time.ts";
import { keysOf } from "./shape-maps.ts";

const personForm = { pattern: /^\S+$/, form: "an email, an id of a person, or `role:` and a role" };
const rotations: readonly Schedule["rotate"][] = ["daily", "weekly"];

/** A rank alone, or a rank with limits. */
export function readRoles(reading: Reading, place: Place): Pick<Policy, "roles" | "roleLimits"> {
  const roles = new Map<string, number>();
  const roleLimits = new Map<string, readonly Limit[]>();
  for (const [name, member] of readNamed(reading, place, "`roles`")) {
    const form = { min: 0, max: 1_000_000, isWhole: true };
    const readRank = (at: Place): number | null =>
      readNumber(reading, at, `the rank of \`${name}\``, form);
    if (member.node.kind !== "map") {
      const rank = readRank(member);
      if (rank !== null) roles.set(name, rank);
      continue;
    }
    const what = `role \`${name}\``;
    const members = readMembers(reading, member, what, keysOf("ranked_role"));
    if (members === null) continue;
    const rank = needed({ reading, place: member, members, what }, "rank", readRank);
    const limits = part(members, "limits", (at) => readLimits(reading, at)) ?? [];
    if (rank !== null) roles.set(name, rank);
    if (limits.length > 0) roleLimits.set(name, limits);
  }
  return { roles, roleLimits };
}

export function readGroups(reading: Reading, place: Place): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const [name, member] of readNamed(reading, place, "`groups`")) {
    const what = `group \`${name}\``;
    const members = readMembers(reading, member, what, keysOf("group"));
    if (members === null) continue;
    const people = members.get("members");
    if (people === undefined) {
      const help = "write `members: []` when they come from the people file";
      reading.error(member, "missing_key", `${what} needs \`members\``, help);
    }
    const group: Group = {
      members: people === undefined ? [] : readPeople(reading, people),
      schedule: readScheduleName(reading, members),
      hours: part(members, "hours", (at) => readHours(reading, at)),
      roster: part(members, "roster", (at) => readRosterName(reading, at, "`roster`")),
      isAlways: part(members, "always", (at) => readBoolean(reading, at, "`always`")) ?? false,
      tell: part(members, "tell", (at) => readNumber(reading, at, "`tell`", tellForm)),
      digestMs: part(members, "digest", (at) =>
        readDuration(reading, at, "`digest`", { minMs: 1_000, maxMs: digestMaxMs }),
      ),
    };
    if (people?.node.kind === "list" && people.node.items.length === 0) {
      const message = `${what} names nobody: its members come from the people file`;
      reading.note(people, "members_elsewhere", message);
    }
    if (group.isAlways) warnOfHours(reading, members, what);
    groups.set(name, group);
  }
  return groups;
}

const tellForm = { min: 1, max: tellMax, isWhole: true };

function warnOfHours(reading: Reading, members: Members, what: string): void {
  for (const key of ["schedule", "hours", "roster"]) {
    const member = members.get(key);
    if (member === undefined) continue;
    const message = `\`${key}\` has no effect: ${what} answers around the clock`;
    reading.warn(member, "no_effect", message, `remove \`${key}\`, or \`always\``);
  }
}

export function readSchedules(reading: Reading, place: Place): ReadonlyMap<string, Schedule> {
  const schedules = new Map<string, Schedule>();
  for (const [name, member] of readNamed(reading, place, "`schedules`")) {
    const what = `schedule \`${name}\``;
    const members = readMembers(reading, member, what, keysOf("schedule"));
    if (members === null) continue;
    const need = { reading, place: member, members, what };
    const rotate = needed(need, "rotate", (at) => readWord(reading, at, "`rotate`", rotations));
    const zone = needed(need, "zone", (at) => readZone(reading, at));
    const start = needed(need, "start", (at) => readDate(reading, at, "`start`"));
    const people = needed(need, "members", (at) => readPeople(reading, at));
    const handover = part(members, "handover", (at) =>
      readText(reading, at, "`handover`", clockForm),
    );
    if (rotate === null || zone === null || start === null || people === null) continue;
    schedules.set(name, { zone, rotate, start, handover: handover ?? "00:00", members: people });
  }
  return schedules;
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
    } else if (!person.startsWith("role:") || isKnown(reading, item, "role", person.slice(5))) {
      people.add(person);
    }
  }
  return [...people];
}

function readScheduleName(reading: Reading, members: Members): string | null {
  const place = members.get("schedule");
  if (place === undefined) return null;
  const name = readText(reading, place, "`schedule`");
  return name !== null && isKnown(reading, place, "schedule", name) ? name : null;
}

function readHours(reading: Reading, place: Place): Hours | null {
  const what = "`hours`";
  const members = readMembers(reading, place, what, keysOf("hours"));
  if (members === null) return null;
  const need = { reading, place, members, what };
  const zone = needed(need, "zone", (at) => readZone(reading, at));
  const days = needed(need, "days", (at) => readDays(reading, at));
  const from = needed(need, "from", (at) => readText(reading, at, "`from`", clockForm));
  const to = needed(need, "to", (at) => readText(reading, at, "`to`", clockForm));
  const except = part(members, "except", (at) => readDates(reading, at)) ?? [];
  const holidays = part(members, "holidays", (at) => readRosterName(reading, at, "`holidays`"));
  if (zone === null || days === null || from === null || to === null) return null;
  return { zone, days, from, to, except, holidays };
}

export const usualGovernance: Governance = {
  group: null,
  dueMs: governanceDueDefaultMs,
  overridesMax: overridesMaxDefault,
  perMs: overridesPerDefaultMs,
};

const dayMs = 86_400_000;

export function readGovernance(reading: Reading, place: Place): Governance | null {
  const members = readMembers(reading, place, "`governance`", keysOf("governance"));
  if (members === null) return null;
  const span = (key: string, maxMs: number): number | null =>
    part(members, key, (at) => readDuration(reading, at, `\`${key}\``, { minMs: 60_000, maxMs }));
  const form = { min: 1, max: 1_000, isWhole: true };
  return {
    group: part(members, "group", (at) => readGroupName(reading, at)),
    dueMs: span("due", 90 * dayMs) ?? usualGovernance.dueMs,
    overridesMax:
      part(members, "overrides_max", (at) => readNumber(reading, at, "`overrides_max`", form)) ??
      usualGovernance.overridesMax,
    perMs: span("per", 366 * dayMs) ?? usualGovernance.perMs,
  };
}

function readGroupName(reading: Reading, place: Place): string | null {
  const name = readText(reading, place, "`group`");
  return name !== null && isKnown(reading, place, "group", name) ? name : null;
}
