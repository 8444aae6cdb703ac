// Risk tags that the policy itself gives an action, before any rule looks at it.

import { celBudget } from "../base/limits.ts";
import { no } from "./clause.ts";
import type { CompiledPolicy } from "./compile.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import type { Scope } from "./scope.ts";

/** The tags of the action with those that `derive` adds. */
export function derivedTags(compiled: CompiledPolicy, input: EvaluationInput): readonly string[] {
  const { scope } = compiled.deciding;
  scope.begin(input, celBudget);
  return withDerivedTags(compiled, input, scope).riskTags;
}

/** INVARIANT: what cannot be told adds its tags; no derivation sees the tags of another. */
export function withDerivedTags(
  { derive }: CompiledPolicy,
  input: EvaluationInput,
  scope: Scope,
): EvaluationInput {
  if (derive.length === 0) return input;
  let riskTags: string[] | null = null;
  for (const [number, { condition, tags }] of derive.entries()) {
    scope.askerKind = "derivation";
    scope.askerId = String(number + 1);
    if (scope.ask(condition) === no) continue;
    for (const tag of tags) {
      if ((riskTags ?? input.riskTags).includes(tag)) continue;
      riskTags ??= [...input.riskTags];
      riskTags.push(tag);
    }
  }
  if (riskTags === null) return input;
  const effective = { ...input, riskTags };
  scope.change(effective);
  return effective;
}
