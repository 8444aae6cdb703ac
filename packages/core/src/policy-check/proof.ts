// Proves that a hold can be answered by people, whenever it begins, or finds when it cannot.

import type { Instant } from "../base/clock.ts";
import { type HoldClock, wallClock } from "./hold-clock.ts";
import { type Course, courseOf, firstBeginning, type Wait } from "./hold-course.ts";
import { type Seats, spareOf } from "./proof-seats.ts";
import { nobody, type Pool, type Target, union, without } from "./roster.ts";
import type { DutyBook } from "./roster-duty.ts";
import { dayMs } from "./roster-zone.ts";

/** What one rule asks of whom. */
export interface Hold {
  readonly asks: readonly { readonly target: Target; readonly count: number }[];
  /** People who may stand in for any place. `afterMs` counts on through the chain. */
  readonly chain: readonly { readonly target: Target; readonly afterMs: number }[];
  readonly excluded: ReadonlySet<string>;
  readonly timeoutMs: number;
  /** The timeout ends the hold, or brings in the next and begins again. */
  readonly onTimeout: "end" | "escalate";
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
  /** Nobody is on duty at the beginning, and nobody is left to ask. */
  readonly isWaiting: boolean;
}

/** From the beginning of the book's span; the rest of the span is for holds to run out. */
export const provedMs: number = 366 * dayMs;

/**
 * For every millisecond of a year at which a hold may begin: the people who are on duty at some
 * moment before its end, and those whom it is widened to before it, can fill all places, each person
 * one.
 */
export function proveHold(book: DutyBook, hold: Hold, most: number): readonly Stretch[] {
  return new Proof(book, hold, most).prove();
}

/**
 * People come and go, and clocks stop, at known instants only. A hold comes to its moments by waits,
 * and a later beginning never comes to one earlier. So between two beginnings of which neither a
 * moment nor the end passes such an instant, all holds take the same course.
 * INVARIANT: where a course has a new row of waits, the beginnings at which these pass an instant
 * are looked at as well, so that no change of course is missed.
 */
class Proof {
  readonly #book: DutyBook;
  readonly #hold: Hold;
  readonly #most: number;
  readonly #changes: readonly Instant[];
  readonly #hasManyClocks: boolean;
  readonly #untilAt: Instant;
  readonly #found = new Map<Instant, Seen>();
  readonly #waiting: Instant[] = [];
  readonly #rows = new Set<string>();
  readonly #known = new Map<string, number>();

  constructor(book: DutyBook, hold: Hold, most: number) {
    this.#book = book;
    this.#hold = hold;
    this.#most = most;
    this.#untilAt = book.zones.span.fromAt + provedMs;
    const clocks = clocksOf(book, hold);
    this.#hasManyClocks = clocks.length > 1;
    const duties = targetsOf(book, hold).map((target) => book.dutyOf(target).startsAt.slice(1));
    this.#changes = [...new Set([...duties, ...clocks.map(({ changesAt }) => changesAt)].flat())];
  }

