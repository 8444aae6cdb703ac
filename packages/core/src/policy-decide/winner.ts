// Names the rule that decides without asking those that cannot change who it is.

import { weightOf } from "./condition-bound.ts";
import { type CompiledPolicy, rulePart } from "./compile.ts";
import { type DecisionKind, type EvaluationInput, strictnessOf } from "../policy/decision.ts";
import { evaluate } from "./evaluate.ts";
import { beginDecision, isSure, settle } from "./find-matches.ts";
import { beginWalk, boundAhead, nextRule } from "./topic-walk.ts";

export interface Winner {
  readonly kind: DecisionKind;
  /** Null when the default decides, or the end of the budget. */
  readonly ruleId: string | null;
}

/** INVARIANT: says what `evaluate` says; where that takes all rules, all are asked. */
export function winnerOf(compiled: CompiledPolicy, input: EvaluationInput): Winner {
  const { policy } = compiled;
  if (policy.mode !== "enforce" || policy.combine === "first_match") return whole(compiled, input);
  const effective = beginDecision(compiled, input);
  if (!beginWalk(compiled.index, compiled.scratch, effective)) return whole(compiled, input);
  const top = firstMatch(compiled, effective);
  if (compiled.deciding.scope.exhaustedBy !== null) return whole(compiled, input);
  const { defaults } = policy;
  if (top < 0) return { kind: defaults.decision, ruleId: null };
  const rule = compiled.rules[top];
  if (rule === undefined || !isFinal(compiled, top, effective)) return whole(compiled, input);
  return { kind: rule.rule.decision, ruleId: rule.id };
}

function firstMatch(compiled: CompiledPolicy, effective: EvaluationInput): number {
  const { index, scratch, table, deciding } = compiled;
  for (;;) {
    const number = nextRule(index, scratch);
    if (number < 0) return -1;
    if (((table.parts[number] ?? 0) & rulePart.warns) !== 0) continue;
    if (settle(compiled, number, effective, deciding.scope)) return number;
  }
}

/** True when no rule that is still ahead can change the kind, and none can use up the budget. */
function isFinal(compiled: CompiledPolicy, top: number, effective: EvaluationInput): boolean {
  const { index, table, deciding, scratch, bounds } = compiled;
  const strictness = table.strictness[top] ?? 0;
  const isInvariant = ((table.parts[top] ?? 0) & rulePart.invariant) !== 0;
  const replacesDefault = !isInvariant && isSure(deciding.outcomes[top] ?? 0);
  const { decision } = compiled.policy.defaults;
  if (!replacesDefault && strictnessOf(decision) > strictness) return false;
  const weight = (): number => weightOf(effective) + bounds.weight;
  const ahead = boundAhead(index, scratch);
  if (ahead.fixed === Infinity) return false;
  const { left } = deciding.scope.meter;
  const fixed = ahead.fixed + bounds.exceptions.fixed;
  const perWeight = ahead.perWeight + bounds.exceptions.perWeight;
  if (fixed <= left && (perWeight === 0 || fixed + perWeight * weight() <= left)) return true;
  for (let number = nextRule(index, scratch); number >= 0; number = nextRule(index, scratch)) {
    if (((table.parts[number] ?? 0) & rulePart.warns) !== 0) continue;
    settle(compiled, number, effective, deciding.scope);
  }
  return deciding.scope.exhaustedBy === null;
}

function whole(compiled: CompiledPolicy, input: EvaluationInput): Winner {
  const { kind, ruleId } = evaluate(compiled, input);
  return { kind, ruleId };
}
