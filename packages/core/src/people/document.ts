// The people document as canonical JSON, which is also the form of the people file, and its name by content.

import { isoOf } from "../base/clock.ts";
import { type Digest, digestOf } from "../base/digest.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Limit } from "../policy/policy.ts";
import type { Delegation, GroupEntry, People, PersonEntry, RosterSource } from "./people.ts";

/** How a roster of a file below the folder of the people file is named. */
export const filePrefix = "file:";

/** What is not said is left out. */
export function peopleToJson(document: People): JsonObject {
  const { people, groups, rosters, delegations } = sortPeople(document);
  return {
    version: "v1",
    ...(people.length === 0 ? {} : { people: people.map(personToJson) }),
    ...(groups.length === 0 ? {} : { groups: Object.fromEntries(groups.map(groupToJson)) }),
    ...(rosters.length === 0 ? {} : { rosters: Object.fromEntries(rosters.map(rosterToJson)) }),
    ...(delegations.length === 0 ? {} : { delegations: delegations.map(delegationToJson) }),
  };
}

export function personToJson(person: PersonEntry): JsonObject {
  const { quiet } = person;
  return {
    id: person.id,
    ...(person.email === null ? {} : { email: person.email }),
    ...(person.name === null ? {} : { name: person.name }),
    ...(person.accounts.length === 0 ? {} : { accounts: [...person.accounts] }),
    ...(person.roles.length === 0 ? {} : { roles: [...person.roles] }),
    ...(person.limits.length === 0 ? {} : { limits: person.limits.map(limitToJson) }),
    ...(quiet === null ? {} : { quiet: { zone: quiet.zone, from: quiet.from, to: quiet.to } }),
    ...(person.cardsPerHour === null ? {} : { cards_per_hour: person.cardsPerHour }),
    ...(person.channels.length === 0 ? {} : { channels: [...person.channels] }),
    ...(person.isActive ? {} : { active: false }),
  };
}

function limitToJson({ topics, cost }: Limit): JsonObject {
  return {
    ...(topics === null ? {} : { topics: [...topics] }),
    ...(cost === null ? {} : { cost: { at_most: cost.atMost, currency: cost.currency } }),
  };
}

function groupToJson({ name, members }: GroupEntry): [string, JsonObject] {
  return [name, { members: [...members] }];
}

function rosterToJson({ name, source }: RosterSource): [string, JsonObject] {
  const isFile = source.startsWith(filePrefix);
  return [name, isFile ? { file: source.slice(filePrefix.length) } : { url: source }];
}

function delegationToJson(delegation: Delegation): JsonObject {
  return {
    id: delegation.id,
    from: delegation.from,
    to: delegation.to,
    starts: isoOf(delegation.startsAt),
    ends: isoOf(delegation.endsAt),
    ...(delegation.reason === null ? {} : { reason: delegation.reason }),
    by: delegation.by,
    created: isoOf(delegation.createdAt),
  };
}

/** SPEC: the order of a file makes no difference where it has no meaning, so it does not change the digest. */
export function sortPeople({ people, groups, rosters, delegations }: People): People {
  return {
    people: sortBy(people.map(sortPerson), ({ id }) => id),
    groups: sortBy(
      groups
        .filter(({ members }) => members.length > 0)
        .map(({ name, members }) => ({ name, members: members.toSorted() })),
      ({ name }) => name,
    ),
    rosters: sortBy(rosters, ({ name }) => name),
    delegations: sortBy(delegations, ({ id }) => id),
  };
}

function sortPerson(person: PersonEntry): PersonEntry {
  return { ...person, accounts: person.accounts.toSorted(), roles: person.roles.toSorted() };
}

function sortBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0));
}

/** Names a state of the people by its content; null while nothing is written down. */
export function peopleDigest(document: People): Digest | null {
  const json = peopleToJson(document);
  return Object.keys(json).length === 1 ? null : digestOf("people", json);
}
