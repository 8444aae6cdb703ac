// Tests what of an action is unusual.

import { describe, expect, it } from "vitest";
import { historyNumbersMax } from "../base/limits.ts";
import type { JsonObject } from "../base/json/value.ts";
import { plainInput } from "./decision.sample.ts";
import type { History } from "./facts.ts";
import { unusualOf } from "./unusual.ts";

const history: History = {
  firstTime: { agent: false, topic: false, target: false },
  count: { hour: 1, day: 2 },
  ranges: {
    "params.amount": { count: 20, low: 10, high: 90 },
    "params.inner.rows": { count: 40, low: 1, high: 5 },
    "params.rare": { count: 19, low: 1, high: 2 },
  },
  lastOutcome: "SUCCEEDED",
  sinceRejectionMs: null,
};

function reasons(params: JsonObject, known: Partial<History> = {}): readonly string[] {
  return unusualOf({ ...history, ...known }, { ...plainInput, params }).reasons;
}

describe("what is unusual", () => {
  it("is nothing about an action like those before", () => {
    expect(reasons({ amount: 10, inner: { rows: 5 }, rare: 1_000, other: 1e9 })).toEqual([]);
    expect(reasons({ amount: 90 })).toEqual([]);
    expect(reasons({})).toEqual([]);
  });

  it("is a number outside of what is usual, at any depth that was recorded", () => {
    expect(reasons({ amount: 90.5 })).toEqual([
      "`params.amount` is outside of what is usual, 10 to 90",
    ]);
    expect(reasons({ amount: 9 })).toHaveLength(1);
    expect(reasons({ inner: { rows: 6 } })).toHaveLength(1);
    expect(reasons({ "inner.rows": 6 })).toHaveLength(1);
  });

  it("is a number outside of it wherever the path leads, with another value beside it or not", () => {
    expect(reasons({ "inner.rows": 2, inner: { rows: 1e9 } })).toHaveLength(1);
    expect(reasons({ "inner.rows": 1e9, inner: { rows: 2 } })).toHaveLength(1);
    expect(reasons({ "inner.rows": 2, inner: { rows: 3 } })).toEqual([]);
    const ranges = { "params.a.b.c": { count: 20, low: 1, high: 2 } };
    expect(reasons({ a: { b: { c: 3 } } }, { ranges })).toHaveLength(1);
  });

  it("is an action with so many numbers that history would lose some", () => {
    const numbers = (count: number): JsonObject =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}`, at]));

    expect(reasons(numbers(historyNumbersMax))).toEqual([]);
    expect(reasons({ inner: numbers(historyNumbersMax), amount: 10 })).toEqual([
      "more numbers than history keeps",
    ]);
  });

  it("is a number that became something else", () => {
    expect(reasons({ amount: "50" })).toEqual(["`params.amount` is no number, unlike before"]);
    expect(reasons({ amount: [50] })).toHaveLength(1);
    expect(reasons({ amount: null })).toEqual([]);
  });

  it("is what happens for the first time", () => {
    const firstTime = { agent: true, topic: false, target: true };

    expect(reasons({}, { firstTime })).toEqual([
      "first action of this agent",
      "first time for this target",
    ]);
  });

  it("does not look at what objects inherit", () => {
    const ranges = { "params.constructor": { count: 30, low: 1, high: 2 } };

    expect(reasons({}, { ranges })).toEqual([]);
  });
});
