// Says whether two `match` can have no action in common; when unsure, it says no.

import type { CostBounds, Match } from "./policy.ts";

/** Why no action can fit both, as a key of the file; null when one may. */
export function disjointBy(a: Match, b: Match): string | null {
  if (!shareTopic(a.topics, b.topics)) return "topics";
  if (tagsExclude(a, b) || tagsExclude(b, a)) return "risk_tags";
  if (!shareName(a.tenants, b.tenants)) return "tenants";
  if (!shareName(a.environments, b.environments)) return "environments";
  if (!sharePattern(a.agents, b.agents)) return "agents";
  if (differ(a.reversible, b.reversible)) return "reversible";
  if (differ(a.unusual, b.unusual)) return "unusual";
  if (labelsExclude(a.labels, b.labels)) return "labels";
  if (costsExclude(a.cost, b.cost)) return "cost";
  return null;
}

/** Why no action can ever fit, as keys of the file; null when one may. */
export function contradictionIn(match: Match): string | null {
  const { riskTags, anyRiskTags, during, outside, cost } = match;
  if (riskTags?.length === 0 && anyRiskTags !== null) return "`risk_tags: []` and `any_risk_tags`";
  if (during !== null && during.every((name) => outside?.includes(name) === true)) {
    return "`during` and `outside` of the same calendar";
  }
  return cost !== null && isEmptyCost(cost) ? "the bounds of `cost`" : null;
}

/** True when some topic fits both patterns. */
export function topicsMeet(a: string, b: string): boolean {
  const left = a.split(".");
  const right = b.split(".");
  for (let index = 0; ; index += 1) {
    const one = left[index];
    const other = right[index];
    if (one === undefined || other === undefined) return one === other;
    if (one === "**" || other === "**") return true;
    if (one !== "*" && other !== "*" && one !== other) return false;
  }
}

/** True when two patterns of names may fit one name; patterns with stars are not taken apart. */
export function namesMeet(a: string, b: string): boolean {
  const left = a.indexOf("*");
  const right = b.indexOf("*");
  if (left < 0 && right < 0) return a === b;
  const length = Math.min(left < 0 ? a.length : left, right < 0 ? b.length : right);
  return a.slice(0, length) === b.slice(0, length);
}

function shareTopic(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return a === null || b === null || a.some((one) => b.some((other) => topicsMeet(one, other)));
}

function shareName(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return a === null || b === null || a.some((one) => b.includes(one));
}

function sharePattern(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return a === null || b === null || a.some((one) => b.some((other) => namesMeet(one, other)));
}

/** One asks for an action without tags, the other for one with some. */
function tagsExclude(a: Match, b: Match): boolean {
  return a.riskTags?.length === 0 && ((b.riskTags?.length ?? 0) > 0 || b.anyRiskTags !== null);
}

function differ(a: boolean | null, b: boolean | null): boolean {
  return a !== null && b !== null && a !== b;
}

function labelsExclude(a: Match["labels"], b: Match["labels"]): boolean {
  if (a === null || b === null) return false;
  return Object.entries(a).some(([name, value]) => Object.hasOwn(b, name) && b[name] !== value);
}

function costsExclude(a: CostBounds | null, b: CostBounds | null): boolean {
  if (a === null || b === null) return false;
  if (a.currency !== null && b.currency !== null && a.currency !== b.currency) return true;
  const largest = (one: number | null, other: number | null): number | null =>
    one === null ? other : other === null ? one : Math.max(one, other);
  const smallest = (one: number | null, other: number | null): number | null =>
    one === null ? other : other === null ? one : Math.min(one, other);
  return isEmptyCost({
    over: largest(a.over, b.over),
    atLeast: largest(a.atLeast, b.atLeast),
    under: smallest(a.under, b.under),
    atMost: smallest(a.atMost, b.atMost),
    currency: null,
  });
}

function isEmptyCost({ over, atLeast, under, atMost }: CostBounds): boolean {
  const low = Math.max(over ?? -Infinity, atLeast ?? -Infinity);
  const high = Math.min(under ?? Infinity, atMost ?? Infinity);
  return low > high || (low === high && (over === low || under === high));
}
