// Days of a time zone as spans of instants, and what its clocks show at an instant.

const dayMs = 86_400_000;
const minuteMs = 60_000;

interface Wall {
  /** `2026-11-23`. */
  readonly date: string;
  readonly hour: number;
  readonly minute: number;
}

export interface ZoneDay {
  readonly date: string;
  readonly from: number;
  /** First instant of the next day: 23 or 25 hours later when the clocks change. */
  readonly to: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** False for a name that this browser does not know. */
export function isKnownZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  });
  formats.set(zone, format);
  return format;
}

export function wallAt(zone: string, at: number): Wall {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? "";
  return {
    date: `${part("year")}-${part("month")}-${part("day")}`,
    hour: Number(part("hour")),
    minute: Number(part("minute")),
  };
}

/** The day that the clock shows at this instant. */
export function dayOf(zone: string, at: number): ZoneDay {
  const { date, hour, minute } = wallAt(zone, at);
  const near = at - (hour * 60 + minute) * minuteMs - (at % minuteMs);
  const from = firstOf(zone, date, near);
  return { date, from, to: nextDate(zone, date, from) };
}

/** Seven days in a row, the first of them the day of `at`. */
export function weekOf(zone: string, at: number): readonly ZoneDay[] {
  const days: ZoneDay[] = [];
  let next = at;
  for (let count = 0; count < 7; count += 1) {
    const day = dayOf(zone, next);
    days.push(day);
    next = day.to;
  }
  return days;
}

/** Whole hours of the clock within a day, each with its instant: an hour that autumn has twice comes twice. */
export function hoursOf(
  zone: string,
  { from, to }: ZoneDay,
): readonly { readonly at: number; readonly hour: number }[] {
  const found: { at: number; hour: number }[] = [];
  for (let at = from; at < to; at += 15 * minuteMs) {
    const { hour, minute } = wallAt(zone, at);
    if (minute === 0) found.push({ at, hour });
  }
  return found;
}

/** The first minute of a date; `near` is at most some hours beside it. */
function firstOf(zone: string, date: string, near: number): number {
  return edge(near - dayMs / 2, near + dayMs / 2, (at) => wallAt(zone, at).date >= date);
}

function nextDate(zone: string, date: string, from: number): number {
  return edge(from, from + 2 * dayMs, (at) => wallAt(zone, at).date > date);
}

/** The first minute from which `holds` is true; it is not at `low`, and is at `high`. */
function edge(low: number, high: number, holds: (at: number) => boolean): number {
  let before = Math.floor(low / minuteMs);
  let after = Math.ceil(high / minuteMs);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (holds(middle * minuteMs)) after = middle;
    else before = middle;
  }
  return after * minuteMs;
}
