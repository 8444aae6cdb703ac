// Reads the people of a tenant from their file or from stored JSON: the whole document, or all that is wrong with it.

import { peopleGroupsMax, peopleMax } from "../base/limits.ts";
import type { Json } from "../base/json/value.ts";
import { indexPeople, nameKey, namesOfEntry } from "../people/names.ts";
import { filePrefix, sortPeople } from "../people/document.ts";
import type { GroupEntry, People, PersonEntry, RosterSource } from "../people/people.ts";
import { type Finding, hasErrors, sortFindings } from "../policy/finding.ts";
import { readDelegations } from "./read-delegations.ts";
import { type KnownNames, warnOfUnknown } from "./read-known-names.ts";
import { readPerson } from "./read-person.ts";
import {
  needed,
  part,
  type Place,
  readItems,
  readMembers,
  readNamed,
  readText,
  readTexts,
  Reading,
  readWord,
} from "./reading.ts";
import { type Source, sourceFromJson, sourceFromYaml } from "./source.ts";

export type PeopleReading =
  | { readonly ok: true; readonly people: People; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** A file says what people write; the stored form also says who wrote a delegation down, and when. */
export type PeopleForm = "file" | "stored";

/** Reads the people file; with `known`, it warns of roles, groups and channels that are not there. */
export function loadPeople(source: string, known: KnownNames | null = null): PeopleReading {
  return readSource(sourceFromYaml(source), "file", known);
}

/** Reads the form that `peopleToJson` writes, by the rules that files are read by. */
export function peopleFromJson(json: Json): PeopleReading {
  return readSource(sourceFromJson(json), "stored", null);
}

function readSource(source: Source, form: PeopleForm, known: KnownNames | null): PeopleReading {
  const reading = new Reading(source);
  const place = source.root === null ? null : { node: source.root, path: "" };
  const people = place === null ? null : readRoot(reading, place, { form, known });
  const findings = sortFindings(reading.findings);
  if (people === null || hasErrors(findings)) return { ok: false, findings };
  return { ok: true, people: sortPeople(people), findings };
}

const rootKeys = ["version", "people", "groups", "rosters", "delegations"];

function readRoot(
  reading: Reading,
  place: Place,
  { form, known }: { readonly form: PeopleForm; readonly known: KnownNames | null },
): People | null {
  const members = readMembers(reading, place, "the people file", rootKeys);
  if (members === null) return null;
  const version = members.get("version");
  if (version === undefined) reading.error(place, "missing_key", "begin with `version: v1`");
  else readWord(reading, version, "`version`", ["v1"]);
  const listed = part(members, "people", (at) => readPeopleList(reading, at)) ?? [];
  const people = listed.map(({ entry }) => entry);
  const index = indexPeople(people);
  const named = part(members, "groups", (at) => readGroups(reading, at)) ?? [];
  if (known !== null) warnOfUnknown(reading, { listed, named }, known);
  return {
    people,
    groups: groupsOf(index, named, listed),
    rosters: part(members, "rosters", (at) => readRosters(reading, at)) ?? [],
    delegations:
      part(members, "delegations", (at) => readDelegations({ reading, index, form }, at)) ?? [],
  };
}

interface Listed {
  readonly place: Place;
  readonly entry: PersonEntry;
  /** Groups that the entry names. */
  readonly groups: readonly string[];
}

function readPeopleList(reading: Reading, place: Place): readonly Listed[] {
  const places = readItems(reading, place, "`people`");
  if (places.length > peopleMax) {
    reading.error(place, "too_many", `there are ${places.length} people, ${peopleMax} at most`);
    return [];
  }
  const listed: Listed[] = [];
  const owners = new Map<string, string>();
  for (const item of places) {
    const read = readPerson(reading, item);
    if (read === null) continue;
    listed.push({ ...read, place: item });
    for (const name of namesOfEntry(read.entry)) {
      const owner = owners.get(nameKey(name));
      if (owner !== undefined) refuseSharedName(reading, item, name, [owner, read.entry.id]);
      owners.set(nameKey(name), read.entry.id);
    }
  }
  return listed;
}

/** SECURITY: one name is one person, or two accounts would count as two, and two people as one. */
function refuseSharedName(
  reading: Reading,
  place: Place,
  name: string,
  [one, other]: readonly [string, string],
): void {
  const isTwice = one === other;
  const message = isTwice
    ? `\`${name}\` stands twice among the names of \`${one}\`, or two people have the id \`${one}\``
    : `\`${name}\` is a name of \`${one}\` and of \`${other}\``;
  const help = "every id, email and account belongs to one person, and is written once";
  reading.error(place, "duplicate_id", message, help);
}

const memberForm = {
  pattern: /^(?:role:[A-Za-z][A-Za-z0-9_.-]{0,63}|(?!role:|group:|person:|user:)[\x21-\x7e]+)$/,
  form: "an id, an email, or `role:` and a role",
};

interface Named extends GroupEntry {
  readonly place: Place;
}

function readGroups(reading: Reading, place: Place): readonly Named[] {
  const named = readNamed(reading, place, "`groups`");
  if (named.length > peopleGroupsMax) {
    reading.error(
      place,
      "too_many",
      `there are ${named.length} groups, ${peopleGroupsMax} at most`,
    );
    return [];
  }
  const groups: Named[] = [];
  for (const [name, member] of named) {
    const what = `group \`${name}\``;
    const parts = readMembers(reading, member, what, ["members"]);
    if (parts === null) continue;
    const need = { reading, place: member, members: parts, what };
    const members = needed(need, "members", (at) =>
      readTexts(reading, at, "`members`", memberForm),
    );
    if (members !== null) groups.push({ name, members, place: member });
  }
  return groups;
}

/** Members by the id of the person where the document knows it, of both ways to write them. */
function groupsOf(
  index: ReadonlyMap<string, PersonEntry>,
  named: readonly GroupEntry[],
  listed: readonly Listed[],
): readonly GroupEntry[] {
  const groups = new Map<string, Set<string>>();
  const add = (group: string, member: string): void => {
    const members = groups.get(group) ?? new Set();
    members.add(member.startsWith("role:") ? member : (index.get(nameKey(member))?.id ?? member));
    groups.set(group, members);
  };
  for (const { name, members } of named) for (const member of members) add(name, member);
  for (const { entry, groups: own } of listed) for (const group of own) add(group, entry.id);
  return [...groups].map(([name, members]) => ({ name, members: [...members] }));
}

const urlForm = {
  // SECURITY: no name and password in it, they would stand in the document for everybody who reads it.
  pattern:
    /^https:\/\/[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:\/[\x21-\x7e]*)?$|^https:\/\/\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?(?:\/[\x21-\x7e]*)?$/,
  form: "an address begins with `https://` and a host; no name and password in it",
  lengthMax: 2_000,
};
const fileForm = {
  // SECURITY: below the folder of the people file; the server checks it again when it opens the file.
  pattern: /^(?!.*(?:^|\/)\.)[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*\.ics$/,
  form: "a file beside the people file or in a folder below it, such as `rosters/team.ics`",
};

function readRosters(reading: Reading, place: Place): readonly RosterSource[] {
  const named = readNamed(reading, place, "`rosters`");
  if (named.length > peopleGroupsMax) {
    reading.error(
      place,
      "too_many",
      `there are ${named.length} rosters, ${peopleGroupsMax} at most`,
    );
    return [];
  }
  const rosters: RosterSource[] = [];
  for (const [name, member] of named) {
    const what = `roster \`${name}\``;
    const parts = readMembers(reading, member, what, ["url", "file"]);
    if (parts === null) continue;
    if (parts.size !== 1) {
      const help = "write `url: https://…/basic.ics` or `file: team.ics`";
      reading.error(member, "missing_key", `${what} has a \`url\` or a \`file\``, help);
      continue;
    }
    const url = part(parts, "url", (at) => readText(reading, at, "`url`", urlForm));
    const file = part(parts, "file", (at) => readText(reading, at, "`file`", fileForm));
    const source = url ?? (file === null ? null : `${filePrefix}${file}`);
    if (source !== null) rosters.push({ name, source });
  }
  return rosters;
}
