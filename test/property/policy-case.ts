// Decides about random actions by random policies: compiled from the file, counts put where they belong.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import { type CompiledPolicy, compilePolicy } from "@holdpoint/core/policy-decide/compile";
import type { Decision, EvaluationInput } from "@holdpoint/core/policy/decision";
import { evaluate } from "@holdpoint/core/policy-decide/evaluate";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import { velocityKeyOf } from "@holdpoint/core/policy-decide/velocity";

export type Counts = Readonly<Record<string, number>>;

/** The action with the counts of the rules, by the keys under which facts have them. */
export function withCounts(
  compiled: CompiledPolicy,
  input: EvaluationInput,
  counts: Counts,
): EvaluationInput {
  const velocity: Record<string, number> = {};
  for (const rule of compiled.rules) {
    const key = velocityKeyOf(rule, input);
    const count = counts[rule.id];
    if (key !== null && count !== undefined) velocity[key] = count;
  }
  return { ...input, facts: { ...input.facts, velocity } };
}

export function decide(json: JsonObject, input: EvaluationInput, counts: Counts = {}): Decision {
  const compiled = compilePolicy(policyFromJson(json));
  return evaluate(compiled, withCounts(compiled, input, counts));
}
