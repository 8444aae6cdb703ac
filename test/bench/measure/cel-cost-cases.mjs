// Every operator and function of policy CEL at inputs that are made to be dear, for the cost meter.

import { CelUint } from "@holdpoint/core/cel/value";

/**
 * @typedef {object} CostCase
 * @property {string} name
 * The operator, or the function as the table of functions names it (`.trim` for a method).
 * @property {string} expression Over `x`, `y` and `z`.
 * @property {(size: number) => readonly unknown[]} scope Values of `x`, `y`, `z` for a size.
 * @property {number} sizeMax The largest size that an action can bring.
 * @property {"grows" | "constant"} work Whether larger input means more work.
 */

export const roots = ["x", "y", "z"];
const textMax = 1_000_000;
const listMax = 50_000;

/** @param {string} character */
const text = (character) => (/** @type {number} */ size) => character.repeat(size);
const plain = text("a");
const astral = (/** @type {number} */ size) => "\u{1F600}".repeat(size / 2);
const numbers = (/** @type {number} */ size) => Array.from({ length: size }, (_, index) => index);
const texts = (/** @type {number} */ size) => numbers(size).map((index) => `item-${index}`);
const object = (/** @type {number} */ size) =>
  Object.fromEntries(numbers(size).map((index) => [`key-${index}`, index]));
const bytes = (/** @type {number} */ size) => new Uint8Array(size);

/**
 * @param {string} name
 * @param {string} expression
 * @param {(size: number) => readonly unknown[]} scope
 * @param {number} [sizeMax]
 * @returns {CostCase}
 */
const grows = (name, expression, scope, sizeMax = textMax) => ({
  name,
  expression,
  scope,
  sizeMax,
  work: "grows",
});

/**
 * @param {string} name
 * @param {string} expression
 * @param {readonly unknown[]} [values]
 * @returns {CostCase}
 */
const constant = (name, expression, values = []) => ({
  name,
  expression,
  scope: () => values,
  sizeMax: 1,
  work: "constant",
});

/** A text and a part that is almost in it, everywhere. */
const almost = (/** @type {number} */ size, /** @type {number} */ part) => [
  plain(size),
  `b${plain(part)}`,
];
const almostAtEnd = (/** @type {number} */ size, /** @type {number} */ part) => [
  plain(size),
  `${plain(part)}b`,
];
const marks = (/** @type {number} */ size) => `a${"\u0315\u0300\u05ae\u0327".repeat(size / 4 - 1)}`;

/** @type {readonly CostCase[]} */
const operators = [
  grows("==", "x == y", (size) => [plain(size), `${plain(size - 1)}b`]),
  grows("==", "x == y", (size) => [numbers(size), numbers(size)], listMax),
  grows("==", "x == y", (size) => [object(size), object(size)], listMax),
  grows("==", "x == y", (size) => [bytes(size), bytes(size)]),
  grows("!=", "x != y", (size) => [plain(size), `${plain(size - 1)}b`]),
  grows("<", "x < y", (size) => [plain(size), `${plain(size - 1)}b`]),
  grows("<=", "x <= y", (size) => [astral(size), `${astral(size - 2)}bb`]),
  grows(">", "x > y", (size) => [bytes(size), bytes(size)]),
  grows(">=", "x >= y", (size) => [plain(size), `${plain(size - 1)}b`]),
  grows("in", "x in y", (size) => [-1, numbers(size)], listMax),
  grows("in", "x in y", (size) => [`key-${plain(size)}`, { a: 1 }]),
  grows("in", 'x in ["a", "b"]', (size) => [plain(size)]),
  grows("+", "(x + y) == z", (size) => [plain(size), plain(size), plain(2 * size)]),
  grows("+", "x + y", (size) => [numbers(size), numbers(size)], listMax),
  grows("+", "x + y", (size) => [bytes(size), bytes(size)]),
  constant("-", "x - y", [9_007_199_254_740_993n, 1n]),
  constant("*", "x * y", [3_037_000_499n, 3_037_000_499n]),
  constant("/", "x / y", [9_007_199_254_740_993n, 7n]),
  constant("%", "x % y", [9_007_199_254_740_993n, 7n]),
  constant("!", "!x", [true]),
  constant("&&", "x && y", [true, true]),
  constant("||", "x || y", [false, false]),
  constant("?:", "x ? y : z", [true, 1, 2]),
  constant("[]", "x[y]", [[1], 0n]),
  grows("[]", "x[y]", (size) => [{ [plain(size)]: 1 }, plain(size)]),
  constant("{}", "{x: y, 1: 2, 'b': z}", ["a", 1, 2]),
  constant("[,]", "[x, y, z]", ["a", 1, 2]),
  constant(".", "x.a.b.c", [{ a: { b: { c: 1 } } }]),
  constant("has", "has(x.a)", [{ a: 1 }]),
  grows("all", "x.all(i, i >= 0)", (size) => [numbers(size)], listMax),
  grows("all", "x.all(k, k != '')", (size) => [object(size)], listMax),
  grows("exists", "x.exists(i, i.nope)", (size) => [numbers(size).map(() => null)], listMax),
  grows("exists_one", "x.exists_one(i, i < 0)", (size) => [numbers(size)], listMax),
  grows("filter", "x.filter(i, true)", (size) => [numbers(size)], listMax),
  grows("map", "x.map(i, [i, i, i])", (size) => [numbers(size)], listMax),
  grows("map", "x.map(i, {i: i})", (size) => [texts(size)], listMax),
  grows("map", "x.map(i, {'a': i, 'b': i, 'c': i, 'd': i})", (size) => [texts(size)], listMax),
  grows("map", "x.map(i, i > 2, i)", (size) => [numbers(size)], listMax),
];