  prove(): readonly Stretch[] {
    this.#add(this.#book.zones.span.fromAt);
    for (const at of this.#hold.begins?.changesAt ?? []) this.#add(at);
    this.#meet([], 0);
    this.#lookAll();
    // Waits of two clocks may overtake each other between two beginnings, once.
    if (this.#hasManyClocks) {
      for (const [at, next] of pairsOf(this.#points(), this.#untilAt)) {
        if (next - 1 > at) this.#add(next - 1);
      }
      this.#lookAll();
    }
    return this.#stretches();
  }

  #points(): readonly Instant[] {
    return [...this.#found.keys()].sort((a, b) => a - b);
  }

  #add(at: Instant): void {
    if (at < this.#book.zones.span.fromAt || at >= this.#untilAt || this.#found.has(at)) return;
    this.#found.set(at, unseen);
    this.#waiting.push(at);
  }

  #lookAll(): void {
    for (let at = this.#waiting.pop(); at !== undefined; at = this.#waiting.pop()) {
      if (this.#hold.begins?.canAt(at) !== false) this.#found.set(at, this.#look(at));
    }
  }

  #look(at: Instant): Seen {
    const course = courseOf(this.#book, this.#hold, at);
    for (const { from } of course.joins) this.#meet(from.waits, 0);
    this.#meet(course.end.waits, 1);
    return { spare: this.#spareOf(at, course), isWaiting: course.isWaiting };
  }

  /** Who comes at an instant is missed by what ends at it: `later` is 1 for ends. */
  #meet(waits: readonly Wait[], later: 0 | 1): void {
    const key = `${later} ${waits.map(({ clock, ms }) => `${clock.name} ${ms}`).join(" ")}`;
    if (this.#rows.has(key)) return;
    this.#rows.add(key);
    for (const at of this.#changes) this.#add(firstBeginning(waits, at + later));
  }

  #spareOf(at: Instant, course: Course): number {
    const { pools, steps } = poolsOf(this.#book, this.#hold, at, course);
    const key = [...pools, ...steps].map((pool) => this.#book.numberOf(pool)).join(" ");
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { asks, excluded } = this.#hold;
    const seats = pools.map((pool, index): Seats => {
      return { pool: without(pool, excluded), count: asks[index]?.count ?? 1 };
    });
    const standIns = without(steps.reduce(union, nobody), excluded);
    const spare = spareOf(seats, standIns, this.#most);
    this.#known.set(key, spare);
    return spare;
  }

  #stretches(): readonly Stretch[] {
    return pairsOf(this.#points(), this.#untilAt).flatMap(([fromAt, untilAt]): Stretch[] => {
      const seen = this.#found.get(fromAt) ?? unseen;
      return seen === unseen ? [] : [{ fromAt, untilAt, ...seen }];
    });
  }
}

type Seen = Pick<Stretch, "spare" | "isWaiting">;

/** A beginning that was not looked at, because no hold begins then. */
const unseen: Seen = { spare: 0, isWaiting: false };

function pairsOf(
  points: readonly Instant[],
  untilAt: Instant,
): readonly (readonly [Instant, Instant])[] {
  return points.map((at, index) => [at, points[index + 1] ?? untilAt] as const);
}

function targetsOf(book: DutyBook, hold: Hold): readonly Target[] {
  return [...hold.asks, ...hold.chain].map(({ target }) => target).concat(book.alwaysGroups);
}

function clocksOf(book: DutyBook, { asks, chain }: Hold): readonly HoldClock[] {
  const levels = [asks.map(({ target }) => target), ...chain.map(({ target }) => [target])];
  return [...new Set([wallClock, ...levels.map((targets) => book.clockOf(targets))])];
}

/** How much work `proveHold` is: beginnings, times who is looked at in each of them. */
export function proofSize(book: DutyBook, hold: Hold): number {
  const targets = targetsOf(book, hold);
  const clocks = clocksOf(book, hold);
  const changes =
    targets.reduce((sum, target) => sum + book.dutyOf(target).startsAt.length, 1) +
    clocks.reduce((sum, { changesAt }) => sum + changesAt.length, 0);
  const isSteady = changes <= targets.length + 1;
  const rows = isSteady ? 1 : 2 + hold.chain.length * (hold.onTimeout === "escalate" ? 2 : 1);
  const { begins } = hold;
  const beginnings = changes * rows * (clocks.length > 1 ? 2 : 1) + (begins?.changesAt.length ?? 0);
  return beginnings * (targets.length + (begins?.weight ?? 0));
}

function poolsOf(
  book: DutyBook,
  hold: Hold,
  at: Instant,
  { joins, end }: Course,
): { readonly pools: readonly Pool[]; readonly steps: readonly Pool[] } {
  return {
    pools: hold.asks.map(({ target }) => book.during(book.dutyOf(target), at, end.at)),
    steps: joins.map(({ duty, from }) => book.during(duty, from.at, end.at)),
  };
}

/** Who can fill each place of a hold that begins at an instant. */
export function poolsAt(book: DutyBook, hold: Hold, at: Instant): readonly Seats[] {
  const { pools, steps } = poolsOf(book, hold, at, courseOf(book, hold, at));
  const standIns: Pool = steps.reduce(union, nobody);
  return pools.map((pool, index) => {
    const count = hold.asks[index]?.count ?? 1;
    return { pool: without(union(pool, standIns), hold.excluded), count };
  });
}
