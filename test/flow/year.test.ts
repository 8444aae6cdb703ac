// A year of holds through the real verbs, with the clock in the hand: who is asked when, as a second library counts it.

import { Temporal } from "@js-temporal/polyfill";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Context, Engine } from "@holdpoint/server/flow/context";
import { DutyBook } from "@holdpoint/server/flow/duty-book";
import { propose } from "@holdpoint/server/flow/propose";
import { tickDue } from "@holdpoint/server/flow/tick";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEmbeddedPlace, type Place } from "../contract/place.ts";
import { contextOf, engineOver, HandClock, makeTenant } from "../sim/engine.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const tenant = "year";
const startAt = Date.parse("2026-11-23T00:00:00Z");

const source = `version: v1
groups:
  platform:
    members: [ana, ben, cid]
    schedule: weeks
    hours: { zone: Europe/Berlin, days: [mon, tue, wed, thu, fri], from: "08:00", to: "18:00", except: ["2026-12-25", "2027-01-01", "2027-03-29"] }
  backup:
    members: [bea, bob]
    hours: { zone: America/New_York, days: [mon, tue, wed, thu, fri, sat], from: "09:00", to: "17:00" }
  night: { members: [nia, odo], always: true }
schedules:
  weeks: { zone: Europe/Berlin, rotate: weekly, start: 2026-11-23, handover: "09:00", members: [ana, ben, cid] }
rules:
  - id: gate
    match: { topics: ["job.db.*"] }
    decision: require_approval
    approvals: [{ group: platform }]
    escalate: [{ after: 2h, to: "group:backup" }]
    remind: [1h]
    timeout: 8h
    on_timeout: escalate
`;

/** What the file says, written a second time: open spans by the other library, turns by counting weeks. */
const hours = {
  "group:platform": spansOf("Europe/Berlin", [8, 18], (date) => {
    const free = ["2026-12-25", "2027-01-01", "2027-03-29"].includes(date.toString());
    return date.dayOfWeek <= 5 && !free;
  }),
  "group:backup": spansOf("America/New_York", [9, 17], (date) => date.dayOfWeek <= 6),
};
type Spans = readonly (readonly [number, number])[];

function spansOf(
  zone: string,
  [from, to]: readonly [number, number],
  isDay: (date: Temporal.PlainDate) => boolean,
): Spans {
  const first = Temporal.PlainDate.from("2026-11-21");
  const at = (date: Temporal.PlainDate, hour: number): number =>
    date.toZonedDateTime({ timeZone: zone, plainTime: { hour } }).epochMilliseconds;
  return Array.from({ length: 420 }, (_, days) => first.add({ days }))
    .filter(isDay)
    .map((date) => [at(date, from), at(date, to)] as const);
}

function isOpen(target: string, at: number): boolean {
  const spans = hours[target as keyof typeof hours] as Spans | undefined;
  return spans === undefined || spans.some(([from, to]) => from <= at && at < to);
}

function later(target: string, at: number, ms: number): number {
  const spans = hours[target as keyof typeof hours] as Spans | undefined;
  if (spans === undefined) return at + ms;
  let rest = ms;
  for (const [from, to] of spans) {
    if (to <= at) continue;
    const begins = Math.max(at, from);
    if (rest <= to - begins) return begins + rest;
    rest -= to - begins;
  }
  return Infinity;
}

function peopleOf(target: string, at: number): readonly string[] {
  if (target === "group:backup") return ["bea", "bob"];
  if (target === "group:night") return ["nia", "odo"];
  const begins = Temporal.ZonedDateTime.from("2026-11-23T09:00[Europe/Berlin]");
  const now = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO("Europe/Berlin");
  const days = begins.until(now, { largestUnit: "days" }).days;
  const isBefore = Temporal.ZonedDateTime.compare(now, begins) < 0;
  return isBefore ? [] : [["ana", "ben", "cid"][Math.floor(days / 7) % 3] ?? ""];
}

/** What happens to a hold, from the words of the rule: one line for each time that somebody is asked. */
function expectedOf(openedAt: number): readonly string[] {
  const told: string[] = [];
  const left = ["group:backup", "group:night"];
  let target = "group:platform";
  let timeoutAt = Math.min(later("group:platform", openedAt, 8 * hourMs), openedAt + 30 * dayMs);
  let timers: { at: number; kind: "remind" | "escalate" }[] = [];
  const isThere = (at: number): boolean =>
    isOpen(target, at) && (target !== "group:platform" || peopleOf(target, at).length > 0);
  const begin = (at: number): void => {
    timers = [{ at: later(target, at, hourMs), kind: "remind" }];
    if (left.includes("group:backup")) {
      timers.push({ at: later(target, at, 2 * hourMs), kind: "escalate" });
    }
  };
  const widen = (at: number, cause: string): boolean => {
    for (let why = cause; ; why = "nobody_on_duty") {
      const next = left.shift();
      if (next === undefined) return false;
      target = next;
      told.push(line(at, `escalated ${why}`, target));
      if (isThere(at)) break;
    }
    begin(at);
    return true;
  };
  if (isThere(openedAt)) begin(openedAt);
  else widen(openedAt, "nobody_on_duty");
  for (;;) {
    const [next] = timers.filter(({ at }) => at <= timeoutAt).sort((a, b) => a.at - b.at);
    if (next === undefined) {
      const at = timeoutAt;
      timeoutAt = Math.min(later("group:platform", at, 8 * hourMs), openedAt + 30 * dayMs);
      if (widen(at, "timeout")) continue;
      return [...told, `${new Date(at).toISOString()} expired`];
    }
    timers = timers.filter((timer) => timer !== next);
    if (next.kind === "remind") told.push(line(next.at, "reminded", target));
    else widen(next.at, "time");
  }
}

