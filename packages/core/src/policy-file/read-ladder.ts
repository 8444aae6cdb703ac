// Reads how a hold goes on while nobody has decided: reminders, escalation, emergency.

import {
  circumstancesMax,
  escalationsMax,
  holdTimeoutMaxMs,
  remindersMax,
} from "../base/limits.ts";
import type { Emergency, Escalation } from "../policy/decision.ts";
import { topicGlobFault } from "../policy/glob.ts";
import { readDuration } from "./read-duration.ts";
import { readReference } from "./read-reference.ts";
import {
  needed,
  part,
  type Place,
  readItems,
  readMembers,
  readTexts,
  type Reading,
  scalarOf,
} from "./reading.ts";
import { keysOf } from "./shape-maps.ts";

const spans = { minMs: 1_000, maxMs: holdTimeoutMaxMs };

export function readEscalate(reading: Reading, place: Place): readonly Escalation[] {
  const steps: Escalation[] = [];
  const what = "an entry of `escalate`";
  const items = readItems(reading, place, "`escalate`");
  if (items.length > escalationsMax && !reading.isStored) {
    reading.error(place, "too_many", `\`escalate\` has at most ${escalationsMax} steps`);
  }
  for (const item of items) {
    const members = readMembers(reading, item, what, keysOf("escalation"));
    if (members === null) continue;
    const need = { reading, place: item, members, what };
    const afterMs = needed(need, "after", (at) => readDuration(reading, at, "`after`", spans));
    const to = needed(need, "to", (at) => readReference(reading, at, "`to`"));
    if (afterMs === null || to === null) continue;
    if (afterMs <= (steps.at(-1)?.afterMs ?? 0)) {
      const message = "each step of `escalate` comes later than the one before";
      reading.error(item, "value_invalid", message);
    }
    steps.push({ afterMs, to });
  }
  return steps;
}

/** One span or a list of them, shortest first. */
export function readRemind(reading: Reading, place: Place): readonly number[] {
  const isList = place.node.kind === "list";
  const items = isList ? readItems(reading, place, "`remind`") : [place];
  if (items.length > remindersMax) {
    reading.error(place, "too_many", `\`remind\` has at most ${remindersMax} entries`);
  }
  const what = isList ? "an entry of `remind`" : "`remind`";
  const reminders: number[] = [];
  for (const item of items) {
    const afterMs = readDuration(reading, item, what, spans);
    if (afterMs === null) continue;
    if (afterMs <= (reminders.at(-1) ?? 0)) {
      reading.error(item, "value_invalid", "each reminder comes later than the one before");
    }
    reminders.push(afterMs);
  }
  return reminders;
}

export function readEmergency(reading: Reading, place: Place): Emergency | null {
  const what = "`emergency`";
  const members = readMembers(reading, place, what, keysOf("emergency"));
  if (members === null) return null;
  const need = { reading, place, members, what };
  const by = needed(need, "by", (at) => readReference(reading, at, "`by`"));
  const within = part(members, "within", (at) => readCircumstances(reading, at)) ?? [];
  return by === null ? null : { by, within };
}

/**
 * INVARIANT: a circumstance that is not known is never met. In a file it is an error; a snapshot of
 * a version that took any text keeps it.
 */
function readCircumstances(reading: Reading, place: Place): readonly string[] {
  const form = reading.isStored ? {} : circumstanceForm;
  const texts = readTexts(reading, place, "`within`", form);
  if (reading.isStored) return texts;
  if (texts.length > circumstancesMax) {
    reading.error(place, "too_many", `\`within\` has at most ${circumstancesMax} entries`);
  }
  for (const item of place.node.kind === "list" ? readItems(reading, place, "`within`") : []) {
    const text = scalarOf(item);
    if (typeof text !== "string" || !text.startsWith("topic:")) continue;
    const topic = text.slice("topic:".length);
    const fault = topicGlobFault(topic);
    if (fault === null) continue;
    reading.error(item, "pattern_invalid", `\`${topic}\` is not a pattern of topics`, fault);
  }
  return texts;
}

const circumstanceForm = {
  pattern: /^(incident|label:[^=\s]+=\S.*|topic:\S+)$/,
  form: "write `incident`, `label:severity=critical` or `topic:job.deploy.**`",
};
