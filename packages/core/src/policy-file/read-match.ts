// Reads the `match` of a rule: what an action has to be for the rule to apply.

import { type CostBounds, type Match, matchAnything } from "../policy/policy.ts";
import { currencyForm, readLabels } from "./read-action.ts";
import { nameGlobFault, topicGlobFault } from "../policy/glob.ts";
import {
  type Members,
  part,
  type Place,
  readBoolean,
  readItems,
  readMembers,
  readNumber,
  readText,
  readTexts,
  refuseTwice,
  refuseUnknown,
  type Reading,
} from "./reading.ts";
import { readRiskTags, refuseUnknownTopic } from "./read-names.ts";
import { keysOf } from "./shape-maps.ts";

export function readMatch(reading: Reading, place: Place): Match {
  const members = readMembers(reading, place, "`match`", keysOf("match"));
  if (members === null) return matchAnything;
  const reversible = members.get("reversible");
  const cost = members.get("cost");
  const labels = members.get("labels");
  const tags = members.get("risk_tags");
  refuseTagsOfNone(reading, place, members);
  return {
    topics: readGlobs(reading, members, "topics", topicGlobFault),
    riskTags: tags === undefined ? null : readRiskTags(reading, tags, "`risk_tags`"),
    anyRiskTags: part(members, "any_risk_tags", (at) => {
      refuseEmpty(reading, at, "any_risk_tags");
      return readRiskTags(reading, at, "`any_risk_tags`");
    }),
    agents: readGlobs(reading, members, "agents", nameGlobFault),
    tools: readGlobs(reading, members, "tools", nameGlobFault),
    environments: readSome(reading, members, "environments"),
    tenants: readSome(reading, members, "tenants"),
    labels: labels === undefined ? null : readLabels(reading, labels),
    reversible: reversible === undefined ? null : readBoolean(reading, reversible, "`reversible`"),
    cost: cost === undefined ? null : readCost(reading, cost),
    during: part(members, "during", (at) => readCalendarNames(reading, at, "during")),
    outside: part(members, "outside", (at) => readCalendarNames(reading, at, "outside")),
    unusual: part(members, "unusual", (at) => readBoolean(reading, at, "`unusual`")),
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
    if (fault !== null) {
      reading.error(item, "pattern_invalid", `\`${glob}\` is not a pattern of \`${key}\``, fault);
      continue;
    }
    if (globs.has(glob)) refuseTwice(reading, item, `\`${key}\``, glob);
    if (key === "topics") refuseUnknownTopic(reading, item, glob);
    globs.add(glob);
  }
  refuseEmpty(reading, place, key);
  return [...globs];
}

function readSome(reading: Reading, members: Members, key: string): readonly string[] | null {
  const place = members.get(key);
  if (place === undefined) return null;
  refuseEmpty(reading, place, key);
  return readTexts(reading, place, `\`${key}\``);
}

/** One calendar or a list of them, each of which the file defines. */
function readCalendarNames(reading: Reading, place: Place, key: string): readonly string[] | null {
  const what = `\`${key}\``;
  const isList = place.node.kind === "list";
  const items = isList ? readItems(reading, place, what) : [place];
  if (isList) refuseEmpty(reading, place, key);
  const known = reading.names.calendars;
  const names = new Set<string>();
  for (const item of items) {
    const name = readText(reading, item, isList ? `an entry of ${what}` : what);
    if (name === null) continue;
    if (!known.has(name)) {
      const message = `there is no calendar \`${name}\` in this file`;
      const otherwise = "define it under `calendars`";
      const code = "unknown_calendar";
      refuseUnknown(reading, item, { code, word: name, message, known, otherwise });
    }
    if (names.has(name)) refuseTwice(reading, item, what, name);
    names.add(name);
  }
  return names.size === 0 ? null : [...names];
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

function readCost(reading: Reading, place: Place): CostBounds | null {
  const keys = keysOf("cost_bounds");
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
