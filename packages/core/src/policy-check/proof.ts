// Proves that a hold can be answered by people, whenever it begins, or finds when it cannot.

import type { Instant } from "../base/clock.ts";
import { type Seats, spareOf } from "./proof-seats.ts";
import { nobody, type Pool, type Target, union, without } from "./roster.ts";
import type { Duty, DutyBook } from "./roster-duty.ts";
import { dayMs } from "./roster-zone.ts";

/** What one rule asks of whom. */
export interface Hold {
  readonly asks: readonly { readonly target: Target; readonly count: number }[];
  /** People who may stand in for any place from so long after the beginning. */
  readonly chain: readonly { readonly target: Target; readonly afterMs: number }[];
  readonly excluded: ReadonlySet<string>;
  readonly timeoutMs: number;
  /** When such a hold can begin at all; null is always. */
  readonly begins: {
    readonly changesAt: readonly Instant[];
    readonly canAt: (at: Instant) => boolean;
    /** How much work `canAt` is, beside looking at one person's duty. */
    readonly weight: number;
  } | null;
}

/** A stretch of beginnings that all come to the same. */
export interface Stretch {
  readonly fromAt: Instant;
  readonly untilAt: Instant;
  /**
   * How many of the people on duty may be missing, whoever they are; -1 when all of them together
   * are too few. Counted up to what was asked for.
   */
  readonly spare: number;
}

/** From the beginning of the book's span; the rest of the span is for holds to run out. */
export const provedMs: number = 366 * dayMs;

/**
 * For every millisecond of a year at which a hold may begin: the people who are on duty at some
 * moment before its timeout, and those whom `escalate` reaches before it, can fill all places, each
 * person one. People join and leave at known instants only, so that between two of them, moved by
 * timeout and steps, all beginnings see the same people and the first stands for all.
 */
export function proveHold(book: DutyBook, hold: Hold, most: number): readonly Stretch[] {
  const asks = hold.asks.map(({ target, count }) => ({ duty: book.dutyOf(target), count }));
  const chain = stepsOf(book, hold);
  const untilAt = book.zones.span.fromAt + provedMs;
  const points = beginningsOf(book, hold, { asks, chain }).filter((at) => at < untilAt);
  const known = new Map<string, number>();
  const spareAt = (at: Instant): number => {
    const endAt = at + hold.timeoutMs;
    const pools = asks.map(({ duty }) => book.during(duty, at, endAt));
    const steps = chain.map(({ duty, afterMs }) => book.during(duty, at + afterMs, endAt));
    const key = [...pools, ...steps].map((pool) => book.numberOf(pool)).join(" ");
    const found = known.get(key);
    if (found !== undefined) return found;
    const seats = pools.map((pool, index): Seats => {
      return { pool: without(pool, hold.excluded), count: asks[index]?.count ?? 1 };
    });
    const standIns = without(steps.reduce(union, nobody), hold.excluded);
    const spare = spareOf(seats, standIns, most);
    known.set(key, spare);
    return spare;
  };
  return points.flatMap((at, index): Stretch[] => {
    if (hold.begins !== null && !hold.begins.canAt(at)) return [];
    return [{ fromAt: at, untilAt: points[index + 1] ?? untilAt, spare: spareAt(at) }];
  });
}

/** How much work `proveHold` is: beginnings, times who is looked at in each of them. */
export function proofSize(book: DutyBook, hold: Hold): number {
  const duties = [
    ...hold.asks.map(({ target }) => book.dutyOf(target)),
    ...stepsOf(book, hold).map(({ duty }) => duty),
  ];
  const changes = duties.reduce((sum, duty) => sum + 2 * duty.startsAt.length, 0);
  const beginnings = changes + (hold.begins?.changesAt.length ?? 0);
  return beginnings * (duties.length + (hold.begins?.weight ?? 0));
}

/** Who is there of those asked and of the chain, when a hold begins at an instant. */
export function poolsAt(book: DutyBook, hold: Hold, at: Instant): readonly Seats[] {
  const endAt = at + hold.timeoutMs;
  const steps = stepsOf(book, hold).map(({ duty, afterMs }) =>
    book.during(duty, at + afterMs, endAt),
  );
  const standIns: Pool = steps.reduce(union, nobody);
  return hold.asks.map(({ target, count }) => {
    const pool = union(book.during(book.dutyOf(target), at, endAt), standIns);
    return { pool: without(pool, hold.excluded), count };
  });
}

interface Step {
  readonly duty: Duty;
  readonly afterMs: number;
}

function stepsOf(book: DutyBook, hold: Hold): readonly Step[] {
  return hold.chain
    .filter(({ afterMs }) => afterMs < hold.timeoutMs)
    .map(({ target, afterMs }) => ({ duty: book.dutyOf(target), afterMs }));
}

/**
 * INVARIANT: between two of these nothing changes: who leaves at an instant is missed by holds that
 * begin at it, or a step's delay before it; who joins at it is met by holds that end after it.
 */
function beginningsOf(
  book: DutyBook,
  hold: Hold,
  { asks, chain }: { asks: readonly { duty: Duty }[]; chain: readonly Step[] },
): readonly Instant[] {
  const { fromAt } = book.zones.span;
  const found = new Set<Instant>([fromAt]);
  const add = (at: Instant): void => {
    if (at > fromAt) found.add(at);
  };
  const steps = [...asks.map(({ duty }) => ({ duty, afterMs: 0 })), ...chain];
  for (const { duty, afterMs } of steps) {
    for (const at of duty.startsAt.slice(1)) {
      add(at - afterMs);
      add(at - hold.timeoutMs + 1);
    }
  }
  for (const at of hold.begins?.changesAt ?? []) add(at);
  return [...found].sort((a, b) => a - b);
}