/** @type {readonly CostCase[]} */
const functions = [
  grows("size", "size(x)", (size) => [astral(size)]),
  grows("size", "size(x)", (size) => [object(size)], listMax),
  grows(".size", "x.size()", (size) => [plain(size)]),
  constant("int", "int(x)", ["-9223372036854775808"]),
  constant("int", "int(x)", [1e18]),
  constant("uint", "uint(x)", ["18446744073709551615"]),
  constant("double", "double(x)", [`${"9".repeat(1_000)}e-900`]),
  constant("double", "double(x)", [9_223_372_036_854_775_807n]),
  constant("bool", "bool(x)", ["true"]),
  constant("string", "string(x)", [1.234567890123456e-300]),
  constant("string", "string(timestamp(x))", ["2026-11-21T12:00:00.123456789Z"]),
  constant("string", "string(duration(x))", ["1.123456789s"]),
  grows("string", "string(x)", (size) => [new Uint8Array(size).fill(0x61)]),
  grows("bytes", "bytes(x)", (size) => [text("\u20ac")(size)]),
  constant("timestamp", "timestamp(x)", ["2026-11-21T12:00:00.123456789+14:00"]),
  constant("duration", "duration(x)", ["1h1m1s1ms1us1ns1h1m1s1ms1us1ns1h1m1s1ms"]),
  constant("dyn", "dyn(x)", [1]),
  constant("type", "type(x)", [1]),
  grows(".startsWith", "x.startsWith(y)", (size) => [plain(size), `${plain(size - 1)}b`]),
  grows(".endsWith", "x.endsWith(y)", (size) => [plain(size), `b${plain(size - 1)}`]),
  ...[1, 4, 8, 40, 250, 1_000, 20_000].flatMap((part) => [
    grows(".contains", "x.contains(y)", (size) => almost(size, Math.min(part, size / 2))),
    grows(".contains", "x.contains(y)", (size) => almostAtEnd(size, Math.min(part, size / 2))),
    grows(".contains", "x.contains(y)", (size) => [
      astral(size),
      `${"\u{1F600}".repeat(Math.min(part, size / 2) / 2)}b`,
    ]),
  ]),
  grows(".indexOf", "x.indexOf(y)", (size) => almost(size, Math.min(1_000, size / 2))),
  grows(".indexOf", "x.indexOf(y)", (size) => [`${astral(size)}b`, "b"]),
  grows(".lastIndexOf", "x.lastIndexOf(y)", (size) => almost(size, Math.min(1_000, size / 2))),
  grows(".lastIndexOf", "x.lastIndexOf(y)", (size) => almostAtEnd(size, Math.min(1_000, size / 2))),
  grows(".lastIndexOf", "x.lastIndexOf(y)", (size) => almost(size, size / 2)),
  grows(".lowerAscii", "x.lowerAscii()", (size) => [text("A")(size)]),
  grows(".upperAscii", "x.upperAscii() == y", (size) => ["aA".repeat(size / 2), text("B")(size)]),
  grows(".trim", "x.trim()", (size) => [text("\u3000")(size)]),
  grows(".charAt", "x.charAt(y)", (size) => [astral(size), BigInt(size / 2)]),
  grows(".substring", "x.substring(y, z)", (size) => [
    astral(size),
    BigInt(size / 2 - 1),
    BigInt(size / 2),
  ]),
  grows(".split", "x.split(y)", (size) => [plain(size), ""]),
  grows(".split", "x.split(y)", (size) => [text(",")(size), ","]),
  grows(".split", "x.split(y)", (size) => almost(size, Math.min(1_000, size / 2))),
  grows(
    ".join",
    "x.join(y) == z",
    (size) => [numbers(size).map(() => "aaaaaaaaaaaaaaaa"), ",,,,", plain(20 * size - 4)],
    listMax,
  ),
  grows(".replace", "x.replace(y, z) == y", (size) => [plain(size), "a", "bb"]),
  grows(".replace", "x.replace(y, z) == y", (size) => [astral(size), "", "b"]),
  grows(".replace", "x.replace(y, z) == y", (size) => [plain(size), "a", plain(100)]),
  grows("nfkc", "nfkc(x)", (size) => [marks(size)], 4_096),
  grows("nfkc", "nfkc(x)", (size) => [text("\ufdfa")(size)], 4_096),
  grows("nfkc", "nfkc(x)", (size) => [text("\uac01")(size)], 4_096),
  grows(
    "host",
    "host(x)",
    (size) => [`https://${"a.".repeat(100)}com/${plain(size - 220)}`],
    4_096,
  ),
  grows("host", "host(x)", (size) => [`https://${"a@".repeat(size / 2 - 20)}com/`], 4_096),
  constant("emailDomain", "emailDomain(x)", [`${plain(64)}@${"a.".repeat(100)}com`]),
  constant("inCidr", 'inCidr(x, "::/1")', ["ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"]),
  ...["FullYear", "Month", "Date", "DayOfMonth", "DayOfWeek", "DayOfYear"].flatMap((part) => [
    constant(`.get${part}`, `timestamp(x).get${part}()`, ["2026-11-21T12:00:00Z"]),
  ]),
  ...["Hours", "Minutes", "Seconds", "Milliseconds"].flatMap((part) => [
    constant(`.get${part}`, `duration(x).get${part}()`, ["1.5s"]),
  ]),
  constant(".getHours", "timestamp(x).getHours('Europe/Berlin')", ["2026-11-21T12:00:00Z"]),
  constant(".getHours", "timestamp(x).getHours(y)", ["2026-11-21T12:00:00Z", "Asia/Tokyo"]),
  grows("math.greatest", "math.greatest(x)", (size) => [numbers(size)], listMax),
  grows(
    "math.least",
    "math.least(x)",
    (size) => [numbers(size).map((one) => new CelUint(BigInt(one)))],
    listMax,
  ),
  constant("math.abs", "math.abs(x)", [-5n]),
  constant("math.ceil", "math.ceil(x)", [1.5]),
  constant("math.floor", "math.floor(x)", [1.5]),
  constant("math.round", "math.round(x)", [1.5]),
];

