// What storage keeps of linked identities: the accounts, and the one-time codes that link them.

import type { SealedEvent } from "@holdpoint/core/record/event";

export interface IdentityRecord {
  readonly channel: string;
  readonly externalId: string;
  /** Id of the person. */
  readonly person: string;
  readonly name: string | null;
  readonly linkedAt: number;
  /** Null while it is linked. */
  readonly revokedAt: number | null;
}

export interface LinkCodeRecord {
  /** SHA-256 in hexadecimal: the code itself is not stored. */
  readonly codeHash: string;
  readonly channel: string;
  readonly externalId: string;
  readonly name: string | null;
  readonly expiresAt: number;
}

export interface IdentityLink {
  readonly codeHash: string;
  readonly person: string;
  readonly now: number;
  readonly events: readonly SealedEvent[];
}

export interface IdentityStore {
  /** The account whether it is linked or not any more; null when it never was. */
  findIdentity(tenant: string, channel: string, externalId: string): Promise<IdentityRecord | null>;
  /** Linked accounts of these people at one channel, the oldest first. */
  identitiesOfPeople(
    tenant: string,
    channel: string,
    people: readonly string[],
  ): Promise<readonly IdentityRecord[]>;
  /** Linked accounts of one person, or of everybody, at every channel. */
  listIdentities(tenant: string, person: string | null): Promise<readonly IdentityRecord[]>;

  /** Keeps the code, in the place of earlier ones of the same account and of those that ran out. */
  addLinkCode(tenant: string, code: LinkCodeRecord, now: number): Promise<void>;
  /** A code that can still be used. */
  findLinkCode(tenant: string, codeHash: string, now: number): Promise<LinkCodeRecord | null>;
  /** Uses the code up and links its account; null when it cannot be used. */
  linkIdentity(tenant: string, link: IdentityLink): Promise<IdentityRecord | null>;
  /** False when the account is not linked to this person any more. */
  unlinkIdentity(
    tenant: string,
    identity: Pick<IdentityRecord, "channel" | "externalId" | "person">,
    now: number,
    event: SealedEvent,
  ): Promise<boolean>;
}
