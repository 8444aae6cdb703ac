// A rollout takes the same agents everywhere, grows without dropping any, and halts on a jump that is no chance.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ArmCounts, isInRollout, judgeRollout, nextStage, placeInRollout } from "./rollout.ts";

const counts = (cases: number, more: Partial<ArmCounts> = {}): ArmCounts => ({
  cases,
  denials: 0,
  holds: 0,
  errors: 0,
  ...more,
});

describe("the arm of an agent", () => {
  test("is the same for the same agent, and another in another rollout", () => {
    const agents = Array.from({ length: 2_000 }, (_, at) => `agent-${at}`);
    const first = agents.map((agent) => placeInRollout("rol_1", agent));
    expect(agents.map((agent) => placeInRollout("rol_1", agent))).toEqual(first);
    expect(agents.map((agent) => placeInRollout("rol_2", agent))).not.toEqual(first);
  });

  test("spreads agents evenly over the hundred places", () => {
    const places = new Array<number>(100).fill(0);
    for (let at = 0; at < 100_000; at += 1) {
      const place = placeInRollout("rol_1", `agent-${at}`);
      places[place] = (places[place] ?? 0) + 1;
    }
    // 1,000 expected in each; six standard deviations are 190.
    expect(Math.min(...places)).toBeGreaterThan(810);
    expect(Math.max(...places)).toBeLessThan(1_190);
  });

  test("never leaves the candidate when the percentage grows", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (rollout, agent, one, other) => {
          const [low, high] = [Math.min(one, other), Math.max(one, other)];
          if (isInRollout(rollout, agent, low))
            expect(isInRollout(rollout, agent, high)).toBe(true);
          expect(isInRollout(rollout, agent, 0)).toBe(false);
          expect(isInRollout(rollout, agent, 100)).toBe(true);
        },
      ),
    );
  });

  test("walks through the stages", () => {
    expect([0, 1, 5, 10, 50, 99, 100].map(nextStage)).toEqual([1, 10, 10, 50, 100, 100, null]);
  });
});

describe("a rollout", () => {
  test("halts on a jump of denials and says the numbers", () => {
    const verdict = judgeRollout(counts(400, { denials: 20 }), counts(40, { denials: 18 }));
    expect(verdict).toEqual({
      isHalted: true,
      measure: "denials",
      reason: "45 % of 40 actions were denied under the candidate, under the base 5 % of 400",
    });
  });

  test("halts on a jump of holds, and of errors before both", () => {
    expect(judgeRollout(counts(100), counts(50, { holds: 50 })).measure).toBe("holds");
    const all = counts(50, { holds: 50, denials: 50, errors: 50 });
    expect(judgeRollout(counts(100), all).measure).toBe("errors");
  });

  test("says nothing before there are enough cases", () => {
    expect(judgeRollout(counts(400), counts(19, { denials: 19 })).isHalted).toBe(false);
    expect(judgeRollout(counts(400), counts(4, { errors: 4 })).isHalted).toBe(false);
  });

  test("goes on when a difference is small, or may be chance, or is for the better", () => {
    expect(judgeRollout(counts(400), counts(400, { holds: 39 })).isHalted).toBe(false);
    expect(judgeRollout(counts(2, { holds: 1 }), counts(25, { holds: 18 })).isHalted).toBe(false);
    expect(judgeRollout(counts(400, { holds: 400 }), counts(400)).isHalted).toBe(false);
  });

  test("is judged for errors alone when the base decided nothing", () => {
    expect(judgeRollout(counts(0), counts(90, { holds: 90 })).isHalted).toBe(false);
    expect(judgeRollout(counts(0), counts(90, { errors: 10 })).reason).toContain(
      "nothing to compare",
    );
  });

  test("is never halted by a candidate that decides as the base does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (cases, share) => {
          const same = counts(cases, { denials: Math.round(cases * share) });
          expect(judgeRollout(same, same).isHalted).toBe(false);
        },
      ),
    );
  });
});
