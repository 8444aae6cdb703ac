// Which voter fills which place of a hold: as many places as distinct people can fill.

import type { Requirement } from "../policy/decision.ts";

export interface Voter {
  /** Requirements that the voter is authorised for. */
  readonly satisfies: readonly number[];
}

export interface Seating<V extends Voter> {
  /** Per requirement: voters in its places. */
  readonly approved: readonly number[];
  /** Voters who have a place, in the order given. */
  readonly seated: readonly V[];
  /** Every place is filled. */
  readonly isFull: boolean;
}

export function seatVoters<V extends Voter>(
  requirements: readonly Requirement[],
  voters: readonly V[],
): Seating<V> {
  const places = assignPlaces(requirements, openRequirements(requirements, voters), voters);
  const approved = requirements.map((_, index) => places.filter((at) => at === index).length);
  return {
    approved,
    seated: voters.filter((_, who) => (places[who] ?? -1) >= 0),
    isFull: requirements.every((one, index) => (approved[index] ?? 0) >= one.count),
  };
}

export function countFor(voters: readonly Voter[], requirement: number): number {
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
