// Tests that the index of covering rules brings up what comparing all pairs finds, and stops in time.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placedRules } from "./check-report.ts";
import { checked, messagesOf, rulesFile } from "./check.sample.ts";
import { covers } from "./coverage.ts";
import { coveringRules } from "./covering-rules.ts";
import { type Match, matchAnything, type Policy, type Rule } from "../policy/policy.ts";
import { policyFromJson } from "../policy-file/snapshot.ts";

const empty: Policy = policyFromJson({
  version: "v1",
  rules: [{ id: "r", decision: "deny" }],
});
const [deny] = empty.rules;

const topic = fc
  .array(fc.constantFrom("a", "b", "*"), { minLength: 1, maxLength: 3 })
  .chain((head) => fc.boolean().map((isDeep) => [...head, ...(isDeep ? ["**"] : [])].join(".")));
const tag = fc.constantFrom("x", "y", "z");
const match: fc.Arbitrary<Match> = fc
  .record({
    topics: fc.option(fc.uniqueArray(topic, { minLength: 1, maxLength: 2 })),
    riskTags: fc.option(fc.uniqueArray(tag, { maxLength: 2 })),
    anyRiskTags: fc.option(fc.uniqueArray(tag, { minLength: 1, maxLength: 2 })),
  })
  .map((asked) => ({ ...matchAnything, ...asked }));

describe("rules that cover others", () => {
  it("are found through the index when comparing all pairs finds one", () => {
    fc.assert(
      fc.property(fc.array(match, { minLength: 2, maxLength: 12 }), (matches) => {
        const rules = matches.flatMap((one, index): Rule[] =>
          deny === undefined ? [] : [{ ...deny, id: `r${index}`, match: one }],
        );
        const placed = placedRules({ ...empty, rules });
        const index = coveringRules(placed, 1_000_000);
        for (const narrow of placed) {
          const isCovered = placed.some(
            (wide) => wide !== narrow && covers(wide.rule.match, narrow.rule.match, wide.rule),
          );
          const found = index.find(narrow, () => true);
          expect(found !== null).toBe(isCovered);
          if (found !== null) {
            expect(covers(found.rule.match, narrow.rule.match, found.rule)).toBe(true);
          }
        }
      }),
    );
  });

  it("are not looked for without end", () => {
    const rules = Array.from({ length: 20 }, (_, index): Rule[] =>
      deny === undefined
        ? []
        : [{ ...deny, id: `r${index}`, match: { ...matchAnything, anyRiskTags: [`t${index}`] } }],
    ).flat();
    const placed = placedRules({ ...empty, rules });
    const index = coveringRules(placed, 100);

    const found = placed.map((narrow) => index.find(narrow, () => true));

    expect(found.every((one) => one === null)).toBe(true);
    expect(index.isCut()).toBe(true);
  });

  it("are looked for among thousands that ask for tags of their own", () => {
    const rules = Array.from(
      { length: 2_000 },
      (_, index) =>
        `{ id: r${index}, decision: allow, match: { topics: [a], risk_tags: [t${index}] } }`,
    );
    const found = checked(rulesFile(...rules));
    expect(messagesOf(found, "never_decides", "check_limited")).toEqual([]);
  });
});
