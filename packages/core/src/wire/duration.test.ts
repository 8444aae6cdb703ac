// Durations as people write them.

import { describe, expect, it } from "vitest";
import { parseDuration } from "./duration.ts";

describe("a duration", () => {
  it.each([
    ["1ms", 1],
    ["45s", 45_000],
    ["30m", 1_800_000],
    ["24h", 86_400_000],
    ["90d", 7_776_000_000],
    ["9999999d", 863_999_913_600_000],
  ])("%s is %d milliseconds", (text, expected) => {
    expect(parseDuration(text)).toBe(expected);
  });

  it.each([
    "",
    "0s",
    "-1s",
    "1.5h",
    "10",
    "s",
    "1 s",
    "1S",
    "01s",
    "1w",
    "10000000s",
    "1s ",
    "1h30m",
  ])("`%s` is none", (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});
