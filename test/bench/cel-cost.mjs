// Prints what a unit of the cost meter stands for, by operator and function at its largest input, and
// how long a decision can take that uses up its whole budget: `node test/bench/cel-cost.mjs`.

import process from "node:process";

import { celBudget } from "@holdpoint/core/base/limits";
import { Meter } from "@holdpoint/core/cel/meter";
import { parseCel } from "@holdpoint/core/cel/parse";
import { compileCel } from "@holdpoint/core/cel/program";

import { costCases, roots } from "./measure/cel-cost-cases.mjs";

/** @typedef {import("./measure/cel-cost-cases.mjs").CostCase} CostCase */

const roundMinMs = 4;
const rounds = 5;

/** @param {CostCase} one */
function programOf({ expression }) {
  const parsed = parseCel(expression);
  if (!parsed.ok) throw new Error(`${expression}: ${parsed.faults[0]?.message}`);
  const compiled = compileCel(parsed.ast, roots);
  if (!compiled.ok) throw new Error(`${expression}: ${compiled.faults[0]?.message}`);
  return compiled.program;
}

/** @param {CostCase} one */
function measure(one) {
  const program = programOf(one);
  let scope = /** @type {any} */ (one.scope(one.sizeMax));
  const meter = new Meter(0);
  const huge = 1e12;
  const run = () => {
    meter.reset(huge);
    program.run(scope, meter);
  };
  run();
  const units = huge - meter.left;
  const repeats = units > 1_000 ? 1 : 1_000;
  for (let index = 1; index < repeats; index += 1) run();
  // Time of the processor, not of the clock, and the best of some rounds: others use the machine too.
  let perRun = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    scope = one.scope(one.sizeMax);
    let ms = 0;
    let count = 0;
    while (ms < roundMinMs) {
      const before = process.cpuUsage();
      for (let index = 0; index < repeats; index += 1) run();
      const { user, system } = process.cpuUsage(before);
      ms += (user + system) / 1_000;
      count += repeats;
    }
    perRun = Math.min(perRun, ms / count);
  }
  const perUnit = (perRun * 1e6) / units;
  return { name: one.name, expression: one.expression, units, ms: perRun, perUnit };
}

const rows = costCases.map(measure).toSorted((a, b) => b.perUnit - a.perUnit);
for (const { name, expression, units, ms, perUnit } of rows) {
  const figures = [perUnit.toFixed(1).padStart(8), units.toFixed(0).padStart(9), ms.toFixed(4)];
  process.stdout.write(`${figures.join("  ")}  ${name.padEnd(14)} ${expression}\n`);
}
const worst = rows[0]?.perUnit ?? 0;
process.stdout.write(
  `nanoseconds a unit, units, milliseconds; worst whole budget: ${((worst * celBudget) / 1e6).toFixed(1)} ms\n`,
);
