// What storage keeps of messages on their way: claims, how they ended, who was told what.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { JobState } from "@holdpoint/core/job/state";
import type { SealedEvent } from "@holdpoint/core/record/event";

export type DeliveryState = "pending" | "delivered" | "dead" | "gathered" | "dropped";

/** Which messages one sender takes. */
export interface ClaimTerms {
  readonly channel: string;
  readonly now: number;
  /** End of the lease. */
  readonly until: number;
  readonly limit: number;
  /** False leaves `earlier` and `isBehind` empty, which is cheaper. */
  readonly isHistoryWanted: boolean;
}

/** A message that was taken, with what decides how it is sent. */
export interface Delivery {
  readonly id: string;
  readonly jobId: string | null;
  readonly channel: string;
  readonly kind: string;
  readonly body: string;
  readonly attempts: number;
  /** Those of the attempts that the other side only put off. */
  readonly waits: number;
  readonly person: string | null;
  readonly address: string | null;
  readonly level: number | null;
  /** Messages of the person and channel with the same word leave as one; null leaves alone, empty took the others with it. */
  readonly gather: string | null;
  readonly createdAt: number;
  /** State of its job; null without one. */
  readonly jobState: JobState | null;
  /** The job waits at this very level, and nothing has proved yet that its people know. */
  readonly isProofWanted: boolean;
  /** What was delivered before about this job at this place and can be found there again, oldest first. */
  readonly earlier: readonly EarlierMessage[];
  /** An older message about the job at this place is still on its way. */
  readonly isBehind: boolean;
}

export interface EarlierMessage {
  readonly kind: string;
  readonly ref: JsonObject | null;
}

export interface Claim {
  readonly deliveries: readonly Delivery[];
  /** When the first message that was not taken is due; null when there is none. */
  readonly nextDueAt: number | null;
}

export interface DeliveryResult {
  readonly id: string;
  readonly state: DeliveryState;
  /** Attempts as claimed: another claim since makes the result void. */
  readonly attempts: number;
  readonly waits?: number;
  readonly dueAt: number;
  readonly error: string | null;
  readonly ref?: JsonObject | null;
  readonly now: number;
  readonly event: SealedEvent | null;
}

/** One message to one person by one channel. */
export interface PersonMessage {
  readonly id: string;
  readonly channel: string;
  readonly person: string;
  readonly address: string;
  readonly kind: string;
  readonly body: string;
  readonly dueAt: number;
  readonly gather: string | null;
}

/** A message to people becomes one for each person and channel. */
export interface FanOut {
  readonly parent: Pick<Delivery, "id" | "attempts" | "jobId" | "level">;
  readonly messages: readonly PersonMessage[];
  readonly events: readonly SealedEvent[];
  readonly now: number;
}

/** How much somebody is asked already. */
export interface Load {
  /** Cards sent within the span that was asked for. */
  readonly recent: number;
  /** Of them those that still wait. */
  readonly open: number;
}

/** A person who was told about a job at a place, or is about to be. */
export interface ToldPlace {
  readonly person: string;
  readonly channel: string;
  readonly address: string;
}

export interface DeliveryRecord {
  readonly seq: number;
  readonly id: string;
  readonly jobId: string | null;
  readonly channel: string;
  readonly kind: string;
  readonly state: DeliveryState;
  readonly person: string | null;
  readonly address: string | null;
  readonly level: number | null;
  readonly attempts: number;
  readonly error: string | null;
  readonly createdAt: number;
  readonly dueAt: number;
  readonly settledAt: number | null;
}

export interface DeliveryFilter {
  readonly job: string | null;
  readonly person: string | null;
  readonly channel: string | null;
  readonly state: DeliveryState | null;
  readonly limit: number;
  /** Sequence number after which the page starts; null for the first page. */
  readonly after: number | null;
}

export interface DeliveryPageRecord {
  /** Newest first. */
  readonly deliveries: readonly DeliveryRecord[];
  readonly nextAfter: number | null;
}

export interface ChannelCount {
  readonly channel: string;
  readonly pending: number;
  readonly dead: number;
  readonly lastDeliveredAt: number | null;
  readonly lastError: string | null;
  readonly lastErrorAt: number | null;
}

/** Gathers what waits for the same person into one message. */
export interface Gathering {
  readonly leader: Pick<Delivery, "id" | "attempts" | "channel" | "person" | "gather">;
  readonly now: number;
  readonly limit: number;
}

export interface GatheredMessage {
  readonly id: string;
  readonly jobId: string | null;
  readonly level: number | null;
  readonly body: string;
  readonly jobState: JobState | null;
  readonly isProofWanted: boolean;
}

export interface LevelOfJob {
  readonly jobId: string;
  readonly level: number;
  /** Those that prove anything. */
  readonly channels: readonly string[];
}

export interface DeliveryStore {
  /**
   * Takes messages of a channel that are due, until `until` as a lease. A claim need not reach the
   * disk before it is answered: one that is lost in a crash is a message sent again, with its id.
   */
  claimDeliveries(tenant: string, terms: ClaimTerms): Promise<Claim>;
  /** Channels that are not among these and have messages that are due. */
  strayChannels(tenant: string, known: readonly string[], now: number): Promise<readonly string[]>;
  settleDeliveries(tenant: string, results: readonly DeliveryResult[]): Promise<void>;
  /** False when the message was taken by another sender since; nothing is written then. */
  fanOut(tenant: string, fan: FanOut): Promise<boolean>;
  /**
   * This message and those that leave with it, which are marked so; those of earlier attempts again.
   * Empty when another sender has it.
   */
  gatherDeliveries(tenant: string, gathering: Gathering): Promise<readonly GatheredMessage[]>;
  loadOf(
    tenant: string,
    people: readonly string[],
    since: number,
  ): Promise<ReadonlyMap<string, Load>>;
  /** Every place of a person at which the job was told, or is on its way to. */
  placesTold(tenant: string, jobId: string): Promise<readonly ToldPlace[]>;
  /** True while some message of the level was delivered to somebody or may still be. */
  isLevelAlive(tenant: string, level: LevelOfJob): Promise<boolean>;
  /** Everything that was told about a job, newest first. */
  listDeliveriesOf(tenant: string, jobId: string): Promise<readonly DeliveryRecord[]>;
  listDeliveries(tenant: string, filter: DeliveryFilter): Promise<DeliveryPageRecord>;
  findDelivery(tenant: string, id: string): Promise<DeliveryRecord | null>;
  /** Tries a dead letter again; false when it is none. */
  resendDelivery(tenant: string, id: string, now: number, event: SealedEvent): Promise<boolean>;
  countChannels(tenant: string, channels: readonly string[]): Promise<readonly ChannelCount[]>;
}
