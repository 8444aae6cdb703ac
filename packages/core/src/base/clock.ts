// The clock that everything is given instead of reading the time.

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

export interface Clock {
  now(): Instant;
}

let lastAt = Number.NaN;
let lastIso = "";

/** UTC ISO-8601 with milliseconds, as it stands on the wire and in the record. */
export function isoOf(at: Instant): string {
  // One verb writes the same instant many times.
  if (at !== lastAt) {
    lastIso = new Date(at).toISOString();
    lastAt = at;
  }
  return lastIso;
}

/** The first of two instants; null is no instant at all. */
export function earlier(a: Instant | null, b: Instant): Instant {
  return a === null ? b : Math.min(a, b);
}
