// What must hold for every policy when something is hidden, missing, lifted, only warned of or hostile.

import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import { Meter } from "@holdpoint/core/cel/meter";
import { CelMasked } from "@holdpoint/core/cel/value";
import { compilePolicy } from "@holdpoint/core/policy-decide/compile";
import { weightOf } from "@holdpoint/core/policy-decide/condition-bound";
import {
  type Decision,
  type DecisionKind,
  type EvaluationInput,
  isHold,
  strictnessOf,
} from "@holdpoint/core/policy/decision";
import { evaluate } from "@holdpoint/core/policy-decide/evaluate";
import { Scope } from "@holdpoint/core/policy-decide/scope";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluationInput, policyJson } from "./policy-arbitrary.ts";
import { condition, costly, counts } from "./policy-arbitrary-condition.ts";
import { decide, withCounts } from "./policy-case.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_PROPERTY_RUNS"] ?? 200) };

/** 0 releases, then the veto window, the hold, the denial: what an error must never make smaller. */
function rank(kind: DecisionKind): number {
  return kind === "deny" ? 3 : isHold(kind) ? strictnessOf(kind) - 2 : 0;
}

/** A denial because rules contradict each other, and not because one of them denies. */
function isContradiction({ kind, reason }: Decision): boolean {
  return kind === "deny" && /nothing in common|more than \d+ kinds/.test(reason);
}

/**
 * Policies without derived tags, because a tag that is added may lead away from a rule as well as to
 * one, and without conditions that use up the budget, because what is hidden costs nothing.
 */
const plainPolicy = policyJson.map((json): JsonObject => {
  const rules = (key: string): Json[] =>
    ((json[key] ?? []) as JsonObject[]).map((rule) =>
      rule["when"] === costly ? { ...rule, when: "true" } : rule,
    );
  return {
    ...json,
    derive: [],
    mode: "enforce",
    invariants: rules("invariants"),
    rules: rules("rules"),
  };
});

function neverLooser(before: Decision, after: Decision): void {
  if (isContradiction(before)) return;
  expect(rank(after.kind)).toBeGreaterThanOrEqual(rank(before.kind));
}

