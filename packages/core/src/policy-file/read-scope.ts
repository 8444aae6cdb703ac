// Decides which schemas of parameters a condition is checked against: those of the tools it is for.

import type { JsonObject } from "../base/json/value.ts";
import type { Expr } from "../cel/ast.ts";
import { referencesOf } from "../cel/references.ts";
import type { StaticType } from "../cel/type.ts";
import { conditionTypes } from "../policy/condition-type.ts";
import { namesMeet, topicsMeet } from "../policy/pattern-meet.ts";
import type { Match, Parameters } from "../policy/policy.ts";
import type { Roots, Scope } from "./read-expression.ts";
import type { Place, Reading } from "./reading.ts";
import type { Registry, ToolEntry } from "../policy/registry.ts";

interface TypedTool {
  /** The topic and the tool that the entry is for; an MCP call has both. */
  readonly topic: string;
  readonly tool: string | null;
  readonly scope: Scope;
}

interface ScopeParts {
  readonly variables: ReadonlyMap<string, StaticType>;
  readonly parameters: Parameters;
  readonly registry: Registry | null;
}

/** The scopes of one file; equal ones are one and the same object, so that checks are done once. */
export class Scopes {
  /** Where nothing is known of the parameters. */
  readonly open: readonly Scope[];
  readonly #tools: readonly TypedTool[];
  readonly #byMatch = new Map<string, readonly Scope[]>();
  readonly #hasRegistry: boolean;
  #unchecked: { first: Place; count: number } | null = null;

  constructor({ variables, parameters, registry }: ScopeParts) {
    const rootsOf = (paramsSchema: Readonly<JsonObject> | null): Roots =>
      conditionTypes({ variables, parameters, paramsSchema });
    this.open = [{ roots: rootsOf(null), about: null }];
    this.#hasRegistry = registry !== null;
    this.#tools = (registry?.entries ?? []).flatMap((entry) => {
      if (entry.paramsSchema === null) return [];
      const scope = { roots: rootsOf(entry.paramsSchema), about: nameOf(entry) };
      return [{ topic: topicOf(entry), tool: toolOf(entry), scope }];
    });
  }

  /** Those of ten tools at most; the scope without schema when no tool is known that the questions are for. */
  of(match: Match): readonly Scope[] {
    if (this.#tools.length === 0 || (match.topics === null && match.tools === null)) {
      return this.open;
    }
    const key = JSON.stringify([match.topics, match.tools]);
    let scopes = this.#byMatch.get(key);
    if (scopes === undefined) {
      scopes = this.#fitting(match);
      this.#byMatch.set(key, scopes);
    }
    return scopes;
  }

  #fitting(match: Match): readonly Scope[] {
    const fitting = this.#tools.filter((tool) => isFor(match, tool)).map(({ scope }) => scope);
    if (fitting.length === 0) return this.open;
    // What is wrong for the first ten may be right for another, so it is no error then.
    return fitting.length > SCHEMAS_MAX
      ? [...fitting.slice(0, SCHEMAS_MAX), ...this.open]
      : fitting;
  }

  /** Remembers a condition that reads parameters without a schema. */
  remember(place: Place, ast: Expr, scopes: readonly Scope[]): void {
    if (scopes !== this.open || !readsParams(ast)) return;
    if (this.#unchecked === null) this.#unchecked = { first: place, count: 1 };
    else this.#unchecked.count += 1;
  }

  /** One note for the whole file. */
  tell(reading: Reading): void {
    if (this.#unchecked === null) return;
    const { first, count } = this.#unchecked;
    const who = count === 1 ? "this condition reads" : `this and ${count - 1} more conditions read`;
    const help = this.#hasRegistry
      ? "name topics or tools in `match` that are registered with a schema"
      : "register the tools with a JSON Schema of their parameters";
    reading.note(
      first,
      "params_unchecked",
      `${who} \`action.params\` without a schema, so a misspelled name is not found`,
      help,
    );
  }
}

/** Schemas that one condition is checked against. */
const SCHEMAS_MAX = 10;

function isFor({ topics, tools }: Match, { topic, tool }: TypedTool): boolean {
  if (topics !== null && !topics.some((pattern) => topicsMeet(pattern, topic))) return false;
  if (tools === null) return true;
  return tool !== null && tools.some((pattern) => toolsMeet(pattern, tool));
}

/** A pattern may name the tool alone, or its server as well. */
function toolsMeet(pattern: string, tool: string): boolean {
  return namesMeet(pattern, tool) || namesMeet(pattern, tool.slice(tool.indexOf(".") + 1));
}

function nameOf({ topic, tool }: ToolEntry): string {
  return topic === null ? `tool ${tool ?? ""}` : `topic ${topic}`;
}

// An MCP call has the topic `mcp.<server>.<tool>`.
const mcpTopic = "mcp.";

function topicOf({ topic, tool }: ToolEntry): string {
  if (topic !== null) return topic;
  const name = tool ?? "**";
  const parts = name.includes(".") ? name.split(".") : ["*", name];
  if (name.includes("**")) return `${mcpTopic}**`;
  return mcpTopic + parts.map((part) => (part.includes("*") ? "*" : part)).join(".");
}

function toolOf({ topic, tool }: ToolEntry): string | null {
  if (tool !== null) return tool;
  return topic?.startsWith(mcpTopic) ? topic.slice(mcpTopic.length) : null;
}

function readsParams(ast: Expr): boolean {
  return referencesOf(ast).some(
    (path) => path === "action" || path === "action.params" || path.startsWith("action.params."),
  );
}
