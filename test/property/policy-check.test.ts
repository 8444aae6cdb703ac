// What the static check says does nothing, against decisions with and without it.

import { checkPolicy } from "@holdpoint/core/policy-check/check";
import { compilePolicy } from "@holdpoint/core/policy-decide/compile";
import type { Decision, EvaluationInput } from "@holdpoint/core/policy/decision";
import { evaluate } from "@holdpoint/core/policy-decide/evaluate";
import type { Finding } from "@holdpoint/core/policy/finding";
import { isFindingCode } from "@holdpoint/core/policy/finding-codes";
import { loadPolicy } from "@holdpoint/core/policy-file/load";
import type { Policy, Rule } from "@holdpoint/core/policy/policy";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluationInput, policyJson } from "./policy-arbitrary.ts";
import { counts } from "./policy-arbitrary-condition.ts";
import { withCounts } from "./policy-case.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_PROPERTY_RUNS"] ?? 150) };
const cases = fc.array(fc.tuple(evaluationInput, counts), { minLength: 10, maxLength: 20 });
const now = Date.parse("2026-11-21T12:00:00Z");

describe("what the check finds", () => {
  it("has a code that is listed, and decides nothing when it says so", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(policyJson, cases, (json, inputs) => {
        const policy = policyFromJson(json);
        for (const finding of checkPolicy(policy, undefined, { now })) {
          expect(isFindingCode(finding.code)).toBe(true);
          expect(finding.message).not.toMatch(/undefined|NaN|null|  /);
          expectExampleFits(policy, finding);
          const less = withoutWhat(policy, finding);
          if (less === null) continue;
          seen.set(finding.code, (seen.get(finding.code) ?? 0) + 1);
          for (const [action, known] of inputs) {
            const before = decisionOf(policy, action, known);
            const after = decisionOf(less, action, known);
            expect({ finding: finding.message, ...after }).toEqual({
              finding: finding.message,
              ...before,
            });
          }
        }
      }),
      runs,
    );
    expect([...seen.keys()].sort()).toEqual(
      expect.arrayContaining(["exception_lifts_nothing", "never_decides"]),
    );
  });
});

/** The action that a finding shows is one that its rule is for. */
function expectExampleFits(policy: Policy, { code, path, message }: Finding): void {
  if (code !== "never_decides" && code !== "shadowed") return;
  const [, section, place] = path.split("/");
  const rule = (section === "rules" ? policy.rules : policy.invariants)[Number(place)];
  const example = /`(\{ topic: .* \})`/.exec(message)?.[1];
  expect(example).toBeDefined();
  const test = `{ name: t, action: ${example ?? ""}, expect: { decision: deny } }`;
  const loaded = loadPolicy(`{ version: v1, rules: [], tests: [${test}] }`);
  if (!loaded.ok || rule === undefined) throw new Error(`${message} ${JSON.stringify(loaded)}`);
  const [shown] = loaded.policy.tests;
  // What an action cannot say is left out of the question.
  const match = { ...rule.match, unusual: null, during: null, outside: null };
  const alone = { ...rule, match, when: null, velocity: null };
  const decided = compilePolicy({ ...loaded.policy, rules: [alone] });
  expect(shown && evaluate(decided, shown.action).matchedRuleIds).toEqual([rule.id]);
}

/** The policy without what a finding says to do nothing; null for findings that say nothing of the kind. */
function withoutWhat(policy: Policy, { code, path }: Finding): Policy | null {
  const [, section, place, , index] = path.split("/");
  const at = Number(place);
  if (code === "never_decides" || code === "velocity_never") {
    const drop = (rules: readonly Rule[]): readonly Rule[] => rules.toSpliced(at, 1);
    // Of rules the first one counts, so what follows would take the place of the one removed.
    if (section === "rules" && policy.combine === "first_match") return null;
    return section === "invariants"
      ? { ...policy, invariants: drop(policy.invariants) }
      : { ...policy, rules: drop(policy.rules) };
  }
  if (code === "shadowed") return { ...policy, rules: policy.rules.toSpliced(at, 1) };
  if (code !== "exception_lifts_nothing") return null;
  const exceptions = policy.exceptions.map((exception, number) =>
    number === at
      ? {
          ...exception,
          rules: exception.rules.filter((_, one) => index !== undefined && one !== Number(index)),
        }
      : exception,
  );
  return { ...policy, exceptions };
}

type Counts = Parameters<typeof withCounts>[2];

/** A decision but for the lists that only tell which rules matched. */
function decisionOf(policy: Policy, action: EvaluationInput, known: Counts): Partial<Decision> {
  const compiled = compilePolicy(policy);
  const decision = evaluate(compiled, withCounts(compiled, action, known));
  const { matchedRuleIds: _, warnings: _warnings, ...rest } = decision;
  return rest;
}
