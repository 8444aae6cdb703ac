// Finds topics and tools that rules name and the tool registry does not know.

import type { Check } from "./check-report.ts";
import { nearest } from "../base/nearest.ts";
import { namesMeet, topicsMeet } from "./pattern-meet.ts";
import type { Match } from "./policy.ts";
import type { Registry } from "./registry.ts";

export function checkRegistry(check: Check): void {
  const { registry, policy, rules } = check;
  if (registry === null || registry.entries.length === 0) return;
  const known = wordsOf(registry);
  const places = [
    ...rules.map(({ rule, path }) => ({ match: rule.match, path })),
    ...policy.exceptions.map(({ match }, index) => ({ match, path: `/exceptions/${index}` })),
  ];
  for (const { match, path } of places) checkMatch(check, known, match, `${path}/match`);
}

interface Known {
  /** Patterns of topics, those of tools behind `mcp.` among them. */
  readonly topics: readonly string[];
  readonly tools: readonly string[];
}

function wordsOf({ entries }: Registry): Known {
  const tools = entries.flatMap(({ tool }) => (tool === null ? [] : [tool]));
  const topics = entries.flatMap(({ topic }) => (topic === null ? [] : [topic]));
  // A call over MCP has the topic `mcp.<server>.<tool>`.
  return { topics: [...topics, ...tools.map((tool) => `mcp.${tool.toLowerCase()}`)], tools };
}

function checkMatch({ report }: Check, known: Known, match: Match, path: string): void {
  for (const [index, topic] of (match.topics ?? []).entries()) {
    if (known.topics.some((other) => topicsMeet(topic, other))) continue;
    if (topic.startsWith("holdpoint.")) continue;
    const near = nearest(topic, known.topics);
    report({
      severity: near === null ? "note" : "warning",
      code: "topic_unregistered",
      path: `${path}/topics/${index}`,
      message: `the tool registry knows no topic that fits \`${topic}\``,
      help: near === null ? "register it, or correct it" : `did you mean \`${near}\`?`,
    });
  }
  if (known.tools.length === 0) return;
  for (const [index, tool] of (match.tools ?? []).entries()) {
    const isKnown = known.tools.some(
      (other) => namesMeet(tool, other) || namesMeet(tool, other.slice(other.indexOf(".") + 1)),
    );
    if (isKnown) continue;
    const near = nearest(tool, known.tools);
    report({
      severity: near === null ? "note" : "warning",
      code: "tool_unregistered",
      path: `${path}/tools/${index}`,
      message: `the tool registry knows no tool that fits \`${tool}\``,
      help: near === null ? "register it, or correct it" : `did you mean \`${near}\`?`,
    });
  }
}
