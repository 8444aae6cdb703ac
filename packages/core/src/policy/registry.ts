// What the server itself knows of tools: tags, reversibility, parameters, summary, computed effect.

import { type Digest, digestOf } from "../base/digest.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Condition, Template } from "./policy.ts";

/** One entry of the tool registry. An agent can add risk to what it says, and take nothing away. */
export interface ToolEntry {
  /** Unique in the tenant; letters, digits, `_`, `.` and `-`. */
  readonly id: string;
  /** A topic pattern of policy files; null when the entry is for a tool. */
  readonly topic: string | null;
  /** `name` or `server.name` of a tool, with the patterns of `match.tools`; null when it is for a topic. */
  readonly tool: string | null;
  readonly title: string | null;
  readonly riskTags: readonly string[];
  /** Null when the registry does not say. */
  readonly reversible: boolean | null;
  /** JSON Schema of the parameters; null leaves them unchecked. */
  readonly paramsSchema: Readonly<JsonObject> | null;
  /** The line that reviewers read first, with `${…}` over `action`. */
  readonly summary: Template | null;
  /** Expressions over `action` that compute what will happen. */
  readonly effect: { readonly rows: Condition | null; readonly recipients: Condition | null };
}

export interface Registry {
  /** By id. */
  readonly entries: readonly ToolEntry[];
}

export const emptyRegistry: Registry = { entries: [] };

/** The canonical form, which is also that of the file: what is not said is left out. */
export function registryToJson({ entries }: Registry): JsonObject {
  return { version: "v1", tools: sortEntries(entries).map(toolToJson) };
}

export function toolToJson(entry: ToolEntry): JsonObject {
  const { rows, recipients } = entry.effect;
  const effect: JsonObject = {
    ...(rows === null ? {} : { rows: rows.source }),
    ...(recipients === null ? {} : { recipients: recipients.source }),
  };
  return {
    id: entry.id,
    ...(entry.topic === null ? {} : { topic: entry.topic }),
    ...(entry.tool === null ? {} : { tool: entry.tool }),
    ...(entry.title === null ? {} : { title: entry.title }),
    ...(entry.riskTags.length === 0 ? {} : { risk_tags: [...entry.riskTags] }),
    ...(entry.reversible === null ? {} : { reversible: entry.reversible }),
    ...(entry.paramsSchema === null ? {} : { params_schema: entry.paramsSchema as JsonObject }),
    ...(entry.summary === null ? {} : { summary: entry.summary.source }),
    ...(Object.keys(effect).length === 0 ? {} : { effect }),
  };
}

/** SPEC: the order of the file makes no difference, so it does not change the digest. */
export function sortEntries(entries: readonly ToolEntry[]): readonly ToolEntry[] {
  return entries.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Names a state of the registry by its content; null for the empty one. */
export function registryDigest(registry: Registry): Digest | null {
  return registry.entries.length === 0 ? null : digestOf("tools", registryToJson(registry));
}

/**
 * The schema of the parameters of every action that a topic pattern fits; null when the registry
 * does not say one for all of them. The narrowest entry with a schema counts.
 */
export function schemaFor(registry: Registry, pattern: string): Readonly<JsonObject> | null {
  let best: ToolEntry | null = null;
  for (const entry of registry.entries) {
    if (entry.topic === null || entry.paramsSchema === null) continue;
    if (!coversTopics(entry.topic, pattern)) continue;
    if (best === null || isNarrower(entry.topic, best.topic ?? "**")) best = entry;
  }
  return best?.paramsSchema ?? null;
}

/** True when every topic that `inner` fits is one that `outer` fits too. */
export function coversTopics(outer: string, inner: string): boolean {
  const wanted = inner.split(".");
  const segments = outer.split(".");
  for (const [place, segment] of segments.entries()) {
    // SPEC: `**` stands for one segment or more.
    if (segment === "**") return place < wanted.length;
    const found = wanted[place];
    if (found === undefined || found === "**") return false;
    if (segment !== "*" && segment !== found) return false;
  }
  return segments.length === wanted.length;
}

/** Of two patterns that fit one topic: the one that says more of it. */
export function isNarrower(a: string, b: string): boolean {
  const weight = (pattern: string): number =>
    pattern.split(".").reduce((sum, segment) => sum + weightOf(segment), 0);
  return weight(a) > weight(b);
}

function weightOf(segment: string): number {
  if (segment === "**") return 0;
  return segment.includes("*") ? 1 : 100 + segment.length;
}
