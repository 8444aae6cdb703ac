// Spans of time in words.

import { expect, test } from "vitest";
import { span, timeLeft, timeSince } from "./span.ts";

test.for([
  [0, "0 s"],
  [-5, "0 s"],
  [59_400, "59 s"],
  [61_000, "1 min 1 s"],
  [3_600_000, "1 h"],
  [90_061_000, "1 d 1 h"],
  [86_400_000 + 5_000, "1 d"],
] as const)("%i ms are %s", ([ms, text]) => {
  expect(span(ms)).toBe(text);
});

test("what is left of a hold is said, or that it is over, or that it has no end", () => {
  const now = Date.parse("2026-01-01T00:00:00.000Z");

  expect(timeLeft("2026-01-01T00:04:00.000Z", now)).toBe("4 min");
  expect(timeLeft("2025-12-31T23:59:59.000Z", now)).toBe("over");
  expect(timeLeft(null, now)).toBe("–");
  expect(timeSince("2025-12-31T23:59:00.000Z", now)).toBe("1 min ago");
});
