// What a decision was made from, in the form in which the record keeps it, and back from there.

import type { Instant } from "../base/clock.ts";
import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";
import { isSecretKey, maskObject, maskOrNull, maskText } from "../action/mask.ts";
import type { EvaluationInput } from "./decision.ts";
import type { Facts, History, UsualRange } from "./facts.ts";

/**
 * The `input` member of `job.proposed`, `job.modified` and `job.returned`: what a decision saw
 * beside `action` (the form that the job hash covers, secrets hidden) and `run` and `thread`, which
 * stand in the same payload. `declaredTags` are those that the agent sent, `tools` is the digest of
 * the registry.
 */
export function recordInput(
  input: EvaluationInput,
  declaredTags: readonly string[],
  tools: string | null = null,
): JsonObject {
  const { effect } = input;
  return {
    now: input.now,
    declared_tags: [...declaredTags],
    // What the agent and the registry say together: `derive` begins with these.
    risk_tags: [...input.riskTags],
    labels: maskObject(input.labels),
    effect: effect && {
      rows: effect.rows,
      recipients: effect.recipients,
      diff: maskOrNull(effect.diff),
    },
    facts: factsToJson(input.facts),
    tools,
  };
}

/** Facts as they are recorded. Ranges of what is secret by its name are hidden. */
export function factsToJson({ history, velocity }: Facts): JsonObject {
  return {
    history: history && {
      first_time: { ...history.firstTime },
      count: { ...history.count },
      usual: rangesToJson(history.ranges),
      last_outcome: history.lastOutcome,
      since_rejection_ms: history.sinceRejectionMs,
    },
    velocity: { ...velocity },
  };
}

function rangesToJson(ranges: History["ranges"]): JsonObject {
  const usual: JsonObject = {};
  for (const [path, { count, low, high }] of Object.entries(ranges)) {
    const isHidden = isSecretKey(path.slice(path.lastIndexOf(".") + 1));
    usual[path] = isHidden ? maskText : { count, low, high };
  }
  return usual;
}

/** Null when it has not the form that `factsToJson` gives. */
export function factsFromJson(json: Json | undefined): Facts | null {
  if (!isJsonObject(json)) return null;
  const velocity = numbersOf(json["velocity"]);
  if (velocity === null) return null;
  const recorded = json["history"];
  if (recorded === null) return { history: null, velocity };
  const history = historyFromJson(recorded);
  return history === null ? null : { history, velocity };
}

function historyFromJson(json: Json | undefined): History | null {
  if (!isJsonObject(json)) return null;
  const first = json["first_time"];
  const count = numbersOf(json["count"]);
  const ranges = rangesFromJson(json["usual"]);
  const outcome = json["last_outcome"] ?? null;
  const sinceMs = json["since_rejection_ms"] ?? null;
  if (!isJsonObject(first) || count === null || ranges === null) return null;
  const { agent, topic, target } = first as Record<string, Json>;
  const { hour, day } = count as Record<string, number | undefined>;
  if (typeof agent !== "boolean" || typeof topic !== "boolean" || typeof target !== "boolean")
    return null;
  if (hour === undefined || day === undefined) return null;
  if (outcome !== null && typeof outcome !== "string") return null;
  if (sinceMs !== null && typeof sinceMs !== "number") return null;
  return {
    firstTime: { agent, topic, target },
    count: { hour, day },
    ranges,
    lastOutcome: outcome,
    sinceRejectionMs: sinceMs,
  };
}

/** Hidden ranges are left out: whoever asks for one is told that it is not known. */
function rangesFromJson(json: Json | undefined): Record<string, UsualRange> | null {
  if (!isJsonObject(json)) return null;
  const ranges: Record<string, UsualRange> = {};
  for (const [path, recorded] of Object.entries(json)) {
    const numbers = numbersOf(recorded) as Record<string, number | undefined> | null;
    if (numbers === null) continue;
    const { count, low, high } = numbers;
    if (count === undefined || low === undefined || high === undefined) return null;
    ranges[path] = { count, low, high };
  }
  return ranges;
}

function numbersOf(json: Json | undefined): Record<string, number> | null {
  if (!isJsonObject(json)) return null;
  const numbers: Record<string, number> = {};
  for (const [name, value] of Object.entries(json)) {
    if (typeof value !== "number") return null;
    numbers[name] = value;
  }
  return numbers;
}

/** What a decision can be made from again. */
export type RecordedInput =
  | {
      readonly ok: true;
      readonly input: EvaluationInput;
      /** Paths of values that the record hides (`action.params.password`). */
      readonly masked: readonly string[];
    }
  | {
      readonly ok: false;
      readonly code: "payload_erased" | "input_not_recorded" | "record_damaged";
      readonly detail: string;
    };

/** When the decision was made, by the record; null when it does not say. */
export function decidedAt(payload: JsonObject): Instant | null {
  const input = payload["input"];
  const now = isJsonObject(input) ? input["now"] : null;
  return typeof now === "number" ? now : null;
}
