// Reads what a role or a person may approve: on which topics, and at which cost at most.

import { limitsMax } from "../base/limits.ts";
import type { Limit } from "../policy/policy.ts";
import { currencyForm } from "./read-action.ts";
import { readTopicPatterns, refuseUnknownTopic } from "./read-names.ts";
import {
  needed,
  part,
  type Place,
  readItems,
  readMembers,
  readNumber,
  readText,
  type Reading,
} from "./reading.ts";
import { keysOf } from "./shape-maps.ts";

/** An empty list is no limit. */
export function readLimits(reading: Reading, place: Place): readonly Limit[] {
  const items = readItems(reading, place, "`limits`");
  if (items.length > limitsMax) {
    reading.error(place, "too_many", `\`limits\` has at most ${limitsMax} entries`);
  }
  return items.flatMap((item) => readLimit(reading, item) ?? []);
}

function readLimit(reading: Reading, place: Place): Limit | null {
  const what = "an entry of `limits`";
  const members = readMembers(reading, place, what, keysOf("limit"));
  if (members === null) return null;
  if (members.size === 0) {
    const help = "write `topics`, `cost`, or both; leave `limits` out for no limit";
    return reading.error(place, "missing_key", `${what} limits nothing`, help);
  }
  const topics = part(members, "topics", (at) => readTopics(reading, at));
  const cost = part(members, "cost", (at) => readCost(reading, at));
  // INVARIANT: a part that cannot be read never leaves a wider limit behind; the file does not load.
  return { topics, cost };
}

function readTopics(reading: Reading, place: Place): readonly string[] {
  const topics = readTopicPatterns(reading, place);
  for (const item of place.node.kind === "list" ? readItems(reading, place, "`topics`") : []) {
    const { node } = item;
    if (node.kind !== "scalar" || typeof node.value !== "string") continue;
    refuseUnknownTopic(reading, item, node.value);
  }
  if (place.node.kind === "list" && place.node.items.length === 0) {
    const help = "leave `topics` out for every topic";
    reading.error(place, "never_matches", "`topics: []` is no topic", help);
  }
  return topics;
}

function readCost(reading: Reading, place: Place): Limit["cost"] {
  const what = "`cost`";
  const members = readMembers(reading, place, what, keysOf("limit_cost"));
  if (members === null) return null;
  const need = { reading, place, members, what };
  const form = { min: 0, max: 1e15, isWhole: false };
  const atMost = needed(need, "at_most", (at) => readNumber(reading, at, "`at_most`", form));
  const currency = needed(need, "currency", (at) =>
    readText(reading, at, "`currency`", currencyForm),
  );
  return atMost === null || currency === null ? null : { atMost, currency };
}
