// Reads what the enforcement point has to keep to, and what the agent may try instead.

import type { Constraints, Remediation } from "../policy/decision.ts";
import { readLabels, readTarget, topicForm } from "./read-action.ts";
import { refuseUnknownTopic } from "./read-names.ts";
import { keysOf } from "./shape-maps.ts";
import {
  part,
  type Place,
  readFreeObject,
  readItems,
  readMembers,
  readNumber,
  readText,
  readTexts,
  type Reading,
} from "./reading.ts";

const hostForm = {
  pattern: /^([a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$/,
  form: "write an exact host in lower case, such as `api.github.com` or `localhost:8080`",
};

export function readConstraints(reading: Reading, place: Place): Constraints | null {
  const members = readMembers(reading, place, "`constraints`", keysOf("constraints"));
  if (members === null) return null;
  const number = (key: string, min: number): Record<string, number> => {
    const member = members.get(key);
    if (member === undefined) return {};
    const form = { min, max: Number.MAX_SAFE_INTEGER, isWhole: true };
    const value = readNumber(reading, member, `\`${key}\``, form);
    return value === null ? {} : { [key]: value };
  };
  const hosts = members.get("network_allowlist");
  const redact = members.get("redact");
  const pin = members.get("pin");
  const pinned = pin === undefined ? null : readFreeObject(reading, pin, "`pin`");
  if (members.size === 0) reading.error(place, "missing_key", "`constraints` names no constraint");
  return {
    ...number("max_runtime_sec", 1),
    ...(hosts === undefined
      ? {}
      : { network_allowlist: readTexts(reading, hosts, "`network_allowlist`", hostForm) }),
    ...number("max_rows", 0),
    ...number("max_recipients", 0),
    ...(redact === undefined ? {} : { redact: readTexts(reading, redact, "`redact`") }),
    ...(pinned === null ? {} : { pin: pinned }),
  };
}

export function readRemediations(reading: Reading, place: Place): readonly Remediation[] {
  const remediations: Remediation[] = [];
  for (const item of readItems(reading, place, "`remediations`")) {
    const members = readMembers(reading, item, "a remediation", keysOf("remediation"));
    if (members === null) continue;
    const idPlace = members.get("id");
    const id = idPlace === undefined ? null : readText(reading, idPlace, "`id`", ruleIdForm);
    if (idPlace === undefined) reading.error(item, "missing_key", "a remediation needs `id`");
    if (id === null) continue;
    const title = members.get("title");
    const set = members.get("set");
    if (remediations.some((other) => other.id === id)) {
      reading.error(item, "duplicate_id", `two remediations of this rule are called \`${id}\``);
    }
    remediations.push({
      id,
      title: (title === undefined ? null : readText(reading, title, "`title`")) ?? id,
      set: (set === undefined ? null : readSet(reading, set)) ?? {},
    });
  }
  return remediations;
}

/** What is merged into the action; a member that is none of an action is refused. */
function readSet(reading: Reading, place: Place): Remediation["set"] | null {
  const members = readMembers(reading, place, "`set`", keysOf("set"));
  if (members === null) return null;
  part(members, "params", (at) => readFreeObject(reading, at, "`params`"));
  part(members, "topic", (at) => {
    const topic = readText(reading, at, "`topic`", topicForm);
    if (topic !== null) refuseUnknownTopic(reading, at, topic);
    return topic;
  });
  part(members, "target", (at) => readTarget(reading, at));
  part(members, "labels", (at) => readLabels(reading, at));
  return readFreeObject(reading, place, "`set`");
}

/** Ids of rules and remediations. */
export const ruleIdForm = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/,
  form: "an id has letters, digits, `_`, `.`, `:` and `-`, 128 characters at most",
};
