// Reads whom a rule asks: its demands, their order, and who may not review.

import { requirementCountMax, requirementsMax } from "../base/limits.ts";
import type { Exclusion, Requirement } from "../policy/decision.ts";
import { nearest } from "../policy/finding.ts";
import type { Group } from "../policy/policy.ts";
import {
  part,
  type Place,
  readBoolean,
  readItems,
  readMembers,
  readNumber,
  readText,
  readWord,
  refuseTwice,
  type Reading,
} from "./reading.ts";
import { isKnown } from "./read-reference.ts";
import { keysOf } from "./shape-maps.ts";

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
  const after = part(members, "after", (at) => readText(reading, at, "`after`"));
  const blind = part(members, "blind", (at) => readBoolean(reading, at, "`blind`")) ?? false;
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
  // Absent is the same as false, so that decisions of before look as they did.
  return { kind, name, count, denyCount, after, ...(blind ? { blind } : {}) };
}

/** People in a group; null when a role or the people file leaves the number open. */
function countable(group: Group | undefined): number | null {
  if (group === undefined || group.members.length === 0) return null;
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
  }
  return [...excluded];
}
