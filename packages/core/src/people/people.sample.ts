// People to test with, from plain words.

import type { Delegation, PersonEntry } from "./people.ts";

export function entry(id: string, more: Partial<PersonEntry> = {}): PersonEntry {
  return {
    id,
    email: `${id}@example.com`,
    name: null,
    accounts: [],
    roles: [],
    limits: [],
    quiet: null,
    cardsPerHour: null,
    channels: [],
    isActive: true,
    ...more,
  };
}

/** From 100 to 200 unless it is said. */
export function delegation(from: string, to: string, more: Partial<Delegation> = {}): Delegation {
  return {
    id: `dlg_${from}${to}`,
    from,
    to,
    startsAt: 100,
    endsAt: 200,
    reason: null,
    by: from,
    createdAt: 0,
    ...more,
  };
}
