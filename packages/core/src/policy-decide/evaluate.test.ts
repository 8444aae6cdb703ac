// Tests what vectors do not reach: odd input, bounds, and the working memory between decisions.

import { describe, expect, it } from "vitest";
import { requirementsMax } from "../base/limits.ts";
import type { Json } from "../base/json/value.ts";
import { compilePolicy } from "./compile.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { plainInput } from "../policy/decision.sample.ts";
import { evaluate } from "./evaluate.ts";
import { policyFromJson } from "../policy-file/snapshot.ts";

const plain: EvaluationInput = { ...plainInput, environment: "test", reversible: true };

function compiled(rules: Json[], more: Record<string, Json> = {}) {
  return compilePolicy(policyFromJson({ version: "v1", rules, ...more }));
}

describe("evaluation", () => {
  it.each<[string, Partial<EvaluationInput>]>([
    ["an empty topic", { topic: "" }],
    ["a topic of dots", { topic: "." }],
    ["many segments", { topic: "a.".repeat(100_000) }],
    ["a topic as objects have names", { topic: "constructor.__proto__" }],
    ["a tag as objects have names", { riskTags: ["__proto__", "toString"] }],
    ["the same tag many times", { riskTags: new Array<string>(10_000).fill("x") }],
    ["tags that no rule knows", { riskTags: Array.from({ length: 10_000 }, (_, i) => `t${i}`) }],
    ["half a character", { topic: "\ud800", agent: "\udfff" }],
    ["a cost that is no number", { cost: { amount: Number.NaN, currency: "USD" } }],
    ["a cost without end", { cost: { amount: Number.POSITIVE_INFINITY, currency: "USD" } }],
    ["a long agent", { agent: "a".repeat(100_000) }],
  ])("answers %s", (_, odd) => {
    const policy = compiled([
      { id: "a", decision: "allow", match: { topics: ["job.*"], risk_tags: ["x"] } },
      { id: "b", decision: "deny", match: { agents: ["*b"], cost: { over: 1, currency: "USD" } } },
      { id: "c", decision: "log", match: { any_risk_tags: ["x", "y"] } },
    ]);

    expect(["allow", "log", "deny", "require_approval"]).toContain(
      evaluate(policy, { ...plain, ...odd }).kind,
    );
  });

  it("holds an infinite cost that a rule bounds, and releases none by it", () => {
    const policy = compiled([
      { id: "large", decision: "deny", match: { cost: { over: 1, currency: "USD" } } },
      { id: "small", decision: "allow", match: { cost: { over: 0, currency: "USD" } } },
    ]);
    const cost = { amount: Number.POSITIVE_INFINITY, currency: "USD" };

    expect(evaluate(policy, { ...plain, cost }).matchedRuleIds).toEqual(["large"]);
  });

  it("denies when more is asked than a hold can carry", () => {
    const names = Array.from({ length: requirementsMax + 1 }, (_, index) => `r${index}`);
    const roles = Object.fromEntries(names.map((name) => [name, 1]));
    const rules = names.map((name) => ({
      id: name,
      decision: "require_approval",
      approvals: [{ role: name }],
    }));

    expect(evaluate(compiled(rules.slice(1), { roles }), plain).requirements).toHaveLength(
      requirementsMax,
    );
    expect(evaluate(compiled(rules, { roles }), plain)).toMatchObject({
      kind: "deny",
      requirements: [],
      reason: `the matching rules ask for more than ${requirementsMax} kinds of approval`,
    });
  });

  it("keeps two orders of one requirement side by side", () => {
    const policy = compiled(
      [
        {
          id: "x",
          decision: "require_approval",
          approvals: [{ role: "a" }, { role: "b", after: "a" }],
        },
        {
          id: "y",
          decision: "require_approval",
          approvals: [{ role: "c" }, { role: "b", count: 2, after: "c" }],
        },
        {
          id: "z",
          decision: "require_approval",
          approvals: [{ role: "b", count: 3, deny_count: 2 }],
        },
      ],
      { roles: { a: 1, b: 1, c: 1 } },
    );
    const asked = evaluate(policy, plain).requirements.filter(({ name }) => name === "b");

    expect(asked.map(({ count, denyCount, after }) => [count, denyCount, after])).toEqual([
      [3, 1, "a"],
      [3, 1, "c"],
    ]);
  });

  it("counts the same tag on an action once and forgets it with the next", () => {
    const policy = compiled([
      { id: "both", decision: "deny", match: { risk_tags: ["x", "y"] } },
      { id: "one", decision: "log", match: { risk_tags: ["x"] } },
    ]);

    expect(evaluate(policy, { ...plain, riskTags: ["x", "x"] }).matchedRuleIds).toEqual(["one"]);
    expect(evaluate(policy, { ...plain, riskTags: ["y"] }).matchedRuleIds).toEqual([]);
    expect(evaluate(policy, { ...plain, riskTags: ["y", "x"] }).matchedRuleIds).toEqual([
      "both",
      "one",
    ]);
  });

  it("starts its marks anew before their number runs out", () => {
    const policy = compiled([{ id: "one", decision: "log", match: { risk_tags: ["x"] } }]);
    const before = evaluate(policy, { ...plain, riskTags: ["x"] });
    policy.scratch.turn = 2 ** 31 - 2;

    expect(evaluate(policy, { ...plain, riskTags: ["x"] })).toEqual(before);
    expect(policy.scratch.turn).toBe(1);
    expect(evaluate(policy, { ...plain, riskTags: [] }).matchedRuleIds).toEqual([]);
  });

  it("finds each of many rules by its topic and its tags", () => {
    const rules = Array.from({ length: 10_000 }, (_, index) => ({
      id: `r${index}`,
      decision: "deny",
      match: { topics: [`job.t${index % 500}`], risk_tags: [`g${index % 41}`, `h${index % 7}`] },
    }));
    const policy = compiled(rules);

    for (let index = 0; index < 10_000; index += 97) {
      const riskTags = [`g${index % 41}`, `h${index % 7}`];
      const found = evaluate(policy, { ...plain, topic: `job.t${index % 500}`, riskTags });
      expect(found.matchedRuleIds).toContain(`r${index}`);
    }
  });
});
