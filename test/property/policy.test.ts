// The laws of policies, for random policies and actions.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import { compilePolicy } from "@holdpoint/core/policy-decide/compile";
import { type Decision, decisionKinds, strictnessOf } from "@holdpoint/core/policy/decision";
import { evaluate } from "@holdpoint/core/policy-decide/evaluate";
import { loadPolicy } from "@holdpoint/core/policy-file/load";
import { policyDigest, policyFromJson, policyToJson } from "@holdpoint/core/policy-file/snapshot";
import { explain } from "@holdpoint/core/policy-decide/trace";
import { winnerOf } from "@holdpoint/core/policy-decide/winner";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { denyRule, evaluationInput, policyJson } from "./policy-arbitrary.ts";
import { counts } from "./policy-arbitrary-condition.ts";
import { decide, withCounts } from "./policy-case.ts";
import { decideByReference } from "./policy-reference.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_PROPERTY_RUNS"] ?? 300) };

/** What of a decision does not depend on the order of the file. */
function unordered(decision: Decision): unknown {
  const sorted = (items: readonly unknown[]): string[] =>
    items.map((item) => JSON.stringify(item)).sort();
  return {
    kind: decision.kind,
    matched: sorted(decision.matchedRuleIds),
    constraints: decision.constraints,
    requirements: sorted(decision.requirements),
    exclude: sorted(decision.exclude),
    timeoutMs: decision.timeoutMs,
    onTimeout: decision.onTimeout,
    slaMs: decision.slaMs,
    onReject: decision.onReject,
    strongAuth: decision.strongAuth,
    notify: sorted(decision.notify),
    remediations: sorted(decision.remediations),
    terms: decision.terms && {
      ...decision.terms,
      emergency: decision.terms.emergency && sorted(decision.terms.emergency),
      invariants: sorted(decision.terms.invariants),
    },
  };
}

