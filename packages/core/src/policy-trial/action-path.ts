// Changes one value of what a decision is made from, by the path that expressions read it at.

import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import type { History } from "../policy/facts.ts";
import { usualHistory } from "./sample-action.ts";

/**
 * The input with another value at a path that expressions read (`action.params.amount`,
 * `facts.count.hour`); undefined takes the value away. Null when nothing stands at such a path, or
 * it cannot hold such a value.
 */
export function withPath(
  input: EvaluationInput,
  path: string,
  value: Json | undefined,
): EvaluationInput | null {
  const [root, name, ...rest] = path.split(".");
  if (/[[\]"]/.test(path)) return null;
  if (root === "now") return typeof value === "number" ? { ...input, now: value } : null;
  if (root === "facts" && name !== undefined) return withFact(input, [name, ...rest], value);
  if (root !== "action" || name === undefined) return null;
  if (name === "params") {
    if (rest.length === 0) return isJsonObject(value) ? { ...input, params: value } : null;
    return { ...input, params: withMember(input.params, rest, value) };
  }
  if (name === "labels") return withLabel(input, rest, value);
  return withActionMember(input, [name, ...rest].join("."), value);
}

function withActionMember(
  input: EvaluationInput,
  path: string,
  value: Json | undefined,
): EvaluationInput | null {
  const text = value === undefined ? null : typeof value === "string" ? value : undefined;
  const number = value === undefined ? null : typeof value === "number" ? value : undefined;
  const noEffect = { rows: null, recipients: null, diff: null };
  switch (path) {
    case "topic":
    case "tenant":
      return typeof text === "string" && text !== "" ? { ...input, [path]: text } : null;
    case "agent.id":
      return typeof text === "string" && text !== "" ? { ...input, agent: text } : null;
    case "agent.run":
    case "agent.thread":
      return text === undefined ? null : { ...input, [path.slice("agent.".length)]: text };
    case "agent.on_behalf_of":
      return text === undefined ? null : { ...input, onBehalfOf: text };
    case "target.environment":
    case "target.resource":
      return text === undefined ? null : { ...input, [path.slice("target.".length)]: text };
    case "reversible":
      if (value !== undefined && typeof value !== "boolean") return null;
      return { ...input, reversible: value ?? null };
    case "cost":
      return value === undefined ? { ...input, cost: null } : null;
    case "cost.amount":
      if (number === undefined) return null;
      return { ...input, cost: number === null ? null : { ...costOf(input), amount: number } };
    case "cost.currency":
      return typeof text === "string"
        ? { ...input, cost: { ...costOf(input), currency: text } }
        : null;
    case "effect":
      return value === undefined ? { ...input, effect: null } : null;
    case "effect.rows":
    case "effect.recipients":
      if (number === undefined) return null;
      return {
        ...input,
        effect: { ...noEffect, ...input.effect, [path.slice("effect.".length)]: number },
      };
    case "effect.diff":
      return text === undefined
        ? null
        : { ...input, effect: { ...noEffect, ...input.effect, diff: text } };
    case "tool":
      return value === undefined ? { ...input, tool: null } : null;
    case "tool.name":
      return typeof text === "string" && text !== ""
        ? { ...input, tool: { server: input.tool?.server ?? null, name: text } }
        : null;
    case "tool.server":
      return text === undefined
        ? null
        : { ...input, tool: { name: input.tool?.name ?? "x", server: text } };
    case "risk_tags":
      return Array.isArray(value)
        ? { ...input, riskTags: value.filter((tag) => typeof tag === "string").sort() }
        : null;
    default:
      return null;
  }
}

function costOf(input: EvaluationInput): NonNullable<EvaluationInput["cost"]> {
  return input.cost ?? { amount: 1, currency: "EUR" };
}

function withLabel(
  input: EvaluationInput,
  rest: readonly string[],
  value: Json | undefined,
): EvaluationInput | null {
  const name = rest.join(".");
  if (name === "" || (value !== undefined && typeof value !== "string")) return null;
  const labels = Object.fromEntries(Object.entries(input.labels).filter(([one]) => one !== name));
  return { ...input, labels: value === undefined ? labels : { ...labels, [name]: value } };
}

function withFact(
  input: EvaluationInput,
  [name, ...rest]: readonly [string, ...string[]],
  value: Json | undefined,
): EvaluationInput | null {
  if (value === undefined) return { ...input, facts: { ...input.facts, history: null } };
  const history = input.facts.history ?? usualHistory;
  const changed = historyWith(history, [name, ...rest].join("."), value);
  return changed && { ...input, facts: { ...input.facts, history: changed } };
}

function historyWith(history: History, path: string, value: Json): History | null {
  const leaf = path.slice(path.lastIndexOf(".") + 1);
  if (/^first_time\.(agent|topic|target)$/.test(path) && typeof value === "boolean") {
    return { ...history, firstTime: { ...history.firstTime, [leaf]: value } };
  }
  if (/^count\.(hour|day)$/.test(path) && typeof value === "number") {
    return { ...history, count: { ...history.count, [leaf]: Math.max(0, value) } };
  }
  if (path === "last_outcome" && typeof value === "string") {
    return { ...history, lastOutcome: value };
  }
  if (path === "since_rejection" && typeof value === "string") {
    // Spans are written in seconds, as expressions write them.
    const seconds = /^(-?[0-9.]+)s$/.exec(value)?.[1];
    const spanMs = seconds === undefined ? Number.NaN : Number(seconds) * 1_000;
    return spanMs >= 0 ? { ...history, sinceRejectionMs: spanMs } : null;
  }
  const range = /^usual\.(.+)\.(count|low|high)$/.exec(path);
  if (range !== null && typeof value === "number") {
    const [, name = "", member = ""] = range;
    const usual = history.ranges[name] ?? { count: 40, low: 0, high: 0 };
    return { ...history, ranges: { ...history.ranges, [name]: { ...usual, [member]: value } } };
  }
  if (path === "unusual" && typeof value === "boolean") {
    return value
      ? { ...history, firstTime: { agent: true, topic: true, target: true } }
      : { ...usualHistory };
  }
  return null;
}

function withMember(
  object: Readonly<JsonObject>,
  [name, ...rest]: readonly string[],
  value: Json | undefined,
): JsonObject {
  if (name === undefined) return { ...object };
  const others = Object.entries(object).filter(([one]) => one !== name);
  if (rest.length === 0) {
    return Object.fromEntries(value === undefined ? others : [...others, [name, value]]);
  }
  const inner = Object.hasOwn(object, name) ? object[name] : undefined;
  if (value === undefined && !isJsonObject(inner)) return { ...object };
  return Object.fromEntries([
    ...others,
    [name, withMember(isJsonObject(inner) ? inner : {}, rest, value)],
  ]);
}
