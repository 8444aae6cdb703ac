// What may be varied in an action to stand just on, before and behind the limits that rules draw.

import { isJsonObject, type Json } from "../base/json/value.ts";
import { boundariesOf } from "../cel/analyse.ts";
import type { CompiledPolicy } from "../policy-decide/compile.ts";
import { compileCalendar } from "../policy/calendar.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { withPath } from "./action-path.ts";
import { inlineCondition } from "./inline.ts";
import type { Condition, Exception, Match, Policy, Rule } from "../policy/policy.ts";
import { type Registry, schemaFor } from "../policy/registry.ts";
import {
  nameOf,
  plainAction,
  toolOf,
  topicOf,
  unusualFacts,
  usualHistory,
} from "./sample-action.ts";

/** One other value in one place, and words for it. */
export interface Variant {
  readonly words: string;
  readonly apply: (input: EvaluationInput) => EvaluationInput | null;
}

/** Names that a policy knows, for actions that carry each of them. */
export interface Words {
  readonly environments: readonly string[];
  readonly riskTags: readonly string[];
  /** Instants in and out of each calendar, and where two calendars of one name differ. */
  readonly instants: readonly number[];
}

export function wordsOf(policies: readonly Policy[], now: number): Words {
  const rules = policies.flatMap((policy) => [...policy.invariants, ...policy.rules]);
  const derived = policies.flatMap((policy) => policy.derive.flatMap((one) => one.addRiskTags));
  const tags = rules.flatMap(({ match }) => [
    ...(match.riskTags ?? []),
    ...(match.anyRiskTags ?? []),
  ]);
  const named = rules.flatMap(({ match }) => match.environments ?? []);
  const overlaid = policies.flatMap((policy) => [...policy.parameters.environments.keys()]);
  return {
    environments: distinct([...named, ...overlaid]),
    riskTags: distinct([...tags, ...derived]),
    instants: distinct(instantsOf(policies, now)),
  };
}

/** A week in steps of half an hour, and the ends of spans. */
const stepMs = 1_800_000;
const steps = 2 * 24 * 8;

function instantsOf(policies: readonly Policy[], now: number): number[] {
  const names = distinct(policies.flatMap((policy) => [...policy.calendars.keys()]));
  const ends = policies.flatMap((policy) => policy.exceptions.map(({ expiresAt }) => expiresAt));
  const found = ends.flatMap((at) => [at - 1, at]);
  for (const name of names) {
    const calendars = policies.flatMap((policy) => {
      const calendar = policy.calendars.get(name);
      return calendar === undefined ? [] : [compileCalendar(calendar)];
    });
    // One instant for each combination of answers, the first of the week.
    const seen = new Set<string>();
    for (let step = 0; step < steps; step += 1) {
      const at = now + step * stepMs;
      const answers = calendars.map((isWithin) => (isWithin(at) ? "1" : "0")).join("");
      if (!seen.has(answers)) found.push(at);
      seen.add(answers);
    }
  }
  return found;
}

/** Variants around what the matchers of a rule or an exception ask. */
export function matchVariants(match: Match, words: Words): Variant[] {
  const variants: Variant[] = [];
  const add = (text: string, change: Partial<EvaluationInput>): void => {
    variants.push({ words: text, apply: (input) => ({ ...input, ...change }) });
  };
  for (const pattern of (match.topics ?? []).slice(0, namesMax)) {
    add(`topic ${topicOf(pattern)}`, { topic: topicOf(pattern) });
  }
  if (match.topics !== null) add("another topic", { topic: plainAction(0).topic });
  for (const agent of (match.agents ?? []).slice(0, namesMax)) {
    add(`agent ${nameOf(agent)}`, { agent: nameOf(agent) });
  }
  if (match.agents !== null) add("another agent", { agent: "another" });
  for (const tool of (match.tools ?? []).slice(0, namesMax))
    add(`tool ${tool}`, { tool: toolOf(tool) });
  if (match.tools !== null) add("no tool", { tool: null });
  for (const tenant of match.tenants ?? []) add(`tenant ${tenant}`, { tenant });
  if (match.labels !== null) add("no labels", { labels: {} });
  if (match.reversible !== null) {
    for (const reversible of [true, false, null]) add(`reversible ${reversible}`, { reversible });
  }
  variants.push(...costVariants(match), ...tagVariants(match, words));
  if (match.unusual !== null) {
    variants.push(
      { words: "unusual", apply: (input) => ({ ...input, facts: unusualFacts(input.facts) }) },
      historyVariant("usual", usualHistory),
      historyVariant("history not known", null),
    );
  }
  return variants;
}

/** Every environment that either policy knows, one that neither does, and none. */
export function commonVariants(words: Words): Variant[] {
  const environments = [...words.environments.slice(0, namesMax), "another"];
  return [
    ...environments.map((environment): Variant => {
      return {
        words: `environment ${environment}`,
        apply: (input) => ({ ...input, environment }),
      };
    }),
    { words: "no environment", apply: (input) => ({ ...input, environment: null }) },
    ...words.instants.map((now): Variant => {
      return { words: "another time", apply: (input) => ({ ...input, now }) };
    }),
  ];
}

