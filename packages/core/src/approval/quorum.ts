// The rule that turns votes into a result: distinct people, each counted once over all requirements.

import { authorityOf, type Directory, namesOf, type ReviewedJob } from "./authority.ts";
import { isSamePerson } from "./name.ts";
import type { Review } from "./review.ts";
import { countFor, seatVoters, type Seating } from "./seating.ts";

export interface QuorumState {
  readonly outcome: "open" | "approved" | "rejected";
  /** Per requirement: distinct people counted towards it. */
  readonly approved: readonly number[];
  /** People whose approvals were counted, by id. */
  readonly approvers: readonly string[];
  /** Index of the requirement whose rejections ended the hold; -1 otherwise. */
  readonly rejectedBy: number;
}

/** A vote that counts: who cast it, whose place it takes, and the requirements it is authorised for. */
interface Ballot {
  readonly actor: string;
  readonly principal: string;
  readonly isRejection: boolean;
  readonly satisfies: readonly number[];
  /** It is by, or for, somebody of the last pair. */
  readonly isOfLastPair: boolean;
}

/**
 * Counts the standing votes of one round; in which order they came changes nothing.
 * INVARIANT: one person fills at most one place, however many requirements they meet and whoever
 * delegated to them, and one who delegated is counted once, however many delegates vote; a vote of
 * somebody who may not review the job (any more) fills none (spec 01, 3).
 */
export function countQuorum(
  job: ReviewedJob,
  votes: ReadonlyMap<string, Review>,
  directory: Directory,
): QuorumState {
  const ballots = ballotsOf(job, votes, directory);
  const { requirements } = job;
  const rejecting = ballots.filter((ballot) => ballot.isRejection);
  const rejectedBy = requirements.findIndex(
    (requirement, index) =>
      countFor(rejecting, index) >= Math.min(requirement.denyCount, requirement.count),
  );
  const { seating } = seatBest(job, ballots);
  return {
    outcome: rejectedBy >= 0 ? "rejected" : seating.isFull ? "approved" : "open",
    approved: seating.approved,
    approvers: seating.seated.map((ballot) => ballot.actor),
    rejectedBy,
  };
}

/** True when another of the last pair is counted among these votes in the place of this approval. */
export function isPairTaken(
  job: ReviewedJob,
  votes: ReadonlyMap<string, Review>,
  { directory, actor }: { readonly directory: Directory; readonly actor: string },
): boolean {
  const ballots = ballotsOf(job, votes, directory);
  const own = ballots.find((ballot) => ballot.actor === actor);
  if (own === undefined || own.isRejection || !own.isOfLastPair) return false;
  const { ofPair } = seatBest(job, ballots);
  return ofPair !== null && ofPair !== own;
}

/** With one of the last pair at most: whoever brings the count furthest, then the first by id. */
function seatBest(
  { requirements }: ReviewedJob,
  ballots: readonly Ballot[],
): { readonly seating: Seating<Ballot>; readonly ofPair: Ballot | null } {
  const approving = ballots.filter((ballot) => !ballot.isRejection);
  const others = approving.filter((ballot) => !ballot.isOfLastPair);
  let best: { seating: Seating<Ballot>; ofPair: Ballot | null } | null = null;
  for (const ofPair of approving) {
    if (!ofPair.isOfLastPair) continue;
    const seating = seatVoters(requirements, inOrder([...others, ofPair]));
    if (best === null || seating.seated.length > best.seating.seated.length) {
      best = { seating, ofPair };
    }
  }
  return best ?? { seating: seatVoters(requirements, others), ofPair: null };
}

/** One vote for each person, by who cast it and then by whose place it takes, in the order of their ids. */
function ballotsOf(
  job: ReviewedJob,
  votes: ReadonlyMap<string, Review>,
  directory: Directory,
): readonly Ballot[] {
  const all: Ballot[] = [];
  for (const vote of votes.values()) {
    const cast = { person: vote.person, votedFor: vote.votedFor ?? null, at: vote.at };
    const authority = authorityOf(job, cast, directory);
    if (authority === null) continue;
    const { person, principal, satisfies } = authority;
    const names = [...namesOf(person, directory), ...namesOf(principal, directory)];
    all.push({
      actor: person.id,
      principal: principal.id,
      isRejection: vote.kind === "reject",
      satisfies,
      isOfLastPair: job.lastPair.some((name) => isSamePerson(name, names)),
    });
  }
  const cast = firstOfEach(inOrder(all).toSorted(rejectionsFirst), (ballot) => ballot.actor);
  const ownFirst = inOrder(cast).toSorted(rejectionsFirst).toSorted(ownVotesFirst);
  return inOrder(firstOfEach(ownFirst, (ballot) => ballot.principal));
}

function inOrder(ballots: readonly Ballot[]): readonly Ballot[] {
  return ballots.toSorted((a, b) => compare(a.actor, b.actor) || compare(a.principal, b.principal));
}

function rejectionsFirst(a: Ballot, b: Ballot): number {
  return Number(b.isRejection) - Number(a.isRejection);
}

function ownVotesFirst(a: Ballot, b: Ballot): number {
  return Number(b.actor === b.principal) - Number(a.actor === a.principal);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function firstOfEach(
  ballots: readonly Ballot[],
  keyOf: (ballot: Ballot) => string,
): readonly Ballot[] {
  const first = new Map<string, Ballot>();
  for (const ballot of ballots) {
    const key = keyOf(ballot);
    if (!first.has(key)) first.set(key, ballot);
  }
  return [...first.values()];
}
