// Every function and operator of policy CEL with the types it takes and gives: one line an overload.

import { assert } from "../base/assert.ts";
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  type StaticType,
  stringType,
  timestampType,
  uintType,
  unionOf,
} from "./type.ts";

/** One overload. A method's receiver is its first parameter. */
export interface Signature {
  readonly name: string;
  readonly isMethod: boolean;
  readonly params: readonly StaticType[];
  readonly result: StaticType;
  /** The last parameter may be given again and again. */
  readonly isVariadic: boolean;
}

const types: Readonly<Record<string, StaticType>> = {
  bool: boolType,
  int: intType,
  uint: uintType,
  double: doubleType,
  string: stringType,
  bytes: bytesType,
  timestamp: timestampType,
  duration: durationType,
  list: listOf(dynType),
  strings: listOf(stringType),
  numbers: listOf(unionOf([intType, uintType, doubleType])),
  map: mapOf(dynType, dynType),
  type: { kind: "type" },
  number: unionOf([intType, uintType, doubleType]),
  any: dynType,
};

/** `name(parameters) result`; a method has its receiver before the dot; `...` ends a variadic one. */
const overloads: readonly string[] = [
  "!(bool) bool",
  "-(int) int",
  "-(double) double",
  ...arithmetic("+", ["int", "uint", "double", "string", "bytes", "list", "duration"]),
  "+(timestamp, duration) timestamp",
  "+(duration, timestamp) timestamp",
  ...arithmetic("-", ["int", "uint", "double", "duration"]),
  "-(timestamp, timestamp) duration",
  "-(timestamp, duration) timestamp",
  ...arithmetic("*", ["int", "uint", "double"]),
  ...arithmetic("/", ["int", "uint", "double"]),
  ...arithmetic("%", ["int", "uint"]),
  ...["<", "<=", ">", ">="].flatMap(ordering),
  ...["string", "bytes", "list", "map"].flatMap((type) => [
    `size(${type}) int`,
    `${type}.size() int`,
  ]),
  "type(any) type",
  "dyn(any) any",
  ...conversions("bool", ["bool", "string"]),
  ...conversions("int", ["int", "uint", "double", "string", "timestamp"]),
  ...conversions("uint", ["int", "uint", "double", "string"]),
  ...conversions("double", ["int", "uint", "double", "string"]),
  ...conversions("bytes", ["bytes", "string"]),
  ...conversions("timestamp", ["timestamp", "string", "int"]),
  ...conversions("duration", ["duration", "string"]),
  ...conversions("string", ["string", "bool", "int", "uint", "double", "bytes"]),
  ...conversions("string", ["timestamp", "duration"]),
  "string.contains(string) bool",
  "string.startsWith(string) bool",
  "string.endsWith(string) bool",
  "string.matches(string) bool",
  "matches(string, string) bool",
  "string.charAt(int) string",
  "string.indexOf(string) int",
  "string.indexOf(string, int) int",
  "string.lastIndexOf(string) int",
  "string.lastIndexOf(string, int) int",
  "string.lowerAscii() string",
  "string.upperAscii() string",
  "string.trim() string",
  "string.replace(string, string) string",
  "string.replace(string, string, int) string",
  "string.split(string) strings",
  "string.split(string, int) strings",
  "string.substring(int) string",
  "string.substring(int, int) string",
  "strings.join() string",
  "strings.join(string) string",
  ...["FullYear", "Month", "Date", "DayOfMonth", "DayOfWeek", "DayOfYear"].flatMap((part) => [
    `timestamp.get${part}() int`,
    `timestamp.get${part}(string) int`,
  ]),
  ...["Hours", "Minutes", "Seconds", "Milliseconds"].flatMap((part) => [
    `timestamp.get${part}() int`,
    `timestamp.get${part}(string) int`,
    `duration.get${part}() int`,
  ]),
  "math.greatest(number...) number",
  "math.greatest(numbers) number",
  "math.least(number...) number",
  "math.least(numbers) number",
  "math.abs(int) int",
  "math.abs(uint) uint",
  "math.abs(double) double",
  "math.ceil(double) double",
  "math.floor(double) double",
  "math.round(double) double",
  "nfkc(string) string",
  "host(string) string",
  "emailDomain(string) string",
  "inCidr(string, string) bool",
];

function arithmetic(sign: string, over: readonly string[]): string[] {
  return over.map((type) => `${sign}(${type}, ${type}) ${type}`);
}

function ordering(sign: string): string[] {
  const same = ["bool", "string", "bytes", "timestamp", "duration"];
  return ["number", ...same].map((type) => `${sign}(${type}, ${type}) bool`);
}

function conversions(to: string, from: readonly string[]): string[] {
  return from.map((type) => `${to}(${type}) ${to}`);
}

function read(line: string): Signature {
  const [, receiver, name, params, result] =
    /^(?:(\w+)\.)?([^(]+)\(([^)]*)\) (\w+)$/.exec(line) ?? [];
  assert(name !== undefined, "A line of the table of functions can be read.");
  const isMethod = receiver !== undefined && receiver !== "math";
  const names = (params ?? "").split(", ").filter((param) => param !== "");
  const typeNames = isMethod ? [receiver, ...names] : names;
  return {
    name: receiver === "math" ? `math.${name}` : name,
    isMethod,
    params: typeNames.map((param) => typeNamed(param.replace("...", ""))),
    result: typeNamed(result ?? ""),
    isVariadic: names.at(-1)?.endsWith("...") === true,
  };
}

function typeNamed(name: string): StaticType {
  const type = types[name];
  assert(type, "The table of functions names known types.");
  return type;
}

export const signatures: readonly Signature[] = overloads.map(read);

const byName = new Map<string, Signature[]>();
for (const signature of signatures) {
  const known = byName.get(signature.name);
  if (known === undefined) byName.set(signature.name, [signature]);
  else known.push(signature);
}

/** All overloads of a name, functions and methods; empty when nothing has the name. */
export function signaturesOf(name: string): readonly Signature[] {
  return byName.get(name) ?? [];
}

/** Names that are written as words: functions or methods. */
export function namesOf(style: "function" | "method"): readonly string[] {
  const isMethod = style === "method";
  const found = signatures.filter((one) => one.isMethod === isMethod && /^\w/.test(one.name));
  return [...new Set(found.map((one) => one.name))];
}
