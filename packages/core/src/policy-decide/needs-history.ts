// Says whether a policy looks at the history of an action.

import type { CompiledPolicy } from "./compile.ts";
import { type CompiledCondition, rootBit } from "./condition.ts";

/** True when some question or expression of the policy looks at `facts` beyond velocity counts. */
export function needsHistory(compiled: CompiledPolicy): boolean {
  const { rules, exceptions, derive, surroundings, policy } = compiled;
  const reads = (condition: CompiledCondition | null): boolean =>
    condition !== null && (condition.reads & rootBit.facts) !== 0;
  return (
    rules.some(({ rule, condition, template }) => {
      const inReason = (template ?? []).some((part) => typeof part !== "string" && reads(part));
      return rule.match.unusual !== null || reads(condition) || inReason;
    }) ||
    policy.exceptions.some(({ match }) => match.unusual !== null) ||
    exceptions.some(({ condition }) => reads(condition)) ||
    derive.some(({ condition }) => reads(condition)) ||
    surroundings.variables.some(({ condition }) => reads(condition))
  );
}
