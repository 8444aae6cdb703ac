// Says whether one rule leaves another one nothing to add, wherever both apply.

import type { PlacedRule } from "./check-report.ts";
import { type DecisionKind, isHold, strictnessOf } from "../policy/decision.ts";
import { isRelaxing, type Policy, type Rule } from "../policy/policy.ts";

/** True when the decision is the same without `narrow`, wherever `wide` applies as well. */
export function isOutdone(policy: Policy, narrow: PlacedRule, wide: PlacedRule): boolean {
  if (wide.position === narrow.position) return false;
  // Of rules only the first counts, so one rule makes another one unimportant only by its place.
  if (policy.combine === "first_match" && !wide.isInvariant) return false;
  // A rule that applies keeps the default away, and an invariant does not.
  if (wide.isInvariant && !narrow.isInvariant && wide.rule.decision !== "deny") return false;
  // Rules that do not count leave a rule that does with nobody to be outdone by.
  if (policy.mode !== "enforce" && narrow.isInvariant !== wide.isInvariant) return false;
  const difference = strictnessOf(wide.rule.decision) - strictnessOf(narrow.rule.decision);
  if (difference < 0 || (difference === 0 && wide.position > narrow.position)) return false;
  return !addsTo(wide.rule.decision, narrow.rule);
}

/** What a rule brings into a decision that another one makes. */
function addsTo(decision: DecisionKind, rule: Rule): boolean {
  if (rule.notify.length > 0) return true;
  if (rule.decision === decision && rule.remediations.length > 0) return true;
  if (decision === "deny") return false;
  if (rule.constraints !== null) return true;
  if (!isHold(decision) || isRelaxing(rule.decision)) return false;
  const times = [rule.timeoutMs, rule.slaMs, rule.onTimeout, rule.onReject, rule.strongAuth];
  const lists = [rule.approvals, rule.exclude, rule.escalate];
  return (
    rule.emergency !== null ||
    lists.some((list) => list.length > 0) ||
    times.some((one) => one !== null)
  );
}
