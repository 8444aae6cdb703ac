// The rule that turns votes into a result: distinct people, each counted once over all requirements.

import type { Requirement } from "../policy/decision.ts";
import { authorizeReview, type Directory, type ReviewedJob } from "./authority.ts";
import type { Review } from "./review.ts";

export interface QuorumState {
  readonly outcome: "open" | "approved" | "rejected";
  /** Per requirement: distinct people counted towards it. */
  readonly approved: readonly number[];
  /** People whose approvals were counted. */
  readonly approvers: readonly string[];
  /** Index of the requirement whose rejections ended the hold; -1 otherwise. */
  readonly rejectedBy: number;
}

/** A voter, and the requirements that they are authorised for at the moment of counting. */
interface Voter {
  readonly id: string;
  readonly satisfies: readonly number[];
}

/**
 * Counts the standing votes of one round.
 * INVARIANT: one person fills at most one place, however many requirements they meet, and a vote of
 * somebody who may not review the job (any more) fills none (spec 01, 3).
 */
export function countQuorum(
  job: ReviewedJob,
  votes: ReadonlyMap<string, Review>,
  directory: Directory,
): QuorumState {
  const { requirements } = job;
  const approving: Voter[] = [];
  const rejecting: Voter[] = [];
  for (const vote of votes.values()) {
    const authority = authorizeReview(job, vote.person, directory);
    if (!authority.ok) continue;
    const voter = { id: vote.person.id, satisfies: authority.satisfies };
    (vote.kind === "reject" ? rejecting : approving).push(voter);
  }
  const places = assignPlaces(requirements, openRequirements(requirements, approving), approving);
  const approved = requirements.map((_, index) => places.filter((at) => at === index).length);
  const rejectedBy = requirements.findIndex(
    (requirement, index) =>
      countFor(rejecting, index) >= Math.min(requirement.denyCount, requirement.count),
  );
  const isFull = requirements.every((one, index) => (approved[index] ?? 0) >= one.count);
  return {
    outcome: rejectedBy >= 0 ? "rejected" : isFull ? "approved" : "open",
    approved,
    approvers: approving.filter((_, who) => (places[who] ?? -1) >= 0).map((voter) => voter.id),
    rejectedBy,
  };
}

function countFor(voters: readonly Voter[], requirement: number): number {
  return voters.filter((voter) => voter.satisfies.includes(requirement)).length;
}

/** Requirements whose `after` is already satisfied by the others on their own. */
function openRequirements(
  requirements: readonly Requirement[],
  voters: readonly Voter[],
): readonly boolean[] {
  return requirements.map(
    (requirement) =>
      requirement.after === null ||
      requirements.every(
        (other, index) =>
          other.name !== requirement.after || countFor(voters, index) >= other.count,
      ),
  );
}

/** For each voter the requirement that they fill, or -1: a maximum matching by augmenting paths. */
function assignPlaces(
  requirements: readonly Requirement[],
  open: readonly boolean[],
  voters: readonly Voter[],
): readonly number[] {
  const slots = requirements.flatMap((requirement, index) =>
    open[index] === true ? new Array<number>(requirement.count).fill(index) : [],
  );
  const holder = new Array<number>(slots.length).fill(-1);
  const seat = (who: number, tried: Set<number>): boolean =>
    slots.some((requirement, slot) => {
      if (tried.has(slot) || voters[who]?.satisfies.includes(requirement) !== true) return false;
      tried.add(slot);
      const before = holder[slot] ?? -1;
      if (before >= 0 && !seat(before, tried)) return false;
      holder[slot] = who;
      return true;
    });
  voters.forEach((_, who) => seat(who, new Set()));
  return voters.map((_, who) => slots[holder.indexOf(who)] ?? -1);
}
