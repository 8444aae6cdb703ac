// Whether distinct people can fill all places of a quorum, and how many of them may be missing.

import type { Pool } from "./roster.ts";

/** So many places for people of one pool. */
export interface Seats {
  readonly pool: Pool;
  readonly count: number;
}

/**
 * The largest number, up to `most`, such that whichever so many people are taken away, the others
 * can still fill all places, each person one; -1 when even all of them cannot. `standIns` may take
 * any place. Pools that are open have enough people.
 *
 * By Hall's theorem the places can be filled when every set of requirements has as many people
 * behind it as it has places. With `k` people gone it has to have `k` more, and asking `k` more of
 * one requirement, each in its turn, asks exactly that of every set that it belongs to.
 */
export function spareOf(seats: readonly Seats[], standIns: Pool, most: number): number {
  if (standIns.isOpen) return most;
  const rows = seats
    .filter(({ pool }) => !pool.isOpen)
    .map(({ pool, count }) => ({
      people: [...new Set([...pool.people, ...standIns.people])],
      count,
    }));
  let spare = -1;
  while (spare < most && hasSpare(rows, spare + 1)) spare += 1;
  return spare;
}

interface Row {
  readonly people: readonly string[];
  readonly count: number;
}

function hasSpare(rows: readonly Row[], spare: number): boolean {
  if (rows.some(({ people, count }) => people.length < count + spare)) return false;
  if (rows.length <= 1 || isAmple(rows, spare)) return true;
  if (spare === 0) return canSeat(rows);
  return rows.every((_, more) =>
    canSeat(
      rows.map((row, index) => (index === more ? { ...row, count: row.count + spare } : row)),
    ),
  );
}

/**
 * True when each pool, smallest first, has people for its own places and all before it: then so has
 * every set of pools, because the largest pool of the set has.
 */
function isAmple(rows: readonly Row[], spare: number): boolean {
  let needed = spare;
  return rows
    .toSorted((a, b) => a.people.length - b.people.length)
    .every(({ people, count }) => {
      needed += count;
      return people.length >= needed;
    });
}

/** A matching by augmenting paths. */
function canSeat(rows: readonly Row[]): boolean {
  const places = rows.flatMap(({ people, count }) => Array.from({ length: count }, () => people));
  const placeOf = new Map<string, number>();
  const seat = (place: number, tried: Set<string>): boolean => {
    const people = places[place] ?? [];
    const free = people.find((person) => !placeOf.has(person) && !tried.has(person));
    if (free !== undefined) {
      placeOf.set(free, place);
      return true;
    }
    for (const person of people) {
      if (tried.has(person)) continue;
      tried.add(person);
      const before = placeOf.get(person);
      if (before === undefined || seat(before, tried)) {
        placeOf.set(person, place);
        return true;
      }
    }
    return false;
  };
  return places.every((_, place) => seat(place, new Set()));
}
