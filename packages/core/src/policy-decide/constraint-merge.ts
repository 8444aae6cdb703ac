// Joins the constraints of all rules that matched, and names the rules that contradict each other.

import { type CompiledRule, rulePart } from "./compile.ts";
import { canCombineConstraints, combineConstraints } from "../policy/constraint.ts";
import type { Constraints } from "../policy/decision.ts";

type MergedConstraints =
  | { readonly ok: true; readonly constraints: Constraints | null }
  /** `between`: rules that together leave nothing for the constraint `name`, in their order. */
  | { readonly ok: false; readonly name: string; readonly between: readonly string[] };

/**
 * INVARIANT: the order of the rules changes neither the outcome nor the constraints, and a further
 * rule never turns a contradiction into an agreement.
 */
export function mergeConstraints(matched: readonly CompiledRule[]): MergedConstraints {
  let first: CompiledRule | null = null;
  for (const rule of matched) {
    if ((rule.parts & rulePart.constraints) === 0) continue;
    if (first !== null) return mergeSeveral(matched);
    first = rule;
  }
  return { ok: true, constraints: first === null ? null : first.rule.constraints };
}

function mergeSeveral(matched: readonly CompiledRule[]): MergedConstraints {
  const bound = matched.filter((rule) => (rule.parts & rulePart.constraints) !== 0);
  // A rule that forbids the network altogether agrees with any list, so the lists meet first.
  const ordered = [
    ...bound.filter((rule) => !forbidsNetwork(rule)),
    ...bound.filter((rule) => forbidsNetwork(rule)),
  ];
  let merged: Constraints | null = null;
  for (const [place, { rule }] of ordered.entries()) {
    const next = combineConstraints(merged, rule.constraints);
    if (!next.ok) {
      return { ok: false, name: next.name, between: parties(ordered.slice(0, place + 1)) };
    }
    merged = next.constraints;
  }
  return { ok: true, constraints: merged };
}

function forbidsNetwork({ rule }: CompiledRule): boolean {
  return rule.constraints?.network_allowlist?.length === 0;
}

/** The last rule and the first one that it alone contradicts; all of them when no pair does. */
function parties(rules: readonly CompiledRule[]): readonly string[] {
  const last = rules.at(-1);
  const other = rules.find(
    ({ rule }) => !canCombineConstraints(rule.constraints, last?.rule.constraints ?? null),
  );
  if (last === undefined || other === undefined) return rules.map(({ rule }) => rule.id);
  return [other.rule.id, last.rule.id];
}
