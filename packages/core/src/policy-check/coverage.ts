// Says whether one `match` is for every action that another is for; when unsure, it says no.

import type { CostBounds, Match, Rule } from "../policy/policy.ts";
import { isRelaxing } from "../policy/policy.ts";

/**
 * True when `wide` matches all that `narrow` matches. Questions about what an action, or what is
 * known of it, may leave unsaid are answered differently by rules that relax, so those never cover
 * through them.
 */
export function covers(wide: Match, narrow: Match, wideRule: Rule): boolean {
  if (asksWhatMayBeUnsaid(wide) && isRelaxing(wideRule.decision)) return false;
  return (
    coversTopics(wide.topics, narrow.topics) &&
    coversTags(wide, narrow) &&
    coversNames(wide.agents, narrow.agents) &&
    coversNames(wide.tools, narrow.tools) &&
    coversNames(wide.environments, narrow.environments) &&
    coversNames(wide.tenants, narrow.tenants) &&
    coversLabels(wide.labels, narrow.labels) &&
    (wide.reversible === null || wide.reversible === narrow.reversible) &&
    (wide.unusual === null || wide.unusual === narrow.unusual) &&
    coversNames(wide.during, narrow.during) &&
    (wide.outside ?? []).every((name) => narrow.outside?.includes(name) === true) &&
    coversCost(wide.cost, narrow.cost)
  );
}

/** What such a rule asks may have no answer: it then applies as a doubt, and ends no search for others. */
export function asksWhatMayBeUnsaid({ environments, reversible, cost, unusual }: Match): boolean {
  return [environments, reversible, cost, unusual].some((one) => one !== null);
}

function coversTopics(wide: readonly string[] | null, narrow: readonly string[] | null): boolean {
  if (wide === null || wide.includes("**")) return true;
  if (narrow === null) return false;
  return narrow.every((one) => wide.some((other) => coversTopic(other, one)));
}

/** True when every topic of the pattern `narrow` fits the pattern `wide`. */
function coversTopic(wide: string, narrow: string): boolean {
  const wideParts = wide.split(".");
  const narrowParts = narrow.split(".");
  for (const [index, part] of wideParts.entries()) {
    const other = narrowParts[index];
    if (other === undefined) return false;
    if (part === "**") return true;
    if (other === "**") return false;
    if (part !== "*" && part !== other) return false;
  }
  return wideParts.length === narrowParts.length;
}

function coversTags(wide: Match, narrow: Match): boolean {
  const carried = narrow.riskTags;
  const isUntagged = carried !== null && carried.length === 0;
  if (wide.riskTags !== null) {
    if (wide.riskTags.length === 0) {
      if (!isUntagged) return false;
    } else if (carried === null || !wide.riskTags.every((tag) => carried.includes(tag))) {
      return false;
    }
  }
  const any = wide.anyRiskTags;
  if (any === null) return true;
  if (carried !== null && carried.some((tag) => any.includes(tag))) return true;
  return narrow.anyRiskTags !== null && narrow.anyRiskTags.every((tag) => any.includes(tag));
}

function coversNames(wide: readonly string[] | null, narrow: readonly string[] | null): boolean {
  if (wide === null) return true;
  return narrow !== null && narrow.every((name) => wide.includes(name));
}

function coversLabels(wide: Match["labels"], narrow: Match["labels"]): boolean {
  if (wide === null) return true;
  if (narrow === null) return false;
  return Object.entries(wide).every(
    ([name, value]) => Object.hasOwn(narrow, name) && narrow[name] === value,
  );
}

function coversCost(wide: CostBounds | null, narrow: CostBounds | null): boolean {
  if (wide === null) return true;
  if (narrow === null || (wide.currency !== null && wide.currency !== narrow.currency))
    return false;
  const keys = ["over", "atLeast", "under", "atMost"] as const;
  return keys.every((key) => wide[key] === null || wide[key] === narrow[key]);
}
