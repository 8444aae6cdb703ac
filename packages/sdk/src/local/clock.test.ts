// The server's time as a process knows it: never outside of what its answers allow.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ServerClock } from "./clock.ts";

describe("the server's clock", () => {
  it("is within what is known, however long answers take and however the clocks drift a little", () => {
    const answers = fc.array(
      fc.record({
        pauseMs: fc.integer({ min: 0, max: 60_000 }),
        thereMs: fc.integer({ min: 0, max: 25_000 }),
        backMs: fc.integer({ min: 0, max: 500 }),
      }),
      { minLength: 1, maxLength: 30 },
    );
    const drift = fc.double({ min: -0.0004, max: 0.0004, noNaN: true });
    fc.assert(
      fc.property(answers, drift, fc.nat(60_000), (all, share, afterMs) => {
        const server = (at: number): number => 1_700_000_000_000 + at * (1 + share);
        const clock = new ServerClock();
        let at = 0;
        for (const { pauseMs, thereMs, backMs } of all) {
          const askedAt = at + pauseMs;
          const signedAt = Math.floor(server(askedAt + thereMs));
          at = askedAt + thereMs + backMs;
          clock.learn(signedAt, askedAt, at);
        }
        const now = at + afterMs;
        const { from, until } = clock.now(now);
        expect(from).toBeLessThanOrEqual(server(now));
        expect(until).toBeGreaterThanOrEqual(server(now));
      }),
    );
  });

  it("is believed anew when the server's was set", () => {
    const clock = new ServerClock();
    clock.learn(1_000_000, 0, 10);
    clock.learn(9_000_000, 20, 30);
    const { from, until } = clock.now(30);
    expect(from).toBeGreaterThan(8_999_900);
    expect(until).toBeLessThan(9_000_100);
  });
});
