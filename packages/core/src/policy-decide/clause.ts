// The questions of one rule, each answered yes, no or unknown, and each able to say why.

import { isoOf } from "../base/clock.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { nameMatcher, type NameMatcher } from "../policy/glob.ts";
import type { CompiledCalendar } from "../policy/calendar.ts";
import type { CostBounds, Match } from "../policy/policy.ts";
import { type Unusual, unusualOf } from "../policy/unusual.ts";
import { shownName } from "./value-text.ts";

/** `unknown`: the action does not carry what the question is about. */
export const no = 0;
export const yes = 1;
export const unknown = 2;
export type Answer = typeof no | typeof yes | typeof unknown;

export interface Clause {
  /** Name of the matcher as the file writes it. */
  readonly name: string;
  readonly ask: (input: EvaluationInput) => Answer;
  /** What was wanted and what was found, for a person. */
  readonly because: (input: EvaluationInput) => string;
}

/** The questions that the index answers on the evaluating path; asked one by one in a trace. */
export function indexedClauses(match: Match): readonly Clause[] {
  const clauses: Clause[] = [];
  if (match.topics !== null) clauses.push(topicsClause(match.topics));
  if (match.riskTags !== null) clauses.push(riskTagsClause(match.riskTags));
  if (match.anyRiskTags !== null) clauses.push(anyRiskTagsClause(match.anyRiskTags));
  return clauses;
}

/** The calendars of a policy by name. */
export type Calendars = ReadonlyMap<string, CompiledCalendar>;

/** The questions that are left once the index has brought a rule up, cheapest first. */
export function remainingClauses(match: Match, calendars: Calendars): readonly Clause[] {
  const clauses: Clause[] = [];
  const { tenants, environments } = match;
  if (tenants !== null) clauses.push(oneOf("tenants", tenants, (input) => input.tenant));
  if (environments !== null) {
    clauses.push(oneOf("environments", environments, (input) => input.environment));
  }
  if (match.reversible !== null) clauses.push(reversibleClause(match.reversible));
  if (match.cost !== null) clauses.push(costClause(match.cost));
  if (match.labels !== null) clauses.push(labelsClause(match.labels));
  if (match.agents !== null) clauses.push(agentsClause(match.agents));
  if (match.tools !== null) clauses.push(toolsClause(match.tools));
  if (match.during !== null) clauses.push(duringClause(match.during, calendars));
  if (match.outside !== null) clauses.push(outsideClause(match.outside, calendars));
  if (match.unusual !== null) clauses.push(unusualClause(match.unusual));
  return clauses;
}

/** INVARIANT: a definite no outweighs what is unknown; only then is a rule undecided. */
export function askAll(clauses: readonly Clause[], input: EvaluationInput): Answer {
  let answer: Answer = yes;
  for (const clause of clauses) {
    const one = clause.ask(input);
    if (one === no) return no;
    if (one === unknown) answer = unknown;
  }
  return answer;
}

/** True when a topic fits a pattern; `**` stands for one segment or more. */
export function topicFits(glob: readonly string[], segments: readonly string[]): boolean {
  for (const [index, part] of glob.entries()) {
    if (index >= segments.length) return false;
    if (part === "**") return true;
    if (part !== "*" && part !== segments[index]) return false;
  }
  return glob.length === segments.length;
}

function topicsClause(topics: readonly string[]): Clause {
  const globs = topics.map((topic) => topic.split("."));
  const find = (topic: string): number => {
    const segments = topic.split(".");
    return globs.findIndex((glob) => topicFits(glob, segments));
  };
  return {
    name: "topics",
    ask: (input) => (find(input.topic) >= 0 ? yes : no),
    because: (input) => {
      const fit = topics[find(input.topic)];
      return fit === undefined
        ? `topic \`${input.topic}\` fits none of ${some(topics)}`
        : `topic \`${input.topic}\` fits \`${fit}\``;
    },
  };
}

