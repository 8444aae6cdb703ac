// Reads the parts of an action that policy files write down: in tests and in remediations.

import { riskTagsMax, topicLengthMax } from "../base/limits.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { noFacts } from "../policy/facts.ts";
import { readRiskTags, refuseUnknownTopic } from "./read-names.ts";
import {
  childPath,
  needed,
  part,
  type Place,
  readBoolean,
  readFreeObject,
  readMembers,
  readNumber,
  readText,
  type Reading,
  scalarOf,
  wrongType,
} from "./reading.ts";
import { keysOf } from "./shape-maps.ts";

export const currencyForm = {
  pattern: /^[A-Za-z][A-Za-z0-9_-]{0,15}$/,
  form: "write a currency code such as `USD`",
};

export const topicForm = {
  pattern: /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/,
  form: "a topic is dotted and lower case, without `*`",
  lengthMax: topicLengthMax,
};

/** Who proposes in a test that does not say. */
const testAgent = "test";
const testTenant = "default";

export function readAction(reading: Reading, place: Place): EvaluationInput | null {
  const what = "the action of a test";
  const members = readMembers(reading, place, what, keysOf("action"));
  if (members === null) return null;
  const need = { reading, place, members, what };
  const topic = needed(need, "topic", (at) => {
    const text = readText(reading, at, "`topic`", topicForm);
    if (text !== null) refuseUnknownTopic(reading, at, text);
    return text;
  });
  const tags = part(members, "risk_tags", (at) => readRiskTags(reading, at, "`risk_tags`")) ?? [];
  if (tags.length > riskTagsMax) {
    reading.error(place, "too_many", `an action carries at most ${riskTagsMax} risk tags`);
  }
  const agent = part(members, "agent", (at) => readAgent(reading, at)) ?? noAgent;
  const target = part(members, "target", (at) => readTarget(reading, at));
  return {
    topic: topic ?? "",
    tool: part(members, "tool", (at) => readTool(reading, at)),
    riskTags: tags.toSorted(),
    agent: agent.id ?? testAgent,
    environment: target?.environment ?? null,
    tenant: part(members, "tenant", (at) => readText(reading, at, "`tenant`")) ?? testTenant,
    labels: part(members, "labels", (at) => readLabels(reading, at)) ?? {},
    reversible: part(members, "reversible", (at) => readBoolean(reading, at, "`reversible`")),
    cost: part(members, "cost", (at) => readAmount(reading, at)),
    params: part(members, "params", (at) => readFreeObject(reading, at, "`params`")) ?? {},
    resource: target?.resource ?? null,
    effect: part(members, "effect", (at) => readEffect(reading, at)),
    onBehalfOf: agent.onBehalfOf,
    run: agent.run,
    thread: agent.thread,
    facts: noFacts,
    now: 0,
  };
}

function readTool(reading: Reading, place: Place): EvaluationInput["tool"] {
  const what = "`tool`";
  const members = readMembers(reading, place, what, keysOf("tool"));
  if (members === null) return null;
  const need = { reading, place, members, what };
  const name = needed(need, "name", (at) => readText(reading, at, "`name`"));
  const server = part(members, "server", (at) => readText(reading, at, "`server`"));
  return name === null ? null : { server, name };
}

interface Agent {
  readonly id: string | null;
  readonly run: string | null;
  readonly thread: string | null;
  readonly onBehalfOf: string | null;
}

const noAgent: Agent = { id: null, run: null, thread: null, onBehalfOf: null };

/** The agent as a name, or in the form that an action has. */
function readAgent(reading: Reading, place: Place): Agent | null {
  if (place.node.kind !== "map") {
    return { ...noAgent, id: readText(reading, place, "`agent`") };
  }
  const members = readMembers(reading, place, "`agent`", keysOf("agent"));
  if (members === null) return null;
  const text = (key: string): string | null =>
    part(members, key, (at) => readText(reading, at, `\`${key}\``));
  return {
    id: text("id"),
    run: text("run"),
    thread: text("thread"),
    onBehalfOf: text("on_behalf_of"),
  };
}

interface Target {
  readonly environment: string | null;
  readonly resource: string | null;
}

export function readTarget(reading: Reading, place: Place): Target | null {
  const members = readMembers(reading, place, "`target`", keysOf("target"));
  if (members === null) return null;
  const form = { lengthMax: RESOURCE_LENGTH_MAX };
  return {
    environment: part(members, "environment", (at) => readText(reading, at, "`environment`")),
    resource: part(members, "resource", (at) => readText(reading, at, "`resource`", form)),
  };
}

function readAmount(reading: Reading, place: Place): EvaluationInput["cost"] {
  const what = "`cost`";
  const members = readMembers(reading, place, what, keysOf("cost"));
  if (members === null) return null;
  const need = { reading, place, members, what };
  const form = { min: 0, max: Number.MAX_VALUE, isWhole: false };
  const amount = needed(need, "amount", (at) => readNumber(reading, at, "`amount`", form));
  const currency = needed(need, "currency", (at) =>
    readText(reading, at, "`currency`", currencyForm),
  );
  return amount === null || currency === null ? null : { amount, currency };
}

function readEffect(reading: Reading, place: Place): EvaluationInput["effect"] {
  const members = readMembers(reading, place, "`effect`", keysOf("effect"));
  if (members === null) return null;
  const form = { min: 0, max: Number.MAX_SAFE_INTEGER, isWhole: false };
  const number = (key: string): number | null =>
    part(members, key, (at) => readNumber(reading, at, `\`${key}\``, form));
  const diff = part(members, "diff", (at) => {
    const text = scalarOf(at);
    return typeof text === "string" ? text : wrongType(reading, at, "`diff`", "text");
  });
  return { rows: number("rows"), recipients: number("recipients"), diff };
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

const RESOURCE_LENGTH_MAX = 1_024;
