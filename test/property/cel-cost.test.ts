// Every operator and function pays for its work: more input costs more units, and none is forgotten.
import { describe, expect, test } from "vitest";
import { builtins } from "@holdpoint/core/cel/builtin";
import { Meter } from "@holdpoint/core/cel/meter";
import { standardOperators } from "@holdpoint/core/cel/operator-table";
import { parseCel } from "@holdpoint/core/cel/parse";
import { compileCel } from "@holdpoint/core/cel/program";
import { CelError, type CelValue } from "@holdpoint/core/cel/value";
import { costCases, roots } from "../bench/measure/cel-cost-cases.mjs";

type CostCase = (typeof costCases)[number];

/** Units that one run takes. */
function unitsOf({ expression, scope }: CostCase, size: number): number {
  const parsed = parseCel(expression);
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  const compiled = compileCel(parsed.ast, roots);
  if (!compiled.ok) throw new Error(compiled.faults[0]?.message);
  const budget = 1e12;
  const meter = new Meter(budget);
  const result = compiled.program.run(scope(size) as readonly CelValue[], meter);
  if (result instanceof CelError && !expression.includes(".nope")) throw new Error(result.message);
  return budget - meter.left;
}

const growing = costCases.filter((one) => one.work === "grows");
const unitsPerStepMin = 1 / 20;

describe("every operator and function", () => {
  test("has a case for the meter", () => {
    const { unary, binary } = standardOperators;
    const macros = ["all", "exists", "exists_one", "filter", "map"];
    const others = ["&&", "||", "?:", ".", "has", "[]", "{}", "[,]"];
    const literalOnly = ["matches", ".matches", "inCidr"];
    const names = [...Object.keys(unary), ...Object.keys(binary), ...builtins.keys()];
    const covered = new Set(costCases.map((one) => one.name));
    const all = [...names, ...macros, ...others, ...literalOnly];
    expect(all.filter((name) => !covered.has(name))).toEqual([]);
  });

  test.each(growing)("$name pays in proportion to its input: $expression", (one) => {
    const size = Math.min(one.sizeMax, 4_096);
    const units = unitsOf(one, size);
    expect(units).toBeGreaterThanOrEqual(size * unitsPerStepMin);
    expect(units).toBeGreaterThanOrEqual(5 * unitsOf(one, size / 8));
  });

  test.each(costCases)("$name takes the same units each time: $expression", (one) => {
    const size = Math.min(one.sizeMax, 1_024);
    expect(unitsOf(one, size)).toBe(unitsOf(one, size));
    expect(unitsOf(one, size)).toBeGreaterThan(0);
  });
});
