// Reads an iCalendar as a roster: who is on duty from when to when, or which days are holidays.

import ICAL from "ical.js";
import type { Instant } from "../base/clock.ts";
import { rosterBytesMax } from "../base/limits.ts";
import { dateOfDay, dayOfDate } from "./business-time.ts";
import { type EventTimes, instantAt, readZones, type ZoneRef, zoneOf } from "./roster-zone.ts";
import { occurrences, readRule, type Rule, ruleStepsMax } from "./roster-rule.ts";

export interface RosterEvent {
  readonly from: Instant;
  /** Exclusive. */
  readonly to: Instant;
  /** Emails and ids that the event names. */
  readonly names: readonly string[];
}

export interface Roster {
  /** Events that overlap the span, in the order in which they begin; `zone` is that of times without one. */
  onDuty(from: Instant, to: Instant, zone: string): readonly RosterEvent[];
  /** Local dates (`2026-12-25`) of a year that all-day events cover. */
  days(year: number): ReadonlySet<string>;
  readonly events: number;
  /** What was left out, and why; for people to see. */
  readonly notes: readonly string[];
}

export type RosterReading =
  | { readonly ok: true; readonly roster: Roster }
  | { readonly ok: false; readonly detail: string };

/** One event as it was read; times are those of the clock on the wall, in milliseconds since 1970. */
export interface Entry extends EventTimes {
  readonly uid: string;
  readonly names: readonly string[];
  readonly rule: Rule | null;
  readonly isCancelled: boolean;
  /** Instant of the occurrence that this event replaces; null when it stands for itself. */
  readonly replaces: Instant | null;
  readonly extra: readonly number[];
  /** Instants that do not take place, and whole local days. */
  readonly excluded: ReadonlySet<number>;
  readonly excludedDays: ReadonlySet<number>;
}

const dayMs = 86_400_000;
const monthMs = 31 * dayMs;
const eventsMax = 20_000;
const notesMax = 20;
/** Nobody's duty is looked for from here on: the zones of a file are worked out year by year. */
const looksEndYear = 2_200;
const looksEndAt = Date.UTC(looksEndYear, 0, 1);
/** Looks that are remembered: a year of months in a few zones. */
const looksKeptMax = 64;
/** Occurrences of one month that are looked at, the first ones: SECURITY: a duty changes no more often. */
const monthEventsMax = 5_000;
/** The longest span of one look; a week view and a month ahead are far below. */
const lookMaxMs = 400 * dayMs;

/** SECURITY: the text comes from elsewhere; its size, its events and the work for them are bounded. */
export function parseRoster(text: string): RosterReading {
  if (text.length > rosterBytesMax) {
    return { ok: false, detail: `an iCalendar has at most ${rosterBytesMax} characters` };
  }
  try {
    return readCalendar(new ICAL.Component(ICAL.parse(text) as unknown[]));
  } catch {
    return { ok: false, detail: "this is not an iCalendar that can be read" };
  }
}

function readCalendar(calendar: ICAL.Component): RosterReading {
  if (calendar.name !== "vcalendar") {
    return { ok: false, detail: "an iCalendar begins with BEGIN:VCALENDAR" };
  }
  const components = calendar.getAllSubcomponents("vevent");
  if (components.length > eventsMax) {
    return { ok: false, detail: `a roster has at most ${eventsMax} events` };
  }
  const notes: string[] = [];
  const zones = readZones(calendar, (note) => notes.push(note));
  const entries: Entry[] = [];
  for (const component of components) {
    const entry = readEvent(component, zones);
    if (typeof entry === "string") notes.push(entry);
    else entries.push(entry);
  }
  const steps = entries.reduce((sum, { rule }) => sum + (rule?.stepsMax ?? 1), 0);
  if (steps > eventsMax + ruleStepsMax) {
    return { ok: false, detail: "its repeated events take too much work; split the calendar" };
  }
  return { ok: true, roster: rosterOf(entries, notes.slice(0, notesMax)) };
}