/** Patterns that engines find dear, each with a character to repeat. */
const patterns = [
  ["^(a+)+$", "a"],
  ["(a|aa)*b", "a"],
  ["(.*)(.*)(.*)(.*)(.*)x", "a"],
  ["(?:(?:.{1,9}a){1,9})$", "a"],
  ["[\\p{L}\\p{N}]{1,40}x", "\u00e9"],
  ["\\bselect\\b.*\\bfrom\\b", "select "],
  ["(?i)drop\\s+table", "drop "],
  ["(a?){40}a{40}$", "a"],
  ["^(?:.?){60}$", "\u{1F600}"],
  ["a.{0,60}b.{0,60}c$", "ab"],
  ["(x+x+)+y", "x"],
];

/** Each subject is new to the engine: what it kept of the one before is of no use. */
let seed = 1;
const random = (/** @type {string} */ letters) => (/** @type {number} */ size) => {
  let result = "";
  while (result.length < size) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    result += letters[Math.floor((seed / 2_147_483_648) * letters.length)];
  }
  return result;
};

/** Patterns whose automaton has too many states, with letters that lead to ever new ones. */
const widePatterns = [
  ["(?:.{1,15}a){1,9}$", "abc"],
  ["(?:.{1,9}a){1,9}$", "ab"],
  ["a.{0,60}b.{0,60}c$", "abc"],
  ["(?i)(?:[a-z]{1,20}x){1,6}$", "abcdefgxyz"],
  ["(?:\\p{L}{1,30}\\d){1,4}$", "a\u00e91\u4e2d"],
  ["(?:a|b)*a(?:a|b){60}c?$", "ab"],
];

/** @type {readonly CostCase[]} */
const matching = [
  ...patterns.flatMap(([pattern = "", unit = ""]) =>
    [".matches", "matches"].map((name) => {
      const scope = (/** @type {number} */ size) => [unit.repeat(Math.floor(size / unit.length))];
      const call = name === "matches" ? `matches(x, r'${pattern}')` : `x.matches(r'${pattern}')`;
      return grows(name, call, scope, 4_096);
    }),
  ),
  ...widePatterns.map(([pattern = "", letters = ""]) =>
    grows(".matches", `x.matches(r'${pattern}')`, (size) => [random(letters)(size)], 4_096),
  ),
];

export const costCases = [...operators, ...functions, ...matching];