function riskTagsClause(tags: readonly string[]): Clause {
  if (tags.length === 0) {
    return {
      name: "risk_tags",
      ask: (input) => (input.riskTags.length === 0 ? yes : no),
      because: (input) =>
        input.riskTags.length === 0
          ? "the action carries no risk tag"
          : `only an action without risk tags is meant, this one carries ${some(input.riskTags)}`,
    };
  }
  const missing = (input: EvaluationInput): string[] =>
    tags.filter((tag) => !input.riskTags.includes(tag));
  return {
    name: "risk_tags",
    ask: (input) => (tags.every((tag) => input.riskTags.includes(tag)) ? yes : no),
    because: (input) => {
      const absent = missing(input);
      return absent.length === 0
        ? `the action carries ${some(tags)}`
        : `the action does not carry ${some(absent)}`;
    },
  };
}

function anyRiskTagsClause(tags: readonly string[]): Clause {
  return {
    name: "any_risk_tags",
    ask: (input) => (tags.some((tag) => input.riskTags.includes(tag)) ? yes : no),
    because: (input) => {
      const carried = tags.filter((tag) => input.riskTags.includes(tag));
      return carried.length === 0
        ? `the action carries none of ${some(tags)}`
        : `the action carries ${some(carried)}`;
    },
  };
}

function oneOf(
  name: "tenants" | "environments",
  wanted: readonly string[],
  of: (input: EvaluationInput) => string | null,
): Clause {
  const noun = name.slice(0, -1);
  return {
    name,
    ask: (input) => {
      const value = of(input);
      if (value === null) return unknown;
      return wanted.includes(value) ? yes : no;
    },
    because: (input) => {
      const value = of(input);
      if (value === null) return `the action does not say its ${noun}, ${some(wanted)} is meant`;
      return wanted.includes(value)
        ? `${noun} \`${value}\` is meant`
        : `${noun} \`${shownName(value)}\` is none of ${some(wanted)}`;
    },
  };
}

function reversibleClause(wanted: boolean): Clause {
  const words = (value: boolean): string => (value ? "can be undone" : "cannot be undone");
  return {
    name: "reversible",
    ask: ({ reversible }) => (reversible === null ? unknown : reversible === wanted ? yes : no),
    because: ({ reversible }) =>
      reversible === null
        ? "the action does not say whether it can be undone"
        : `the action ${words(reversible)}`,
  };
}

function costClause(bounds: CostBounds): Clause {
  const { over, atLeast, under, atMost, currency } = bounds;
  const wanted = [
    over === null ? [] : [`over ${over}`],
    atLeast === null ? [] : [`at least ${atLeast}`],
    under === null ? [] : [`under ${under}`],
    atMost === null ? [] : [`at most ${atMost}`],
  ].flat();
  const text = `${wanted.join(" and ")}${currency === null ? "" : ` ${currency}`}`;
  const isComparable = (
    cost: EvaluationInput["cost"],
  ): cost is { amount: number; currency: string } =>
    cost !== null &&
    Number.isFinite(cost.amount) &&
    (currency === null || cost.currency === currency);
  const isWithin = (amount: number): boolean =>
    (over === null || amount > over) &&
    (atLeast === null || amount >= atLeast) &&
    (under === null || amount < under) &&
    (atMost === null || amount <= atMost);
  return {
    name: "cost",
    ask: ({ cost }) => (!isComparable(cost) ? unknown : isWithin(cost.amount) ? yes : no),
    because: ({ cost }) => {
      if (cost === null) return `the action does not say its cost, ${text} is meant`;
      const found = `cost ${cost.amount} ${cost.currency}`;
      if (!isComparable(cost)) return `${found} cannot be compared with ${text}`;
      return `${found} is ${isWithin(cost.amount) ? "" : "not "}${text}`;
    },
  };
}

function labelsClause(labels: Readonly<Record<string, string>>): Clause {
  const wanted = Object.entries(labels);
  const carries = (input: EvaluationInput, name: string, value: string): boolean =>
    Object.hasOwn(input.labels, name) && input.labels[name] === value;
  return {
    name: "labels",
    ask: (input) => (wanted.every(([name, value]) => carries(input, name, value)) ? yes : no),
    because: (input) => {
      const absent = wanted.filter(([name, value]) => !carries(input, name, value));
      const words = (pairs: typeof wanted): string =>
        some(pairs.map(([name, value]) => `${name}: ${value}`));
      return absent.length === 0
        ? `the action is labelled ${words(wanted)}`
        : `the action is not labelled ${words(absent)}`;
    },
  };
}

