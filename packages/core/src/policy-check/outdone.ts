// Says whether one rule leaves another one nothing to add, wherever both apply.

import type { PlacedRule } from "./check-report.ts";
import { isHold, strictnessOf } from "../policy/decision.ts";
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
  return !addsTo(wide.rule, narrow);
}

/** True when `narrow`, behind `wide` and for actions of it alone, brings nothing where it is asked as well. */
export function bringsNothing(wide: Rule, narrow: PlacedRule): boolean {
  return strictnessOf(narrow.rule.decision) <= strictnessOf(wide.decision) && !addsTo(wide, narrow);
}

/** What a rule brings into a decision that another one makes. */
function addsTo(wide: Rule, { rule, isInvariant }: PlacedRule): boolean {
  const { decision } = wide;
  if (rule.notify.length > 0) return true;
  if (rule.decision === decision && rule.remediations.length > 0) return true;
  if (decision === "deny") return false;
  if (rule.constraints !== null) return true;
  if (!isHold(decision) || isRelaxing(rule.decision)) return false;
  return isInvariant || takesFrom(wide, rule) || saysMore(rule);
}

/** Each of these counts only when every rule that holds an action says it. */
function takesFrom(wide: Rule, rule: Rule): boolean {
  if (wide.emergency !== null || wide.windowMs !== null) return true;
  return (wide.isLowRisk && !rule.isLowRisk) || wide.onTimeout === "allow";
}

function saysMore(rule: Rule): boolean {
  const times = [rule.timeoutMs, rule.slaMs, rule.onTimeout, rule.onReject, rule.strongAuth];
  const spans = [rule.windowMs, rule.claimSilenceMs, rule.emergency];
  const lists = [rule.approvals, rule.exclude, rule.escalate, rule.remindMs];
  return lists.some((list) => list.length > 0) || [...times, ...spans].some((one) => one !== null);
}