describe("every policy", () => {
  it("never gets looser when a parameter cannot be looked at", () => {
    fc.assert(
      fc.property(plainPolicy, evaluationInput, fc.nat(), counts, (json, input, at, known) => {
        const names = Object.keys(input.params);
        const name = names[at % Math.max(1, names.length)] ?? "none";
        const params = { ...input.params, [name]: new CelMasked() as unknown as Json };

        neverLooser(decide(json, input, known), decide(json, { ...input, params }, known));
      }),
      runs,
    );
  });

  it("never gets looser when facts are missing that it does not ask for by `has`", () => {
    const reading = plainPolicy.filter((json) => !JSON.stringify(json).includes("has(facts"));
    fc.assert(
      fc.property(reading, evaluationInput, counts, (json, input, known) => {
        const before = decide(json, input, known);
        const { facts } = input;

        neverLooser(before, decide(json, { ...input, facts: { ...facts, history: null } }, known));
        neverLooser(before, decide(json, input, {}));
      }),
      runs,
    );
  });

  it("never gets stricter than its default when a rule that holds or denies only warns", () => {
    fc.assert(
      fc.property(plainPolicy, evaluationInput, fc.nat(), counts, (json, input, at, known) => {
        const strict = { ...json, combine: "strict" };
        const rules = (json["rules"] ?? []) as JsonObject[];
        const rule = rules[at % Math.max(1, rules.length)];
        if (
          rule === undefined ||
          /^(allow|log|allow_with_constraints)$/.test(String(rule["decision"]))
        )
          return;
        const place = rules.indexOf(rule);
        const softer = { ...strict, rules: rules.with(place, { ...rule, mode: "warn" }) };
        const byDefault = decide({ ...strict, rules: [], exceptions: [] }, input, known);
        const limit = Math.max(
          strictnessOf(decide(strict, input, known).kind),
          strictnessOf(byDefault.kind),
        );

        expect(strictnessOf(decide(softer, input, known).kind)).toBeLessThanOrEqual(limit);
      }),
      runs,
    );
  });

  it("says what it would decide when it is not enforced, and then only its invariants count", () => {
    fc.assert(
      // What a used-up budget cuts off depends on what is asked first, so none is used up here.
      fc.property(plainPolicy, evaluationInput, counts, (json, input, known) => {
        const enforced = decide({ ...json, mode: "enforce" }, input, known);
        const noted = decide({ ...json, mode: "shadow" }, input, known);
        const ids = ((json["invariants"] ?? []) as JsonObject[]).map((one) => one["id"]);

        expect(enforced.unenforced).toBe(null);
        expect(noted.unenforced).toBe(enforced.kind);
        for (const id of noted.matchedRuleIds) expect(ids).toContain(id);
        if (noted.matchedRuleIds.length === 0) {
          expect(noted).toMatchObject({ kind: "log", ruleId: null, constraints: null });
        }
      }),
      runs,
    );
  });

  it("loses by an exception only rules that the exception names", () => {
    fc.assert(
      fc.property(plainPolicy, evaluationInput, counts, (json, input, known) => {
        const strict = { ...json, combine: "strict" };
        const all = decide({ ...strict, exceptions: [] }, input, known).matchedRuleIds;
        const left = decide(strict, input, known).matchedRuleIds;
        const exceptions = (json["exceptions"] ?? []) as JsonObject[];
        const named = new Set(exceptions.flatMap((one) => one["rules"] as string[]));

        expect(all).toEqual(expect.arrayContaining([...left]));
        for (const id of all) if (!left.includes(id)) expect(named).toContain(id);
      }),
      runs,
    );
  });

  it("does not notice keys that no condition names, whatever they are called", () => {
    const keys = ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf", "length"];
    const hostile = fc.tuple(fc.constantFrom(...keys), fc.constantFrom<Json>("x", 1, null, {}, []));
    const harmless = policyJson.filter(
      (json) => !/constructor|toString/.test(JSON.stringify(json)),
    );
    fc.assert(
      fc.property(harmless, evaluationInput, hostile, (json, input, [key, value]) => {
        const params = { ...input.params };
        const own = { value, enumerable: true, configurable: true, writable: true };
        Object.defineProperty(params, key, own);
        const labels = Object.defineProperty({ ...input.labels }, key, { ...own, value: "x" });

        expect(decide(json, { ...input, params, labels })).toEqual(decide(json, input));
      }),
      runs,
    );
  });

  it("knows the most that a condition can cost", () => {
    const costs = fc.oneof(condition, fc.constant(costly));
    fc.assert(
      fc.property(policyJson, costs, evaluationInput, (json, when, input) => {
        const rules = [{ id: "only", decision: "deny", when }];
        const all = { ...json, rules, invariants: [], exceptions: [], derive: [] };
        const compiled = compilePolicy(policyFromJson(all));
        const [rule] = compiled.rules;
        const [bound] = compiled.bounds.rules;
        if (rule?.condition === null || rule === undefined || bound === undefined) return;
        const scope = new Scope(compiled.surroundings);
        scope.begin(input, plenty);
        scope.run(rule.condition);
        const weight = weightOf(input) + compiled.bounds.weight;

        expect(plenty - scope.meter.left).toBeLessThanOrEqual(
          bound.fixed + bound.perWeight * weight,
        );
      }),
      runs,
    );
  });

  it("is not changed by what was decided before, not even by a decision that ran out of budget", () => {
    fc.assert(
      fc.property(policyJson, evaluationInput, evaluationInput, (json, input, other) => {
        const compiled = compilePolicy(policyFromJson(json));
        const first = evaluate(compiled, input);
        const list = new Array<Json>(400).fill(1);
        const before: EvaluationInput = { ...other, params: { ...other.params, list } };
        evaluate(compiled, withCounts(compiled, before, { r0: 9, r1: 9 }));

        expect(evaluate(compiled, input)).toEqual(first);
      }),
      runs,
    );
  });
});

const plenty = new Meter(1e9).left;
