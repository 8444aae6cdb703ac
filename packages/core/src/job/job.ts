// The record of an action and its life: everything that a transition may look at.

import type { Instant } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import type { ExecutionId, GrantId, JobId } from "../base/id.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Action } from "../action/action.ts";
import type { Review } from "../approval/review.ts";
import type { Constraints, Decision } from "../policy/decision.ts";
import type { Facts } from "../policy/facts.ts";
import type { EventActor } from "../record/event.ts";
import type { JobState } from "./state.ts";
import type { Watch } from "./watch.ts";

export interface Resolution {
  readonly kind: "approved" | "rejected" | "expired" | "cancelled" | "denied" | "revoked";
  readonly by: EventActor;
  readonly byName: string | null;
  readonly reason: string | null;
  readonly code: string | null;
  readonly at: Instant;
}

/** The permit as the server's own record holds it; the signed token is made from this. */
export interface GrantRecord {
  readonly id: GrantId;
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  readonly approvers: readonly string[];
}

export interface Execution {
  readonly id: ExecutionId;
  /** Null when the agent decided locally: no grant was needed, and none was given. */
  readonly grantId: GrantId | null;
  readonly startedAt: Instant;
  readonly deadlineAt: Instant;
  readonly constraints: Constraints | null;
  /** Names the proposal that redeemed in one go; its repeat is told of the same execution. */
  readonly nonce?: string;
}

export interface Outcome {
  readonly status: "SUCCEEDED" | "FAILED";
  readonly summary: string | null;
  readonly outputDigest: string | null;
  readonly effect: JsonObject | null;
  readonly drift: boolean;
  /** True when the output was recorded beside it. Outcomes of before there were any have none. */
  readonly hasOutput?: boolean;
  /** The person who said how an execution without a report ended; absent for a report. */
  readonly settledBy?: { readonly id: string; readonly name: string | null };
  readonly at: Instant;
}

/** Whom the quorum must never count, known from credentials when the action was proposed. */
export interface Requester {
  readonly agentOwner: string | null;
  readonly keyCreator: string | null;
  /** Owners by the registry: of the agent and of all above it; absent when it is not registered. */
  readonly owners?: readonly string[];
  /** Agents that delegate to it, the nearest first; absent when there are none. */
  readonly delegators?: readonly string[];
}

/** What the server made of the agent's words before it decided. */
export interface Enrichment {
  /** As the agent said them; the action carries these and what the server added. */
  readonly declaredTags: readonly string[];
  readonly declaredReversible: boolean | null;
  /** With those of the registry: what `derive` begins with. */
  readonly knownTags: readonly string[];
  /** Ids of the entries of the tool registry that fit. */
  readonly tools: readonly string[];
  /** The first line of the card by the registry; null leaves it to the product. */
  readonly summary: string | null;
}

export interface Job {
  readonly tenant: string;
  readonly id: JobId;
  /** Grows by one with each change; the compare-and-set of every write. */
  readonly revision: number;
  readonly state: JobState;
  /** Counts of votes start anew when this grows. */
  readonly round: number;
  readonly action: Action;
  readonly jobHash: Digest;
  /** Hash of the action as the agent proposed it. */
  readonly proposedHash: Digest;
  /** The action as proposed, once people changed it; else null. */
  readonly proposedAction: Action | null;
  readonly presentedHash: Digest;
  /** What was known when it was proposed; decided with again at each later look. */
  readonly facts: Facts;
  /** Null when the server added nothing. */
  readonly enrichment: Enrichment | null;
  /** The job whose remediation this one is. */
  readonly remediates: JobId | null;
  /** The rejected job in whose place the agent proposed this one. */
  readonly replaces: JobId | null;
  /** The suspended run that goes on with the answer; null while the agent's process waits by itself. */
  readonly resumption: string | null;
  /** Null when nobody was asked. */
  readonly watch: Watch | null;
  readonly decision: Decision;
  readonly snapshot: string;
  readonly requester: Requester;
  /** True from the moment that people were asked. */
  readonly held: boolean;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** When time alone ends the present state; null when it cannot. */
  readonly dueAt: Instant | null;
  readonly resolution: Resolution | null;
  readonly grant: GrantRecord | null;
  readonly execution: Execution | null;
  readonly outcome: Outcome | null;
}

/** A job with the reviews of all its rounds, oldest first. */
export interface JobFile {
  readonly job: Job;
  readonly reviews: readonly Review[];
}
