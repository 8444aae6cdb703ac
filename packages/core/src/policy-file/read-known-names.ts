// Warns of words in the people file that nothing else knows: a misspelled role lets nobody decide.

import { nearest } from "../base/nearest.ts";
import type { PersonEntry } from "../people/people.ts";
import type { Place, Reading } from "./reading.ts";

/** What the active policy names, and the channels that are configured. */
export interface KnownNames {
  readonly roles: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly channels: ReadonlySet<string>;
}

interface Written {
  readonly listed: readonly {
    readonly place: Place;
    readonly entry: PersonEntry;
    readonly groups: readonly string[];
  }[];
  readonly named: readonly {
    readonly place: Place;
    readonly name: string;
    readonly members: readonly string[];
  }[];
}

const roleMark = "role:";

/** They are no errors: the policy that names them may come later. */
export function warnOfUnknown(
  reading: Reading,
  { listed, named }: Written,
  { roles, groups, channels }: KnownNames,
): void {
  const warn = (place: Place, code: string, said: Said): void => {
    if (said.known.has(said.word)) return;
    const meant = nearest(said.word, said.known);
    const help = meant === null ? null : `did you mean \`${meant}\`?`;
    reading.warn(place, code, `${said.what} \`${said.word}\``, help);
  };
  const role = { known: roles, what: "the active policy has no role" };
  const group = { known: groups, what: "the active policy has no group" };
  const channel = { known: channels, what: "there is no channel" };
  for (const { place, entry, groups: own } of listed) {
    for (const word of entry.roles) warn(place, "unknown_role", { word, ...role });
    for (const word of own) warn(place, "unknown_group", { word, ...group });
    for (const word of entry.channels) warn(place, "unknown_word", { word, ...channel });
  }
  for (const { place, name, members } of named) {
    warn(place, "unknown_group", { word: name, ...group });
    for (const member of members) {
      if (!member.startsWith(roleMark)) continue;
      warn(place, "unknown_role", { word: member.slice(roleMark.length), ...role });
    }
  }
}

interface Said {
  readonly word: string;
  readonly what: string;
  readonly known: ReadonlySet<string>;
}
