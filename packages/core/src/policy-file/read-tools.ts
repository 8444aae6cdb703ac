// Reads the tool registry from its file or from stored JSON: the whole of it, or all that is wrong with it.

import { reasonLengthMax, toolsMax } from "../base/limits.ts";
import type { Json } from "../base/json/value.ts";
import { conditionTypes } from "../policy/condition-type.ts";
import { type Finding, hasErrors, sortFindings } from "../policy/finding.ts";
import { nameGlobFault, topicGlobFault } from "../policy/glob.ts";
import type { Condition, Template } from "../policy/policy.ts";
import { readExpression, readTemplate, type Scope } from "./read-expression.ts";
import { riskTagForm } from "./read-names.ts";
import {
  type Members,
  type Place,
  readBoolean,
  readFreeObject,
  readItems,
  readMembers,
  readText,
  readTexts,
  readWord,
  Reading,
} from "./reading.ts";
import { type Registry, sortEntries, type ToolEntry } from "../policy/registry.ts";
import { type Source, sourceFromJson, sourceFromYaml } from "./source.ts";

export type RegistryReading =
  | { readonly ok: true; readonly registry: Registry; readonly findings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

const toolKeys = [
  "id",
  "topic",
  "tool",
  "title",
  "risk_tags",
  "reversible",
  "params_schema",
  "summary",
  "effect",
];

/** Reads `version: v1` and `tools:` from YAML. */
export function loadRegistry(source: string): RegistryReading {
  return readRegistry(sourceFromYaml(source));
}

/** Reads the form that `registryToJson` writes, by the rules that files are read by. */
export function registryFromJson(json: Json): RegistryReading {
  return readRegistry(sourceFromJson(json));
}

function readRegistry(source: Source): RegistryReading {
  const reading = new Reading(source);
  const entries = source.root === null ? [] : readRoot(reading, { node: source.root, path: "" });
  const findings = sortFindings(reading.findings);
  if (hasErrors(findings)) return { ok: false, findings };
  return { ok: true, registry: { entries: sortEntries(entries) }, findings };
}

function readRoot(reading: Reading, place: Place): readonly ToolEntry[] {
  const members = readMembers(reading, place, "the tools file", ["version", "tools"]);
  if (members === null) return [];
  const version = members.get("version");
  if (version === undefined) reading.error(place, "missing_key", "begin with `version: v1`");
  else readWord(reading, version, "`version`", ["v1"]);
  const tools = members.get("tools");
  if (tools === undefined) {
    reading.error(place, "missing_key", "the file needs `tools`");
    return [];
  }
  const places = readItems(reading, tools, "`tools`");
  if (places.length > toolsMax) {
    reading.error(tools, "too_many", `there are ${places.length} tools, ${toolsMax} at most`);
    return [];
  }
  const entries = new Map<string, ToolEntry>();
  for (const item of places) {
    const entry = readTool(reading, item);
    if (entry === null) continue;
    if (entries.has(entry.id)) {
      reading.error(item, "duplicate_id", `two tools have the id \`${entry.id}\``);
    }
    entries.set(entry.id, entry);
  }
  return [...entries.values()];
}

const idForm = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/,
  form: "an id has letters, digits, `_`, `.` and `-`, 128 characters at most",
};

function readTool(reading: Reading, place: Place): ToolEntry | null {
  const members = readMembers(reading, place, "a tool", toolKeys);
  if (members === null) return null;
  const idPlace = members.get("id");
  if (idPlace === undefined) return reading.error(place, "missing_key", "a tool needs `id`");
  const id = readText(reading, idPlace, "`id`", idForm);
  const pattern = readPattern(reading, place, members);
  const paramsSchema = optional(members, "params_schema", (at) =>
    readFreeObject(reading, at, "`params_schema`"),
  );
  const scopes = scopesOf(paramsSchema);
  const entry = {
    title: optional(members, "title", (at) => readText(reading, at, "`title`")),
    riskTags:
      optional(members, "risk_tags", (at) => readTexts(reading, at, "`risk_tags`", riskTagForm)) ??
      [],
    reversible: optional(members, "reversible", (at) => readBoolean(reading, at, "`reversible`")),
    paramsSchema,
    summary: optional(members, "summary", (at) => readSummary(reading, at, scopes)),
    effect: optional(members, "effect", (at) => readEffect(reading, at, scopes)) ?? noEffect,
  };
  return id === null || pattern === null ? null : { id, ...pattern, ...entry };
}

const noEffect: ToolEntry["effect"] = { rows: null, recipients: null };

function scopesOf(paramsSchema: ToolEntry["paramsSchema"]): readonly Scope[] {
  const parameters = { values: {}, environments: new Map() };
  const types = conditionTypes({ variables: new Map(), parameters, paramsSchema });
  const roots = new Map([...types].filter(([name]) => name === "action"));
  return [{ roots, about: null }];
}

function readPattern(
  reading: Reading,
  place: Place,
  members: Members,
): Pick<ToolEntry, "topic" | "tool"> | null {
  const topic = members.get("topic");
  const tool = members.get("tool");
  if ((topic === undefined) === (tool === undefined)) {
    const help = "write `topic: job.mail.*` or `tool: crm.delete_*`";
    return reading.error(place, "missing_key", "a tool names a `topic` or a `tool`", help);
  }
  const at = topic ?? tool;
  if (at === undefined) return null;
  const pattern = readText(reading, at, topic === undefined ? "`tool`" : "`topic`");
  if (pattern === null) return null;
  const fault = topic === undefined ? nameGlobFault(pattern) : topicGlobFault(pattern);
  if (fault !== null) {
    return reading.error(at, "pattern_invalid", `\`${pattern}\` is no pattern`, fault);
  }
  return topic === undefined ? { topic: null, tool: pattern } : { topic: pattern, tool: null };
}

/** A line without expressions is a template of one part. */
function readSummary(reading: Reading, place: Place, scopes: readonly Scope[]): Template | null {
  const source = readText(reading, place, "`summary`", { lengthMax: reasonLengthMax });
  if (source === null) return null;
  return readTemplate(reading, place, source, scopes) ?? { source, parts: [source] };
}

function readEffect(
  reading: Reading,
  place: Place,
  scopes: readonly Scope[],
): ToolEntry["effect"] | null {
  const members = readMembers(reading, place, "`effect`", ["rows", "recipients"]);
  if (members === null) return null;
  const count = (key: string): Condition | null =>
    optional(members, key, (at) => readExpression(reading, at, `\`${key}\``, { scopes }));
  return { rows: count("rows"), recipients: count("recipients") };
}

function optional<Value>(
  members: Members,
  key: string,
  read: (place: Place) => Value | null,
): Value | null {
  const member = members.get(key);
  return member === undefined ? null : read(member);
}
