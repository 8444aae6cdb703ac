// Every way in which the oracles are known to differ from us, with its reason: nothing else may.

import { Environment } from "@marcbachmann/cel-js";
import type { JsonInput } from "./cel-arbitrary.ts";
import type { Oracle } from "./cel-oracle.ts";
import type { Smallest } from "./cel-smallest.ts";

interface Difference {
  readonly name: string;
  /** An expression over `a` that each of `of` answers in another way. */
  readonly example: { readonly source: string; readonly a: JsonInput };
  readonly of: readonly Oracle[];
  readonly reason: string;
  readonly fits: (found: Smallest) => boolean;
}

const both = ["bufbuild", "marcbachmann"] as const;
const isOursAlone = (found: Smallest): boolean => found.theirs === "error";
const isTheirsAlone = (found: Smallest): boolean => found.mine === "error";
const areValues = (found: Smallest): boolean => !isOursAlone(found) && !isTheirsAlone(found);
const has = (found: Smallest, shape: RegExp): boolean => shape.test(found.shape);
const holds = (found: Smallest, text: RegExp): boolean =>
  text.test(found.source) || text.test(JSON.stringify(found.bindings, asText));

function asText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}

const beyondBmp = /[\u{10000}-\u{10ffff}]/u;

export const differences: readonly Difference[] = [
  {
    name: "has of a value without fields",
    example: { source: "has(a.s.x)", a: { s: "text" } },
    of: both,
    reason:
      "Deliberate: `has(x.f)` is an error where x is no map, so that a string in place of a map does not pass a guard. They say false.",
    fits: (found) => has(found, /^has\((?!map)/) && isTheirsAlone(found),
  },
  {
    name: "a key named constructor",
    example: { source: "a.n == 1.0", a: { n: 1, constructor: "x" } },
    of: both,
    reason:
      "They look at the property `constructor` of an object and refuse it when the document has such a key; we read own properties as data.",
    fits: (found) =>
      has(found, /^(ident|select|index)\(/) && isOursAlone(found) && holds(found, /"constructor"/),
  },
  {
    name: "characters beyond the basic plane",
    example: { source: "a.s.substring(2)", a: { s: "😀x" } },
    of: both,
    reason: "The specification counts code points, they count UTF-16 units.",
    fits: (found) =>
      has(found, /^\.(charAt|substring|indexOf|lastIndexOf|split|replace)\(/) &&
      holds(found, beyondBmp),
  },
  {
    name: "numbers of texts that are none",
    example: { source: "int('')", a: {} },
    of: both,
    reason:
      "`int('')`, `uint('')` and `double('x')` are errors by the specification, theirs are 0 or NaN.",
    fits: (found) => has(found, /^(int|uint|double)\(string\)$/) && isTheirsAlone(found),
  },
  {
    name: "a sign twice",
    example: { source: "!!'a'", a: {} },
    of: ["bufbuild"],
    reason:
      "Its parser drops `!!` and `--` together with the check that their operand has the right type.",
    fits: (found) => has(found, /^[!-]\(error\)$/) && isTheirsAlone(found),
  },
  {
    name: "zones at midnight",
    example: { source: "timestamp('2026-11-21T23:30:00Z').getDate('Europe/Berlin')", a: {} },
    of: ["bufbuild"],
    reason: "It reads the hour 24 of a formatted time as the next day.",
    fits: (found) => has(found, /^\.get\w+\(timestamp, string\)$/) && areValues(found),
  },
  {
    name: "replacing nothing",
    example: { source: "'prod'.replace('', 'x')", a: {} },
    of: ["bufbuild"],
    reason:
      "An empty text is before each character and at the end; it puts all replacements in front.",
    fits: (found) => has(found, /^\.replace\(/) && areValues(found),
  },
  {
    name: "looking for what is no key",
    example: { source: "null in {'k': 1}", a: {} },
    of: ["bufbuild"],
    reason:
      "A value that no map has as a key is in none: false, as in the reference implementation.",
    fits: (found) => has(found, /^in\(\w+, map\)$/) && isOursAlone(found),
  },
  {
    name: "an int of a duration",
    example: { source: "int(duration('1h'))", a: {} },
    of: ["bufbuild"],
    reason: "The specification has no `int(duration)`.",
    fits: (found) => has(found, /^int\(duration\)$/) && isTheirsAlone(found),
  },
  {
    name: "fractions of a second as text",
    example: { source: "string(timestamp('2026-11-21T12:30:15.5Z'))", a: {} },
    of: ["bufbuild"],
    reason:
      "Zeros at the end of a fraction are left out, as RFC 3339 texts of the reference implementation have it.",
    fits: (found) => has(found, /^string\((timestamp|duration)\)$/) && areValues(found),
  },
  {
    name: "the largest uints",
    example: { source: "18446744073709551615u / 1u", a: {} },
    of: ["bufbuild"],
    reason: "It checks the range of a quotient as that of an int, and refuses what is beyond.",
    fits: (found) => has(found, /^[/%*+-]\(uint, uint\)$/) && isOursAlone(found),
  },
  {
    name: "numbers of two kinds that are large",
    example: { source: "double(18446744073709551615u) <= 18446744073709551615u", a: {} },
    of: ["bufbuild"],
    reason:
      "Deliberate: ints, uints and doubles are compared exactly; it rounds the one to the other.",
    fits: (found) =>
      has(found, /^(==|!=|[<>]=?)\((int|uint|double), (int|uint|double)\)$/) && areValues(found),
  },
  {
    name: "an index that is a bool",
    example: { source: "a.l[true]", a: { l: [1, 2] } },
    of: ["bufbuild"],
    reason: "A bool is no index of a list; it takes it as 0 or 1.",
    fits: (found) => has(found, /^index\(list, bool\)$/) && isTheirsAlone(found),
  },
  {
    name: "doubles as keys",
    example: { source: "{1.0: 'a'}", a: {} },
    of: both,
    reason: "The specification has no double keys in maps, they take them.",
    fits: (found) => has(found, /^map\(.*\bdouble\b/) && isTheirsAlone(found),
  },
  {
    name: "keys given twice",
    example: { source: "{a.s: 1, a.s: 2}", a: { s: "k" } },
    of: ["marcbachmann"],
    reason: "A key that stands twice in a map is an error by the specification; it keeps the last.",
    fits: (found) => has(found, /^map\(/) && isTheirsAlone(found),
  },
  {
    name: "keys that are no strings",
    example: { source: "{1: 'a'}", a: {} },
    of: ["marcbachmann"],
    reason: "It keeps map literals in plain objects, so that all keys become strings.",
    fits: (found) => has(found, /^map\(.*\b(int|uint|bool)\b/) && areValues(found),
  },
  {
    name: "differences of times with fractions",
    example: { source: "timestamp(0) - timestamp('2024-02-29T23:59:59.999Z')", a: {} },
    of: ["marcbachmann"],
    reason:
      "It loses whole seconds and nanoseconds in durations with a fraction, has no range of times, and takes no timestamp behind a duration.",
    fits: (found) =>
      has(found, /^([-+]|==|!=)\((timestamp|duration), (timestamp|duration)\)$/) ||
      (has(found, /^\.get\w+\((timestamp|duration)\)$/) && areValues(found)),
  },
  {
    name: "zones of a fixed distance",
    example: { source: "timestamp(0).getHours('+02:00')", a: {} },
    of: ["marcbachmann"],
    reason: "It knows names of zones, not `+02:00`.",
    fits: (found) => has(found, /^\.get\w+\(timestamp, string\)$/) && isOursAlone(found),
  },
  {
    name: "upper and lower cases beyond ASCII",
    example: { source: "'ä'.upperAscii()", a: {} },
    of: ["marcbachmann"],
    reason:
      "`lowerAscii` and `upperAscii` leave other letters alone; it changes all that Unicode has cases for.",
    fits: (found) => has(found, /^\.(upper|lower)Ascii\(string\)$/) && areValues(found),
  },
  {
    name: "bytes that are no UTF-8",
    example: { source: "string(b'\\xff')", a: {} },
    of: ["marcbachmann"],
    reason: "`string(bytes)` is an error for them; it puts replacement characters.",
    fits: (found) => has(found, /^string\(bytes\)$/) && isTheirsAlone(found),
  },
  {
    name: "ints beyond the range",
    example: { source: "int(a.n)", a: { n: 1e300 } },
    of: ["marcbachmann"],
    reason:
      "`int(double)` is an error beyond 64 bits and `uint(double)` below zero; it does not look.",
    fits: (found) => has(found, /^u?int\(double\)$/) && isTheirsAlone(found),
  },
  {
    name: "the order of what has none",
    example: { source: "([] + a.r)[0] <= timestamp(0)", a: { r: [{}] } },
    of: ["marcbachmann"],
    reason:
      "Maps have no order, nor have a time and a span; with dynamic operands it compares them as JavaScript does.",
    fits: (found) => has(found, /^[<>]=?\(.*\b(map|timestamp|duration)\b/) && isTheirsAlone(found),
  },
  {
    name: "conversions that it lacks",
    example: { source: "int(a.b ? timestamp(0) : a.n)", a: { b: true } },
    of: ["marcbachmann"],
    reason: "It has no `int(timestamp)`, `int(uint)`, `string(timestamp)` or `string(duration)`.",
    fits: (found) =>
      has(found, /^(int|string)\((timestamp|uint|duration)\)$/) && isOursAlone(found),
  },
  {
    name: "infinity as text",
    example: { source: "string(a.n / 0.0)", a: { n: 1 } },
    of: ["marcbachmann"],
    reason: "The specification does not say; `bufbuild` writes it as we do.",
    fits: (found) => has(found, /^string\(double\)$/) && areValues(found),
  },
  {
    name: "uints and bytes among others",
    example: { source: "1u in a.l", a: { l: [1] } },
    of: ["marcbachmann"],
    reason:
      "A uint is equal to other numbers of its value, and bytes to no string; it has it the other way.",
    fits: (found) => has(found, /^(in|==|!=)\(.*(uint|bytes|list|map)/) && areValues(found),
  },
  {
    name: "lists of several types",
    example: { source: "(['a'] + a.l)[1]", a: { l: [1, 2] } },
    of: ["marcbachmann"],
    reason: "It refuses to read from a list that it joined from two with items of different types.",
    fits: (found) => has(found, /^(index|\+)\(list, /) && isOursAlone(found),
  },
  {
    name: "refused before it runs",
    example: { source: "[1, 'a']", a: {} },
    of: ["marcbachmann"],
    reason:
      "It checks types and aggregate literals first and knows fewer functions and overloads, so it refuses parts that CEL without declarations evaluates.",
    fits: (found) => isOursAlone(found) && isRefused(found.source),
  },
];

const strict = new Environment({ unlistedVariablesAreDyn: true });

function isRefused(source: string): boolean {
  try {
    return !strict.parse(source).check().valid;
  } catch {
    return true;
  }
}

/** The entry of the table that explains a difference; undefined when none does. */
export function explanationOf(oracle: Oracle, found: Smallest): Difference | undefined {
  return differences.find((one) => one.of.includes(oracle) && one.fits(found));
}
