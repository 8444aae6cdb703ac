// By which names one person is known, and to whom a name belongs.

import type { Instant } from "../base/clock.ts";
import type { Delegation, PersonEntry } from "./people.ts";

/** Names under which one person is known; an address in any case is the same one. */
export function nameKey(name: string): string {
  const bare = name.startsWith("user:") ? name.slice("user:".length) : name;
  // SECURITY: only A to Z are folded; a wider folding would make two addresses of different people one.
  return bare.includes("@") ? bare.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : bare;
}

/** All names of an entry: the id first. */
export function namesOfEntry({ id, email, accounts }: PersonEntry): readonly string[] {
  return [...new Set([id, ...(email === null ? [] : [email]), ...accounts])];
}

/** Entries by every name of theirs. */
export function indexPeople(people: readonly PersonEntry[]): ReadonlyMap<string, PersonEntry> {
  const index = new Map<string, PersonEntry>();
  for (const entry of people) {
    for (const name of namesOfEntry(entry)) index.set(nameKey(name), entry);
  }
  return index;
}

/** The entry of a person; `unclear` when their id and their address belong to two people. */
export function entryOf(
  index: ReadonlyMap<string, PersonEntry>,
  person: { readonly id: string; readonly email: string | null },
): PersonEntry | "unclear" | null {
  const byId = index.get(nameKey(person.id));
  const byEmail = person.email === null ? undefined : index.get(nameKey(person.email));
  if (byId !== undefined && byEmail !== undefined && byId !== byEmail) return "unclear";
  return byId ?? byEmail ?? null;
}

/** True while the delegation counts; it ends with its last moment. */
export function isLive({ startsAt, endsAt }: Delegation, at: Instant): boolean {
  return startsAt <= at && at < endsAt;
}
