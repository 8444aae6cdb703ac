// Exceptions: for which actions the rules that they name do not count.

import type { Calendars, Clause } from "./clause.ts";
import { indexedClauses, remainingClauses } from "./clause.ts";
import type { CompiledCondition, ConditionPool } from "./condition.ts";
import type { Exception } from "../policy/policy.ts";

export interface CompiledException {
  readonly id: string;
  readonly expiresAt: number;
  readonly clauses: readonly Clause[];
  readonly condition: CompiledCondition | null;
}

export function compileException(
  exception: Exception,
  calendars: Calendars,
  pool: ConditionPool,
): CompiledException {
  return {
    id: exception.id,
    expiresAt: exception.expiresAt,
    clauses: [...indexedClauses(exception.match), ...remainingClauses(exception.match, calendars)],
    condition: exception.when && pool.get(exception.when),
  };
}

/** Numbers of the exceptions by the rule that they are for. */
export function exceptionsByRule(
  exceptions: readonly Exception[],
): ReadonlyMap<string, readonly number[]> {
  const byRule = new Map<string, number[]>();
  for (const [number, { rules }] of exceptions.entries()) {
    for (const rule of new Set(rules)) byRule.set(rule, [...(byRule.get(rule) ?? []), number]);
  }
  return byRule;
}
