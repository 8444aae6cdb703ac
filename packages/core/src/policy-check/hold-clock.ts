// Clocks of a hold: time on the wall, or time in which the hours of a group are open.

import type { Instant } from "../base/clock.ts";

export interface HoldClock {
  /** Distinguishes clocks of one policy. */
  readonly name: string;
  /** The first instant at which so much time has passed. */
  add(at: Instant, ms: number): Instant;
  /** The first instant from which so much time ends at `at` or later. */
  firstReaching(at: Instant, ms: number): Instant;
  /** Instants at which the clock stops or goes on. */
  readonly changesAt: readonly Instant[];
}

export const wallClock: HoldClock = {
  name: "wall",
  add: (at, ms) => at + ms,
  firstReaching: (at, ms) => at - ms,
  changesAt: [],
};

export interface OpenSpan {
  readonly fromAt: Instant;
  readonly untilAt: Instant;
}

/** Counts only within spans, which are in order and do not touch. */
export class OpenClock implements HoldClock {
  readonly name: string;
  readonly changesAt: readonly Instant[];
  readonly #spans: readonly OpenSpan[];
  /** Open time before each span. */
  readonly #before: readonly number[];

  constructor(name: string, spans: readonly OpenSpan[]) {
    this.name = name;
    this.#spans = spans;
    this.changesAt = spans.flatMap(({ fromAt, untilAt }) => [fromAt, untilAt]);
    let open = 0;
    this.#before = spans.map(({ fromAt, untilAt }) => {
      const before = open;
      open += untilAt - fromAt;
      return before;
    });
  }

  add(at: Instant, ms: number): Instant {
    return ms <= 0 ? at : this.#firstWith(this.#openUntil(at) + ms);
  }

  // The end is at `at` or later unless all the time has passed a millisecond before.
  firstReaching(at: Instant, ms: number): Instant {
    return this.#firstWith(this.#openUntil(at - 1) - ms + 1);
  }

  #openUntil(at: Instant): number {
    const place = this.#lastFrom(({ fromAt }) => fromAt <= at);
    const span = this.#spans[place];
    if (span === undefined) return 0;
    return (this.#before[place] ?? 0) + Math.min(at, span.untilAt) - span.fromAt;
  }

  /** The first instant before which so much was open. */
  #firstWith(open: number): Instant {
    if (open <= 0) return -Infinity;
    const place = this.#lastFrom((_, index) => (this.#before[index] ?? 0) < open);
    const span = this.#spans[place];
    if (span === undefined) return Infinity;
    const at = span.fromAt + open - (this.#before[place] ?? 0);
    return at > span.untilAt ? Infinity : at;
  }

  /** Index of the last span for which it is so; -1 for none. */
  #lastFrom(isSo: (span: OpenSpan, index: number) => boolean): number {
    let low = -1;
    let high = this.#spans.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const span = this.#spans[middle];
      if (span !== undefined && isSo(span, middle)) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
