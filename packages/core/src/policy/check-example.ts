// An action that fits a `match`, in the words of the file, for a person to recognise.

import type { CostBounds, Match } from "./policy.ts";

/** `{ topic: job.db.read, risk_tags: [prod] }`; conditions are not looked at. */
export function exampleOf(match: Match): string {
  const tags = [...(match.riskTags ?? []), ...(match.anyRiskTags ?? []).slice(0, 1)];
  const parts = [
    `topic: ${topicOf(match.topics?.[0] ?? "**")}`,
    ...(tags.length === 0 ? [] : [`risk_tags: [${[...new Set(tags)].join(", ")}]`]),
    ...first("agent", match.agents?.map(nameOf)),
    ...first("tool", match.tools?.map(nameOf)),
    ...(match.environments === null
      ? []
      : [`target: { environment: ${match.environments[0] ?? ""} }`]),
    ...first("tenant", match.tenants ?? undefined),
    ...(match.labels === null ? [] : [`labels: { ${labelsOf(match.labels)} }`]),
    ...(match.reversible === null ? [] : [`reversible: ${match.reversible}`]),
    ...(match.cost === null ? [] : [`cost: { ${costOf(match.cost)} }`]),
  ];
  return `\`{ ${parts.join(", ")} }\``;
}

/** A topic that fits a pattern. */
export function topicOf(glob: string): string {
  return glob
    .split(".")
    .map((segment) => (segment.startsWith("*") ? "x" : segment))
    .join(".");
}

/** An amount within bounds that are not empty. */
export function amountIn({ over, atLeast, under, atMost }: CostBounds): number {
  const low = over === null ? atLeast : Math.max(over, atLeast ?? over);
  const high = under === null ? atMost : Math.min(under, atMost ?? under);
  if (low === null) return high === null ? 1 : high - (under === high ? 1 : 0);
  if (over !== low) return low;
  return high === null ? low + 1 : (low + high) / 2;
}

function first(key: string, values: readonly string[] | undefined): readonly string[] {
  return values?.[0] === undefined ? [] : [`${key}: ${values[0]}`];
}

function nameOf(glob: string): string {
  return glob.replaceAll(/\*+/g, "x");
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ");
}

function costOf(bounds: CostBounds): string {
  return `amount: ${amountIn(bounds)}, currency: ${bounds.currency ?? "USD"}`;
}
