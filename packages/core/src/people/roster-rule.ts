// Repeated events of an iCalendar: which rules are followed, and when they come true within a span.

import ICAL from "ical.js";
import { civilOfDays, daysOfCivil } from "../base/civil.ts";

/** A rule that is followed, and the most steps that one look at it takes. */
export interface Rule {
  readonly recur: ICAL.Recur;
  /** The last one; null for a rule without end, or with a number of times. */
  readonly until: {
    /** Milliseconds as if the clock showed UTC. */
    readonly local: number;
    /** An instant, and not what a clock shows. */
    readonly isUtc: boolean;
  } | null;
  readonly stepsMax: number;
}

/** Steps of one look over all rules of a roster. */
export const ruleStepsMax = 40_000;
const dayMs = 86_400_000;
const countMax = 5_000;
/** A counted rule is walked through from its beginning at each look, and each of its steps is a dear one. */
const countedCost = 4;
const followed = new Set(["BYDAY", "BYMONTH", "BYMONTHDAY", "BYSETPOS"]);
/** The days of each month in a leap year. */
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The rule of an event, or why it is not followed. */
export function readRule(properties: readonly ICAL.Property[], startLocal: number): Rule | string {
  const [property, ...others] = properties;
  const recur: unknown = property?.getFirstValue();
  if (others.length > 0 || !(recur instanceof ICAL.Recur)) return "it has more than one rule";
  const problem = canRepeat(recur) ?? tryOut(recur, startLocal);
  if (problem !== null) return problem;
  const until = recur.until ?? null;
  const own = recur.clone();
  // The library would compare an end in UTC with a start that has no zone here.
  own.until = null;
  return {
    recur: own,
    until:
      until === null
        ? null
        : {
            local: localOf(until) + (until.isDate ? dayMs - 1 : 0),
            isUtc: !until.isDate && until.zone === ICAL.Timezone.utcTimezone,
          },
    stepsMax: own.count == null ? turnsOf(own) : own.count * countedCost,
  };
}

/** The library looks at the lists of a rule when it begins, and throws where they make no sense to it. */
function tryOut(recur: ICAL.Recur, startLocal: number): string | null {
  try {
    recur.iterator(timeOf(startLocal));
    return null;
  } catch {
    return "its days";
  }
}

/** Steps of a look at a month, which starts a few turns before it. */
function turnsOf({ freq, parts }: ICAL.Recur): number {
  if (freq !== "YEARLY") return 150;
  return "BYDAY" in parts || "BYMONTHDAY" in parts ? 1_500 : 50;
}

/**
 * Null when the rule is one that is followed. SECURITY: the library looks for the next time without
 * end where a rule never comes true, so only rules are followed that are known to come true.
 */
export function canRepeat(recur: ICAL.Recur): string | null {
  const { freq, interval, count } = recur;
  if (!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].includes(freq)) return `FREQ=${freq}`.slice(0, 40);
  if (!Number.isInteger(interval) || interval < 1 || interval > 1_000) return "its interval";
  if (count != null && !(count >= 1 && count <= countMax)) return "its count";
  const parts = recur.parts as Readonly<Record<string, readonly unknown[]>>;
  const names = Object.keys(parts);
  const unknown = names.find((name) => !followed.has(name));
  if (unknown !== undefined) return unknown.slice(0, 40);
  if (names.some((name) => (parts[name] ?? []).length === 0 || (parts[name] ?? []).length > 31)) {
    return "an empty or long list";
  }
  return findConflict(freq, interval, parts);
}

type Parts = Readonly<Record<string, readonly unknown[]>>;

function findConflict(freq: string, interval: number, parts: Parts): string | null {
  const days = (parts["BYDAY"] ?? []).map((day) =>
    /^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)$/.exec(String(day)),
  );
  const months = (parts["BYMONTH"] ?? []).map(Number);
  const monthDayList = (parts["BYMONTHDAY"] ?? []).map(Number);
  const isPlaced = days.some((day) => day?.[1] !== undefined);
  if (
    days.some(
      (day) => day === null || Math.abs(Number(day[1] ?? 1)) > 5 || Number(day[1] ?? 1) === 0,
    )
  ) {
    return "BYDAY";
  }
  if (months.some((month) => !(Number.isInteger(month) && month >= 1 && month <= 12)))
    return "BYMONTH";
  if (isPlaced && (freq === "DAILY" || freq === "WEEKLY" || monthDayList.length > 0))
    return "BYDAY";
  // Between turns that are not next to each other a month or a weekday may never come.
  if (interval > 1 && (months.length > 0 || (freq === "DAILY" && days.length > 0))) {
    return "its interval with BYMONTH or BYDAY";
  }
  if (monthDayList.length > 0 && (freq === "WEEKLY" || (freq === "DAILY" && interval > 1))) {
    return "BYMONTHDAY";
  }
  // The library counts days from the end of a month only where they stand alone, month by month.
  const isFromEnd = monthDayList.some((day) => day < 0);
  if (isFromEnd && (freq === "DAILY" || days.length > 0)) return "BYMONTHDAY";
  // Whole years lead to one month again and again, and a February may never have a fifth weekday.
  if (freq === "MONTHLY" && interval % 12 === 0 && days.some((day) => isFifth(day?.[1]))) {
    return "its interval with BYDAY";
  }
  const inMonths = months.length > 0 ? months : [1];
  const comes = (day: number): boolean =>
    Number.isInteger(day) &&
    day !== 0 &&
    inMonths.some((month) => Math.abs(day) <= (monthDays[month - 1] ?? 0));
  if (!monthDayList.every(comes)) return "BYMONTHDAY";
  return findPlaceConflict(freq, parts, isPlaced ? 0 : days.length);
}

