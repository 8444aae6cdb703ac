// Functions that make a value of one type from a value of another: only what keeps its meaning.

import { type Builtin, type OneOperand, unfit } from "./code.ts";
import { decodeUtf8, encodeUtf8 } from "../base/utf8.ts";
import { overflow } from "./arithmetic.ts";
import { readDouble, readInt } from "./number-text.ts";
import { parseDuration, parseTimestamp, textOfDuration, textOfTimestamp } from "./time-text.ts";
import {
  CelDuration,
  CelError,
  type CelKind,
  type CelPlace,
  type CelResult,
  CelTimestamp,
  CelType,
  CelUint,
  isInt64,
  isUint64,
  kindOf,
  timestampSecondsMax,
  timestampSecondsMin,
} from "./value.ts";

/** Texts of timestamps and durations are short, and dear to read and write. */
const timeTextUnits = 100;
/** A bigint out of a text or a number. */
const wholeUnits = 3;

const toInt: OneOperand = (value, meter, place) => {
  meter.charge(wholeUnits);
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return wholeOf(value, place, { isFit: isInt64 });
  if (typeof value === "string") return readInt(value, true) ?? unreadable(place);
  if (value instanceof CelUint) return isInt64(value.value) ? value.value : overflow(place);
  return value instanceof CelTimestamp ? BigInt(value.seconds) : unfit(place, value);
};

const toUint: OneOperand = (value, meter, place) => {
  meter.charge(wholeUnits);
  if (value instanceof CelUint) return value;
  if (typeof value === "bigint") return isUint64(value) ? new CelUint(value) : overflow(place);
  if (typeof value === "number") {
    // SPEC: a number below zero has no uint, also where cutting off its fraction would leave 0.
    if (value < 0) return overflow(place);
    const whole = wholeOf(value, place, { isFit: isUint64 });
    return whole instanceof CelError ? whole : new CelUint(whole);
  }
  if (typeof value !== "string") return unfit(place, value);
  const read = readInt(value, false);
  return read === undefined ? unreadable(place) : new CelUint(read);
};

/** Towards zero; the bounds of the type itself are out of range, because a double may stand for more. */
function wholeOf(
  value: number,
  place: CelPlace,
  { isFit }: { readonly isFit: (whole: bigint) => boolean },
): bigint | CelError {
  if (!Number.isFinite(value)) return overflow(place);
  const whole = BigInt(Math.trunc(value));
  return isFit(whole) && (isFit(whole - 1n) || whole === 0n) ? whole : overflow(place);
}

const toDouble: OneOperand = (value, meter, place) => {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof CelUint) return Number(value.value);
  if (typeof value !== "string") return unfit(place, value);
  meter.charge(1 + Math.min(value.length, 1_100) / 4);
  return readDouble(value) ?? unreadable(place);
};

const toText: OneOperand = (value, meter, place) => {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "bigint":
    case "boolean":
      meter.charge(6);
      return String(value);
    default:
      break;
  }
  if (value instanceof CelUint) return String(value.value);
  if (!(value instanceof Uint8Array)) meter.charge(timeTextUnits);
  if (value instanceof CelTimestamp) return textOfTimestamp(value);
  if (value instanceof CelDuration) return textOfDuration(value);
  if (!(value instanceof Uint8Array)) return unfit(place, value);
  meter.chargeText(value.length);
  return decodeUtf8(value) ?? unreadable(place);
};

const toBytes: OneOperand = (value, meter, place) => {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") return unfit(place, value);
  meter.charge(1 + value.length / 4);
  return encodeUtf8(value);
};

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "false", "FALSE", "False"].map((text) => [text, false] as const),
]);

const toBool: OneOperand = (value, meter, place) => {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string") return unfit(place, value);
  meter.chargeText(value.length);
  return booleans.get(value) ?? unreadable(place);
};

const toTimestamp: OneOperand = (value, meter, place) => {
  if (value instanceof CelTimestamp) return value;
  if (typeof value === "bigint") {
    const seconds = Number(value);
    const fits = seconds >= timestampSecondsMin && seconds <= timestampSecondsMax;
    return fits ? new CelTimestamp(seconds, 0) : overflow(place);
  }
  if (typeof value !== "string") return unfit(place, value);
  meter.charge(timeTextUnits);
  return parseTimestamp(value) ?? unreadable(place);
};

const toDuration: OneOperand = (value, meter, place) => {
  if (value instanceof CelDuration) return value;
  if (typeof value !== "string") return unfit(place, value);
  meter.charge(timeTextUnits);
  return parseDuration(value) ?? unreadable(place);
};

const dyn: OneOperand = (value) => value;

const kinds = [
  "bool",
  "double",
  "int",
  "uint",
  "string",
  "bytes",
  "list",
  "map",
  "type",
] as const satisfies readonly CelKind[];

const typesByKind: ReadonlyMap<CelKind, CelType> = new Map([
  ...kinds.map((kind): [CelKind, CelType] => [kind, new CelType(kind)]),
  ["null", new CelType("null_type")],
  ["timestamp", new CelType("google.protobuf.Timestamp")],
  ["duration", new CelType("google.protobuf.Duration")],
]);

/** Errors and hidden values have no type. */
const typeOf: OneOperand = (value, _meter, place) =>
  typesByKind.get(kindOf(value)) ?? unfit(place, value);

function unreadable(place: CelPlace): CelResult {
  return new CelError("invalid_argument", "the text or number does not say such a value", place);
}

export const conversions: Readonly<Record<string, Builtin>> = {
  int: { one: toInt },
  uint: { one: toUint },
  double: { one: toDouble },
  string: { one: toText },
  bytes: { one: toBytes },
  bool: { one: toBool },
  timestamp: { one: toTimestamp },
  duration: { one: toDuration },
  dyn: { one: dyn },
  type: { one: typeOf },
};
