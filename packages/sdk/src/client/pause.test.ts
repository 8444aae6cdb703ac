// The lengths of pauses between attempts.

import { expect, test } from "vitest";
import { backoffMs, pause, retryAfterMs } from "./pause.ts";

test("pauses double from a fifth of a second to ten seconds, half of each by chance", () => {
  const longest = [1, 2, 3, 7, 50].map((attempt) => backoffMs(attempt, () => 1));
  const shortest = [1, 2, 3, 7, 50].map((attempt) => backoffMs(attempt, () => 0));

  expect(longest).toEqual([200, 400, 800, 10_000, 10_000]);
  expect(shortest).toEqual([100, 200, 400, 5_000, 5_000]);
});

test.for([
  [null, 0],
  ["3", 3_000],
  ["86400", 60_000],
  ["-1", 0],
  ["Wed, 21 Oct 2026 07:28:00 GMT", 0],
] as const)("Retry-After %o asks for %i ms", ([header, ms]) => {
  expect(retryAfterMs(header)).toBe(ms);
});

test("an abort ends the pause with its reason", async () => {
  const stop = new AbortController();
  const pausing = pause(60_000, stop.signal);

  stop.abort(new Error("enough"));

  await expect(pausing).rejects.toThrow("enough");
});
