// Hours in which a person is not to be disturbed, in their own zone.

import type { Instant } from "../base/clock.ts";
import { localDayOf, minutesOf, wallInstant } from "./business-time.ts";
import type { QuietHours } from "./people.ts";

/** When the quiet that stands at this moment ends; null while there is none. */
export function quietUntil(quiet: QuietHours | null, at: Instant): Instant | null {
  if (quiet === null) return null;
  const { zone } = quiet;
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  const today = localDayOf(zone, at);
  for (const day of [today - 1, today]) {
    const begins = wallInstant(zone, { day, minute: from }, "first");
    const lastDay = to > from ? day : day + 1;
    const ends = wallInstant(zone, { day: lastDay, minute: to }, "last");
    if (begins <= at && at < ends) return ends;
  }
  return null;
}
