// Breaks each operator and each function in turn, and sees that the official cases and ours notice every one.
import { describe, expect, test } from "vitest";
import {
  type NumberTest,
  type OperatorTable,
  standardOperators,
} from "@holdpoint/core/cel/operator-table";
import { builtins } from "@holdpoint/core/cel/builtin";
import type { Builtin, OneOperand, TwoOperands } from "@holdpoint/core/cel/code";
import type { CelResult } from "@holdpoint/core/cel/value";
import { passes } from "../conformance/cel-run.ts";
import { vectorCases, wrongIn } from "../conformance/cel-vectors.ts";
import { specCases } from "../conformance/cel-spec.ts";

const passing = specCases().core.filter((one) => passes(one));

function isNoticed(operators: OperatorTable): boolean {
  return (
    vectorCases.some((one) => wrongIn(one, { operators }) !== null) ||
    passing.some((one) => !passes(one, operators))
  );
}

interface Mutant {
  readonly name: string;
  readonly operators: OperatorTable;
}

/** Every operator answers for every other one of its table, and also with the opposite of its own answer. */
function mutants(): Mutant[] {
  const { unary, binary, numbers } = standardOperators;
  return [
    ...swaps(unary).map(([name, table]) => mutant(`unary ${name}`, { unary: table })),
    ...swaps(binary).map(([name, table]) => mutant(`binary ${name}`, { binary: table })),
    ...swaps(numbers).map(([name, table]) => mutant(`numbers ${name}`, { numbers: table })),
    ...Object.entries(unary).map(([sign, apply]) =>
      mutant(`unary ${sign} reversed`, { unary: { ...unary, [sign]: reversedOne(apply) } }),
    ),
    ...Object.entries(binary).map(([sign, apply]) =>
      mutant(`binary ${sign} reversed`, { binary: { ...binary, [sign]: reversedTwo(apply) } }),
    ),
    ...Object.entries(numbers).map(([sign, apply]) => {
      const reversed: NumberTest = (a, b) => !apply(a, b);
      return mutant(`numbers ${sign} reversed`, { numbers: { ...numbers, [sign]: reversed } });
    }),
  ];
}

function mutant(name: string, change: Partial<OperatorTable>): Mutant {
  return { name, operators: { ...standardOperators, ...change } };
}

function swaps<T>(table: Readonly<Record<string, T>>): [string, Readonly<Record<string, T>>][] {
  const signs = Object.keys(table);
  return signs.flatMap((sign) =>
    Object.entries(table)
      .filter(([other]) => other !== sign)
      .map(([other, apply]): [string, Readonly<Record<string, T>>] => [
        `${sign} does what ${other} does`,
        { ...table, [sign]: apply },
      ]),
  );
}

const opposite = (value: ReturnType<TwoOperands>): ReturnType<TwoOperands> => {
  if (typeof value === "boolean") return !value;
  return typeof value === "bigint" ? value + 1n : null;
};

function reversedOne(apply: OneOperand): OneOperand {
  return (a, meter, place) => opposite(apply(a, meter, place));
}

function reversedTwo(apply: TwoOperands): TwoOperands {
  return (a, b, meter, place) => opposite(apply(a, b, meter, place));
}

describe("the cases notice that", () => {
  test.each(mutants())("$name", ({ operators }) => {
    expect(isNoticed(operators)).toBe(true);
  });
});

/** A function that forgets what it is for: it gives its first operand, or an error, or nothing. */
function brokenFunctions(): { name: string; functions: ReadonlyMap<string, Builtin> }[] {
  const substitutes: readonly [string, (first: CelResult) => CelResult][] = [
    ["gives its first operand", (first) => first],
    ["gives null", () => null],
    ["gives true", () => true],
    ["gives zero", () => 0n],
  ];
  return [...builtins].flatMap(([name, builtin]) =>
    Object.keys(builtin)
      .filter((form) => form === "one" || form === "two" || form === "many")
      .flatMap((form) =>
        substitutes
          .filter(([what]) => !(name === "dyn" && what === "gives its first operand"))
          .map(([what, answer]) => {
            const broken = (first: CelResult | readonly CelResult[]): CelResult =>
              answer(
                form === "many"
                  ? ((first as readonly CelResult[])[0] ?? null)
                  : (first as CelResult),
              );
            const functions = new Map([...builtins, [name, { ...builtin, [form]: broken }]]);
            return { name: `${name} (${form}) ${what}`, functions };
          }),
      ),
  );
}

describe("our cases notice that a function", () => {
  test.each(brokenFunctions())("$name", ({ functions }) => {
    expect(vectorCases.some((one) => wrongIn(one, { functions }) !== null)).toBe(true);
  });
});
