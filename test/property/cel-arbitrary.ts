// Random well-formed expressions over a JSON document `a`, mostly of fitting types and sometimes not.

import { pick } from "../random.ts";

export type JsonInput = { readonly [key: string]: unknown };

type Kind =
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "list"
  | "map"
  | "timestamp"
  | "duration"
  | "null";

const kinds: readonly [Kind, ...Kind[]] = [
  "bool",
  "int",
  "uint",
  "double",
  "string",
  "bytes",
  "list",
  "map",
  "timestamp",
  "duration",
  "null",
];
const DEPTH_MAX = 4;
/** How often a part has another type than its place wants. */
const MISFIT = 0.04;

/** Values that a field of the document takes. */
const numbers = [0, 1, -1, 2, 7.5, -0.25, 100, 1e300, 9_007_199_254_740_991] as const;
const texts = ["", "a", "ab", "prod", "Prod", "ä", "日本", "😀x", " a ", "10", "a.b"] as const;
const patterns = ["a", "^a", "b$", "[a-z]+", "^$", "p.o", "(a|b)+", "\\d\\d"] as const;

const misfits: readonly [unknown, ...unknown[]] = ["text", 5, true, null, [1], { k: 1 }];

/** What `a` holds; each field may be missing, and now and then has a value of another type. */
export function makeInput(random: () => number): JsonInput {
  const fields: Record<string, unknown> = {
    n: pick(random, numbers),
    m: pick(random, numbers),
    s: pick(random, texts),
    t: pick(random, texts),
    b: random() < 0.5,
    z: null,
    l: Array.from({ length: Math.floor(random() * 4) }, () => pick(random, numbers)),
    w: Array.from({ length: Math.floor(random() * 4) }, () => pick(random, texts)),
    o: { k: pick(random, numbers), s: pick(random, texts), b: random() < 0.5 },
    e: {},
    r: Array.from({ length: Math.floor(random() * 3) }, () => ({
      k: pick(random, numbers),
      s: pick(random, texts),
    })),
  };
  for (const name of Object.keys(fields)) {
    if (random() < 0.03) delete fields[name];
    else if (random() < 0.02) fields[name] = pick<unknown>(random, misfits);
  }
  if (random() < 0.01) fields["constructor"] = "x";
  if (random() < 0.01) fields["o"] = { k: 1, toString: "x", constructor: 5 };
  return { a: fields };
}

/** The text of an expression. */
export function makeExpression(random: () => number): string {
  const kind = random() < 0.7 ? "bool" : pick(random, kinds);
  return new Writer(random).write(kind, 0);
}

interface Variable {
  readonly name: string;
  readonly kind: Kind;
}

class Writer {
  readonly #random: () => number;
  readonly #variables: Variable[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  write(wanted: Kind, depth: number): string {
    const kind = this.#random() < MISFIT ? pick(this.#random, kinds) : wanted;
    const isLeaf = depth >= DEPTH_MAX || this.#random() < 0.15 + depth * 0.12;
    if (isLeaf) return this.#leaf(kind);
    if (this.#random() < 0.06) return this.#choice(kind, depth + 1);
    return this.#compound(kind, depth + 1);
  }

  #pick(...options: readonly [string, ...string[]]): string {
    return pick(this.#random, options);
  }

