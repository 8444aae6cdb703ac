// Reads who stands in for whom, and when.

import type { Instant } from "../base/clock.ts";
import { digestOf } from "../base/digest.ts";
import { delegationMaxMs, delegationsMax, reasonLengthMax } from "../base/limits.ts";
import { nameKey } from "../people/names.ts";
import type { Delegation, PersonEntry } from "../people/people.ts";
import type { PeopleForm } from "./read-people-file.ts";
import { plainTextForm } from "./read-person.ts";
import { readInstant } from "./read-time.ts";
import {
  type Members,
  needed,
  part,
  type Place,
  readItems,
  readMembers,
  readText,
  type Reading,
} from "./reading.ts";

/** What begins with it comes from a file, and goes with it. */
export const fileDelegation = "file_";

interface Around {
  readonly reading: Reading;
  readonly index: ReadonlyMap<string, PersonEntry>;
  readonly form: PeopleForm;
}

const fileKeys = ["from", "to", "starts", "ends", "reason"];
/** SECURITY: a file cannot say that somebody else wrote a delegation down. */
const storedKeys = [...fileKeys, "id", "by", "created"];
const reasonForm = { ...plainTextForm, lengthMax: reasonLengthMax };
const idForm = { pattern: /^[a-z]+_[0-9a-z]{1,64}$/ };
const byForm = { pattern: /^[\x21-\x7e]+$/ };

export function readDelegations(around: Around, place: Place): readonly Delegation[] {
  const { reading } = around;
  const places = readItems(reading, place, "`delegations`");
  if (places.length > delegationsMax) {
    const message = `there are ${places.length} delegations, ${delegationsMax} at most`;
    reading.error(place, "too_many", message);
    return [];
  }
  const delegations = new Map<string, Delegation>();
  for (const item of places) {
    const delegation = readDelegation(around, item);
    if (delegation === null) continue;
    if (delegations.has(delegation.id)) {
      reading.error(item, "duplicate_id", "the same delegation stands twice");
    }
    delegations.set(delegation.id, delegation);
  }
  return [...delegations.values()];
}

function readDelegation({ reading, index, form }: Around, place: Place): Delegation | null {
  const what = "a delegation";
  const members = readMembers(reading, place, what, form === "file" ? fileKeys : storedKeys);
  if (members === null) return null;
  const need = { reading, place, members, what };
  const person = (key: "from" | "to"): string | null =>
    needed(need, key, (at) => readKnown(reading, index, at, key));
  const from = person("from");
  const to = person("to");
  const startsAt = needed(need, "starts", (at) => readInstant(reading, at, "`starts`"));
  const endsAt = needed(need, "ends", (at) => readInstant(reading, at, "`ends`"));
  const reason = part(members, "reason", (at) => readText(reading, at, "`reason`", reasonForm));
  if (from === null || to === null || startsAt === null || endsAt === null) return null;
  if (from === to) return reading.error(place, "value_invalid", "nobody stands in for themselves");
  if (!isSpan(startsAt, endsAt)) {
    const help = `it ends after it begins, within ${delegationMaxMs / 86_400_000} days`;
    return reading.error(place, "value_invalid", "the delegation has no such span", help);
  }
  const said = { from, to, startsAt, endsAt, reason };
  return form === "stored" ? withAuthor(reading, place, members, said) : ofFile(said);
}

type Said = Omit<Delegation, "id" | "by" | "createdAt">;

export function isSpan(startsAt: Instant, endsAt: Instant): boolean {
  return startsAt < endsAt && endsAt - startsAt <= delegationMaxMs;
}

/** The same lines are the same delegation, so that reading a file again changes nothing. */
function ofFile(said: Said): Delegation {
  const digest = digestOf("people", { ...said });
  const id = `${fileDelegation}${digest.slice("sha256:".length, "sha256:".length + 26)}`;
  return { id, ...said, by: "people-file", createdAt: said.startsAt };
}

function withAuthor(
  reading: Reading,
  place: Place,
  members: Members,
  said: Said,
): Delegation | null {
  const need = { reading, place, members, what: "a delegation" };
  const id = needed(need, "id", (at) => readText(reading, at, "`id`", idForm));
  const by = needed(need, "by", (at) => readText(reading, at, "`by`", byForm));
  const createdAt = needed(need, "created", (at) => readInstant(reading, at, "`created`"));
  return id === null || by === null || createdAt === null ? null : { id, ...said, by, createdAt };
}

/** The id of a person whom the document knows by any of their names. */
function readKnown(
  reading: Reading,
  index: ReadonlyMap<string, PersonEntry>,
  place: Place,
  key: string,
): string | null {
  const name = readText(reading, place, `\`${key}\``);
  if (name === null) return null;
  const entry = index.get(nameKey(name));
  if (entry !== undefined) return entry.id;
  const help = "write them down under `people` first";
  return reading.error(place, "unknown_person", `nobody is known as \`${name}\``, help);
}
