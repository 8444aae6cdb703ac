// Says what of an action history calls unusual, and why.

import { isJsonObject, type Json, type JsonObject } from "../base/json/value.ts";
import type { EvaluationInput } from "./decision.ts";
import type { History, UsualRange } from "./facts.ts";
import { hasTooManyNumbers } from "./history.ts";

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
  if (hasTooManyNumbers(input.params)) reasons.push("more numbers than history keeps");
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
  for (const value of valuesAt(params, path.replace(/^params\./, ""))) {
    if (value === null) continue;
    // SECURITY: a number sent as text would otherwise leave every range.
    if (typeof value !== "number") return `\`${path}\` is no number, unlike before`;
    if (!(value >= low && value <= high)) {
      return `\`${path}\` is outside of what is usual, ${low} to ${high}`;
    }
  }
  return null;
}

/**
 * SECURITY: a key may hold dots itself, so a path may lead to several values, and each is looked at:
 * where history finds numbers, at the top and one level down, and where each dot is a level.
 */
function valuesAt(params: Readonly<JsonObject>, path: string): readonly Json[] {
  const places: (Json | undefined)[] = [ownOf(params, path)];
  for (let dot = path.indexOf("."); dot > 0; dot = path.indexOf(".", dot + 1)) {
    places.push(ownOf(ownOf(params, path.slice(0, dot)), path.slice(dot + 1)));
  }
  const segments = path.split(".");
  if (segments.length > 2) places.push(segments.reduce<Json | undefined>(ownOf, params));
  return places.filter((value) => value !== undefined);
}

function ownOf(object: Json | undefined, name: string): Json | undefined {
  return isJsonObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;
}
