// Reads the tests of a policy file: an action, what is known beside it, and what has to become of it.

import type { DecisionKind, EvaluationInput } from "../policy/decision.ts";
import { type Facts, type History, noFacts } from "../policy/facts.ts";
import type { PolicyTest } from "../policy/policy.ts";
import { readAction } from "./read-action.ts";
import { readConstraints } from "./read-constraints.ts";
import { readDecision } from "./read-decision.ts";
import { readDuration } from "./read-duration.ts";
import { refuseUnknownRule } from "./read-exception.ts";
import { membersOf, readRiskTags } from "./read-names.ts";
import { readInstant } from "./read-time.ts";
import {
  needed,
  part,
  type Place,
  readBoolean,
  readItems,
  readMembers,
  readNumber,
  readText,
  type Reading,
  wrongType,
} from "./reading.ts";
import { keysOf } from "./shape-maps.ts";

export function readTests(reading: Reading, place: Place): readonly PolicyTest[] {
  const tests: PolicyTest[] = [];
  const names = new Set<string>();
  for (const item of readItems(reading, place, "`tests`")) {
    const test = readTest(reading, item);
    if (test === null) continue;
    if (names.has(test.name)) {
      const message = `another test is called \`${test.name}\` too`;
      reading.error(item, "duplicate_id", message, "give each test a name of its own");
    }
    names.add(test.name);
    tests.push(test);
  }
  return tests;
}

function readTest(reading: Reading, place: Place): PolicyTest | null {
  const what = "a test";
  const members = readMembers(reading, place, what, keysOf("test"));
  if (members === null) return null;
  const need = { reading, place, members, what };
  const name = needed(need, "name", (at) => readText(reading, at, "`name`"));
  const action = needed(need, "action", (at) => readAction(reading, at));
  const expect = needed(need, "expect", (at) => readExpect(reading, at));
  const facts = part(members, "facts", (at) => readFacts(reading, at)) ?? noFacts;
  const now = part(members, "now", (at) => readInstant(reading, at, "`now`")) ?? 0;
  if (name === null || action === null || expect === null) return null;
  const input: EvaluationInput = { ...action, facts, now };
  return { name, action: input, expect };
}

function readExpect(reading: Reading, place: Place): PolicyTest["expect"] | null {
  const members = readMembers(reading, place, "`expect`", keysOf("expect"));
  if (members === null) return null;
  if (members.size === 0) return reading.error(place, "missing_key", "`expect` expects nothing");
  const decision: DecisionKind | null = part(members, "decision", (at) =>
    readDecision(reading, at),
  );
  const constraints = part(members, "constraints", (at) => readConstraints(reading, at));
  const tags = part(members, "risk_tags", (at) => readRiskTags(reading, at, "`risk_tags`"));
  const riskTags = tags === null ? null : tags.toSorted();
  const rule = members.get("rule");
  if (rule === undefined) return { decision, constraints, riskTags };
  const isNone = rule.node.kind === "scalar" && rule.node.value === null;
  const name = isNone ? null : readText(reading, rule, "`rule`");
  refuseUnknown(reading, rule, name);
  return { decision, rule: name, constraints, riskTags };
}

function refuseUnknown(reading: Reading, place: Place, id: string | null): void {
  const { rules, invariants } = reading.names;
  if (id === null || rules === null || rules.has(id) || invariants.has(id)) return;
  refuseUnknownRule(reading, place, id, [...rules, ...invariants]);
}

const historyKeys = ["first_time", "count", "usual", "last_outcome", "since_rejection"];

/** History is known as a whole or not at all: one of its keys makes the others the usual ones. */
function readFacts(reading: Reading, place: Place): Facts | null {
  const members = readMembers(reading, place, "`facts`", keysOf("facts"));
  if (members === null) return null;
  const velocity = part(members, "velocity", (at) => readVelocityCounts(reading, at)) ?? {};
  if (!historyKeys.some((key) => members.has(key))) return { history: null, velocity };
  const bounds = { minMs: 1, maxMs: 3_650 * 86_400_000 };
  const history: History = {
    firstTime: part(members, "first_time", (at) => readFirstTime(reading, at)) ?? neverFirst,
    count: part(members, "count", (at) => readCount(reading, at)) ?? { hour: 0, day: 0 },
    ranges: part(members, "usual", (at) => readRanges(reading, at)) ?? {},
    lastOutcome: part(members, "last_outcome", (at) => readText(reading, at, "`last_outcome`")),
    sinceRejectionMs: part(members, "since_rejection", (at) =>
      readDuration(reading, at, "`since_rejection`", bounds),
    ),
  };
  return { history, velocity };
}

const neverFirst: History["firstTime"] = { agent: false, topic: false, target: false };
const counted = { min: 0, max: Number.MAX_SAFE_INTEGER, isWhole: true };

function readFirstTime(reading: Reading, place: Place): History["firstTime"] | null {
  const members = readMembers(reading, place, "`first_time`", keysOf("first_time"));
  if (members === null) return null;
  const flag = (key: string): boolean =>
    part(members, key, (at) => readBoolean(reading, at, `\`${key}\``)) ?? false;
  return { agent: flag("agent"), topic: flag("topic"), target: flag("target") };
}

function readCount(reading: Reading, place: Place): History["count"] | null {
  const members = readMembers(reading, place, "`count`", keysOf("count"));
  if (members === null) return null;
  const number = (key: string): number =>
    part(members, key, (at) => readNumber(reading, at, `\`${key}\``, counted)) ?? 0;
  return { hour: number("hour"), day: number("day") };
}

function readRanges(reading: Reading, place: Place): History["ranges"] | null {
  if (place.node.kind !== "map") return wrongType(reading, place, "`usual`", "a map");
  const ranges: [string, History["ranges"][string]][] = [];
  for (const [path, at] of membersOf(place)) {
    const what = `the range of \`${path}\``;
    const members = readMembers(reading, at, what, keysOf("usual_range"));
    if (members === null) continue;
    const need = { reading, place: at, members, what };
    const free = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE, isWhole: false };
    const count = needed(need, "count", (one) => readNumber(reading, one, "`count`", counted));
    const low = needed(need, "low", (one) => readNumber(reading, one, "`low`", free));
    const high = needed(need, "high", (one) => readNumber(reading, one, "`high`", free));
    if (count === null || low === null || high === null) continue;
    if (low > high) reading.error(at, "never_matches", `${what} ends before it begins`);
    ranges.push([path, { count, low, high }]);
  }
  return Object.fromEntries(ranges);
}

/** Counts by id of the rule that asks for them. */
function readVelocityCounts(reading: Reading, place: Place): Facts["velocity"] | null {
  if (place.node.kind !== "map") return wrongType(reading, place, "`velocity`", "a map");
  const counts: [string, number][] = [];
  for (const [id, at] of membersOf(place)) {
    refuseUnknown(reading, at, id);
    const count = readNumber(reading, at, `the count of \`${id}\``, counted);
    if (count !== null) counts.push([id, count]);
  }
  return Object.fromEntries(counts);
}
