// Says what of an action history calls unusual, and why.

import type { Json, JsonObject } from "../base/json/value.ts";
import type { EvaluationInput } from "./decision.ts";
import type { History, UsualRange } from "./facts.ts";

export interface Unusual {
  readonly unusual: boolean;
  /** For a person; without values of the action. */
  readonly reasons: readonly string[];
}

/** Earlier actions that a range needs before it says what is usual. */
export const usualCountMin = 20;

export function unusualOf(history: History, input: EvaluationInput): Unusual {
  const reasons: string[] = [];
  const { firstTime, ranges } = history;
  if (firstTime.agent) reasons.push("first action of this agent");
  if (firstTime.topic) reasons.push("first time for this topic");
  if (firstTime.target) reasons.push("first time for this target");
  for (const path of Object.keys(ranges)) {
    const range = ranges[path];
    const reason = range === undefined ? null : outsideOf(path, range, input.params);
    if (reason !== null) reasons.push(reason);
  }
  return { unusual: reasons.length > 0, reasons };
}

function outsideOf(
  path: string,
  { count, low, high }: UsualRange,
  params: Readonly<JsonObject>,
): string | null {
  if (count < usualCountMin) return null;
  const value = valueAt(params, path.replace(/^params\./, ""));
  if (value === undefined || value === null) return null;
  // SECURITY: a number sent as text would otherwise leave every range.
  if (typeof value !== "number") return `\`${path}\` is no number, unlike before`;
  return value >= low && value <= high
    ? null
    : `\`${path}\` is outside of what is usual, ${low} to ${high}`;
}

/** A key may hold dots itself, so each way of reading the path is tried. */
function valueAt(object: Readonly<JsonObject>, path: string): Json | undefined {
  if (Object.hasOwn(object, path)) return object[path];
  for (let dot = path.indexOf("."); dot > 0; dot = path.indexOf(".", dot + 1)) {
    const head = path.slice(0, dot);
    const inner = Object.hasOwn(object, head) ? object[head] : undefined;
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) continue;
    const value = valueAt(inner, path.slice(dot + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}
