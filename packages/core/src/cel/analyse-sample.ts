// Finds for each thing that a condition asks about a few values that stand for all of them.

import type { Expr } from "./ast.ts";
import { comparisonOf, membershipOf, sizedBy, type Threshold } from "./analyse-fold.ts";
import { textOf } from "./expr-text.ts";

/** A value that stands for all between its neighbours; `missing` for a field that is absent. */
export type Sample = { readonly kind: "missing" } | Threshold;

/** True, false, or null for an error: the action does not have what is asked about. */
export type Truth = boolean | null;

/** A question with a yes or no about one thing, which `key` names. */
export interface Atom {
  readonly key: string;
  readonly thresholds: readonly Threshold[];
  readonly asksPresence: boolean;
  /** What it asks about is whole and never below zero. */
  readonly isCount: boolean;
  readonly ask: (sample: Sample) => Truth;
}

/** Every condition is one: where nothing more is known, one that may be true or false. */
export function atomOf(expr: Expr): Atom {
  if (expr.kind === "select" && expr.isTest) {
    return {
      key: textOf({ ...expr, isTest: false }),
      thresholds: [],
      asksPresence: true,
      isCount: false,
      ask: (sample) => sample.kind !== "missing",
    };
  }
  const comparison = comparisonOf(expr);
  if (comparison !== null) {
    const { subject, sign, threshold } = comparison;
    return {
      key: textOf(subject),
      thresholds: [threshold],
      asksPresence: false,
      isCount: sizedBy(subject) !== null,
      ask: (sample) => compare(sample, sign, threshold),
    };
  }
  const membership = membershipOf(expr);
  if (membership !== null) {
    const { subject, thresholds } = membership;
    return {
      key: textOf(subject),
      thresholds,
      asksPresence: false,
      isCount: sizedBy(subject) !== null,
      ask: (sample) =>
        sample.kind === "missing"
          ? null
          : thresholds.some((threshold) => compare(sample, "==", threshold)),
    };
  }
  return {
    key: textOf(expr),
    thresholds: [{ kind: "bool", value: true }],
    asksPresence: false,
    isCount: false,
    ask: (sample) => (sample.kind === "bool" ? sample.value === true : null),
  };
}

function compare(sample: Sample, sign: string, threshold: Threshold): Truth {
  if (sample.kind === "missing") return null;
  const isSameKind = sample.kind === threshold.kind;
  if (sign === "==") return isSameKind && sample.value === threshold.value;
  if (sign === "!=") return !isSameKind || sample.value !== threshold.value;
  if (!isSameKind) return null;
  if (sign === "<") return sample.value < threshold.value;
  if (sign === "<=") return sample.value <= threshold.value;
  return sign === ">" ? sample.value > threshold.value : sample.value >= threshold.value;
}

/** Values between, at and beyond all thresholds of one thing, so that no answer is left out. */
export function samplesOf(atoms: readonly Atom[]): readonly Sample[] {
  const thresholds = atoms.flatMap((atom) => atom.thresholds);
  const samples: Sample[] = atoms.some((atom) => atom.asksPresence) ? [{ kind: "missing" }] : [];
  const texts = thresholds.filter((one) => one.kind === "string").map((one) => String(one.value));
  if (texts.length > 0) {
    for (const value of stringsAround(texts)) samples.push({ kind: "string", value });
  }
  for (const kind of ["number", "timestamp", "duration"] as const) {
    const values = thresholds.filter((one) => one.kind === kind).map((one) => Number(one.value));
    if (values.length === 0) continue;
    const isCount = kind === "number" && atoms.some((atom) => atom.isCount);
    for (const value of numbersAround(values, isCount)) samples.push({ kind, value });
  }
  if (thresholds.some((one) => one.kind === "bool") || thresholds.length === 0) {
    samples.push({ kind: "bool", value: true }, { kind: "bool", value: false });
  }
  return samples;
}

function stringsAround(texts: readonly string[]): string[] {
  const sorted = [...new Set(["", ...texts])].toSorted((a, b) => (a < b ? -1 : 1));
  // The next string after one is itself with the least character behind it.
  return sorted.flatMap((text) => [text, `${text}\u0000`]);
}

function numbersAround(values: readonly number[], isCount: boolean): number[] {
  const sorted = [...new Set(values)].toSorted((a, b) => a - b);
  const found: number[] = [Number.NEGATIVE_INFINITY];
  for (const [index, value] of sorted.entries()) {
    const before = sorted[index - 1];
    if (before !== undefined) found.push(before + (value - before) / 2);
    found.push(value);
  }
  found.push(Number.POSITIVE_INFINITY);
  if (!isCount) return found;
  const counts = sorted.flatMap((value) => [Math.floor(value), Math.floor(value) + 1, value - 1]);
  return [...new Set([...counts, 0, Number.MAX_SAFE_INTEGER])].filter(
    (value) => Number.isInteger(value) && value >= 0,
  );
}
