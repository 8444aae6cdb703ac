// Tests which numbers of an action history keeps, and the ranges that they come to.

import { describe, expect, it } from "vitest";
import { historyNumbersMax, historyRangesMax } from "../base/limits.ts";
import { numbersOf, rangesOf } from "./history.ts";

describe("the numbers of an action", () => {
  it("are those at the top and one level down, by their paths", () => {
    const params = { amount: 5, order: { items: 2, deep: { down: 9 } }, list: [1], name: "x" };
    expect(numbersOf(params)).toEqual({ "params.amount": 5, "params.order.items": 2 });
  });

  it("are none that are secret by their name, and none where there are none", () => {
    expect(numbersOf({ pin: 1234, card: { cvv: 999 }, credentials: { amount: 1 } })).toBeNull();
    expect(numbersOf({})).toBeNull();
  });

  it("are bounded, and take any name for data", () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`n${at}`, at]));
    expect(Object.keys(numbersOf(many) ?? {})).toHaveLength(historyNumbersMax);
    const odd = JSON.parse('{"__proto__": 3, "constructor": 4}') as Record<string, number>;
    expect(numbersOf(odd)).toEqual({ "params.__proto__": 3, "params.constructor": 4 });
  });
});

describe("the usual range", () => {
  it("leaves out the twentieth at each end", () => {
    const samples = Array.from({ length: 100 }, (_, at) => ({ a: at + 1 }));
    expect(rangesOf(samples)).toEqual({ a: { count: 100, low: 5, high: 96 } });
  });

  it("of few values is all of them, and counts where a value occurs", () => {
    expect(rangesOf([{ a: 3 }, { a: 1, b: 7 }])).toEqual({
      a: { count: 2, low: 1, high: 3 },
      b: { count: 1, low: 7, high: 7 },
    });
    expect(rangesOf([])).toEqual({});
  });

  it("is kept of the names that occur most, so that invented ones push none out", () => {
    const samples = Array.from({ length: 200 }, (_, turn) => ({
      ...Object.fromEntries(Array.from({ length: 31 }, (__, at) => [`n${turn}_${at}`, 1])),
      amount: turn,
    }));
    const ranges = rangesOf(samples);
    expect(Object.keys(ranges)).toHaveLength(historyRangesMax);
    expect(ranges["amount"]).toEqual({ count: 200, low: 9, high: 190 });
  });
});
