// Timestamps and durations as texts: RFC 3339, and spans such as `1h30m` or `1.5s`.

import { civilOfDays, daysInMonth, daysOfCivil, secondsPerDay } from "../base/civil.ts";
import { isDigitUnit } from "./text.ts";
import {
  CelDuration,
  CelTimestamp,
  isDuration,
  nanosPerSecond,
  timestampSecondsMax,
  timestampSecondsMin,
} from "./value.ts";

/** The shape of RFC 3339 up to the seconds: d is a digit, all else stands for itself. */
const shape = "dddd-dd-ddTdd:dd:dd";
const textLengthMax = 40;

/** Undefined when the text is no RFC 3339 timestamp, or outside of the years 1 to 9999. */
export function parseTimestamp(text: string): CelTimestamp | undefined {
  if (text.length > textLengthMax || !hasShape(text, shape)) return undefined;
  const numberAt = (from: number, to: number): number => Number(text.slice(from, to));
  const date = { year: numberAt(0, 4), month: numberAt(5, 7), day: numberAt(8, 10) };
  const [hour, minute, second] = [numberAt(11, 13), numberAt(14, 16), numberAt(17, 19)];
  if (date.month < 1 || date.month > 12 || hour > 23 || minute > 59 || second > 59) {
    return undefined;
  }
  if (date.day < 1 || date.day > daysInMonth(date.year, date.month)) return undefined;
  const fraction = readFraction(text, shape.length);
  const offset = fraction === undefined ? undefined : readOffset(text.slice(fraction.end));
  if (fraction === undefined || offset === undefined) return undefined;
  const local = daysOfCivil(date) * secondsPerDay + hour * 3_600 + minute * 60 + second;
  const seconds = local - offset;
  const fits = seconds >= timestampSecondsMin && seconds <= timestampSecondsMax;
  return fits ? new CelTimestamp(seconds, fraction.nanos) : undefined;
}

function hasShape(text: string, pattern: string): boolean {
  if (text.length < pattern.length) return false;
  for (let at = 0; at < pattern.length; at++) {
    const isRight =
      pattern[at] === "d" ? isDigitUnit(text.charCodeAt(at)) : isSame(text, pattern, at);
    if (!isRight) return false;
  }
  return true;
}

function isSame(text: string, pattern: string, at: number): boolean {
  return text[at] === pattern[at] || (pattern[at] === "T" && text[at] === "t");
}

/** `.5` and so on: at most nine digits. Nothing is zero. */
function readFraction(text: string, from: number): { nanos: number; end: number } | undefined {
  if (text[from] !== ".") return { nanos: 0, end: from };
  let end = from + 1;
  while (isDigitUnit(text.charCodeAt(end))) end++;
  const digits = text.slice(from + 1, end);
  if (digits.length < 1 || digits.length > 9) return undefined;
  return { nanos: Number(digits.padEnd(9, "0")), end };
}

/** Seconds east of Greenwich of `Z` or `+02:00`. */
function readOffset(text: string): number | undefined {
  if (text === "Z" || text === "z") return 0;
  const sign = text[0] === "+" ? 1 : -1;
  if (text.length !== 6 || (text[0] !== "+" && text[0] !== "-")) return undefined;
  if (!hasShape(text.slice(1), "dd:dd")) return undefined;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4, 6));
  return hours > 23 || minutes > 59 ? undefined : sign * (hours * 3_600 + minutes * 60);
}

export function textOfTimestamp({ seconds, nanos }: CelTimestamp): string {
  const days = Math.floor(seconds / secondsPerDay);
  const { year, month, day } = civilOfDays(days);
  const rest = seconds - days * secondsPerDay;
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
  const hour = two(Math.floor(rest / 3_600));
  const time = `${hour}:${two(Math.floor((rest % 3_600) / 60))}:${two(rest % 60)}`;
  return `${date}T${time}${textOfFraction(nanos)}Z`;
}

/** Three, six or nine digits would be Go's own way; trailing zeros say nothing, so none are written. */
function textOfFraction(nanos: number): string {
  if (nanos === 0) return "";
  let digits = String(nanos).padStart(9, "0");
  while (digits.endsWith("0")) digits = digits.slice(0, -1);
  return `.${digits}`;
}

export function textOfDuration({ seconds, nanos }: CelDuration): string {
  if (seconds >= 0) return `${seconds}${textOfFraction(nanos)}s`;
  const whole = nanos === 0 ? -seconds : -seconds - 1;
  const rest = nanos === 0 ? 0 : nanosPerSecond - nanos;
  return `-${whole}${textOfFraction(rest)}s`;
}

const unitNanos: ReadonlyMap<string, bigint> = new Map([
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
  ["s", 1_000_000_000n],
  ["ms", 1_000_000n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ns", 1n],
]);

/** A sign, then numbers with units, as in Go: `1h30m`, `-1.5s`, `100ms`; and `0` alone. */
export function parseDuration(text: string): CelDuration | undefined {
  if (text.length > textLengthMax) return undefined;
  const isNegative = text.startsWith("-");
  let at = isNegative || text.startsWith("+") ? 1 : 0;
  if (text.slice(at) === "0") return new CelDuration(0, 0);
  let nanos = 0n;
  if (at === text.length) return undefined;
  while (at < text.length) {
    const part = readPart(text, at);
    if (part === undefined) return undefined;
    nanos += part.nanos;
    at = part.end;
  }
  return durationOfNanos(isNegative ? -nanos : nanos);
}

function readPart(text: string, from: number): { nanos: bigint; end: number } | undefined {
  let at = from;
  while (isDigitUnit(text.charCodeAt(at))) at++;
  const whole = text.slice(from, at);
  let fraction = "";
  if (text[at] === ".") {
    const start = ++at;
    while (isDigitUnit(text.charCodeAt(at))) at++;
    fraction = text.slice(start, at);
  }
  const unitAt = at;
  while (at < text.length && text[at] !== "." && !isDigitUnit(text.charCodeAt(at))) at++;
  const unit = unitNanos.get(text.slice(unitAt, at));
  if (unit === undefined || (whole === "" && fraction === "")) return undefined;
  const scaled = BigInt(whole + fraction) * unit;
  return { nanos: scaled / 10n ** BigInt(fraction.length), end: at };
}

export function durationOfNanos(nanos: bigint): CelDuration | undefined {
  const perSecond = BigInt(nanosPerSecond);
  const rest = ((nanos % perSecond) + perSecond) % perSecond;
  const seconds = Number((nanos - rest) / perSecond);
  const nanosLeft = Number(rest);
  return isDuration(seconds, nanosLeft) ? new CelDuration(seconds, nanosLeft) : undefined;
}
