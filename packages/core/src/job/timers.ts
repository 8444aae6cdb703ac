// The timers of a watch: set and taken away by kind, the earliest first.

import type { Instant } from "../base/clock.ts";
import type { Timer, TimerKind, Watch } from "./watch.ts";

/** The watch with exactly one timer of this kind, or none when `dueAt` is null. */
export function withTimer(watch: Watch, kind: TimerKind, dueAt: Instant | null): Watch {
  const others = watch.timers.filter((timer) => timer.kind !== kind);
  return { ...watch, timers: inOrder(dueAt === null ? others : [...others, { kind, dueAt }]) };
}

/** When the next timer falls due; null when nothing is planned. */
export function nextDueAt(watch: Watch): Instant | null {
  return watch.timers[0]?.dueAt ?? null;
}

/** The watch of a hold that is decided: nothing falls due any more, and nobody has the card. */
export function endedWatch(watch: Watch | null): Watch | null {
  return watch === null ? null : { ...watch, timers: [], claim: null };
}

/** What is due first of timers at one instant; a release comes before the end. */
const order: readonly TimerKind[] = [
  "delivery",
  "reminder",
  "sla",
  "claim",
  "escalation",
  "window",
  "timeout",
];

/** INVARIANT: timers stand in the order in which they fire. */
export function inOrder(timers: readonly Timer[]): readonly Timer[] {
  const rank = ({ kind }: Timer): number => order.indexOf(kind);
  return timers.toSorted((a, b) => a.dueAt - b.dueAt || rank(a) - rank(b));
}
