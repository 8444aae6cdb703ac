// An action that fits a `match`, in the words of the file, for a person to recognise.

import type { CostBounds, Match } from "../policy/policy.ts";

/** `{ topic: job.db.read, risk_tags: [prod] }`; conditions are not looked at. */
export function exampleOf(match: Match): string {
  const tags = [...(match.riskTags ?? []), ...(match.anyRiskTags ?? []).slice(0, 1)];
  const parts = [
    `topic: ${word(topicOf(match.topics?.[0] ?? "**"))}`,
    ...(tags.length === 0 ? [] : [`risk_tags: [${[...new Set(tags)].map(word).join(", ")}]`]),
    ...first(
      "agent",
      match.agents?.map((glob) => word(nameOf(glob))),
    ),
    ...first("tool", match.tools?.map(toolOf)),
    ...(match.environments === null
      ? []
      : [`target: { environment: ${word(match.environments[0] ?? "")} }`]),
    ...first("tenant", match.tenants?.map(word)),
    ...(match.labels === null ? [] : [`labels: { ${labelsOf(match.labels)} }`]),
    ...(match.reversible === null ? [] : [`reversible: ${match.reversible}`]),
    ...(match.cost === null ? [] : [`cost: { ${costOf(match.cost)} }`]),
  ];
  return `\`{ ${parts.join(", ")} }\``;
}

/** A topic that fits a pattern. */
function topicOf(glob: string): string {
  return glob
    .split(".")
    .map((segment) => (segment.startsWith("*") ? "x" : segment))
    .join(".");
}

/** An amount within bounds that are not empty. */
function amountIn({ over, atLeast, under, atMost }: CostBounds): number {
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

/** The server stands before the first dot, when there is one. */
function toolOf(glob: string): string {
  const name = nameOf(glob);
  const dot = name.indexOf(".");
  return dot <= 0 || dot === name.length - 1
    ? `{ name: ${word(name)} }`
    : `{ server: ${word(name.slice(0, dot))}, name: ${word(name.slice(dot + 1))} }`;
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${word(name)}: ${word(value)}`)
    .join(", ");
}

function costOf(bounds: CostBounds): string {
  return `amount: ${amountIn(bounds)}, currency: ${word(bounds.currency ?? "USD")}`;
}

/** In quotes when YAML would read it as something else than text. */
function word(text: string): string {
  const isPlain =
    /^[A-Za-z][\w.@/-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text);
  return isPlain ? text : JSON.stringify(text);
}
