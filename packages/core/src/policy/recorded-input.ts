// What a decision was made from, in the form in which the record keeps it, and back from there.

import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";
import { isSecretKey, maskObject, maskOrNull, maskText } from "../action/mask.ts";
import { CelMasked } from "../cel/value.ts";
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
    reversible: input.reversible,
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

/**
 * Reads what a decision was made from. `action` is the form that the job hash covers, with secrets
 * hidden: `job.proposed` carries it itself, the caller keeps it for the events that follow.
 */
export function inputFromRecord(
  payload: JsonObject | null,
  proposal: JsonObject | null = payload,
): RecordedInput {
  if (payload === null || proposal === null) {
    return obstacle("payload_erased", "the payload of the event was erased");
  }
  const recorded = payload["input"];
  const action = proposal["action"];
  if (!isJsonObject(recorded) || !isJsonObject(action)) {
    return obstacle("input_not_recorded", "the event does not carry what was decided from");
  }
  const facts = factsFromJson(recorded["facts"]);
  const now = recorded["now"];
  const labels = textsOf(recorded["labels"]);
  const masked: string[] = [];
  const input = actionInput(action, payload, masked);
  if (facts === null || typeof now !== "number" || labels === null || input === null) {
    return obstacle("record_damaged", "the recorded input has not the form that it is written in");
  }
  return {
    ok: true,
    input: {
      ...input,
      riskTags: tagsOf(recorded["risk_tags"] ?? action["risk_tags"]),
      reversible: reversibleOf(recorded, input.reversible),
      labels: hide(labels, "action.labels", masked) as Record<string, string>,
      effect: effectOf(recorded["effect"], masked),
      run: textOf(proposal["run"]),
      thread: textOf(proposal["thread"]),
      facts,
      now,
    },
    masked,
  };
}

/** Records of before the registry could change it between two decisions take it from the action. */
function reversibleOf(recorded: JsonObject, ofAction: boolean | null): boolean | null {
  const value = recorded["reversible"];
  return typeof value === "boolean" || value === null ? value : ofAction;
}

/**
 * The proposal with what a reviewer edited, for the events that come after `job.modified`; null when
 * either was erased, because then nobody knows what they were about.
 */
export function withEdit(
  proposal: JsonObject | null,
  payload: JsonObject | null,
): JsonObject | null {
  if (proposal === null || payload === null) return null;
  const action = proposal["action"];
  if (!isJsonObject(action)) return proposal;
  const edited = editedParts.filter((name) => Object.hasOwn(payload, name));
  const parts = edited.map((name) => [name, payload[name] ?? null] as const);
  return { ...proposal, action: { ...action, ...Object.fromEntries(parts) } };
}

const editedParts = ["params", "target", "cost"] as const;

type ActionInput = Omit<
  EvaluationInput,
  "riskTags" | "labels" | "effect" | "run" | "thread" | "facts" | "now"
>;

/** The members that come from the action; null when it is not one. */
function actionInput(action: JsonObject, edited: JsonObject, masked: string[]): ActionInput | null {
  const { topic, agent, tenant, tool } = action as Record<string, Json | undefined>;
  const partOf = (name: string): Json | undefined =>
    Object.hasOwn(edited, name) ? edited[name] : action[name];
  const [params, target, cost] = editedParts.map(partOf);
  if (typeof topic !== "string" || typeof agent !== "string" || typeof tenant !== "string")
    return null;
  if (params === undefined || !isJsonObject(params)) return null;
  const place = isJsonObject(target) ? target : {};
  const amount = isJsonObject(cost) ? cost["amount"] : null;
  const name = isJsonObject(tool) ? tool["name"] : null;
  const reversible = action["reversible"];
  return {
    topic,
    agent,
    tenant,
    tool:
      isJsonObject(tool) && typeof name === "string"
        ? { server: textOf(tool["server"]), name }
        : null,
    environment: textOf(place["environment"]),
    resource: hide(textOf(place["resource"]), "action.target.resource", masked) as string | null,
    reversible: typeof reversible === "boolean" ? reversible : null,
    cost:
      isJsonObject(cost) && typeof amount === "number"
        ? { amount, currency: textOf(cost["currency"]) ?? "" }
        : null,
    params: hide(params, "action.params", masked) as JsonObject,
    onBehalfOf: textOf(action["on_behalf_of"]),
  };
}

/**
 * A copy in which hidden values are `CelMasked`, and their paths. The type says JSON, because
 * everything that decides reads it as such; only expressions look at single values of it.
 */
function hide(value: Json, path: string, masked: string[]): Json {
  if (typeof value === "string") {
    if (!value.includes(maskText)) return value;
    masked.push(path);
    return new CelMasked() as unknown as Json;
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => hide(item, `${path}[${index}]`, masked));
  }
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(
    ([name, member]) => [name, hide(member, `${path}.${name}`, masked)] as const,
  );
  return Object.fromEntries(members);
}

function effectOf(json: Json | undefined, masked: string[]): EvaluationInput["effect"] {
  if (!isJsonObject(json)) return null;
  const { rows, recipients, diff } = json as Record<string, Json | undefined>;
  return {
    rows: typeof rows === "number" ? rows : null,
    recipients: typeof recipients === "number" ? recipients : null,
    diff: typeof diff === "string" ? (hide(diff, "action.effect.diff", masked) as string) : null,
  };
}

function obstacle(
  code: Extract<RecordedInput, { ok: false }>["code"],
  detail: string,
): RecordedInput {
  return { ok: false, code, detail };
}

function textOf(json: Json | undefined): string | null {
  return typeof json === "string" ? json : null;
}

function tagsOf(json: Json | undefined): readonly string[] {
  return Array.isArray(json) ? json.filter((tag) => typeof tag === "string") : [];
}

function textsOf(json: Json | undefined): Record<string, string> | null {
  if (!isJsonObject(json)) return null;
  return Object.values(json).every((value) => typeof value === "string")
    ? (json as Record<string, string>)
    : null;
}

/** Paths of the values that are hidden in an input that came from a record. */
export function maskedPaths(input: EvaluationInput): readonly string[] {
  const { params, labels, effect, resource } = input;
  const masked: string[] = [];
  collectMasked(resource, "action.target.resource", masked);
  collectMasked(params, "action.params", masked);
  collectMasked(labels, "action.labels", masked);
  collectMasked(effect?.diff, "action.effect.diff", masked);
  return masked;
}

function collectMasked(value: unknown, path: string, masked: string[]): void {
  if (typeof value !== "object" || value === null) return;
  if (isMasked(value)) masked.push(path);
  else if (Array.isArray(value)) {
    value.forEach((item, index) => collectMasked(item, `${path}[${index}]`, masked));
  } else {
    for (const [name, member] of Object.entries(value)) {
      collectMasked(member, `${path}.${name}`, masked);
    }
  }
}

/** A value for people: what is hidden is drawn as the mask again. */
export function shownValue(value: Json): Json {
  if (isMasked(value)) return maskText;
  if (Array.isArray(value)) return value.map(shownValue);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, shownValue(member)]),
  );
}

function isMasked(value: unknown): boolean {
  return value instanceof CelMasked;
}
