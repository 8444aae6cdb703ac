// Nothing that the server refuses by its form is decided locally, and what agents plainly send is.

import { proposal } from "@holdpoint/core/wire/shape";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action } from "../action/action.ts";
import { proposalOf } from "../action/wire.ts";
import { isProposable } from "./fits.ts";

const odd = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.constantFrom("prod", "", "A", "x".repeat(300), "a.b", "\u0000", "\ud800", "USD"),
  fc.constantFrom<unknown>(null, undefined, 0, -1, 1.5, Infinity, true, {}, []),
);
const oddObject = (names: readonly string[]): fc.Arbitrary<object> =>
  fc.dictionary(fc.constantFrom(...names, "extra"), odd, { maxKeys: 4 });

const members: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  tool: oddObject(["server", "name"]),
  target: oddObject(["environment", "resource"]),
  riskTags: fc.array(fc.constantFrom("pii", "PII", "", "a:b", "x".repeat(70)), { maxLength: 3 }),
  reversible: odd,
  cost: oddObject(["amount", "currency"]),
  effect: oddObject(["rows", "recipients", "diff"]),
  agent: oddObject(["run", "thread", "onBehalfOf"]),
  claims: oddObject(["title", "reasoning", "confidence"]),
  evidence: fc.array(oddObject(["label", "uri", "text"]), { maxLength: 2 }),
  labels: oddObject(["team"]),
};
const topic = fc.constantFrom("job.db.read", "a", "job.x", "job..x", "Job", "x".repeat(300), "");

/** Few odd parts at once, so that many proposals fit. */
const action = fc
  .tuple(topic, fc.subarray(Object.keys(members), { maxLength: 2 }))
  .chain(([name, chosen]) =>
    fc.record({
      topic: fc.constant(name),
      ...Object.fromEntries(chosen.map((one) => [one, members[one] ?? fc.constant(null)])),
    }),
  );

describe("a proposal that is decided locally", () => {
  it("is one that the server takes", () => {
    let taken = 0;
    fc.assert(
      fc.property(action, (wish) => {
        const made = proposalOf(wish as unknown as Action);
        const text = JSON.stringify(made);
        if (!isProposable(made, text)) return;
        taken += 1;
        expect(proposal.safeParse(JSON.parse(text)).success).toBe(true);
        expect(text).not.toMatch(/\\u0000|\\ud800/);
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(300);
  });

  it("is small and shallow", () => {
    const fits = (params: Action["params"]): boolean => {
      const made = proposalOf({ topic: "job.db.read", params: params ?? {} });
      return isProposable(made, JSON.stringify(made));
    };
    let deep: Action["params"] = {};
    for (let depth = 0; depth < 40; depth += 1) deep = { deep };
    expect(fits({ id: 1, list: ["a", { b: [1, 2] }], text: "ü€😀" })).toBe(true);
    expect(fits({ text: "x".repeat(8_200) })).toBe(false);
    expect(fits(deep)).toBe(false);
    expect(fits({ text: "a\u0000b" })).toBe(false);
  });
});
