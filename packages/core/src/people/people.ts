// The people of a tenant: who they are, what they may decide, who stands in for whom. One document, named by its content.

import type { Instant } from "../base/clock.ts";
import type { Limit } from "../policy/policy.ts";

/** A time of day, in the person's zone, in which only the last level of a chain may disturb. */
export interface QuietHours {
  readonly zone: string;
  /** `HH:MM`; over midnight when `to` is not after `from`. */
  readonly from: string;
  readonly to: string;
}

export interface PersonEntry {
  /** `[A-Za-z0-9_.@-]{1,128}`; what votes and events name. */
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  /** Further names by which the same person signs in: emails and ids of their other accounts. */
  readonly accounts: readonly string[];
  readonly roles: readonly string[];
  /** What the person may approve at most, whatever the role; empty is no limit of their own. */
  readonly limits: readonly Limit[];
  readonly quiet: QuietHours | null;
  /** Cards in one hour; past it cards go to the next in the group. Null is no budget. */
  readonly cardsPerHour: number | null;
  /** Personal channels in the order in which they are tried: `slack`, `email`; empty is every one. */
  readonly channels: readonly string[];
  /** False once they left: they stay for the record and count for nothing. */
  readonly isActive: boolean;
}

/** Members that a file or the API adds to a group that the policy names. */
export interface GroupEntry {
  readonly name: string;
  /** Ids or emails of people, and `role:<name>`. */
  readonly members: readonly string[];
}

/** An iCalendar that says who is on duty (events name people) or which days are holidays. */
export interface RosterSource {
  readonly name: string;
  /** `https://…`, or `file:<path>` below the folder of the people file. */
  readonly source: string;
}

export interface Delegation {
  readonly id: string;
  /** Ids of people. */
  readonly from: string;
  readonly to: string;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly reason: string | null;
  /** Person who wrote it down. */
  readonly by: string;
  readonly createdAt: Instant;
}

export interface People {
  readonly people: readonly PersonEntry[];
  readonly groups: readonly GroupEntry[];
  readonly rosters: readonly RosterSource[];
  readonly delegations: readonly Delegation[];
}

export const nobodyKnown: People = { people: [], groups: [], rosters: [], delegations: [] };
