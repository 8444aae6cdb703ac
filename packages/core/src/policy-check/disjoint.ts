// Says whether two `match` can have no action in common; when unsure, it says no.

import { namesMeet, topicsMeet } from "../policy/pattern-meet.ts";
import type { CostBounds, Match } from "../policy/policy.ts";

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

/** Why no moment can ever fit, as keys of the file; null when one may. */
export function contradictionIn({ during, outside }: Match): string | null {
  const isNever = during !== null && during.every((name) => outside?.includes(name) === true);
  return isNever ? "`during` and `outside` of the same calendar" : null;
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
