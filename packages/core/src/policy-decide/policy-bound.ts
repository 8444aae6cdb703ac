// What the rules of a policy can take of the budget at most, so that a winner can be named early.

import { conditionUnits, requirementsMax, velocityUnits } from "../base/limits.ts";
import type { Json } from "../base/json/value.ts";
import type { CompiledCondition } from "./condition.ts";
import { addBounds, boundOf, nothingToAsk, unbounded, weightOfJson } from "./condition-bound.ts";
import type { CompiledException } from "./exception.ts";
import { isHold } from "../policy/decision.ts";
import type { Policy, Rule } from "../policy/policy.ts";
import type { Bound } from "./topic-index.ts";

interface Bounded {
  readonly policy: Policy;
  readonly rules: readonly { readonly rule: Rule; readonly condition: CompiledCondition | null }[];
  readonly exceptions: readonly CompiledException[];
  readonly variables: readonly { readonly condition: CompiledCondition }[];
}

export interface PolicyBounds {
  readonly rules: readonly Bound[];
  /** All exceptions together: each is asked once. */
  readonly exceptions: Bound;
  /** Weight of what expressions read beside the action. */
  readonly weight: number;
}

export function policyBounds(parts: Bounded): PolicyBounds {
  const { policy, variables } = parts;
  const ofVariables: Bound[] = [];
  const made = new Map<CompiledCondition, Bound>();
  const ofCondition = (condition: CompiledCondition): Bound => {
    const known = made.get(condition);
    if (known !== undefined) return known;
    const read = condition.variables.map((number) => ofVariables[number] ?? unbounded);
    const bound = addBounds([asked, boundOf(condition.ast), ...read]);
    made.set(condition, bound);
    return bound;
  };
  for (const { condition } of variables) ofVariables.push(ofCondition(condition));
  const mayOverflow = asksOf(policy) > requirementsMax;
  return {
    rules: parts.rules.map(({ rule, condition }) => {
      // INVARIANT: a rule that can turn an answer of others into a denial is never left unasked.
      if (mayContradict(rule) || (mayOverflow && isHold(rule.decision))) return neverUnasked;
      const count = rule.velocity === null ? nothingToAsk : { fixed: velocityUnits, perWeight: 0 };
      return condition === null ? count : addBounds([count, ofCondition(condition)]);
    }),
    exceptions: addBounds(
      parts.exceptions.map(({ condition }) =>
        condition === null ? nothingToAsk : ofCondition(condition),
      ),
    ),
    weight: weightOfParameters(policy),
  };
}

/** A cost without end goes by weight; this one says that the answer itself depends on the rule. */
export const neverUnasked: Bound = { fixed: Infinity, perWeight: 0 };
const asked: Bound = { fixed: conditionUnits, perWeight: 0 };

/** Numbers never contradict each other, lists of hosts and pinned values can. */
function mayContradict({ constraints, decision }: Rule): boolean {
  if (constraints === null || decision === "deny") return false;
  return constraints.network_allowlist !== undefined || constraints.pin !== undefined;
}

/** The most kinds of approval that rules of the policy can ask for together. */
function asksOf({ invariants, rules }: Policy): number {
  const asked = new Set<string>();
  for (const rule of [...invariants, ...rules]) {
    for (const { kind, name, after } of rule.approvals) asked.add(`${kind}:${name}:${after ?? ""}`);
  }
  return asked.size;
}

function weightOfParameters({ parameters }: Policy): number {
  let weight = weightOfJson(parameters.values as Json);
  for (const values of parameters.environments.values()) weight += weightOfJson(values as Json);
  return weight;
}
