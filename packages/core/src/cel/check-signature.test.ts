// Tests that the checker's table and the evaluator's functions are about the same functions.

import { describe, expect, it } from "vitest";
import { builtins } from "./builtin.ts";
import { checkCel } from "./check.ts";
import type { Builtin } from "./code.ts";
import { type Signature, signatures, signaturesOf } from "./check-signature.ts";
import { Meter } from "./meter.ts";
import { standardOperators } from "./operator-table.ts";
import { parseCel } from "./parse.ts";
import { compileCel } from "./program.ts";
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  intType,
  listOf,
  mapOf,
  membersOf,
  nullType,
  type StaticType,
  stringType,
  timestampType,
  uintType,
} from "./type.ts";
import { CelDuration, CelError, type CelResult, CelTimestamp, CelUint, kindOf } from "./value.ts";

const countsTried = [1, 2, 3, 4, 5] as const;

function takes(builtin: Builtin, count: number): boolean {
  if (count === 1 && builtin.one !== undefined) return true;
  if (count === 2 && builtin.two !== undefined) return true;
  if (builtin.many === undefined) return false;
  return builtin.counts === undefined || builtin.counts.includes(count);
}

function declares(signature: Signature, count: number): boolean {
  const wanted = signature.params.length;
  return signature.isVariadic ? count >= wanted : count === wanted;
}

/** Functions whose second operand is a literal that is read when the expression is compiled. */
const specials = new Map<string, Builtin>(
  [".matches", "matches", "inCidr"].map((name) => [name, { two: () => null }]),
);
const everything = new Map([...builtins, ...specials]);
const functions = signatures.filter((one) => /^\w/.test(one.name));

describe("the table of signatures", () => {
  it.each([...everything])("has %s with every number of operands that it takes", (key, builtin) => {
    const isMethod = key.startsWith(".");
    const declared = signaturesOf(isMethod ? key.slice(1) : key).filter(
      (one) => one.isMethod === isMethod,
    );
    for (const count of countsTried) {
      const isDeclared = declared.some((one) => declares(one, count));
      expect([count, isDeclared]).toEqual([count, takes(builtin, count)]);
    }
  });

  it("has nothing that the evaluator does not have", () => {
    const keys = functions.map((one) => (one.isMethod ? `.${one.name}` : one.name));
    expect(keys.filter((key) => !everything.has(key))).toEqual([]);
  });

  it("has the operators that the evaluator has, but those without overloads", () => {
    const { unary, binary } = standardOperators;
    const declared = signatures.filter((one) => !/^\w/.test(one.name));
    const withOne = declared.filter((one) => one.params.length === 1).map((one) => one.name);
    const withTwo = declared.filter((one) => one.params.length === 2).map((one) => one.name);
    expect([...new Set(withOne)].toSorted()).toEqual(Object.keys(unary).toSorted());
    const special = ["==", "!=", "in"];
    expect([...new Set([...withTwo, ...special])].toSorted()).toEqual(
      Object.keys(binary).toSorted(),
    );
  });
});

const samples: readonly (readonly [StaticType, CelResult])[] = [
  [nullType, null],
  [boolType, true],
  [intType, 2n],
  [uintType, new CelUint(2n)],
  [doubleType, 2.5],
  [stringType, "2"],
  [bytesType, new Uint8Array([50])],
  [timestampType, new CelTimestamp(0, 0)],
  [durationType, new CelDuration(1, 0)],
  [listOf(stringType), ["a"]],
  [listOf(intType), [1n]],
  [mapOf(stringType), { a: "b" }],
];

/** `a.f(b, c)`, `f(a, b, c)` or `a + b`, with the operands that a builtin or an operator takes. */
function sourceOf(key: string, count: number): string {
  const names = ["a", "b", "c", "d"].slice(0, count);
  const [first, second] = names;
  if (key.startsWith(".")) return `a${key}(${names.slice(1).join(", ")})`;
  if (/^\w/.test(key)) return key === "in" ? "a in b" : `${key}(${names.join(", ")})`;
  return count === 1 ? `${key}(${first})` : `${first} ${key} ${second}`;
}

function* tuples(count: number): Generator<(readonly [StaticType, CelResult])[]> {
  if (count === 0) yield [];
  else for (const rest of tuples(count - 1)) for (const one of samples) yield [...rest, one];
}

/** What checker and evaluator disagree about for one call over all kinds of operands. */
function disagreements(source: string, count: number): string[] {
  const parsed = parseCel(source);
  if (!parsed.ok) throw new Error(`${source}: ${parsed.faults[0]?.message}`);
  const roots = ["a", "b", "c", "d"].slice(0, count);
  const compiled = compileCel(parsed.ast, roots);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.faults[0]?.message}`);
  const found: string[] = [];
  for (const operands of tuples(count)) {
    const types = new Map(roots.map((root, index) => [root, operands[index]?.[0] ?? nullType]));
    const checked = checkCel(parsed.ast, types);
    const isRefused = checked.faults.some((fault) => fault.severity === "error");
    const scope = operands.map(([, value]) => value);
    const result = compiled.program.run(scope, new Meter(100_000));
    const hasNone = result instanceof CelError && result.code === "no_such_overload";
    const text = `${source} over ${operands.map(([type]) => type.kind).join(", ")}`;
    const isWrong = isRefused ? !(result instanceof CelError) : hasNone;
    if (isWrong) found.push(`${text}: refused ${isRefused}, fails ${hasNone}`);
    if (result instanceof CelError || isRefused) continue;
    const kinds = membersOf(checked.type).map((type) =>
      type.kind === "object" ? "map" : type.kind,
    );
    if (!kinds.includes("dyn") && !kinds.includes(kindOf(result) as never)) {
      found.push(`${text}: ${kindOf(result)} is not ${kinds.join(" or ")}`);
    }
  }
  return found;
}

describe("the checker lets through what the evaluator can do, and nothing else", () => {
  const { unary, binary } = standardOperators;
  const operators = Object.keys(binary).filter((sign) => !["==", "!=", "in"].includes(sign));
  it.each([
    ...Object.keys(unary).map((sign) => [sign, 1] as const),
    ...operators.map((sign) => [sign, 2] as const),
    ...[...builtins].flatMap(([key, builtin]) =>
      countsTried
        .filter((count) => count <= 3 && takes(builtin, count))
        .map((count) => [key, count] as const),
    ),
  ])("in %s with %i operands", (key, count) => {
    expect(disagreements(sourceOf(key, count), count)).toEqual([]);
  });

  it.each([
    ["matches(a, '2')", 1],
    ["a.matches('2')", 1],
    ["inCidr(a, '10.0.0.0/8')", 1],
    ["a.getHours('Europe/Berlin')", 1],
    ["a in b", 2],
  ] as const)("in %s", (source, count) => {
    expect(
      disagreements(source, count).filter((one) => !/^a in b .* fails false/.test(one)),
    ).toEqual([]);
  });
});
