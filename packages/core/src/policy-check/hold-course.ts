// Follows one hold from its beginning: who is asked when, as steps, hours and the timeout bring them in.

import type { Instant } from "../base/clock.ts";
import { holdTimeoutMaxMs } from "../base/limits.ts";
import { type HoldClock, wallClock } from "./hold-clock.ts";
import type { Hold } from "./proof.ts";
import { type Target, without } from "./roster.ts";
import type { Duty, DutyBook } from "./roster-duty.ts";

/** So much time of one clock. */
export interface Wait {
  readonly clock: HoldClock;
  readonly ms: number;
}

/** An instant of a hold, and the waits that lead to it from the beginning. */
export interface Moment {
  readonly at: Instant;
  readonly waits: readonly Wait[];
}

export interface Course {
  /** People who may stand in for any place from then on. */
  readonly joins: readonly { readonly duty: Duty; readonly from: Moment }[];
  readonly end: Moment;
  /** Nobody who is asked is on duty at the beginning, and nobody is left to ask. */
  readonly isWaiting: boolean;
}

/**
 * SPEC: each level begins when somebody there was told, which is taken to be at once; `after` counts on through the
 * chain, and what is left of it runs from then, in business time where all of the level keep hours. A level that has
 * nobody on duty is left at once. Behind the chain stand the groups that answer always.
 */
export function courseOf(book: DutyBook, hold: Hold, at: Instant): Course {
  return new Follower(book, hold, at).follow();
}

class Follower {
  readonly #book: DutyBook;
  readonly #hold: Hold;
  readonly #joins: { duty: Duty; from: Moment }[] = [];
  readonly #beginsAt: Instant;
  #now: Moment;
  #end: Moment;
  #targets: readonly Target[];
  #step = 0;
  #left: Target[];

  constructor(book: DutyBook, hold: Hold, at: Instant) {
    this.#book = book;
    this.#hold = hold;
    this.#beginsAt = at;
    this.#now = { at, waits: [] };
    this.#targets = hold.asks.map(({ target }) => target);
    const asked = new Set([...this.#targets, ...hold.chain.map(({ target }) => target)].map(keyOf));
    this.#left = book.alwaysGroups.filter((target) => !asked.has(keyOf(target)));
    this.#end = this.#timeoutFrom(this.#now);
  }

  follow(): Course {
    const { chain, onTimeout } = this.#hold;
    const isThere = this.#targets.every((target) => this.#isStaffed(target));
    const isWaiting = !isThere && !this.#widen();
    for (;;) {
      const step = chain[this.#step];
      const beforeMs = chain[this.#step - 1]?.afterMs ?? 0;
      const due = step === undefined ? null : this.#after(this.#now, step.afterMs - beforeMs);
      if (due !== null && due.at < this.#end.at) {
        this.#now = due;
        this.#widen();
        continue;
      }
      const hasMore = step !== undefined || this.#left.length > 0;
      if (onTimeout !== "escalate" || !hasMore) break;
      this.#now = this.#end;
      this.#end = this.#timeoutFrom(this.#now);
      if (this.#end.at <= this.#now.at) break;
      this.#widen();
    }
    return { joins: this.#joins, end: this.#end, isWaiting };
  }

  /** One step of the chain, and on while nobody there is on duty; false when nobody is. */
  #widen(): boolean {
    for (;;) {
      const step = this.#hold.chain[this.#step];
      const target = step === undefined ? this.#left.shift() : step.target;
      if (target === undefined) return false;
      if (step !== undefined) this.#step += 1;
      this.#targets = [target];
      this.#joins.push({ duty: this.#book.dutyOf(target), from: this.#now });
      if (this.#isStaffed(target)) return true;
    }
  }

  #isStaffed(target: Target): boolean {
    const pool = this.#book.poolAt(this.#book.dutyOf(target), this.#now.at);
    return pool.isOpen || without(pool, this.#hold.excluded).people.size > 0;
  }

  #after({ at, waits }: Moment, ms: number): Moment {
    const clock = this.#book.clockOf(this.#targets);
    return { at: clock.add(at, ms), waits: [...waits, { clock, ms }] };
  }

  /** No hold lasts longer than the product lets any last. */
  #timeoutFrom(moment: Moment): Moment {
    const latest = this.#beginsAt + holdTimeoutMaxMs;
    const end = this.#after(moment, this.#hold.timeoutMs);
    if (end.at <= latest) return end;
    return { at: latest, waits: [{ clock: wallClock, ms: holdTimeoutMaxMs }] };
  }
}

function keyOf({ kind, name }: Target): string {
  return `${kind}:${name}`;
}

/** The first beginning whose moment after these waits is at `at` or later. */
export function firstBeginning(waits: readonly Wait[], at: Instant): Instant {
  return waits.reduceRight((latest, { clock, ms }) => clock.firstReaching(latest, ms), at);
}
