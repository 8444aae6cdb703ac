// What earlier actions of an agent and topic come to: usual ranges, and the numbers that they are made of.

import { isSecretKey } from "../action/mask.ts";
import { historyNumbersMax, historyRangesMax } from "../base/limits.ts";
import { isJsonObject, type JsonObject } from "../base/json/value.ts";
import type { UsualRange } from "./facts.ts";

const pathLengthMax = 128;

/** Numeric parameters by path, at the top and one level down; null when there is none. */
export function numbersOf(params: Readonly<JsonObject>): Record<string, number> | null {
  const kept = allNumbersOf(params).slice(0, historyNumbersMax);
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

/** True when history would not keep all numbers of an action, so that others hide the one that counts. */
export function hasTooManyNumbers(params: Readonly<JsonObject>): boolean {
  return allNumbersOf(params).length > historyNumbersMax;
}

function allNumbersOf(params: Readonly<JsonObject>): [string, number][] {
  const numbers: [string, number][] = [];
  collect(params, "params", numbers);
  for (const [name, value] of Object.entries(params)) {
    if (isJsonObject(value) && !isSecretKey(name)) collect(value, `params.${name}`, numbers);
  }
  return numbers;
}

/** SECURITY: a number under a secret name is a secret; history would show its range. */
function collect(object: Readonly<JsonObject>, path: string, into: [string, number][]): void {
  for (const [name, value] of Object.entries(object)) {
    if (typeof value !== "number" || isSecretKey(name)) continue;
    if (path.length + name.length < pathLengthMax) into.push([`${path}.${name}`, value]);
  }
}

const lowShare = 0.05;
const highShare = 0.95;

/**
 * The 5th and 95th percentile of each number, by its path: the nearest value that occurred. Of very
 * many paths those that most samples have: names that an agent invents each time displace none.
 */
export function rangesOf(
  samples: readonly Readonly<Record<string, number>>[],
): Record<string, UsualRange> {
  const values = new Map<string, number[]>();
  for (const sample of samples) {
    for (const [path, value] of Object.entries(sample)) {
      const known = values.get(path);
      if (known === undefined) values.set(path, [value]);
      else known.push(value);
    }
  }
  const known = [...values].sort(([, a], [, b]) => b.length - a.length).slice(0, historyRangesMax);
  const ranges: [string, UsualRange][] = known.map(([path, found]) => {
    const sorted = found.sort((a, b) => a - b);
    const count = sorted.length;
    const low = sorted[Math.floor(lowShare * (count - 1))] ?? 0;
    const high = sorted[Math.ceil(highShare * (count - 1))] ?? 0;
    return [path, { count, low, high }];
  });
  return Object.fromEntries(ranges);
}
