// What the static side says of an expression holds when it runs, and no text makes either side fall over.

import { boundariesOf, truthOf } from "@holdpoint/core/cel/analyse";
import { checkCel, type CheckedCel } from "@holdpoint/core/cel/check";
import { textOf } from "@holdpoint/core/cel/expr-text";
import { costExhausted, Meter } from "@holdpoint/core/cel/meter";
import { parseCel } from "@holdpoint/core/cel/parse";
import { compileCel } from "@holdpoint/core/cel/program";
import {
  boolType,
  doubleType,
  listOf,
  nullType,
  objectOf,
  type StaticType,
  stringType,
} from "@holdpoint/core/cel/type";
import { CelError, type CelResult, kindOf } from "@holdpoint/core/cel/value";
import { whyNot } from "@holdpoint/core/cel/why";
import { describe, expect, it } from "vitest";
import { pick, randomFrom } from "../random.ts";
import { makeExpression, makeInput } from "./cel-arbitrary.ts";

const seed = Number(process.env["HOLDPOINT_TEST_SEED"] ?? Date.now());
const expressionsPerRun = Number(process.env["HOLDPOINT_FUZZ_EXPRESSIONS"] ?? 20_000);
const BUDGET = 1_000_000;

const text: StaticType = { ...stringType, lengthMax: 8 };
const item = objectOf({ k: doubleType, s: text });
/** `a` as `makeInput` makes it, where nothing is amiss. */
const complete = objectOf({
  n: doubleType,
  m: doubleType,
  s: text,
  t: text,
  b: boolType,
  z: nullType,
  l: listOf(doubleType, 3),
  w: listOf(text, 3),
  o: objectOf({ k: doubleType, s: text, b: boolType }),
  e: objectOf({}),
  r: listOf(item, 2),
});
const partial = objectOf(
  Object.fromEntries(
    [...complete.fields].map(([name, { type }]) => [
      `${name}?`,
      name === "o" ? objectOf({ "k?": doubleType, "s?": text, "b?": boolType }) : type,
    ]),
  ),
);

interface Sample {
  readonly source: string;
  readonly checked: CheckedCel;
  readonly result: CelResult;
  readonly used: number;
  /** Every field is there. */
  readonly isComplete: boolean;
}

/** True when what is there has the type that it is declared with. */
function isFitting(value: unknown, type: StaticType): boolean {
  if (kindOf(value as CelResult) !== kindName(type)) return false;
  if (type.kind === "list") return (value as unknown[]).every((one) => isFitting(one, type.item));
  if (type.kind !== "object") return true;
  return Object.entries(value as object).every(([name, one]) => {
    const field = type.fields.get(name);
    return field !== undefined && isFitting(one, field.type);
  });
}

function hasAll(document: object): boolean {
  const parts = [document, (document as { o?: object }).o ?? {}];
  return [complete, objectOf({ k: doubleType, s: text, b: boolType })].every(
    (type, index) => Object.keys(parts[index] ?? {}).length === type.fields.size,
  );
}

function kindName(type: StaticType): string {
  return type.kind === "object" ? "map" : type.kind;
}

/** Expressions that the checker lets through, with what they came to. */
function* samples(): Generator<Sample> {
  const random = randomFrom(seed);
  for (let number = 0; number < expressionsPerRun; number += 1) {
    const source = makeExpression(random);
    const input = makeInput(random);
    const document = input["a"] as object;
    const parsed = parseCel(source);
    if (!parsed.ok) throw new Error(`${source}: ${parsed.faults[0]?.message}`);
    const isComplete = hasAll(document);
    const checked = checkCel(parsed.ast, new Map([["a", isComplete ? complete : partial]]));
    const isRefused = checked.faults.some((fault) => fault.severity === "error");
    const compiled = compileCel(parsed.ast, ["a"]);
    if (isRefused || !compiled.ok || !isFitting(document, complete)) continue;
    const meter = new Meter(BUDGET);
    const result = compiled.program.run([document as CelResult], meter);
    yield { source, checked, result, used: BUDGET - meter.left, isComplete };
  }
}

function isExact(checked: CheckedCel): boolean {
  return [...checked.types.values()].every((type) => isExactType(type));
}

function isExactType(type: StaticType): boolean {
  if (type.kind === "dyn" || type.kind === "union") return false;
  if (type.kind === "list") return type.itemsMax === 0 || isExactType(type.item);
  return type.kind !== "map" || type.entriesMax === 0 || isExactType(type.value);
}

