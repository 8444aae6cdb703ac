// Tests which counts a policy asks for, what they have in common, and what a missing one does.

import { describe, expect, it } from "vitest";
import { plainInput } from "../policy/decision.sample.ts";
import { evaluate } from "./evaluate.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { compiledFrom } from "./policy.sample.ts";
import { velocityChecks, velocityKeyOf } from "./velocity.ts";

const burst =
  "rules:\n" +
  "  - { id: free, decision: allow, match: { topics: [job.*] } }\n" +
  "  - { id: burst, decision: require_approval, match: { topics: [job.*], tenants: [default] }, " +
  "velocity: { over: 2, in: 10m, per: [agent.id, params.account] }, when: 'false || true' }\n";
const compiled = compiledFrom(burst);
const input: EvaluationInput = { ...plainInput, params: { account: "a" } };

function keyOf(more: Partial<EvaluationInput>): string | undefined {
  return velocityChecks(compiled, { ...input, ...more })[0]?.key;
}

function kindFor(count: number | null): string {
  const key = keyOf({}) ?? "";
  const velocity = count === null ? {} : { [key]: count };
  return evaluate(compiled, { ...input, facts: { history: null, velocity } }).kind;
}

describe("velocity", () => {
  it("holds what is more than the limit, and what was not counted", () => {
    expect([kindFor(2), kindFor(3), kindFor(null)]).toEqual([
      "allow",
      "require_approval",
      "require_approval",
    ]);
  });

  it("does not apply uncounted to a rule that releases", () => {
    const source = "rules: [{ id: a, decision: allow, velocity: { over: 1, in: 1m } }]";

    expect(evaluate(compiledFrom(source), input).kind).toBe("require_approval");
  });

  it("asks for one count for each rule that may match, without asking its condition", () => {
    expect(velocityChecks(compiled, input)).toEqual([
      { key: keyOf({}), inMs: 600_000, over: 2, ruleId: "burst" },
    ]);
    expect(velocityChecks(compiled, { ...input, topic: "mail.send" })).toEqual([]);
    expect(velocityChecks(compiled, { ...input, tenant: "other" })).toEqual([]);
    expect(velocityChecks(compiledFrom("rules: [{ id: a, decision: deny }]"), input)).toEqual([]);
  });

  it("counts together what shares the values, and apart what does not", () => {
    const same = keyOf({});

    expect(keyOf({ topic: "job.other", riskTags: ["x"], now: 5 })).toBe(same);
    expect(keyOf({ params: { account: "b" } })).not.toBe(same);
    expect(keyOf({ agent: "other" })).not.toBe(same);
    expect(same).toMatch(/^[0-9a-f]{32}$/);
  });

  it("counts together everything that has no plain value", () => {
    const missing = keyOf({ params: {} });
    const long = "a".repeat(5_000);

    for (const account of [null, [], {}, [1], long, `${long}b`]) {
      expect(keyOf({ params: { account } })).toBe(missing);
    }
    for (const account of ["?", "null", 1, true, ""]) {
      expect(keyOf({ params: { account } })).not.toBe(missing);
    }
    expect(keyOf({ params: { account: "1" } })).not.toBe(keyOf({ params: { account: 1 } }));
  });

  it("keeps values apart that run together", () => {
    const pair = compiledFrom(
      "rules: [{ id: a, decision: deny, velocity: { over: 1, in: 1m, per: [params.a, params.b] } }]",
    );
    const of = (a: string, b: string): string | undefined =>
      velocityChecks(pair, { ...plainInput, params: { a, b } })[0]?.key;

    expect(of('x","sy', "z")).not.toBe(of("x", 'y","sz'));
    expect(of("ab", "c")).not.toBe(of("a", "bc"));
  });

  it("has one key for a rule wherever it is asked", () => {
    const rule = compiled.rules.find(({ id }) => id === "burst");
    const other = compiled.rules.find(({ id }) => id === "free");

    expect(rule && velocityKeyOf(rule, input)).toBe(keyOf({}));
    expect(other && velocityKeyOf(other, input)).toBe(null);
  });
});
