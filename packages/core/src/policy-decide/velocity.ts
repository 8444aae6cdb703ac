// Which counts of proposals a policy asks for before it decides about an action.

import { no } from "./clause.ts";
import { type CompiledPolicy, type CompiledRule, rulePart } from "./compile.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { beginDecision } from "./find-matches.ts";
import { findRules } from "./topic-walk.ts";
import type { CompiledVelocity } from "./velocity-key.ts";

/** The name under which `facts.velocity` has the count of a rule; null when the rule counts nothing. */
export function velocityKeyOf(
  rule: { readonly velocity: CompiledVelocity | null },
  input: EvaluationInput,
): string | null {
  return rule.velocity === null ? null : rule.velocity.keyOf(input);
}

/** One count that a rule asks for: proposals with this key within the time before `now`. */
export interface VelocityCheck {
  readonly key: string;
  readonly inMs: number;
  readonly over: number;
  readonly ruleId: string;
}

/** A rule is asked for unless its other questions are answered with no; its `when` is not asked. */
export function velocityChecks(
  compiled: CompiledPolicy,
  input: EvaluationInput,
): readonly VelocityCheck[] {
  if (!compiled.rules.some(({ velocity }) => velocity !== null)) return [];
  const { index, scratch, rules, table } = compiled;
  const effective = beginDecision(compiled, input);
  findRules(index, scratch, effective);
  const checks: VelocityCheck[] = [];
  for (const number of scratch.found.subarray(0, scratch.foundCount)) {
    const rule = ((table.parts[number] ?? 0) & rulePart.velocity) === 0 ? undefined : rules[number];
    const { velocity } = rule ?? { velocity: null };
    if (rule === undefined || velocity === null || !mayMatch(rule, effective)) continue;
    const { inMs, over, keyOf } = velocity;
    checks.push({ key: keyOf(effective), inMs, over, ruleId: rule.id });
  }
  return checks;
}

function mayMatch(rule: CompiledRule, input: EvaluationInput): boolean {
  return rule.remaining.every((clause) => clause.ask(input) !== no);
}