function readEvent(component: ICAL.Component, zones: ReadonlyMap<string, ZoneRef>): Entry | string {
  const uid = textOf(component, "uid") ?? "";
  const titled = `"${(textOf(component, "summary") ?? uid).slice(0, 60)}"`;
  const start = timeOf(component.getFirstProperty("dtstart"), zones);
  if (start === null) return `${titled} has no time that can be read`;
  const end = timeOf(component.getFirstProperty("dtend"), zones);
  const lengthMs = lengthOf(component, start, end);
  if (lengthMs === null || lengthMs > lookMaxMs)
    return `${titled} ends before it begins, or too late`;
  const rules = component.getAllProperties("rrule");
  const rule = rules.length === 0 ? null : readRule(rules, start.local);
  if (typeof rule === "string") return `${titled} repeats in a way that is not read: ${rule}`;
  const replaced = component.getFirstProperty("recurrence-id");
  if (replaced?.getParameter("range") !== undefined && replaced !== null) {
    return `${titled} changes all that follow at once, which is not read`;
  }
  const replacedTime = timeOf(replaced, zones);
  const excluded = timesOf(component, "exdate", zones);
  return {
    uid,
    ...start,
    lengthMs,
    names: namesOf(component),
    rule,
    isCancelled: textOf(component, "status")?.toUpperCase() === "CANCELLED",
    replaces: replacedTime === null ? null : instantOf(replacedTime),
    extra: timesOf(component, "rdate", zones).map(({ local }) => local),
    excluded: new Set(excluded.filter(({ isAllDay }) => !isAllDay).map(instantOf)),
    excludedDays: new Set(
      excluded.filter(({ isAllDay }) => isAllDay).map(({ local }) => local / dayMs),
    ),
  };
}

type WallTime = Pick<Entry, "local" | "zone" | "isAllDay">;

function instantOf({ local, zone }: WallTime): Instant {
  return instantAt(zone, local, "UTC");
}

function timeOf(
  property: ICAL.Property | null,
  zones: ReadonlyMap<string, ZoneRef>,
): WallTime | null {
  const value: unknown = property?.getFirstValue();
  return property === null || !(value instanceof ICAL.Time) ? null : wallOf(value, property, zones);
}

function timesOf(
  component: ICAL.Component,
  name: string,
  zones: ReadonlyMap<string, ZoneRef>,
): WallTime[] {
  return component.getAllProperties(name).flatMap((property) =>
    property.getValues().flatMap((value: unknown) => {
      const wall = value instanceof ICAL.Time ? wallOf(value, property, zones) : null;
      return wall === null ? [] : [wall];
    }),
  );
}

