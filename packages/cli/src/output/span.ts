// Spans of time in words.

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
];

/** The two largest units: `2 h 5 min`. */
export function span(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1_000) * 1_000);
  const parts: string[] = [];
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(rest / unitMs);
    rest -= count * unitMs;
    if (count > 0) parts.push(`${count} ${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

/** How long until an instant of the wire; `over` when it has passed, a dash when there is none. */
export function timeLeft(instant: string | null, now: number): string {
  if (instant === null) return "–";
  const ms = Date.parse(instant) - now;
  return ms <= 0 ? "over" : span(ms);
}

/** How long ago an instant of the wire was. */
export function timeSince(instant: string, now: number): string {
  return `${span(now - Date.parse(instant))} ago`;
}