function agentsClause(globs: readonly string[]): Clause {
  const matchers = globs.map(nameMatcher);
  return {
    name: "agents",
    ask: (input) => (matchers.some((fits) => fits(input.agent)) ? yes : no),
    because: (input) => {
      const fit = globs.find((_, index) => matchers[index]?.(input.agent));
      return fit === undefined
        ? `agent \`${input.agent}\` fits none of ${some(globs)}`
        : `agent \`${input.agent}\` fits \`${fit}\``;
    },
  };
}

/** A tool is known by its name, and by its server and its name. */
function toolsClause(globs: readonly string[]): Clause {
  const matchers = globs.map(nameMatcher);
  const fits = (matcher: NameMatcher, tool: NonNullable<EvaluationInput["tool"]>): boolean =>
    matcher(tool.name) || (tool.server !== null && matcher(`${tool.server}.${tool.name}`));
  return {
    name: "tools",
    ask: ({ tool }) =>
      tool !== null && matchers.some((matcher) => fits(matcher, tool)) ? yes : no,
    because: ({ tool }) => {
      if (tool === null) return `the action names no tool, ${some(globs)} is meant`;
      const name = shownName(tool.server === null ? tool.name : `${tool.server}.${tool.name}`);
      const index = matchers.findIndex((matcher) => fits(matcher, tool));
      return index < 0
        ? `tool \`${name}\` fits none of ${some(globs)}`
        : `tool \`${name}\` fits \`${globs[index] ?? ""}\``;
    },
  };
}

/** A name without a calendar is answered by nobody, so the rule is undecided. */
function duringClause(names: readonly string[], calendars: Calendars): Clause {
  return {
    name: "during",
    ask: ({ now }) => {
      if (names.some((name) => calendars.get(name)?.(now) === true)) return yes;
      return names.every((name) => calendars.has(name)) ? no : unknown;
    },
    because: ({ now }) => {
      const fit = names.find((name) => calendars.get(name)?.(now) === true);
      return fit === undefined
        ? `${isoOf(now)} is not within ${some(names)}`
        : `${isoOf(now)} is within \`${fit}\``;
    },
  };
}

function outsideClause(names: readonly string[], calendars: Calendars): Clause {
  return {
    name: "outside",
    ask: ({ now }) => {
      if (names.some((name) => calendars.get(name)?.(now) === true)) return no;
      return names.every((name) => calendars.has(name)) ? yes : unknown;
    },
    because: ({ now }) => {
      const fit = names.find((name) => calendars.get(name)?.(now) === true);
      return fit === undefined
        ? `${isoOf(now)} is outside ${some(names)}`
        : `${isoOf(now)} is within \`${fit}\`, outside is meant`;
    },
  };
}

function unusualClause(wanted: boolean): Clause {
  const find = (input: EvaluationInput): Unusual | null => {
    const { history } = input.facts;
    if (history === null) return null;
    const known = unusualByInput.get(input);
    if (known !== undefined) return known;
    const found = unusualOf(history, input);
    unusualByInput.set(input, found);
    return found;
  };
  return {
    name: "unusual",
    ask: (input) => {
      const found = find(input);
      return found === null ? unknown : found.unusual === wanted ? yes : no;
    },
    because: (input) => {
      const found = find(input);
      if (found === null) return "history was not looked up";
      return found.unusual
        ? `unusual: ${found.reasons.map(shownName).join(", ")}`
        : "nothing about it is unusual";
    },
  };
}

/** Many rules ask the same of one action. */
const unusualByInput = new WeakMap<EvaluationInput, Unusual>();

/** A list for a person; long ones are cut. */
function some(texts: readonly string[]): string {
  const shown = texts.slice(0, LISTED_MAX).map((text) => `\`${text}\``);
  const rest = texts.length - shown.length;
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

const LISTED_MAX = 6;
