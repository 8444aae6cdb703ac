// Reads the `match` of a rule: what an action has to be for the rule to apply.

import { type CostBounds, type Match, matchAnything } from "./policy.ts";
import { nameGlobFault, topicGlobFault } from "./glob.ts";
import {
  childPath,
  type Members,
  type Place,
  readBoolean,
  readItems,
  readMembers,
  readNumber,
  readText,
  readTexts,
  type Reading,
  wrongType,
} from "./reading.ts";

const matchKeys = [
  "topics",
  "risk_tags",
  "any_risk_tags",
  "agents",
  "tools",
  "environments",
  "tenants",
  "labels",
  "reversible",
  "cost",
] as const;

export const riskTagForm = {
  pattern: /^[a-z0-9][a-z0-9_.:-]{0,63}$/,
  form: "a risk tag is lower case: a-z, 0-9, `_`, `.`, `:` and `-`, 64 characters at most",
};

export const currencyForm = {
  pattern: /^[A-Za-z][A-Za-z0-9_-]{0,15}$/,
  form: "write a currency code such as `USD`",
};

export function readMatch(reading: Reading, place: Place): Match {
  const members = readMembers(reading, place, "`match`", matchKeys);
  if (members === null) return matchAnything;
  const reversible = members.get("reversible");
  const cost = members.get("cost");
  const labels = members.get("labels");
  const tags = members.get("risk_tags");
  refuseTagsOfNone(reading, place, members);
  return {
    topics: readGlobs(reading, members, "topics", topicGlobFault),
    riskTags: tags === undefined ? null : readTexts(reading, tags, "`risk_tags`", riskTagForm),
    anyRiskTags: readSome(reading, members, "any_risk_tags", riskTagForm),
    agents: readGlobs(reading, members, "agents", nameGlobFault),
    tools: readGlobs(reading, members, "tools", nameGlobFault),
    environments: readSome(reading, members, "environments"),
    tenants: readSome(reading, members, "tenants"),
    labels: labels === undefined ? null : readLabels(reading, labels),
    reversible: reversible === undefined ? null : readBoolean(reading, reversible, "`reversible`"),
    cost: cost === undefined ? null : readCost(reading, cost),
    during: null,
    outside: null,
    unusual: null,
  };
}

function readGlobs(
  reading: Reading,
  members: Members,
  key: string,
  faultOf: (glob: string) => string | null,
): readonly string[] | null {
  const place = members.get(key);
  if (place === undefined) return null;
  const globs = new Set<string>();
  for (const item of readItems(reading, place, `\`${key}\``)) {
    const glob = readText(reading, item, `an entry of \`${key}\``);
    if (glob === null) continue;
    const fault = faultOf(glob);
    if (fault === null) globs.add(glob);
    else
      reading.error(item, "pattern_invalid", `\`${glob}\` is not a pattern of \`${key}\``, fault);
  }
  refuseEmpty(reading, place, key);
  return [...globs];
}

function readSome(
  reading: Reading,
  members: Members,
  key: string,
  form: { pattern?: RegExp; form?: string } = {},
): readonly string[] | null {
  const place = members.get(key);
  if (place === undefined) return null;
  refuseEmpty(reading, place, key);
  return readTexts(reading, place, `\`${key}\``, form);
}

function refuseTagsOfNone(reading: Reading, place: Place, members: Members): void {
  const tags = members.get("risk_tags")?.node;
  if (tags?.kind !== "list" || tags.items.length > 0 || !members.has("any_risk_tags")) return;
  const help = "leave one of the two out";
  reading.error(place, "never_matches", "no action carries no tag and one of some tags", help);
}

function refuseEmpty(reading: Reading, place: Place, key: string): void {
  if (place.node.kind === "list" && place.node.items.length === 0) {
    reading.error(
      place,
      "never_matches",
      `\`${key}: []\` matches no action`,
      `leave \`${key}\` out`,
    );
  }
}

export function readLabels(reading: Reading, place: Place): Readonly<Record<string, string>> {
  if (place.node.kind !== "map") {
    wrongType(reading, place, "`labels`", "a map");
    return {};
  }
  const labels: [string, string][] = [];
  for (const { key, value } of place.node.fields) {
    const member = { node: value, path: childPath(place.path, key) };
    const text = readText(reading, member, `label \`${key}\``);
    if (text !== null) labels.push([key, text]);
  }
  return Object.fromEntries(labels);
}

function readCost(reading: Reading, place: Place): CostBounds | null {
  const keys = ["over", "at_least", "under", "at_most", "currency"];
  const members = readMembers(reading, place, "`cost`", keys);
  if (members === null) return null;
  const bound = (key: string): number | null => {
    const member = members.get(key);
    if (member === undefined) return null;
    return readNumber(reading, member, `\`${key}\``, { min: 0, max: 1e15, isWhole: false });
  };
  const currency = members.get("currency");
  const bounds: CostBounds = {
    over: bound("over"),
    atLeast: bound("at_least"),
    under: bound("under"),
    atMost: bound("at_most"),
    currency:
      currency === undefined ? null : readText(reading, currency, "`currency`", currencyForm),
  };
  if (!["over", "at_least", "under", "at_most"].some((key) => members.has(key))) {
    return reading.error(
      place,
      "missing_key",
      "`cost` needs a bound",
      `one of: ${keys.join(", ")}`,
    );
  }
  if (currency === undefined) {
    reading.warn(
      place,
      "any_currency",
      "`cost` without `currency` compares the amount in whatever currency the action names",
      "add `currency: USD`, or the one that you mean",
    );
  }
  if (isEmptyRange(bounds)) {
    reading.error(place, "never_matches", "no amount lies within these bounds of `cost`");
  }
  return bounds;
}

function isEmptyRange({ over, atLeast, under, atMost }: CostBounds): boolean {
  const low = Math.max(over ?? -1, atLeast ?? -1);
  const high = Math.min(under ?? Infinity, atMost ?? Infinity);
  if (low < high) return false;
  return low > high || over === low || under === high;
}
