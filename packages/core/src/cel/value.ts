// Values that expressions work on: JSON as it is, and classes for what JSON does not have.

/** A 64-bit number without a sign; an int is a plain `bigint`, a double a plain `number`. */
export class CelUint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** INVARIANT: whole seconds, rounded down, and 0 <= nanos < 10^9; so order is by seconds, then nanos. */
export class CelTimestamp {
  readonly seconds: number;
  readonly nanos: number;
  constructor(seconds: number, nanos: number) {
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** INVARIANT: whole seconds, rounded down, and 0 <= nanos < 10^9; -1.5 s is (-2, 500 million). */
export class CelDuration {
  readonly seconds: number;
  readonly nanos: number;
  constructor(seconds: number, nanos: number) {
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** What `type(x)` answers with. */
export class CelType {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Stands where a value was hidden: whatever looks at it gets the error `masked_value`. */
export class CelMasked {
  readonly masked = true as const;
}

/** Keys of map literals, as `CelMap` finds them: all numbers that are equal share one key. */
export type CelMapKey = string | boolean | bigint;

/** A map literal, or the map that a binding with keys other than strings becomes. */
export class CelMap {
  readonly entries: ReadonlyMap<CelMapKey, { readonly key: CelValue; readonly value: CelValue }>;
  constructor(
    entries: ReadonlyMap<CelMapKey, { readonly key: CelValue; readonly value: CelValue }>,
  ) {
    this.entries = entries;
  }
}

/**
 * Why an expression has no value. A value like others, made without a stack, so that an agent cannot
 * make errors dear. SECURITY: no message holds a value of the input.
 */
export class CelError {
  /** Stable, snake_case: `no_such_field`, `no_such_overload`, `masked_value`, … */
  readonly code: string;
  readonly message: string;
  /** Offsets into the source, in UTF-16 units; `end` is exclusive. */
  readonly at: number;
  readonly end: number;
  constructor(code: string, message: string, place: CelPlace) {
    this.code = code;
    this.message = message;
    this.at = place.at;
    this.end = place.end;
  }
}

export interface CelPlace {
  readonly at: number;
  readonly end: number;
}

/** A map as JSON has it, read by own property only; a member may be an error that waits for its reader. */
export interface CelObject {
  readonly [key: string]: CelValue | CelError;
}

export type CelValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | CelUint
  | Uint8Array
  | CelTimestamp
  | CelDuration
  | CelType
  | CelMasked
  | CelMap
  | readonly CelValue[]
  | CelObject;

/** What every part of a compiled expression gives. */
export type CelResult = CelValue | CelError;

export type CelKind =
  | "null"
  | "bool"
  | "double"
  | "int"
  | "uint"
  | "string"
  | "bytes"
  | "timestamp"
  | "duration"
  | "list"
  | "map"
  | "type"
  | "masked"
  | "error";

export const int64Min: bigint = -(2n ** 63n);
export const int64Max: bigint = 2n ** 63n - 1n;
export const uint64Max: bigint = 2n ** 64n - 1n;

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z. */
export const timestampSecondsMin: number = -62_135_596_800;
export const timestampSecondsMax: number = 253_402_300_799;
export const nanosPerSecond: number = 1_000_000_000;

/** SPEC: a duration has to fit into 64 bits as nanoseconds: about 292 years either way. */
export function isDuration(seconds: number, nanos: number): boolean {
  if (seconds >= 9_223_372_036) return seconds === 9_223_372_036 && nanos <= 854_775_807;
  if (seconds <= -9_223_372_037) return seconds === -9_223_372_037 && nanos >= 145_224_192;
  return true;
}

export function isInt64(value: bigint): boolean {
  return value >= int64Min && value <= int64Max;
}

export function isUint64(value: bigint): boolean {
  return value >= 0n && value <= uint64Max;
}

/** SECURITY: told by the prototype, never by a property, because an agent chooses the properties. */
export function isCelObject(value: CelResult | undefined): value is CelObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function isList(value: CelResult): value is readonly CelValue[] {
  return Array.isArray(value);
}

export function kindOf(value: CelResult | undefined): CelKind {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "number":
      return "double";
    case "bigint":
      return "int";
    case "string":
      return "string";
    case "object":
      return value === null ? "null" : kindOfObject(value);
    default:
      return "masked";
  }
}

function kindOfObject(value: CelResult & object): CelKind {
  if (isList(value)) return "list";
  if (isCelObject(value) || value instanceof CelMap) return "map";
  if (value instanceof CelError) return "error";
  if (value instanceof CelUint) return "uint";
  if (value instanceof CelTimestamp) return "timestamp";
  if (value instanceof CelDuration) return "duration";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof CelType) return "type";
  return "masked";
}

/** A member by own property; undefined when there is none. */
export function memberOf(value: CelObject, key: string): CelResult | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The key under which `CelMap` finds a value; undefined when nothing can have such a key. */
export function mapKeyOf(value: CelValue): CelMapKey | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "bigint":
      return value;
    case "number":
      return Number.isInteger(value) ? BigInt(value) : undefined;
    default:
      return value instanceof CelUint ? value.value : undefined;
  }
}

export function timestampOfMs(ms: number): CelTimestamp {
  const seconds = Math.floor(ms / 1000);
  return new CelTimestamp(seconds, Math.round((ms - seconds * 1000) * 1_000_000));
}

export function durationOfMs(ms: number): CelDuration {
  const seconds = Math.floor(ms / 1000);
  return new CelDuration(seconds, Math.round((ms - seconds * 1000) * 1_000_000));
}
