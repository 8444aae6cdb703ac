// Reads what a file defines for its own rules: the vocabulary, and parameters per environment.

import type { Json, JsonObject } from "../base/json/value.ts";
import { topicGlobFault } from "../policy/glob.ts";
import { topicsMeet } from "../policy/pattern-meet.ts";
import type { Parameters, Vocabulary } from "../policy/policy.ts";
import {
  childPath,
  jsonOf,
  part,
  type Place,
  readItems,
  readMembers,
  readNamed,
  readText,
  readTexts,
  refuseTwice,
  refuseUnknown,
  type Reading,
  wrongType,
} from "./reading.ts";
import { identifierPattern } from "./shape.ts";
import { keysOf } from "./shape-maps.ts";

export const riskTagForm = {
  pattern: /^[a-z0-9][a-z0-9_.:-]{0,63}$/,
  form: "a risk tag is lower case: a-z, 0-9, `_`, `.`, `:` and `-`, 64 characters at most",
};

export function readVocabulary(reading: Reading, place: Place): Vocabulary | null {
  const members = readMembers(reading, place, "`vocabulary`", keysOf("vocabulary"));
  if (members === null) return null;
  return {
    riskTags: part(members, "risk_tags", (at) =>
      readTexts(reading, at, "`risk_tags`", riskTagForm),
    ),
    topics: part(members, "topics", (at) => readTopicPatterns(reading, at)),
  };
}

/** Patterns of topics; `readTexts` with the words that say what is wrong with a pattern. */
export function readTopicPatterns(reading: Reading, place: Place): readonly string[] {
  const patterns = new Set<string>();
  for (const item of readItems(reading, place, "`topics`")) {
    const pattern = readText(reading, item, "an entry of `topics`");
    if (pattern === null) continue;
    const fault = topicGlobFault(pattern);
    if (fault !== null) {
      reading.error(
        item,
        "pattern_invalid",
        `\`${pattern}\` is not a pattern of \`topics\``,
        fault,
      );
    }
    if (patterns.has(pattern)) refuseTwice(reading, item, "`topics`", pattern);
    patterns.add(pattern);
  }
  return [...patterns];
}

/** A list of risk tags, each of them in the vocabulary when the file has one. */
export function readRiskTags(reading: Reading, place: Place, what: string): readonly string[] {
  const tags = readTexts(reading, place, what, riskTagForm);
  const known = reading.names.riskTags;
  if (known === null || place.node.kind !== "list") return tags;
  for (const [index, node] of place.node.items.entries()) {
    const tag = node.kind === "scalar" ? node.value : null;
    if (typeof tag !== "string" || known.has(tag)) continue;
    const message = `there is no risk tag \`${tag}\` in \`vocabulary\``;
    const otherwise = "add it to `vocabulary.risk_tags`, or use one that is there";
    const unknown = { code: "unknown_risk_tag", word: tag, message, known, otherwise };
    refuseUnknown(reading, { node, path: `${place.path}/${index}` }, unknown);
  }
  return tags;
}

/** INVARIANT: with a vocabulary, a pattern that fits none of its topics does not load. */
export function refuseUnknownTopic(reading: Reading, place: Place, topic: string): void {
  const known = reading.names.topics;
  if (known === null || known.some((pattern) => topicsMeet(pattern, topic))) return;
  const message = `\`${topic}\` fits no topic of \`vocabulary\``;
  const otherwise = "add it to `vocabulary.topics`, or use one that is there";
  refuseUnknown(reading, place, { code: "unknown_topic", word: topic, message, known, otherwise });
}

export const noParameters: Parameters = { values: {}, environments: new Map() };

export function readParameters(reading: Reading, place: Place): Parameters {
  if (place.node.kind !== "map") {
    wrongType(reading, place, "`parameters`", "a map");
    return noParameters;
  }
  const values: [string, Json][] = [];
  let environments: Place | null = null;
  for (const [name, member] of membersOf(place)) {
    if (name === "environments") environments = member;
    else if (isIdentifier(reading, member, name, "`parameters`")) {
      values.push([name, jsonOf(member.node)]);
    }
  }
  const byName = Object.fromEntries(values);
  const read = environments === null ? new Map() : readEnvironments(reading, environments, byName);
  return { values: byName, environments: read };
}

function readEnvironments(
  reading: Reading,
  place: Place,
  values: Readonly<JsonObject>,
): ReadonlyMap<string, Readonly<JsonObject>> {
  const environments = new Map<string, Readonly<JsonObject>>();
  for (const [name, member] of readNamed(reading, place, "`environments`")) {
    if (member.node.kind !== "map") {
      wrongType(reading, member, `environment \`${name}\``, "a map");
      continue;
    }
    const own: [string, Json][] = [];
    for (const [parameter, at] of membersOf(member)) {
      const value = jsonOf(at.node);
      if (!Object.hasOwn(values, parameter)) {
        const message = `there is no parameter \`${parameter}\` for environment \`${name}\``;
        const known = Object.keys(values);
        const otherwise = "give it a value under `parameters` first";
        const code = "unknown_parameter";
        refuseUnknown(reading, at, { code, word: parameter, message, known, otherwise });
      } else if (kindOfJson(values[parameter] ?? null) !== kindOfJson(value)) {
        const wanted = kindOfJson(values[parameter] ?? null);
        const message = `parameter \`${parameter}\` is ${wanted}, here it is ${kindOfJson(value)}`;
        reading.error(at, "wrong_type", message);
      } else own.push([parameter, value]);
    }
    environments.set(name, Object.fromEntries(own));
  }
  return environments;
}

export function membersOf({ node, path }: Place): readonly (readonly [string, Place])[] {
  if (node.kind !== "map") return [];
  return node.fields.map(({ key, value }) => [key, { node: value, path: childPath(path, key) }]);
}

function kindOfJson(value: Json): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "number" ? "a number" : "text";
}

export function isIdentifier(reading: Reading, place: Place, name: string, what: string): boolean {
  if (identifier.test(name) && !celWords.has(name)) return true;
  const help = "use a letter or `_`, then letters, digits and `_`, 64 at most";
  reading.error(place, "name_invalid", `\`${name}\` cannot be a name in ${what}`, help);
  return false;
}

const identifier = new RegExp(identifierPattern);
/** Words that CEL keeps for itself, so `variables.in` could not be written. */
const celWords = new Set(["true", "false", "null", "in"]);