  #choice(kind: Kind, depth: number): string {
    const condition = this.write("bool", depth);
    return `(${condition} ? ${this.write(kind, depth)} : ${this.write(kind, depth)})`;
  }

  #leaf(kind: Kind): string {
    const variable = this.#variables.find((one) => one.kind === kind);
    if (variable !== undefined && this.#random() < 0.6) return variable.name;
    switch (kind) {
      case "bool":
        return this.#pick("true", "false", "a.b", "a.o.b", "a.q", "has(a.n)", "has(a.o.x)");
      case "int":
        return this.#pick("0", "1", "-1", "2", "10", "-7", "0x1F", "9223372036854775807");
      case "uint":
        return this.#pick("0u", "1u", "2u", "10u", "18446744073709551615u");
      case "double":
        return this.#pick("a.n", "a.m", "a.o.k", "1.0", "-2.5", "0.0", "1e10", "a.l[0]", "a.q.k");
      case "string":
        return this.#pick("a.s", "a.t", "a.o.s", "''", "'a'", "'ab'", "'ä'", "'10'", "a.w[0]");
      case "bytes":
        return this.#pick("b''", "b'a'", "b'ab'", "b'\\xff'");
      case "list":
        return this.#pick("a.l", "a.w", "[]", "[1, 2, 3]", "[1.0, 'a']", "a.r", "['a', 'ab']");
      case "map":
        return this.#pick("a.o", "a.e", "{}", "{'k': 1}", "{1: 'a', 2: 'b'}", "a", "{'b': a.n}");
      case "timestamp":
        return this.#pick(
          "timestamp('2026-11-21T12:30:15Z')",
          "timestamp('2024-02-29T23:59:59.999Z')",
          "timestamp('1969-12-31T23:00:00-02:00')",
          "timestamp(0)",
        );
      case "duration":
        return this.#pick(
          "duration('1h')",
          "duration('-90s')",
          "duration('1.5s')",
          "duration('0s')",
        );
      case "null":
        return this.#pick("null", "a.z");
    }
  }

  #compound(kind: Kind, depth: number): string {
    const w = (inner: Kind): string => this.write(inner, depth);
    switch (kind) {
      case "bool":
        return this.#condition(depth);
      case "int":
        return this.#int(depth);
      case "uint":
        return this.#pick(`(${w("uint")} ${this.#sign()} ${w("uint")})`, `uint(${w("int")})`);
      case "double":
        return this.#pick(
          `(${w("double")} ${this.#pick("+", "-", "*", "/")} ${w("double")})`,
          `double(${w(pick<Kind>(this.#random, ["int", "string", "uint"]))})`,
          `-(${w("double")})`,
          `${w("list")}[${w("int")}]`,
        );
      case "string":
        return this.#text(depth);
      case "bytes":
        return this.#pick(`(${w("bytes")} + ${w("bytes")})`, `bytes(${w("string")})`);
      case "list":
        return this.#list(depth);
      case "map":
        return `{${w("string")}: ${w("double")}, ${w("string")}: ${w("string")}}`;
      case "timestamp":
        return `(${w("timestamp")} ${this.#pick("+", "-")} ${w("duration")})`;
      case "duration":
        return this.#pick(
          `(${w("duration")} ${this.#pick("+", "-")} ${w("duration")})`,
          `(${w("timestamp")} - ${w("timestamp")})`,
        );
      case "null":
        return this.#leaf("null");
    }
  }

  #sign(): string {
    return this.#pick("+", "-", "*", "/", "%");
  }

  #condition(depth: number): string {
    const w = (inner: Kind): string => this.write(inner, depth);
    const same = pick(this.#random, kinds);
    const ordered = pick<Kind>(this.#random, ["int", "double", "string", "timestamp", "duration"]);
    const number = (): Kind => pick<Kind>(this.#random, ["int", "double", "uint", "double"]);
    switch (Math.floor(this.#random() * 12)) {
      case 0:
      case 1:
        return `(${w("bool")} ${this.#pick("&&", "||")} ${w("bool")})`;
      case 2:
        return `!${this.#pick("", "!")}(${w("bool")})`;
      case 3:
        return `(${w(same)} ${this.#pick("==", "!=")} ${w(same)})`;
      case 4:
        return `(${w(number())} ${this.#pick("==", "!=", "<", "<=", ">", ">=")} ${w(number())})`;
      case 5:
        return `(${w(ordered)} ${this.#pick("<", "<=", ">", ">=")} ${w(ordered)})`;
      case 6:
        return `(${w(pick(this.#random, kinds))} in ${w(pick<Kind>(this.#random, ["list", "map"]))})`;
      case 7:
      case 8:
        return this.#loop(this.#pick("all", "exists", "exists_one"), "bool", depth);
      case 9:
        return `has(${this.#pick("a", "a.o", "a.e", "a.q", "a.s")}.${this.#pick("n", "k", "s", "x")})`;
      case 10:
        return `${w("string")}.matches('${pick(this.#random, patterns).replaceAll("\\", "\\\\")}')`;
      default: {
        const method = this.#pick("startsWith", "endsWith", "contains");
        return `${w("string")}.${method}(${w("string")})`;
      }
    }
  }

  #int(depth: number): string {
    const w = (inner: Kind): string => this.write(inner, depth);
    const sized = pick<Kind>(this.#random, ["string", "list", "map", "bytes"]);
    const convertible = pick<Kind>(this.#random, ["double", "string", "uint", "timestamp"]);
    const part = this.#pick(
      ...["getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek"],
      ...["getHours", "getMinutes", "getSeconds", "getMilliseconds"],
    );
    return this.#pick(
      `(${w("int")} ${this.#sign()} ${w("int")})`,
      `-(${w("int")})`,
      `size(${w(sized)})`,
      `${w(sized)}.size()`,
      `int(${w(convertible)})`,
      `${w("timestamp")}.${part}(${this.#pick("", "'UTC'", "'+02:00'", "'Europe/Berlin'")})`,
      `${w("duration")}.${this.#pick("getHours", "getMinutes", "getSeconds")}()`,
      `${w("string")}.${this.#pick("indexOf", "lastIndexOf")}(${w("string")})`,
    );
  }

  #text(depth: number): string {
    const w = (inner: Kind): string => this.write(inner, depth);
    const convertible = pick<Kind>(this.#random, [
      "int",
      "double",
      "bool",
      "uint",
      "bytes",
      "timestamp",
    ]);
    return this.#pick(
      `(${w("string")} + ${w("string")})`,
      `string(${w(convertible)})`,
      `${w("string")}.${this.#pick("lowerAscii", "upperAscii", "trim")}()`,
      `${w("string")}.substring(${w("int")})`,
      `${w("string")}.replace(${w("string")}, ${w("string")})`,
      `${w("string")}.charAt(${w("int")})`,
      `${w("list")}.join(${this.#pick("", "','")})`,
      `{'k': ${w("string")}}.k`,
    );
  }

  #list(depth: number): string {
    const w = (inner: Kind): string => this.write(inner, depth);
    return this.#pick(
      `(${w("list")} + ${w("list")})`,
      `[${w("double")}, ${w("string")}]`,
      `[${w("int")}]`,
      `${w("string")}.split(${w("string")})`,
      this.#loop("filter", "bool", depth),
      this.#loop("map", pick(this.#random, kinds), depth),
    );
  }

  /** The body is written with the variable in reach; its type is that of the items. */
  #loop(macro: string, body: Kind, depth: number): string {
    const [range, kind] = pick<readonly [string, Kind]>(this.#random, [
      ["a.l", "double"],
      ["a.w", "string"],
      ["a.r", "map"],
      ["[1, 2, 3]", "int"],
      ["['a', 'ab', 'prod']", "string"],
      ["a.o", "string"],
    ]);
    const name = `v${this.#variables.length}`;
    this.#variables.unshift({ name, kind });
    const text = this.write(body, Math.max(depth, 2));
    this.#variables.shift();
    return `${range}.${macro}(${name}, ${text})`;
  }
}
