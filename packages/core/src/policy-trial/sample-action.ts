// Builds actions that fit the matchers of rules.

import type { EvaluationInput } from "../policy/decision.ts";
import type { Facts, History } from "../policy/facts.ts";
import type { CostBounds, Match } from "../policy/policy.ts";

/** An agent and topic that history finds nothing about. */
export const usualHistory: History = {
  firstTime: { agent: false, topic: false, target: false },
  count: { hour: 1, day: 1 },
  ranges: {},
  lastOutcome: "SUCCEEDED",
  sinceRejectionMs: null,
};

/** An action that says everything that policies ask for, and nothing special. */
export function plainAction(now: number): EvaluationInput {
  return {
    topic: "x",
    tool: null,
    riskTags: [],
    agent: "agent",
    environment: "another",
    tenant: "default",
    labels: {},
    reversible: true,
    cost: { amount: 1, currency: "EUR" },
    params: {},
    resource: "x",
    effect: { rows: 1, recipients: 1, diff: null },
    onBehalfOf: null,
    run: null,
    thread: null,
    facts: { history: usualHistory, velocity: {} },
    now,
  };
}

/** The same without anything that may be left unsaid. */
export function silentAction(plain: EvaluationInput): EvaluationInput {
  const nothing = { environment: null, reversible: null, cost: null, effect: null, resource: null };
  return { ...plain, ...nothing, facts: { history: null, velocity: {} } };
}

/** The action changed so far that it fits, as far as matchers can be fitted one by one. */
export function fitMatch(input: EvaluationInput, match: Match): EvaluationInput {
  const tags = new Set([
    ...input.riskTags,
    ...(match.riskTags ?? []),
    ...(match.anyRiskTags ?? []).slice(0, 1),
  ]);
  const isBare = match.riskTags !== null && match.riskTags.length === 0;
  return {
    ...input,
    topic: match.topics === null ? input.topic : fitTopic(input.topic, match.topics),
    riskTags: isBare ? [] : [...tags].sort(),
    agent: match.agents === null ? input.agent : nameOf(match.agents[0] ?? input.agent),
    tool: match.tools === null ? input.tool : toolOf(match.tools[0] ?? ""),
    environment: match.environments?.[0] ?? input.environment,
    tenant: match.tenants?.[0] ?? input.tenant,
    labels: { ...input.labels, ...match.labels },
    reversible: match.reversible ?? input.reversible,
    cost: match.cost === null ? input.cost : costWithin(match.cost),
    facts: match.unusual === true ? unusualFacts(input.facts) : input.facts,
  };
}

/** A topic that fits one of the patterns and, where that can be, the topic or pattern before. */
function fitTopic(before: string, patterns: readonly string[]): string {
  for (const pattern of patterns) {
    const topic = commonTopic(before, pattern);
    if (topic !== null) return topic;
  }
  return topicOf(patterns[0] ?? before);
}

/** The topic with a letter in the place of each star. */
export function topicOf(pattern: string): string {
  return pattern.replaceAll(/\*+/g, "x");
}

/** A topic that fits both patterns; null when none does. */
export function commonTopic(one: string, other: string): string | null {
  const [a, b] = [one.split("."), other.split(".")];
  const segments: string[] = [];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const [left, right] = [a[at], b[at]];
    if (left === undefined || right === undefined) return null;
    if (left === "**" || right === "**") {
      const rest = left === "**" ? b.slice(at) : a.slice(at);
      return topicOf([...segments, ...rest].join("."));
    }
    if (left !== "*" && right !== "*" && left !== right) return null;
    segments.push(left === "*" ? right : left);
  }
  return topicOf(segments.join("."));
}

export function nameOf(glob: string): string {
  return glob.replaceAll(/\*+/g, "x");
}

/** Patterns of tools are `name` or `server.name`. */
export function toolOf(glob: string): EvaluationInput["tool"] {
  const name = nameOf(glob);
  const dot = name.indexOf(".");
  return dot < 0
    ? { server: null, name }
    : { server: name.slice(0, dot), name: name.slice(dot + 1) };
}

/** An amount within the bounds; one unit inside of those that exclude their end. */
export function costWithin(bounds: CostBounds): NonNullable<EvaluationInput["cost"]> {
  const low = bounds.atLeast ?? (bounds.over === null ? null : bounds.over + 1);
  const high = bounds.atMost ?? (bounds.under === null ? null : bounds.under - 1);
  const isBetween = low !== null && high !== null && low > high;
  const amount = isBetween ? (low + high) / 2 : (low ?? high ?? 1);
  return { amount, currency: bounds.currency ?? "EUR" };
}

export function unusualFacts(facts: Facts): Facts {
  const history = facts.history ?? usualHistory;
  const firstTime = { agent: true, topic: true, target: true };
  return { ...facts, history: { ...history, firstTime } };
}
