// The project's own cases of policy CEL: what it adds, what it does on purpose, what agents may try.
import { readFileSync } from "node:fs";
import { Meter } from "@holdpoint/core/cel/meter";
import { parseCel } from "@holdpoint/core/cel/parse";
import { compileCel, type CompileOptions } from "@holdpoint/core/cel/program";
import { CelError, CelMasked, type CelResult, timestampOfMs } from "@holdpoint/core/cel/value";
import { isSame } from "./cel-run.ts";

interface VectorCase {
  readonly expression: string;
  /** An expression for the value that has to come out. */
  readonly result?: string;
  /** The code of the error that has to come out. */
  readonly error?: string;
}

const file = new URL("../../spec/vectors/cel/values.json", import.meta.url);
const { input, cases } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly input: { readonly action: CelResult };
  readonly cases: readonly VectorCase[];
};

export const vectorCases: readonly VectorCase[] = cases;

const roots = ["action", "now", "masked"];
const now = timestampOfMs(Date.UTC(2026, 10, 21, 12));
const scope = [input.action, now, new CelMasked()];

function valueOfText(expression: string, options: CompileOptions): CelResult {
  const parsed = parseCel(expression);
  if (!parsed.ok) throw new Error(`${expression}: ${parsed.faults[0]?.message}`);
  const compiled = compileCel(parsed.ast, roots, options);
  if (!compiled.ok) throw new Error(`${expression}: ${compiled.faults[0]?.message}`);
  return compiled.program.run(scope, new Meter(100_000));
}

/** What is wrong with a case; null when it comes out as it should. */
export function wrongIn(one: VectorCase, options: CompileOptions = {}): string | null {
  const actual = valueOfText(one.expression, options);
  if (one.error !== undefined) {
    const code = actual instanceof CelError ? actual.code : "no error";
    return code === one.error ? null : `${one.expression}: ${code}, not ${one.error}`;
  }
  const expected = valueOfText(one.result ?? "null", {});
  if (!(actual instanceof CelError) && isSame(actual, expected)) return null;
  const shown = actual instanceof CelError ? actual.message : "another value";
  return `${one.expression}: ${shown}, not ${one.result}`;
}
