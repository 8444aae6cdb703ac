// A week is drawn by instants: every minute of duty once, also where the clocks change.

import type { ContactView, WeekView } from "@holdpoint/core/wire/people";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { weekOf } from "../../ui/zone.ts";
import { joinedSlots, peopleOf, rowsOf, type Slot } from "./week.ts";

const person = (id: string): ContactView => ({ id, name: null, email: null, on_duty: true });
const hourMs = 3_600_000;

const slot = (from: number, to: number, ids: readonly string[]): Slot => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
  people: ids.map(person),
});

describe("a week of duty", () => {
  it("draws a handover at nine at nine of the clock, before and after the clocks change", () => {
    const zone = "Europe/Berlin";
    const days = weekOf(zone, Date.parse("2026-03-27T12:00:00Z"));
    const at = (text: string): number => Date.parse(text);
    const slots = [
      slot(at("2026-03-26T08:00:00Z"), at("2026-03-28T08:00:00Z"), ["ana"]),
      slot(at("2026-03-28T08:00:00Z"), at("2026-03-29T07:00:00Z"), ["li"]),
      slot(at("2026-03-29T07:00:00Z"), at("2026-04-10T07:00:00Z"), ["ana"]),
    ];
    const rows = rowsOf(zone, days, { slots, now: at("2026-03-29T10:00:00Z") });
    const leap = rows[2];
    expect(rows.map(({ hours }) => hours)).toEqual([24, 24, 23, 24, 24, 24, 24]);
    expect(rows[1]?.blocks[0]?.width).toBeCloseTo(9 / 24);
    expect(leap?.blocks.map(({ person: who }) => who?.id)).toEqual(["li", "ana"]);
    expect(leap?.blocks[0]?.width).toBeCloseTo(8 / 23);
    expect(leap?.ticks.map(({ hour, left }) => [hour, Math.round(left * 23)])).toEqual([
      [0, 0],
      [6, 5],
      [12, 11],
      [18, 17],
    ]);
    expect(leap?.now).toBeCloseTo(11 / 23);
    expect(rows[0]?.now).toBe(null);
  });

  it("draws up to three people in lanes, and more as a number", () => {
    const days = weekOf("UTC", 0);
    const drawn = (ids: readonly string[]): readonly (string | undefined)[] =>
      rowsOf("UTC", days, { slots: [slot(0, hourMs, ids)], now: 0 })[0]?.blocks.map(
        ({ person: who, lane, lanes, people }) =>
          who === null ? `${people.length} people` : `${who.id} ${lane} of ${lanes}`,
      ) ?? [];
    expect(drawn(["ana", "li"])).toEqual(["ana 0 of 2", "li 1 of 2"]);
    expect(drawn(["a", "b", "c", "d"])).toEqual(["4 people"]);
    expect(drawn([])).toEqual([]);
  });

  it("draws every instant of every slot exactly once", () => {
    const zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"];
    const starts = fc.integer({ min: 1_700_000_000, max: 1_900_000_000 });
    const lengths = fc.array(fc.integer({ min: 1, max: 60 * 60 * 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), starts, lengths, (zone, start, list) => {
        const days = weekOf(zone, start * 1_000);
        const first = days[0]?.from ?? 0;
        const end = days.at(-1)?.to ?? 0;
        const slots: Slot[] = [];
        let from = first;
        for (const length of list) {
          const to = Math.min(end, from + length * 1_000);
          if (from < to) slots.push(slot(from, to, ["ana"]));
          from = to;
        }
        const rows = rowsOf(zone, days, { slots, now: first });
        const drawn = rows.flatMap(({ blocks }) => blocks.map((one) => one.to - one.from));
        const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
        expect(sum(drawn)).toBe(from - first);
        for (const { left, width } of rows.flatMap(({ blocks }) => blocks)) {
          expect(left).toBeGreaterThanOrEqual(0);
          expect(left + width).toBeLessThanOrEqual(1.000_001);
        }
      }),
    );
  });

  it("is joined from two answers where it is longer than seven times 24 hours", () => {
    const view = (from: number, slots: readonly Slot[]): WeekView => ({
      group: "on-call",
      from: new Date(from).toISOString(),
      to: new Date(from + 168 * hourMs).toISOString(),
      zone: null,
      slots: [...slots],
    });
    const end = 168 * hourMs;
    const first = view(0, [slot(0, 100 * hourMs, ["li"]), slot(100 * hourMs, end, ["ana"])]);
    const same = view(end, [slot(end, end + hourMs, ["ana"]), slot(end + hourMs, 2 * end, ["li"])]);
    expect(joinedSlots(first, same).map(({ people }) => people[0]?.id)).toEqual([
      "li",
      "ana",
      "li",
    ]);
    expect(joinedSlots(first, null)).toEqual(first.slots);
    expect(peopleOf(joinedSlots(first, same)).map(({ id }) => id)).toEqual(["ana", "li"]);
  });
});
