// Finds topics and tools that rules name and the tool registry does not know.

import { nearest } from "../base/nearest.ts";
import type { Check } from "./check-report.ts";
import { namesMeet, topicsMeet } from "../policy/pattern-meet.ts";
import type { Registry } from "../policy/registry.ts";

export function checkRegistry(check: Check): void {
  const { registry, policy, rules } = check;
  if (registry === null || registry.entries.length === 0) return;
  const { topics, tools } = wordsOf(registry);
  const places = [
    ...rules.map(({ rule, path }) => ({ match: rule.match, path })),
    ...policy.exceptions.map(({ match }, index) => ({ match, path: `/exceptions/${index}` })),
  ];
  const words = places.flatMap(({ match, path }) => [
    ...(match.topics ?? []).map((word, index): Word => {
      return { kind: "topic", word, path: `${path}/match/topics/${index}` };
    }),
    ...(tools.length === 0 ? [] : (match.tools ?? [])).map((word, index): Word => {
      return { kind: "tool", word, path: `${path}/match/tools/${index}` };
    }),
  ]);
  const asked = {
    topic: new Lookup(topics, topicsMeet),
    tool: new Lookup(tools, toolsMeet),
  };
  for (const word of words) {
    // What the server itself proposes needs no registration.
    if (word.kind === "topic" && word.word.startsWith("holdpoint.")) continue;
    const answer = asked[word.kind].find(word.word);
    if (answer !== "known") reportUnknown(check, word, answer);
  }
  if (!asked.topic.isCut && !asked.tool.isCut) return;
  check.report({
    severity: "note",
    code: "check_limited",
    path: "",
    message: "not every topic and tool was looked up in the registry: there are too many of both",
    help: null,
  });
}

interface Word {
  readonly kind: "topic" | "tool";
  readonly word: string;
  readonly path: string;
}

function reportUnknown({ report }: Check, { kind, word, path }: Word, near: string | null): void {
  report({
    severity: near === null ? "note" : "warning",
    code: kind === "topic" ? "topic_unregistered" : "tool_unregistered",
    path,
    message: `the tool registry knows no ${kind} that fits \`${word}\``,
    help: near === null ? "register it, or correct it" : `did you mean \`${near}\`?`,
  });
}

/** Patterns of the registry, each question answered once. */
class Lookup {
  readonly #patterns: readonly string[];
  readonly #exact: ReadonlySet<string>;
  readonly #meet: (one: string, other: string) => boolean;
  isCut = false;
  readonly #answers = new Map<string, string | null>();
  #left = LOOKUPS_MAX;

  constructor(patterns: readonly string[], meet: (one: string, other: string) => boolean) {
    this.#patterns = patterns;
    this.#exact = new Set(patterns);
    this.#meet = meet;
  }

  /** `known`, or the nearest pattern, null when none is near; what is too much to ask is known. */
  find(word: string): string | null {
    const made = this.#answers.get(word);
    if (made !== undefined) return made;
    if (this.#exact.has(word)) return "known";
    this.isCut ||= this.#left <= 0;
    if (this.isCut) return "known";
    this.#left -= this.#patterns.length;
    const isKnown = this.#patterns.some((pattern) => this.#meet(word, pattern));
    const answer = isKnown ? "known" : nearest(word, this.#patterns);
    this.#answers.set(word, answer);
    return answer;
  }
}

function wordsOf({ entries }: Registry): { topics: readonly string[]; tools: readonly string[] } {
  const tools = entries.flatMap(({ tool }) => (tool === null ? [] : [tool]));
  const topics = entries.flatMap(({ topic }) => (topic === null ? [] : [topic]));
  // A call over MCP has the topic `mcp.<server>.<tool>`.
  return { topics: [...topics, ...tools.map((tool) => `mcp.${tool.toLowerCase()}`)], tools };
}

/** A pattern may name the tool alone, or its server as well. */
function toolsMeet(pattern: string, tool: string): boolean {
  return namesMeet(pattern, tool) || namesMeet(pattern, tool.slice(tool.indexOf(".") + 1));
}

/** Pairs of patterns compared in one check; about half a second of work. */
const LOOKUPS_MAX = 500_000;