describe(`what the checker says (HOLDPOINT_TEST_SEED=${seed})`, () => {
  const all = [...samples()];
  const exact = all.filter((sample) => isExact(sample.checked));

  it("is about enough expressions", () => {
    expect(all.length).toBeGreaterThan(expressionsPerRun / 20);
    expect(exact.length).toBeGreaterThan(expressionsPerRun / 40);
  });

  it("lets no expression through that fails for its types", () => {
    const failed = exact.filter(
      ({ result }) => result instanceof CelError && result.code === "no_such_overload",
    );
    expect(failed.map(({ source }) => source)).toEqual([]);
  });

  it("names the type that the value has", () => {
    const wrong = exact.filter(
      ({ result, checked }) =>
        !(result instanceof CelError) && kindOf(result) !== kindName(checked.type),
    );
    expect(wrong.map(({ source }) => source)).toEqual([]);
  });

  it("warns of every field whose absence can be an error", () => {
    const unwarned = all.filter(
      ({ result, checked, source }) =>
        result instanceof CelError &&
        result.code === "no_such_field" &&
        !/[{[]/.test(source) &&
        checked.faults.length === 0,
    );
    expect(unwarned.map(({ source }) => source)).toEqual([]);
  });

  it("puts no cost below what a run uses", () => {
    const dearer = all.filter(
      ({ used, checked, isComplete }) =>
        isComplete && checked.cost.max !== null && used > checked.cost.max,
    );
    expect(dearer.map(({ source, used, checked }) => [source, used, checked.cost.max])).toEqual([]);
  });
});

describe(`what the analysis says (HOLDPOINT_TEST_SEED=${seed})`, () => {
  it("is true of every run", () => {
    const random = randomFrom(seed);
    const wrong: string[] = [];
    for (let number = 0; number < expressionsPerRun / 4; number += 1) {
      const source = makeExpression(random);
      const parsed = parseCel(source);
      const compiled = parsed.ok ? compileCel(parsed.ast, ["a"]) : null;
      if (!parsed.ok || compiled?.ok !== true) continue;
      const truth = truthOf(parsed.ast);
      const document = makeInput(random)["a"] as CelResult;
      const result = compiled.program.run([document], new Meter(BUDGET));
      if (truth === "never" && result === true) wrong.push(`${source} is true`);
      if (truth === "always" && result === false) wrong.push(`${source} is false`);
    }
    expect(wrong).toEqual([]);
  });

  it("names a part of the condition that did not hold", () => {
    const random = randomFrom(seed + 1);
    for (let number = 0; number < expressionsPerRun / 10; number += 1) {
      const source = makeExpression(random);
      const document = makeInput(random)["a"] as CelResult;
      const ask = (expr: Parameters<Parameters<typeof whyNot>[1]>[0]): CelResult => {
        const compiled = compileCel(expr, ["a"]);
        if (!compiled.ok) throw new Error(source);
        return compiled.program.run([document], new Meter(BUDGET));
      };
      const parsed = parseCel(source);
      if (!parsed.ok || !compileCel(parsed.ast, ["a"]).ok || ask(parsed.ast) === true) continue;
      const { text: part } = whyNot(parsed.ast, ask);
      const again = parseCel(part);
      expect([source, part, again.ok && ask(again.ast)]).not.toEqual([source, part, true]);
    }
  });
});

describe(`the text of an expression (HOLDPOINT_TEST_SEED=${seed})`, () => {
  it("reads back as the same expression", () => {
    const random = randomFrom(seed);
    for (let number = 0; number < expressionsPerRun / 4; number += 1) {
      const source = makeExpression(random);
      const parsed = parseCel(source);
      if (!parsed.ok) throw new Error(source);
      const written = textOf(parsed.ast);
      const again = parseCel(written);
      expect(again.ok ? textOf(again.ast) : written).toBe(written);
      expect([written, again.ok]).toEqual([written, true]);
    }
  });
});

const words = [
  ...[
    "a",
    ".",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "<",
    ">",
  ],
  ...[
    "==",
    "!=",
    "<=",
    ">=",
    "&&",
    "||",
    " in ",
    "has(",
    "a.b",
    ".map(x,",
    ".all(x,",
    "true",
    "null",
  ],
  ...[
    "1",
    "2.5",
    "3u",
    "0x",
    "1e",
    "'",
    '"',
    "'a'",
    'r"\\d"',
    "b'x'",
    '"""',
    "\\",
    "`",
    "`k-v`",
    "//",
  ],
  ...[
    "\n",
    "\t",
    " ",
    "\u0000",
    "\u202e",
    "é",
    "日",
    "\ud800",
    "😀",
    "matches(",
    "size(",
    "math.abs(",
  ],
  ...["timestamp(", "duration(", "constructor", "__proto__", "x"],
] as const;

/** Words of the language, or any characters at all. */
function soup(random: () => number): string {
  const length = 1 + Math.floor(random() * 30);
  if (random() < 0.75) {
    return Array.from({ length }, () => pick(random, words as readonly [string, ...string[]])).join(
      "",
    );
  }
  return String.fromCharCode(...Array.from({ length }, () => Math.floor(random() * 65_536)));
}

describe(`any text at all (HOLDPOINT_TEST_SEED=${seed})`, () => {
  it("is read or refused, and what was read can be checked, analysed and run", () => {
    const random = randomFrom(seed);
    const roots = new Map([["a", partial]]);
    let read = 0;
    for (let number = 0; number < expressionsPerRun * 2; number += 1) {
      const source = soup(random);
      const parsed = parseCel(source);
      if (!parsed.ok) {
        const [fault] = parsed.faults;
        expect(fault?.at).toBeGreaterThanOrEqual(0);
        continue;
      }
      read += 1;
      checkCel(parsed.ast, roots, boolType);
      truthOf(parsed.ast);
      boundariesOf(parsed.ast);
      const compiled = compileCel(parsed.ast, ["a"]);
      if (compiled.ok) runWithin(() => compiled.program.run([{ b: 1 }], new Meter(1_000)));
    }
    expect(read).toBeGreaterThan(100);
  });
});

function runWithin(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (error !== costExhausted) throw error;
  }
}
