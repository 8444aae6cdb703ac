// Durations as people write them: a whole number and a unit.

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of `30m`, `45s`, `2d`; null when the text is not a duration. */
export function parseDuration(text: string): number | null {
  const found = /^([1-9][0-9]{0,6})(ms|s|m|h|d)$/.exec(text);
  const unit = unitMs[found?.[2] ?? ""];
  return found === null || unit === undefined ? null : Number(found[1]) * unit;
}