describe("every policy", () => {
  it("gives the decision that the slow reference gives, and names its winner early", () => {
    const inputs = fc.array(fc.tuple(evaluationInput, counts), { minLength: 10, maxLength: 12 });
    fc.assert(
      fc.property(policyJson, inputs, (json, cases) => {
        const policy = policyFromJson(json);
        const compiled = compilePolicy(policy);
        for (const [action, known] of cases) {
          const input = withCounts(compiled, action, known);
          const { reason: _, ...decision } = evaluate(compiled, input);
          const expected = decideByReference(policy, input, known);
          // Which of two contradicting rules gives its name is not part of the meaning.
          const ruleId = expected.ruleId === "?" ? decision.ruleId : expected.ruleId;
          const warnings = decision.warnings.map((one) => `${one.ruleId} ${one.mode}`);
          expect({ ...decision, warnings }).toEqual({ ...expected, ruleId });
          const { kind } = decision;
          expect(winnerOf(compiled, input)).toEqual({ kind, ruleId: decision.ruleId });
        }
      }),
      { numRuns: Math.max(runs.numRuns, 500) },
    );
  });

  it("answers any action, and the same one in the same way", () => {
    fc.assert(
      fc.property(policyJson, evaluationInput, evaluationInput, (json, input, between) => {
        const compiled = compilePolicy(policyFromJson(json));
        const first = evaluate(compiled, input);
        evaluate(compiled, between);

        expect(decisionKinds).toContain(first.kind);
        expect(evaluate(compiled, input)).toEqual(first);
        expect(decide(json, input)).toEqual(first);
      }),
      runs,
    );
  });

  it("does not depend on the order of its rules when it combines strictly", () => {
    const shuffled = policyJson.chain((json) => {
      const rules = (json["rules"] ?? []) as JsonObject[];
      return fc
        .shuffledSubarray(rules, { minLength: rules.length })
        .map((order) => [json, { ...json, rules: order }] as const);
    });
    fc.assert(
      fc.property(shuffled, evaluationInput, ([before, after], input) => {
        const strict = { combine: "strict" };
        const one = decide({ ...before, ...strict }, input);
        const other = decide({ ...after, ...strict }, input);

        expect(unordered(other)).toEqual(unordered(one));
      }),
      runs,
    );
  });

  it("never gets looser when a deny is added", () => {
    fc.assert(
      fc.property(policyJson, denyRule, evaluationInput, fc.nat(), (json, added, input, at) => {
        const rules = (json["rules"] ?? []) as JsonObject[];
        const place = at % (rules.length + 1);
        const strict = { ...json, combine: "strict" };
        const before = decide(strict, input);
        const after = decide({ ...strict, rules: rules.toSpliced(place, 0, added) }, input);

        expect(strictnessOf(after.kind)).toBeGreaterThanOrEqual(strictnessOf(before.kind));
      }),
      runs,
    );
  });

  it("never gets looser by an invariant, however its rules are combined", () => {
    fc.assert(
      fc.property(policyJson, denyRule, evaluationInput, (json, added, input) => {
        const invariants = (json["invariants"] ?? []) as JsonObject[];
        const before = decide(json, input);
        const after = decide({ ...json, invariants: [...invariants, added] }, input);

        expect(strictnessOf(after.kind)).toBeGreaterThanOrEqual(strictnessOf(before.kind));
      }),
      runs,
    );
  });

  it("is at least as strict as each of its invariants alone", () => {
    fc.assert(
      fc.property(policyJson, evaluationInput, (json, input) => {
        const all = decide(json, input);
        for (const invariant of (json["invariants"] ?? []) as JsonObject[]) {
          const alone = decide(
            { ...json, invariants: [invariant], rules: [], exceptions: [] },
            input,
          );
          if (alone.ruleId === null) continue;
          expect(strictnessOf(all.kind)).toBeGreaterThanOrEqual(strictnessOf(alone.kind));
        }
      }),
      runs,
    );
  });

  it("keeps its digest and its decisions through its stored form", () => {
    fc.assert(
      fc.property(policyJson, evaluationInput, (json, input) => {
        const policy = policyFromJson(json);
        const again = policyFromJson(JSON.parse(JSON.stringify(policyToJson(policy))));

        expect(policyDigest(again)).toBe(policyDigest(policy));
        expect(again).toEqual(policy);
        expect(evaluate(compilePolicy(again), input)).toEqual(
          evaluate(compilePolicy(policy), input),
        );
      }),
      runs,
    );
  });

  it("explains each decision by the rules that made it", () => {
    fc.assert(
      fc.property(policyJson, evaluationInput, (json, input) => {
        const compiled = compilePolicy(policyFromJson(json));
        const decision = evaluate(compiled, input);
        const trace = explain(compiled, input, decision);
        const matched = trace.rules
          .filter((rule) => rule.matched && rule.mode === "enforce" && rule.exception === null)
          .map((rule) => rule.ruleId);
        const warned = trace.rules
          .filter((rule) => rule.matched && rule.mode !== "enforce" && rule.exception === null)
          .map((rule) => rule.ruleId);
        const won = trace.rules.filter((rule) => rule.won).map((rule) => rule.ruleId);

        for (const id of decision.matchedRuleIds) expect(matched).toContain(id);
        if (compiled.policy.combine === "strict") {
          expect(matched).toHaveLength(decision.matchedRuleIds.length);
          expect(warned.toSorted()).toEqual(
            decision.warnings.map(({ ruleId }) => ruleId).toSorted(),
          );
        }
        expect(won).toEqual(decision.ruleId === null ? [] : [decision.ruleId]);
        for (const rule of trace.rules) {
          expect(rule.clauses.every((clause) => clause.matched)).toBe(rule.matched);
        }
      }),
      runs,
    );
  });
});

describe("the loader", () => {
  it("answers any text with a policy or with an error at a place inside it", () => {
    const fragment = fc.constantFrom(
      "version: v1\n",
      "rules:\n",
      "  - id: a\n",
      "    decision: allow\n",
      "    match: { topics: [job.*] }\n",
      "&a [*a]",
      "<<: *a\n",
      "? [x]\n",
      "'",
      "\t",
      "- ",
      "{",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.oneof(fragment, fc.string()), { maxLength: 12 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (source) => {
        const result = loadPolicy(source);

        expect(result.findings.some(({ severity }) => severity === "error")).toBe(!result.ok);
        for (const { line, column } of result.findings) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(source.split(/\r\n|\r|\n/).length + 1);
          expect(column).toBeGreaterThanOrEqual(1);
        }
      }),
      runs,
    );
  });
});
