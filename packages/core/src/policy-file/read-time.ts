// Reads times and calendars: zones, days, clocks, dates, points in time.

import type { Instant } from "../base/clock.ts";
import { isZone } from "../base/zone.ts";
import type { Calendar } from "../policy/policy.ts";
import {
  type Members,
  needed,
  part,
  type Place,
  readItems,
  readMembers,
  readNamed,
  readText,
  refuseTwice,
  type Reading,
} from "./reading.ts";
import { keysOf } from "./shape-maps.ts";

export const clockForm = {
  pattern: /^([01][0-9]|2[0-3]):[0-5][0-9]$/,
  form: 'write it as `"09:00"`',
};
const clockEndForm = {
  pattern: /^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/,
  form: 'write it as `"18:00"`, or `"24:00"` for the end of the day',
};
const localTimeForm = {
  pattern: /^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]$/,
  form: "write a local time such as `2026-12-20T00:00`",
};
const dateForm = { pattern: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, form: "write it as `2026-01-05`" };
const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

export function readZone(reading: Reading, place: Place): string | null {
  const zone = readText(reading, place, "`zone`");
  if (zone === null || isZone(zone)) return zone;
  const help = "write a zone such as `Europe/Berlin`, `UTC` or `+02:00`";
  return reading.error(place, "unknown_zone", `there is no time zone \`${zone}\``, help);
}

/** A date of the calendar as we count it, such as `2026-01-05`. */
export function readDate(reading: Reading, place: Place, what: string): string | null {
  const text = readText(reading, place, what, dateForm);
  if (text === null || isDate(text)) return text;
  return reading.error(place, "value_invalid", `there is no day \`${text}\``);
}

function isDate(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  // What rolls over into the next month is not the day that was written.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** A point in time with its offset from UTC; a date alone is its beginning in UTC. */
export function readInstant(reading: Reading, place: Place, what: string): Instant | null {
  const text = readText(reading, place, what);
  if (text === null) return null;
  const parts = instantPattern.exec(text);
  const [, date = "", time = "00:00", seconds = "", offset = "Z"] = parts ?? [];
  if (parts !== null && isDate(date)) {
    const at = Date.parse(`${date}T${time}${seconds === "" ? ":00" : seconds}${offset}`);
    if (!Number.isNaN(at)) return at;
  }
  const help = "write it as `2026-12-01T00:00:00Z`, or as a date";
  return reading.error(place, "instant_invalid", `${what} cannot be \`${text}\``, help);
}

/** `mon-fri`, `sat`, or a list of either; answered as days in the order of the week. */
export function readDays(reading: Reading, place: Place): readonly string[] | null {
  const items = place.node.kind === "list" ? readItems(reading, place, "`days`") : [place];
  const chosen = new Set<string>();
  for (const item of items) {
    const text = readText(reading, item, "`days`");
    if (text === null) return null;
    const [first = "", last = first, more] = text.split("-");
    const from = dayNames.indexOf(first);
    const to = dayNames.indexOf(last);
    if (from < 0 || to < 0 || more !== undefined) {
      const help = "write `mon-fri`, or a list of mon, tue, wed, thu, fri, sat, sun";
      return reading.error(item, "value_invalid", `\`${text}\` is not a range of days`, help);
    }
    for (let day = from; ; day = (day + 1) % 7) {
      chosen.add(dayNames[day] ?? "");
      if (day === to) break;
    }
  }
  if (chosen.size === 0) return reading.error(place, "never_matches", "`days: []` is no day");
  return dayNames.filter((day) => chosen.has(day));
}

export function readCalendars(reading: Reading, place: Place): ReadonlyMap<string, Calendar> {
  const calendars = new Map<string, Calendar>();
  for (const [name, member] of readNamed(reading, place, "`calendars`")) {
    const calendar = readCalendar(reading, member, `calendar \`${name}\``);
    if (calendar !== null) calendars.set(name, calendar);
  }
  return calendars;
}

function readCalendar(reading: Reading, place: Place, what: string): Calendar | null {
  const members = readMembers(reading, place, what, keysOf("calendar"));
  if (members === null) return null;
  const need = { reading, place, members, what };
  const zone = needed(need, "zone", (at) => readZone(reading, at));
  const hours = readCalendarHours(reading, place, members, what);
  const except = part(members, "except", (at) => readDates(reading, at)) ?? [];
  const between = part(members, "between", (at) => readSpans(reading, at)) ?? [];
  if (hours === null && !hourKeys.some((key) => members.has(key)) && !members.has("between")) {
    const help = "add `days`, or `from` and `to`, or `between`";
    return reading.error(place, "missing_key", `${what} says no time`, help);
  }
  return zone === null ? null : { zone, hours, except, between };
}

const hourKeys = ["days", "from", "to"];

/** Days without a clock are whole days; a clock without days is for every day. */
function readCalendarHours(
  reading: Reading,
  place: Place,
  members: Members,
  what: string,
): Calendar["hours"] {
  if (!hourKeys.some((key) => members.has(key))) return null;
  const days = part(members, "days", (at) => readDays(reading, at));
  const from = part(members, "from", (at) => readText(reading, at, "`from`", clockForm));
  const to = part(members, "to", (at) => readText(reading, at, "`to`", clockEndForm));
  for (const [key, other] of [
    ["from", "to"],
    ["to", "from"],
  ] as const) {
    if (members.has(key) && !members.has(other)) {
      reading.error(place, "missing_key", `${what} has \`${key}\` and needs \`${other}\``);
    }
  }
  if (from !== null && from === to) {
    const toPlace = members.get("to") ?? place;
    const help = 'leave both out for whole days, or write `from: "00:00"` and `to: "24:00"`';
    reading.error(toPlace, "value_invalid", `${what} begins and ends at ${from}`, help);
  }
  return { days: days ?? dayNames, from: from ?? "00:00", to: to ?? "24:00" };
}

export function readDates(reading: Reading, place: Place): readonly string[] {
  const dates = new Set<string>();
  for (const item of readItems(reading, place, "`except`")) {
    const date = readDate(reading, item, "an entry of `except`");
    if (date === null) continue;
    if (dates.has(date)) refuseTwice(reading, item, "`except`", date);
    dates.add(date);
  }
  return [...dates];
}

function readSpans(reading: Reading, place: Place): Calendar["between"] {
  const spans: { from: string; to: string }[] = [];
  const items = readItems(reading, place, "`between`");
  if (place.node.kind === "list" && items.length === 0) {
    reading.error(place, "never_matches", "`between: []` is no time", "leave `between` out");
  }
  for (const item of items) {
    const what = "an entry of `between`";
    const members = readMembers(reading, item, what, keysOf("span"));
    if (members === null) continue;
    const need = { reading, place: item, members, what };
    const from = needed(need, "from", (at) => readLocalTime(reading, at, "`from`"));
    const to = needed(need, "to", (at) => readLocalTime(reading, at, "`to`"));
    if (from === null || to === null) continue;
    // Local times of one form compare as text.
    if (to <= from) {
      reading.error(item, "never_matches", `${what} ends at ${to}, before it begins`);
    }
    spans.push({ from, to });
  }
  return spans;
}

function readLocalTime(reading: Reading, place: Place, what: string): string | null {
  const text = readText(reading, place, what, localTimeForm);
  if (text === null || isDate(text.slice(0, 10))) return text;
  return reading.error(place, "value_invalid", `there is no day \`${text.slice(0, 10)}\``);
}

const instantPattern =
  /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T((?:[01][0-9]|2[0-3]):[0-5][0-9])(:[0-5][0-9](?:\.[0-9]{1,3})?)?(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]))?$/;
