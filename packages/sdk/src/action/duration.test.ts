// Lengths of time, read and written.

import { expect, test } from "vitest";
import { durationMs, durationText } from "./duration.ts";

test.for([
  ["250ms", 250],
  ["30s", 30_000],
  ["5m", 300_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  [1_500, 1_500],
] as const)("%s is %i ms", ([text, ms]) => {
  expect(durationMs(text)).toBe(ms);
});

test.for(["", "5", "0s", "1.5h", "-1s", "5 m", "1w", -1, Number.NaN, Number.POSITIVE_INFINITY])(
  "refuses %o",
  (duration) => {
    expect(() => durationMs(duration)).toThrow(RangeError);
  },
);

test.for([
  ["5m", "5m"],
  [1_500, "1500ms"],
  [0, "1ms"],
  [86_400_000, "86400s"],
] as const)("%o goes over the wire as %s", ([duration, text]) => {
  expect(durationText(duration)).toBe(text);
});
