// Adds to an action what the tool registry knows of it: the agent's word can only make it riskier.

import { celBudget } from "../base/limits.ts";
import { visibleLine } from "../action/text.ts";
import type { CelResult } from "../cel/value.ts";
import { type CompiledCondition, ConditionPool } from "./condition.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { nameMatcher, type NameMatcher } from "../policy/glob.ts";
import { matchAnything } from "../policy/policy.ts";
import { isNarrower, type Registry, type ToolEntry } from "../policy/registry.ts";
import { parameterSets, Scope, type Surroundings, withinBudget } from "./scope.ts";
import { type CompiledTemplate, compileTemplate, fillTemplate } from "./template.ts";
import { buildIndex, type TopicIndex } from "./topic-index.ts";
import { findRules, makeScratch, type Scratch } from "./topic-walk.ts";

interface CompiledTool {
  readonly entry: ToolEntry;
  readonly rows: CompiledCondition | null;
  readonly recipients: CompiledCondition | null;
  readonly summary: CompiledTemplate | null;
}

export interface CompiledRegistry {
  readonly registry: Registry;
  readonly byTopic: readonly CompiledTool[];
  readonly byTool: readonly (CompiledTool & { readonly fits: NameMatcher })[];
  readonly index: TopicIndex;
  /** Working memory of one application, which is never re-entered. */
  readonly scratch: Scratch;
  readonly scope: Scope;
}

/** The parts of an action that the registry has a say in. */
export interface Applied {
  /** Entries that fit, narrowest first. */
  readonly entries: readonly ToolEntry[];
  /** Sorted, without repeats. */
  readonly riskTags: readonly string[];
  readonly reversible: boolean | null;
  readonly effect: EvaluationInput["effect"];
  /** The first line of the card, over hidden values; null when no entry has one. */
  readonly summary: string | null;
}

const surroundings: Surroundings = {
  variables: [],
  parameters: parameterSets({ values: {}, environments: new Map() }),
};
const summaryLengthMax = 200;

export function compileRegistry(registry: Registry): CompiledRegistry {
  const pool = new ConditionPool();
  const tools = registry.entries.map((entry): CompiledTool => ({
    entry,
    rows: entry.effect.rows && pool.get(entry.effect.rows),
    recipients: entry.effect.recipients && pool.get(entry.effect.recipients),
    summary: entry.summary && compileTemplate(entry.summary, pool),
  }));
  const byTopic = tools.filter(({ entry }) => entry.topic !== null);
  const topics = byTopic.map(({ entry }) => [entry.topic ?? "**"]);
  const index = buildIndex(topics.map((one) => ({ ...matchAnything, topics: one })));
  return {
    registry,
    byTopic,
    byTool: tools.flatMap((tool) =>
      tool.entry.tool === null ? [] : [{ ...tool, fits: nameMatcher(tool.entry.tool) }],
    ),
    index,
    scratch: makeScratch(index),
    scope: new Scope(surroundings),
  };
}

/** INVARIANT: no entry takes a tag away, turns `reversible` to true, or makes an effect smaller. */
export function applyRegistry(compiled: CompiledRegistry, input: EvaluationInput): Applied {
  const found = findTools(compiled, input);
  const { effect, reversible } = input;
  if (found.length === 0) {
    return { entries: [], riskTags: input.riskTags, reversible, effect, summary: null };
  }
  const riskTags = [
    ...new Set([...input.riskTags, ...found.flatMap(({ entry }) => entry.riskTags)]),
  ].sort();
  const known: EvaluationInput = {
    ...input,
    riskTags,
    reversible: joinReversible([reversible, ...found.map(({ entry }) => entry.reversible)]),
  };
  const computed = effectOf(compiled, found, known);
  const summary = found.find((tool) => tool.summary !== null)?.summary ?? null;
  return {
    entries: found.map(({ entry }) => entry),
    riskTags,
    reversible: known.reversible,
    effect: computed,
    summary:
      summary === null
        ? null
        : visibleLine(
            fillTemplate(summary, surroundings, { ...known, effect: computed }),
            summaryLengthMax,
          ),
  };
}

/** False when anybody says that it cannot be undone; null when nobody says anything. */
export function joinReversible(words: readonly (boolean | null)[]): boolean | null {
  if (words.includes(false)) return false;
  return words.includes(true) ? true : null;
}

function findTools(compiled: CompiledRegistry, input: EvaluationInput): readonly CompiledTool[] {
  const { byTopic, byTool, index, scratch } = compiled;
  const found: CompiledTool[] = [];
  if (byTopic.length > 0) {
    findRules(index, scratch, input);
    for (let place = 0; place < scratch.foundCount; place += 1) {
      const tool = byTopic[scratch.found[place] ?? -1];
      if (tool !== undefined) found.push(tool);
    }
  }
  if (input.tool !== null && byTool.length > 0) {
    const { server, name } = input.tool;
    for (const tool of byTool) {
      if (tool.fits(name) || (server !== null && tool.fits(`${server}.${name}`))) found.push(tool);
    }
  }
  return found.length < 2 ? found : found.sort(byNarrowness);
}

function byNarrowness({ entry: a }: CompiledTool, { entry: b }: CompiledTool): number {
  const [one, two] = [a.topic ?? a.tool ?? "**", b.topic ?? b.tool ?? "**"];
  if (isNarrower(one, two)) return -1;
  if (isNarrower(two, one)) return 1;
  return a.id < b.id ? -1 : 1;
}

type Counted = "rows" | "recipients";

/** SECURITY: what cannot be computed is unknown, whatever the agent claims. */
function effectOf(
  compiled: CompiledRegistry,
  found: readonly CompiledTool[],
  input: EvaluationInput,
): EvaluationInput["effect"] {
  const isComputed = found.some((tool) => tool.rows !== null || tool.recipients !== null);
  if (!isComputed) return input.effect;
  compiled.scope.begin(input, celBudget);
  const count = (part: Counted): number | null => {
    let largest = input.effect?.[part] ?? null;
    for (const tool of found) {
      const condition = tool[part];
      if (condition === null) continue;
      const value = wholeNumber(withinBudget(() => compiled.scope.run(condition)));
      if (value === null) return null;
      largest = Math.max(largest ?? 0, value);
    }
    return largest;
  };
  return {
    rows: count("rows"),
    recipients: count("recipients"),
    diff: input.effect?.diff ?? null,
  };
}

/** A count, rounded up; null for anything that is none. */
function wholeNumber(value: CelResult | null): number | null {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number" || !(number >= 0)) return null;
  return number <= Number.MAX_SAFE_INTEGER ? Math.ceil(number) : null;
}
