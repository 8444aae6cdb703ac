// What the verbs ask of storage about people: the document, persons behind keys, rosters.

import type { SealedEvent } from "@holdpoint/core/record/event";

export interface PeopleRecord {
  readonly digest: string;
  /** Canonical JSON text of the document. */
  readonly document: string;
  readonly author: string;
  readonly createdAt: number;
}

/** The document becomes another one, with its rosters. */
export interface PeopleChange {
  /** Null for an empty document. */
  readonly people: PeopleRecord | null;
  /** Name and source of every roster of the document; others are forgotten. */
  readonly rosters: readonly { readonly name: string; readonly source: string }[];
  /** Bundle that must still be active. */
  readonly replaces: string;
  readonly event: SealedEvent;
}

/** A person with a live key that may review. */
export interface KeyPerson {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  /** Of all their live keys. */
  readonly roles: readonly string[];
}

export interface RosterRecord {
  readonly name: string;
  readonly source: string;
  /** Of the last good text; null while there was none. */
  readonly digest: string | null;
  readonly body: string | null;
  readonly fetchedAt: number | null;
  readonly nextAt: number;
  /** Why the last attempt failed; null when it did not. */
  readonly error: string | null;
}

/** One look at a roster: a text, or why there is none. */
export interface RosterLook {
  readonly name: string;
  /** The source that was looked at; another one in the meantime makes the look void. */
  readonly source: string;
  /** Null keeps the last good text. */
  readonly text: { readonly digest: string; readonly body: string } | null;
  readonly error: string | null;
  readonly at: number;
  readonly nextAt: number;
}

export interface PeopleStore {
  findPeople(tenant: string, digest: string): Promise<PeopleRecord | null>;
  /** Stores the document and activates it; false when `replaces` is not the active bundle. */
  activatePeople(tenant: string, change: PeopleChange): Promise<boolean>;
  keyPeople(tenant: string, now: number): Promise<readonly KeyPerson[]>;
  listRosters(tenant: string): Promise<readonly RosterRecord[]>;
  /** Takes rosters of an address that are due, until `until` as a lease; files are never among them. */
  claimRosters(tenant: string, now: number, until: number): Promise<readonly RosterRecord[]>;
  /** When the first roster of an address is due; null when there is none. */
  nextRosterAt(tenant: string): Promise<number | null>;
  /** False when the roster is gone or has another source now. */
  settleRoster(tenant: string, look: RosterLook): Promise<boolean>;
}