function isFifth(place: string | undefined): boolean {
  return Math.abs(Number(place ?? 1)) === 5;
}

/** `days`: weekdays that come every week; none where days have places of their own. */
function findPlaceConflict(freq: string, parts: Parts, days: number): string | null {
  const places = (parts["BYSETPOS"] ?? []).map(Number);
  if (places.length === 0) return null;
  if (freq !== "MONTHLY" || days === 0 || parts["BYMONTHDAY"] !== undefined) return "BYSETPOS";
  const most = days * 4;
  const isThere = (place: number): boolean => place !== 0 && Math.abs(place) <= most;
  return places.every(isThere) ? null : "BYSETPOS";
}

/** Wall times at which the rule comes true, from `from` on and before `to`; its end is not looked at. */
export function occurrences(
  startLocal: number,
  rule: Rule,
  from: number,
  to: number,
): readonly number[] {
  const first = nearStart(startLocal, rule.recur, from);
  const found: number[] = [];
  const iterator = rule.recur.iterator(timeOf(first));
  for (let step = 0; step < ruleStepsMax; step += 1) {
    const next = iterator.next() as ICAL.Time | null;
    const local = next === null ? Infinity : localOf(next);
    if (local >= to) break;
    if (local >= from) found.push(local);
  }
  return found;
}

/**
 * A start as many whole turns later as fit before `from`; counted rules begin where they begin.
 * SECURITY: a rule that began long ago is not walked through year by year at each look.
 */
function nearStart(
  startLocal: number,
  { freq, interval, count, parts }: ICAL.Recur,
  from: number,
): number {
  if (count != null || from <= startLocal) return startLocal;
  if (freq === "MONTHLY" || freq === "YEARLY") {
    // Months that are named come once a year, whatever the turn.
    const isYearly = freq === "YEARLY" || "BYMONTH" in parts;
    return nearMonth(startLocal, isYearly ? interval * 12 : interval, from);
  }
  const turnMs = freq === "DAILY" ? interval * dayMs : interval * 7 * dayMs;
  const turns = Math.max(0, Math.floor((from - startLocal) / turnMs) - 1);
  return startLocal + turns * turnMs;
}

/** Two turns before the one of `from`, and earlier until its month has the day of the start. */
function nearMonth(startLocal: number, turnMonths: number, from: number): number {
  const startDay = Math.floor(startLocal / dayMs);
  const { year, month, day } = civilOfDays(startDay);
  const last = civilOfDays(Math.floor(from / dayMs));
  const months = (last.year - year) * 12 + last.month - month;
  for (let turns = Math.floor(months / turnMonths) - 2; turns > 0; turns -= 1) {
    const index = year * 12 + month - 1 + turns * turnMonths;
    const first = daysOfCivil({ year: Math.floor(index / 12), month: (index % 12) + 1, day: 1 });
    const there = civilOfDays(first + day - 1);
    if (there.month === (index % 12) + 1) return startLocal + (first + day - 1 - startDay) * dayMs;
  }
  return startLocal;
}

function timeOf(local: number): ICAL.Time {
  const day = Math.floor(local / dayMs);
  const second = Math.floor((local - day * dayMs) / 1_000);
  return new ICAL.Time(
    {
      ...civilOfDays(day),
      hour: Math.floor(second / 3_600),
      minute: Math.floor((second % 3_600) / 60),
      second: second % 60,
      isDate: false,
    },
    ICAL.Timezone.localTimezone,
  );
}

function localOf({ year, month, day, hour, minute, second, isDate }: ICAL.Time): number {
  const date = daysOfCivil({ year, month, day }) * dayMs;
  return isDate ? date : date + (hour * 3_600 + minute * 60 + second) * 1_000;
}
