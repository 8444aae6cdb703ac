// Rates are exact over any minute, whatever the proposals do and however the limit changes.

import fc from "fast-check";
import { expect, test } from "vitest";
import { ProposalRates } from "./agent-limits.ts";

test("never lets more through in any minute than the limit, and nobody wait without need", () => {
  const gaps = fc.array(fc.nat({ max: 30_000 }), { maxLength: 60 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), gaps, (limit, pauses) => {
      const rates = new ProposalRates();
      const passed: number[] = [];
      let now = 1_000_000;
      for (const pause of pauses) {
        now += pause;
        const recent = passed.filter((at) => at > now - 60_000);
        const waitMs = rates.take("a", limit, now);
        expect(waitMs === null).toBe(recent.length < limit);
        if (waitMs === null) passed.push(now);
        else expect(waitMs).toBe((recent.at(-limit) ?? 0) + 60_000 - now);
      }
    }),
  );
});

test("a limit that changes forgets nothing that it still counts", () => {
  const rates = new ProposalRates();
  for (const now of [1, 2, 3]) expect(rates.take("a", 3, now)).toBeNull();
  expect(rates.take("a", 2, 4)).toBe(60_000 + 2 - 4);
  expect(rates.take("a", 5, 5)).toBeNull();
  expect(rates.take("b", 2, 5)).toBeNull();
});

test("none is let through at all by a limit of none", () => {
  expect(new ProposalRates().take("a", 0, 1)).toBe(60_000);
});
