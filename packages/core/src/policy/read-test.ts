// Reads the tests of a policy file: an action and what has to become of it.

import { riskTagsMax, topicLengthMax } from "../base/limits.ts";
import type { DecisionKind, EvaluationInput } from "./decision.ts";
import { noFacts } from "./facts.ts";
import type { PolicyTest } from "./policy.ts";
import { currencyForm, readLabels, riskTagForm } from "./read-match.ts";
import { readDecision } from "./read-rule.ts";
import {
  type Members,
  type Place,
  readBoolean,
  readFreeObject,
  readItems,
  readMembers,
  readNumber,
  readText,
  readTexts,
  type Reading,
} from "./reading.ts";

const actionKeys = [
  "topic",
  "tool",
  "params",
  "target",
  "risk_tags",
  "reversible",
  "cost",
  "agent",
  "tenant",
  "labels",
];

const topicForm = {
  pattern: /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/,
  form: "a topic is dotted and lower case, without `*`",
  lengthMax: topicLengthMax,
};

/** Who proposes in a test that does not say. */
const testAgent = "test";
const testTenant = "default";

export function readTests(reading: Reading, place: Place): readonly PolicyTest[] {
  const tests: PolicyTest[] = [];
  for (const item of readItems(reading, place, "`tests`")) {
    const test = readTest(reading, item);
    if (test !== null) tests.push(test);
  }
  return tests;
}

function readTest(reading: Reading, place: Place): PolicyTest | null {
  const members = readMembers(reading, place, "a test", ["name", "action", "expect"]);
  if (members === null) return null;
  for (const key of ["name", "action", "expect"]) {
    if (!members.has(key)) reading.error(place, "missing_key", `a test needs \`${key}\``);
  }
  const name = at(members, "name", (member) => readText(reading, member, "`name`"));
  const action = at(members, "action", (member) => readAction(reading, member));
  const expect = at(members, "expect", (member) => readExpect(reading, member));
  if (name === null || action === null || expect === null) return null;
  return { name, action, expect };
}

function readExpect(reading: Reading, place: Place): PolicyTest["expect"] | null {
  const members = readMembers(reading, place, "`expect`", ["decision", "rule"]);
  if (members === null) return null;
  if (members.size === 0) return reading.error(place, "missing_key", "`expect` expects nothing");
  const decision: DecisionKind | null = at(members, "decision", (member) =>
    readDecision(reading, member),
  );
  const rule = members.get("rule");
  if (rule === undefined) return { decision, constraints: null, riskTags: null };
  const isNone = rule.node.kind === "scalar" && rule.node.value === null;
  const name = isNone ? null : readText(reading, rule, "`rule`");
  return { decision, rule: name, constraints: null, riskTags: null };
}

function readAction(reading: Reading, place: Place): EvaluationInput | null {
  const members = readMembers(reading, place, "the action of a test", actionKeys);
  if (members === null) return null;
  const topicPlace = members.get("topic");
  if (topicPlace === undefined) {
    return reading.error(place, "missing_key", "the action of a test needs `topic`");
  }
  const topic = readText(reading, topicPlace, "`topic`", topicForm);
  const tags = at(members, "risk_tags", (member) =>
    readTexts(reading, member, "`risk_tags`", riskTagForm),
  );
  if (tags !== null && tags.length > riskTagsMax) {
    reading.error(place, "too_many", `an action carries at most ${riskTagsMax} risk tags`);
  }
  const tenant = at(members, "tenant", (member) => readText(reading, member, "`tenant`"));
  return {
    topic: topic ?? "",
    tool: at(members, "tool", (member) => readTool(reading, member)),
    riskTags: [...(tags ?? [])].sort(),
    agent: at(members, "agent", (member) => readAgent(reading, member)) ?? testAgent,
    environment: at(members, "target", (member) => readEnvironment(reading, member)),
    tenant: tenant ?? testTenant,
    labels: at(members, "labels", (member) => readLabels(reading, member)) ?? {},
    reversible: at(members, "reversible", (member) => readBoolean(reading, member, "`reversible`")),
    cost: at(members, "cost", (member) => readAmount(reading, member)),
    params: at(members, "params", (member) => readFreeObject(reading, member, "`params`")) ?? {},
    resource: null,
    effect: null,
    onBehalfOf: null,
    run: null,
    thread: null,
    facts: noFacts,
    now: 0,
  };
}

function readTool(reading: Reading, place: Place): EvaluationInput["tool"] {
  const members = readMembers(reading, place, "`tool`", ["server", "name"]);
  if (members === null) return null;
  const name = at(members, "name", (member) => readText(reading, member, "`name`"));
  const server = at(members, "server", (member) => readText(reading, member, "`server`"));
  if (!members.has("name")) return reading.error(place, "missing_key", "`tool` needs `name`");
  return name === null ? null : { server, name };
}

/** The agent as a name, or in the form that an action has. */
function readAgent(reading: Reading, place: Place): string | null {
  if (place.node.kind !== "map") return readText(reading, place, "`agent`");
  const members = readMembers(reading, place, "`agent`", ["id", "run", "thread", "on_behalf_of"]);
  if (members === null) return null;
  return at(members, "id", (member) => readText(reading, member, "`id`"));
}

function readEnvironment(reading: Reading, place: Place): string | null {
  const members = readMembers(reading, place, "`target`", ["environment", "resource"]);
  if (members === null) return null;
  return at(members, "environment", (member) => readText(reading, member, "`environment`"));
}

function readAmount(reading: Reading, place: Place): EvaluationInput["cost"] {
  const members = readMembers(reading, place, "`cost`", ["amount", "currency"]);
  if (members === null) return null;
  const form = { min: 0, max: Number.MAX_VALUE, isWhole: false };
  const amount = at(members, "amount", (member) => readNumber(reading, member, "`amount`", form));
  const currency = at(members, "currency", (member) =>
    readText(reading, member, "`currency`", currencyForm),
  );
  for (const key of ["amount", "currency"]) {
    if (!members.has(key)) reading.error(place, "missing_key", `\`cost\` needs \`${key}\``);
  }
  return amount === null || currency === null ? null : { amount, currency };
}

function at<Value>(
  members: Members,
  key: string,
  read: (place: Place) => Value | null,
): Value | null {
  const member = members.get(key);
  return member === undefined ? null : read(member);
}