function line(at: number, what: string, target: string): string {
  const people = isOpen(target, at) ? peopleOf(target, at) : [];
  return `${new Date(at).toISOString()} ${what} ${target}: ${people.join(" ")}`;
}

/** Every 31 hours and some minutes, and around each change of a clock and each free day. */
function proposalsOfAYear(): readonly number[] {
  const regular = Array.from(
    { length: 280 },
    (_, index) => startAt + index * (31 * hourMs + 17 * minuteMs),
  );
  const edges = [
    "2026-12-24T16:30Z",
    "2027-03-13T22:00Z",
    "2027-03-14T06:59Z",
    "2027-03-26T16:59Z",
    "2027-03-28T00:59Z",
    "2027-10-29T15:30Z",
    "2027-10-31T00:30Z",
    "2027-10-31T01:30Z",
    "2027-11-06T20:00Z",
    "2027-11-07T05:30Z",
  ];
  return [...regular, ...edges.map((text) => Date.parse(text))].sort((a, b) => a - b);
}

let place: Place;
let engine: Engine;
let ctx: Context;
const clock = new HandClock(startAt);

beforeAll(async () => {
  place = await openEmbeddedPlace();
  const plain = engineOver(place.store, clock);
  const { store, channels } = plain;
  engine = { ...plain, people: new DutyBook({ store, clock, channels, developmentPerson: null }) };
  ctx = contextOf(engine, tenant);
  await makeTenant(engine, tenant, source);
});

afterAll(() => place.close());

/** Moves the clock to each moment at which something is due or proposed, and lets it happen. */
async function live(proposals: readonly number[]): Promise<void> {
  const waiting = [...proposals];
  for (;;) {
    const due = await place.store.nextDueAt(tenant);
    const next = Math.min(due ?? Infinity, waiting[0] ?? Infinity);
    if (next === Infinity) return;
    clock.move(Math.max(0, next - clock.now()));
    if (next === waiting[0]) {
      await propose(ctx, {
        topic: "job.db.delete",
        params: { id: `c_${next}` },
        job_id: `job-${next}`,
      });
      waiting.shift();
    } else {
      const { moved, due: found } = await tickDue(engine, tenant);
      expect(moved, new Date(next).toISOString()).toBe(found);
    }
  }
}

async function storyOf(openedAt: number): Promise<readonly string[]> {
  const events = await place.store.listEvents(tenant, {
    jobId: `job-${openedAt}`,
    type: null,
    isNewestFirst: false,
    limit: 200,
    after: null,
  });
  const policy = await engine.policies.active(tenant);
  const duty = await engine.people.duty(tenant, policy);
  let target = "group:platform";
  return events.flatMap(({ type, at, payload }) => {
    const { to, cause, lateness_ms: latenessMs } = JSON.parse(payload ?? "{}") as JsonObject;
    if (type === "job.proposed") return [];
    expect(latenessMs, `${type} of job-${openedAt}`).toBe(0);
    const iso = new Date(at).toISOString();
    if (type === "job.expired") return [`${iso} expired`];
    if (type === "hold.escalated") target = String(to);
    const people = duty.onDuty(target, at).map(({ id }) => id);
    const what =
      type === "hold.escalated" ? `escalated ${String(cause)}` : type.slice("hold.".length);
    return [`${iso} ${what} ${target}: ${people.join(" ")}`];
  });
}

describe("a year of holds", () => {
  const proposals = proposalsOfAYear();

  beforeAll(() => live(proposals), 300_000);

  it("asks whom the rule names, when their hours, turns and free days say so, over four changes of clocks", async () => {
    for (const openedAt of proposals) {
      const story = await storyOf(openedAt);
      expect(story, new Date(openedAt).toISOString()).toEqual(expectedOf(openedAt));
    }
  });

  it("ends every hold", async () => {
    expect(await place.store.countPending(tenant, 1_000)).toBe(0);
    expect(await place.store.nextDueAt(tenant)).toBeNull();
  });

  it("had holds that each way of going on was taken by", async () => {
    const told = proposals.flatMap(expectedOf).map((text) => text.split(" ").slice(1, 4).join(" "));
    for (const what of [
      "escalated time group:backup:",
      "escalated nobody_on_duty group:backup:",
      "escalated nobody_on_duty group:night:",
      "escalated timeout group:night:",
      "reminded group:platform: ana",
    ]) {
      expect(
        told.some((text) => text.startsWith(what)),
        what,
      ).toBe(true);
    }
  });
});
