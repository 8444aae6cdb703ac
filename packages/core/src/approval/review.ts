// One person's statement on one hold, and the person who made it.

import type { Instant } from "../base/clock.ts";
import type { Digest } from "../base/digest.ts";
import type { ReviewId } from "../base/id.ts";

export type ReviewKind = "approve" | "reject" | "modify" | "comment" | "abstain" | "override";

/** How the server knows the person: the development connection, an API key, or a linked chat identity. */
export type Assurance = "development" | "key" | "chat";

/** A person as identity established them; never made from a request body. */
export interface Person {
  readonly id: string;
  readonly email: string | null;
  readonly name: string | null;
  /** Roles held; `*` stands for all of them (the development person). */
  readonly roles: readonly string[];
  readonly assurance: Assurance;
}

export interface Review {
  readonly id: ReviewId;
  /** Counts start anew with each round: a modification or a new rule opens one. */
  readonly round: number;
  readonly jobHash: Digest;
  readonly person: Person;
  /** Id of the person whose delegate voted; null or absent when they voted for themselves. */
  readonly votedFor?: string | null;
  readonly kind: ReviewKind;
  readonly reason: string | null;
  readonly code: string | null;
  readonly note: string | null;
  readonly at: Instant;
}

/** Votes count in a quorum; comments and abstentions do not. */
export function isVote(kind: ReviewKind): boolean {
  return kind === "approve" || kind === "reject" || kind === "modify";
}

/** The standing vote of each person in a round: the latest one that they cast. */
export function standingVotes(
  reviews: readonly Review[],
  round: number,
): ReadonlyMap<string, Review> {
  const votes = new Map<string, Review>();
  for (const review of reviews) {
    if (review.round === round && isVote(review.kind)) votes.set(review.person.id, review);
  }
  return votes;
}
