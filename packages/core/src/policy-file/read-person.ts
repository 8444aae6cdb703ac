// Reads one person of the people file: names, roles, limits, and how they want to be told.

import type { PersonEntry, QuietHours } from "../people/people.ts";
import { readLimits } from "./read-limits.ts";
import { clockForm, readZone } from "./read-time.ts";
import {
  type Members,
  needed,
  part,
  type Place,
  readBoolean,
  readMembers,
  readNumber,
  readText,
  readTexts,
  type Reading,
} from "./reading.ts";

const personKeys = [
  "id",
  "email",
  "name",
  "accounts",
  "roles",
  "groups",
  "limits",
  "quiet",
  "cards_per_hour",
  "channels",
  "active",
];

const idForm = {
  pattern: /^[A-Za-z0-9_.@-]{1,128}$/,
  form: "an id has letters, digits, `_`, `.`, `@` and `-`, 128 characters at most",
};
// SECURITY: letters that look alike make two people of one to a reader: names that count are ASCII.
const emailForm = {
  pattern: /^[\x21-\x3f\x41-\x7e]+@[A-Za-z0-9.-]+$/,
  form: "write an address such as `ana@example.com`",
  lengthMax: 254,
};
const accountForm = {
  pattern: /^(?!(?:role|group|person|user):)[\x21-\x7e]+$/,
  form: "an account is an email or an id, without spaces and without `role:` or `group:` before it",
};
export const plainTextForm = {
  pattern: /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+$/u,
  form: "one line of text, without characters that nobody can see",
};
const roleForm = {
  pattern: /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/,
  form: "a role begins with a letter; then letters, digits, `_`, `-` and `.`, 64 at most",
};
const channelForm = {
  pattern: /^[a-z][a-z0-9_.:-]{0,63}$/,
  form: "a channel is `email`, `slack` or the like",
};
const cardsMax = 10_000;

export function readPerson(
  reading: Reading,
  place: Place,
): { entry: PersonEntry; groups: readonly string[] } | null {
  const what = "a person";
  const members = readMembers(reading, place, what, personKeys);
  if (members === null) return null;
  const id = needed({ reading, place, members, what }, "id", (at) =>
    readText(reading, at, "`id`", idForm),
  );
  const texts = (key: string, form: typeof roleForm): readonly string[] =>
    part(members, key, (at) => readTexts(reading, at, `\`${key}\``, form)) ?? [];
  const entry = {
    email: part(members, "email", (at) => readText(reading, at, "`email`", emailForm)),
    name: part(members, "name", (at) => readText(reading, at, "`name`", plainTextForm)),
    accounts: texts("accounts", accountForm),
    roles: texts("roles", roleForm),
    limits: part(members, "limits", (at) => readLimits(reading, at)) ?? [],
    quiet: part(members, "quiet", (at) => readQuiet(reading, at)),
    cardsPerHour: readCards(reading, members),
    channels: texts("channels", channelForm),
    isActive: part(members, "active", (at) => readBoolean(reading, at, "`active`")) ?? true,
  };
  const groups = texts("groups", roleForm);
  return id === null ? null : { entry: { id, ...entry }, groups };
}

function readCards(reading: Reading, members: Members): number | null {
  const form = { min: 1, max: cardsMax, isWhole: true };
  return part(members, "cards_per_hour", (at) => readNumber(reading, at, "`cards_per_hour`", form));
}

function readQuiet(reading: Reading, place: Place): QuietHours | null {
  const what = "`quiet`";
  const members = readMembers(reading, place, what, ["zone", "from", "to"]);
  if (members === null) return null;
  const need = { reading, place, members, what };
  const zone = needed(need, "zone", (at) => readZone(reading, at));
  const from = needed(need, "from", (at) => readText(reading, at, "`from`", clockForm));
  const to = needed(need, "to", (at) => readText(reading, at, "`to`", clockForm));
  if (from !== null && from === to) {
    const help = "who is never to be disturbed is `active: false`";
    reading.error(place, "value_invalid", `${what} begins and ends at ${from}`, help);
  }
  return zone === null || from === null || to === null ? null : { zone, from, to };
}
