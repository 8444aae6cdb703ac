// The server's clock as this process knows it, from answers whose moment lies between asking and being answered.

import type { Span } from "@holdpoint/core/local/engine";

/** What a process can ask about time; tests put another in its place. */
export interface Clocks {
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** Milliseconds since 1970, as this machine believes. */
  readonly wall: () => number;
}

export const realClocks: Clocks = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
};

/** What two clocks of machines may drift apart, as a share of the time between two answers. */
const driftShare = 0.0005;
/** Rounding of both sides to whole milliseconds. */
const roundingMs = 2;

/**
 * INVARIANT: `now` holds the server's own time, as long as its clock and this machine's monotonic one drift apart
 * less than one in two thousand. The machine's wall clock is not asked.
 */
export class ServerClock {
  #low = -Infinity;
  #high = Infinity;
  #knownAt = 0;

  /** The server said `signedAt` at a moment between the two. */
  learn(signedAt: number, askedAt: number, answeredAt: number): void {
    const drift = Math.abs(answeredAt - this.#knownAt) * driftShare;
    const low = signedAt - answeredAt - roundingMs;
    const high = signedAt - askedAt + roundingMs;
    const before = { low: this.#low - drift, high: this.#high + drift };
    this.#low = Math.max(low, before.low);
    this.#high = Math.min(high, before.high);
    // The server's clock was set: only the last answer counts.
    if (this.#low > this.#high) [this.#low, this.#high] = [low, high];
    this.#knownAt = answeredAt;
  }

  /** How far apart the ends of `now` are. */
  width(at: number): number {
    return this.#high - this.#low + 2 * Math.abs(at - this.#knownAt) * driftShare;
  }

  now(at: number): Span {
    const drift = Math.abs(at - this.#knownAt) * driftShare;
    return {
      from: Math.floor(at + this.#low - drift),
      until: Math.ceil(at + this.#high + drift),
    };
  }
}