function tagVariants(match: Match, words: Words): Variant[] {
  const variants: Variant[] = [];
  const asked = distinct([...(match.riskTags ?? []), ...(match.anyRiskTags ?? [])]);
  for (const tag of asked.slice(0, namesMax)) {
    variants.push({
      words: `without the tag ${tag}`,
      apply: (input) => ({ ...input, riskTags: input.riskTags.filter((one) => one !== tag) }),
    });
  }
  variants.push({ words: "without tags", apply: (input) => ({ ...input, riskTags: [] }) });
  for (const tag of words.riskTags.slice(0, namesMax)) {
    variants.push({
      words: `with the tag ${tag}`,
      apply: (input) => ({ ...input, riskTags: distinct([...input.riskTags, tag]).sort() }),
    });
  }
  return variants;
}

function costVariants({ cost }: Match): Variant[] {
  if (cost === null) return [];
  const { over, atLeast, under, atMost } = cost;
  const limits = [over, atLeast, under, atMost].filter((limit) => limit !== null);
  const amounts = distinct(limits.flatMap((limit) => [limit - 1, limit, limit + 1]));
  return [
    ...pathVariants("action.cost.amount", amounts),
    ...pathVariants("action.cost.currency", ["another"]),
    ...pathVariants("action.cost", [undefined]),
  ];
}

function historyVariant(words: string, history: EvaluationInput["facts"]["history"]): Variant {
  return { words, apply: (input) => ({ ...input, facts: { ...input.facts, history } }) };
}

/** Counts around the limit of a rule, by its id; the caller knows what is counted. */
export function velocityVariants(rules: readonly Rule[]): Variant[] {
  return rules.flatMap(({ id, velocity }) => {
    if (velocity === null) return [];
    return [velocity.over, velocity.over + 1, null].map((count): Variant => {
      const others = (input: EvaluationInput): [string, number][] =>
        Object.entries(input.facts.velocity).filter(([one]) => one !== id);
      const mine: [string, number][] = count === null ? [] : [[id, count]];
      return {
        words: count === null ? `velocity of ${id} not known` : `velocity of ${id} ${count}`,
        apply: (input) => ({
          ...input,
          facts: { ...input.facts, velocity: Object.fromEntries([...others(input), ...mine]) },
        }),
      };
    });
  });
}

/** Values at, before and behind what conditions compare with, by the path that they read. */
export interface Axis {
  readonly path: string;
  readonly values: readonly (Json | undefined)[];
}

export function conditionAxes(
  conditions: readonly { readonly condition: Condition; readonly policy: Policy }[],
): Axis[] {
  const axes = new Map<string, (Json | undefined)[]>();
  for (const { condition, policy } of conditions) {
    for (const environment of [null, ...policy.parameters.environments.keys()].slice(0, namesMax)) {
      for (const { path, values } of boundariesOf(
        inlineCondition(condition, policy, environment),
      )) {
        axes.set(path, [...(axes.get(path) ?? []), ...values]);
      }
    }
  }
  return [...axes].map(([path, values]) => ({ path, values: distinctValues(values) }));
}

/** The words that the schemas of an action's parameters allow, by the path of each parameter. */
export function schemaAxes(registry: Registry, matches: readonly Match[]): Axis[] {
  const axes = new Map<string, Json[]>();
  for (const pattern of distinct(matches.flatMap(({ topics }) => topics ?? [])).slice(
    0,
    namesMax,
  )) {
    const properties = schemaFor(registry, pattern)?.["properties"];
    for (const [name, schema] of isJsonObject(properties) ? Object.entries(properties) : []) {
      const words = isJsonObject(schema) ? schema["enum"] : null;
      if (Array.isArray(words)) axes.set(`action.params.${name}`, words.slice(0, namesMax));
    }
  }
  return [...axes].map(([path, values]) => ({ path, values }));
}

export function pathVariants(path: string, values: readonly (Json | undefined)[]): Variant[] {
  return values.map((value) => ({
    words: value === undefined ? `no ${path}` : `${path} = ${JSON.stringify(value)}`,
    apply: (input) => withPath(input, path, value),
  }));
}

/** The conditions that say whether a rule applies: its own, those of tags that it asks for, of exceptions. */
export function conditionsFor(
  { policy }: Pick<CompiledPolicy, "policy">,
  rule: Rule | null,
  exception: Exception | null,
): { condition: Condition; policy: Policy }[] {
  const asked = new Set([...(rule?.match.riskTags ?? []), ...(rule?.match.anyRiskTags ?? [])]);
  const derivations = policy.derive.filter((one) => one.addRiskTags.some((tag) => asked.has(tag)));
  const conditions = [rule?.when, exception?.when, ...derivations.map(({ when }) => when)];
  return conditions.flatMap((condition) => (condition ? [{ condition, policy }] : []));
}

export function distinct<Value extends string | number>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

function distinctValues(values: readonly (Json | undefined)[]): (Json | undefined)[] {
  return [...new Map(values.map((value) => [JSON.stringify(value) ?? "", value])).values()];
}

/** Names of one kind that are tried; more would say nothing new. */
const namesMax = 12;
