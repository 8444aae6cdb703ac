// A week of duty as a drawing: seven rows of a zone's days, each with its hours and who answers when.

import type { ContactView, WeekView } from "@holdpoint/core/wire/people";
import { hoursOf, type ZoneDay } from "../../ui/zone.ts";

export type Slot = WeekView["slots"][number];

/** A stretch of one row; places are shares of the row, from 0 to 1. */
export interface Block {
  readonly key: string;
  readonly left: number;
  readonly width: number;
  /** Null for so many at once that they are not drawn one by one. */
  readonly person: ContactView | null;
  readonly people: readonly ContactView[];
  readonly lane: number;
  readonly lanes: number;
  readonly from: number;
  readonly to: number;
}

export interface Row {
  readonly date: string;
  readonly from: number;
  readonly to: number;
  /** 24, but for the days on which the clocks change. */
  readonly hours: number;
  readonly ticks: readonly { readonly at: number; readonly hour: number; readonly left: number }[];
  readonly blocks: readonly Block[];
  /** Where now is; null when it is another day. */
  readonly now: number | null;
}

/** More than so many at the same time are drawn as one block that says how many. */
const lanesMax = 3;
const hourMs = 3_600_000;
const tickHours = 6;

export function rowsOf(
  zone: string,
  days: readonly ZoneDay[],
  { slots, now }: { readonly slots: readonly Slot[]; readonly now: number },
): readonly Row[] {
  return days.map((day) => {
    const share = (at: number): number => (at - day.from) / (day.to - day.from);
    return {
      ...day,
      hours: (day.to - day.from) / hourMs,
      ticks: hoursOf(zone, day)
        .filter(({ hour }) => hour % tickHours === 0)
        .map((tick) => ({ ...tick, left: share(tick.at) })),
      blocks: slots.flatMap((slot) => blocksOf(slot, day, share)),
      now: now >= day.from && now < day.to ? share(now) : null,
    };
  });
}

function blocksOf(slot: Slot, day: ZoneDay, share: (at: number) => number): readonly Block[] {
  const from = Math.max(Date.parse(slot.from), day.from);
  const to = Math.min(Date.parse(slot.to), day.to);
  if (from >= to || slot.people.length === 0) return [];
  const span = { from, to, left: share(from), width: share(to) - share(from) };
  if (slot.people.length > lanesMax) {
    return [{ ...span, key: `${from}`, person: null, people: slot.people, lane: 0, lanes: 1 }];
  }
  return slot.people.map((person, lane) => ({
    ...span,
    key: `${from} ${person.id}`,
    person,
    people: [person],
    lane,
    lanes: slot.people.length,
  }));
}

/** Slots of two answers as one list: what the second says of the first one's time is left out. */
export function joinedSlots(first: WeekView, second: WeekView | null): readonly Slot[] {
  if (second === null) return first.slots;
  const end = Date.parse(first.to);
  const rest = second.slots.filter(({ to }) => Date.parse(to) > end);
  const last = first.slots.at(-1);
  const [next, ...others] = rest;
  if (last === undefined || next === undefined) return [...first.slots, ...rest];
  if (idsOf(last) !== idsOf(next)) return [...first.slots, next, ...others];
  return [...first.slots.slice(0, -1), { ...last, to: next.to }, ...others];
}

function idsOf({ people }: Slot): string {
  return people.map(({ id }) => id).join("\n");
}

/** Everybody of the week, in the order of their names: each keeps one colour in all rows. */
export function peopleOf(slots: readonly Slot[]): readonly ContactView[] {
  const known = new Map(slots.flatMap(({ people }) => people.map((one) => [one.id, one] as const)));
  return [...known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