/** SPEC: times before 1970 and after 2199 are no duty of today. */
function wallOf(
  time: ICAL.Time,
  property: ICAL.Property,
  zones: ReadonlyMap<string, ZoneRef>,
): WallTime | null {
  const { year, month, day, hour, minute, second } = time;
  if (!(year >= 1970 && year < 2200 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) {
    return null;
  }
  const two = (number: number): string => String(number).padStart(2, "0");
  const date = dayOfDate(`${year}-${two(month)}-${two(day)}`);
  const local = date * dayMs + (time.isDate ? 0 : (hour * 60 + minute) * 60_000 + second * 1_000);
  return { local, isAllDay: time.isDate, zone: zoneOf(time, property, zones) };
}

/** Null when the event ends before it begins. */
function lengthOf(component: ICAL.Component, start: WallTime, end: WallTime | null): number | null {
  const duration: unknown = component.getFirstPropertyValue("duration");
  const lengthMs =
    end !== null
      ? end.zone === start.zone
        ? end.local - start.local
        : instantOf(end) - instantOf(start)
      : duration instanceof ICAL.Duration
        ? duration.toSeconds() * 1_000
        : start.isAllDay
          ? dayMs
          : 0;
  return lengthMs >= 0 ? lengthMs : null;
}

/** Whom the event names: its attendees who did not decline, else words of its title. */
function namesOf(component: ICAL.Component): readonly string[] {
  const attendees = component.getAllProperties("attendee").flatMap((property) => {
    const value: unknown = property.getFirstValue();
    const isPerson = !["ROOM", "RESOURCE"].includes(parameterOf(property, "cutype"));
    const goes = parameterOf(property, "partstat") !== "DECLINED";
    const mail =
      typeof value === "string" && isPerson && goes ? /^mailto:(.+)$/i.exec(value) : null;
    return mail?.[1] === undefined ? [] : [mail[1].trim()];
  });
  if (attendees.length > 0) return attendees.slice(0, 50);
  const words = (textOf(component, "summary") ?? "").split(/[\s,;:/()<>[\]"]+/);
  return words.filter((word) => /^[A-Za-z0-9_.@-]{1,128}$/.test(word)).slice(0, 50);
}

function parameterOf(property: ICAL.Property, name: string): string {
  const value: unknown = property.getParameter(name);
  return typeof value === "string" ? value.toUpperCase() : "";
}

function textOf(component: ICAL.Component, name: string): string | null {
  const value: unknown = component.getFirstPropertyValue(name);
  return typeof value === "string" ? value : null;
}

function rosterOf(entries: readonly Entry[], notes: readonly string[]): Roster {
  const replaced = replacementsOf(entries);
  const months = new Map<string, readonly RosterEvent[]>();
  const years = new Map<number, ReadonlySet<string>>();
  const month = (number: number, zone: string): readonly RosterEvent[] =>
    remember(months, `${number} ${zone}`, () =>
      entries
        .flatMap((entry) =>
          eventsOf(entry, replaced, { from: number * monthMs, to: (number + 1) * monthMs, zone }),
        )
        .sort((a, b) => a.from - b.from)
        .slice(0, monthEventsMax),
    );
  return {
    onDuty: (from, to, zone) => {
      const until = Math.min(to, from + lookMaxMs, looksEndAt);
      const found = new Set<RosterEvent>();
      // An event over the end of a month stands in both.
      const known = new Set<string>();
      const isOneMonth = Math.floor(from / monthMs) === Math.floor((until - 1) / monthMs);
      for (let at = Math.floor(from / monthMs); at * monthMs < until; at += 1) {
        for (const event of month(at, zone)) {
          if (event.to <= from || event.from >= until) continue;
          if (!isOneMonth) {
            const key = `${event.from} ${event.to} ${event.names.join(" ")}`;
            if (known.has(key)) continue;
            known.add(key);
          }
          found.add(event);
        }
      }
      return [...found].sort((a, b) => a.from - b.from);
    },
    days: (year) =>
      remember(years, year, () =>
        year < looksEndYear
          ? new Set(entries.flatMap((entry) => daysOf(entry, replaced, year)))
          : new Set<string>(),
      ),
    events: entries.length,
    notes,
  };
}

/** Occurrences that another event of the same name replaces: `uid instant`. */
function replacementsOf(entries: readonly Entry[]): ReadonlySet<string> {
  return new Set(
    entries.flatMap(({ uid, replaces }) => (replaces === null ? [] : [`${uid} ${replaces}`])),
  );
}

interface Look {
  readonly from: Instant;
  readonly to: Instant;
  readonly zone: string;
}

function eventsOf(entry: Entry, replaced: ReadonlySet<string>, look: Look): RosterEvent[] {
  return startsOf(entry, replaced, { from: look.from - dayMs, to: look.to + dayMs }).flatMap(
    (local) => {
      const from = instantAt(entry.zone, local, look.zone);
      const to = instantAt(entry.zone, local + entry.lengthMs, look.zone);
      return to > look.from && from < look.to && to > from
        ? [{ from, to, names: entry.names }]
        : [];
    },
  );
}

function daysOf(entry: Entry, replaced: ReadonlySet<string>, year: number): string[] {
  if (!entry.isAllDay) return [];
  const first = dayOfDate(`${year}-01-01`);
  const end = dayOfDate(`${year + 1}-01-01`);
  const starts = startsOf(entry, replaced, { from: first * dayMs, to: end * dayMs });
  return starts.flatMap((local) => {
    const days: string[] = [];
    const until = Math.min(end, (local + entry.lengthMs) / dayMs);
    for (let day = Math.max(first, local / dayMs); day < until; day += 1) days.push(dateOfDay(day));
    return days;
  });
}

/** Wall times at which the event begins and that reach into a span of wall times. */
function startsOf(
  entry: Entry,
  replaced: ReadonlySet<string>,
  { from, to }: { readonly from: number; readonly to: number },
): readonly number[] {
  if (entry.isCancelled) return [];
  const first = from - entry.lengthMs;
  const { rule } = entry;
  const repeated = rule === null ? [entry.local] : occurrences(entry.local, rule, first, to);
  const starts = [...new Set([...repeated, ...entry.extra])];
  return starts.filter((local) => {
    if (local < first || local >= to) return false;
    if (entry.replaces !== null) return true;
    const at = instantAt(entry.zone, local, "UTC");
    if (rule?.until != null && (rule.until.isUtc ? at : local) > rule.until.local) return false;
    const isExcluded = entry.excluded.has(at) || entry.excludedDays.has(Math.floor(local / dayMs));
    return !isExcluded && !replaced.has(`${entry.uid} ${at}`);
  });
}

function remember<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= looksKeptMax) known.clear();
  const made = make();
  known.set(key, made);
  return made;
}
