// Runs one official case and compares what comes out with what the suite wants.
import { Meter } from "@holdpoint/core/cel/meter";
import { type OperatorTable, standardOperators } from "@holdpoint/core/cel/operator-table";
import { parseCel } from "@holdpoint/core/cel/parse";
import { compileCel } from "@holdpoint/core/cel/program";
import {
  CelError,
  CelMap,
  type CelResult,
  isCelObject,
  isList,
  kindOf,
} from "@holdpoint/core/cel/value";
import type { SpecCase } from "./cel-spec.ts";

function evaluate(
  { expression, isChecked, bindings }: SpecCase,
  operators: OperatorTable,
): CelResult | undefined {
  const parsed = parseCel(expression);
  if (!parsed.ok) return undefined;
  const compiled = compileCel(parsed.ast, [...bindings.keys()], {
    unchecked: !isChecked,
    operators,
  });
  if (!compiled.ok) return undefined;
  return compiled.program.run([...bindings.values()], new Meter(100_000));
}

/** Whether a case comes out as the suite wants it; with other operators for the tests of mutations. */
export function passes(one: SpecCase, operators: OperatorTable = standardOperators): boolean {
  const result = evaluate(one, operators);
  const isError = result === undefined || result instanceof CelError;
  if (one.expected === "error") return isError;
  return !isError && isSame(result, one.expected.value);
}

/** Same kind and same value; NaN is itself. Maps of JSON and map literals are one kind. */
export function isSame(a: CelResult, b: CelResult): boolean {
  if (kindOf(a) !== kindOf(b)) return false;
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, index) => isSame(item, b[index] ?? null));
  }
  if (kindOf(a) === "map") return isSameMap(entriesOf(a), entriesOf(b));
  if (typeof a !== "object") return a === b || (a !== a && b !== b);
  return JSON.stringify(a, bigintText) === JSON.stringify(b, bigintText);
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function entriesOf(map: CelResult): readonly (readonly [CelResult, CelResult])[] {
  if (map instanceof CelMap) return [...map.entries.values()].map(({ key, value }) => [key, value]);
  return isCelObject(map) ? Object.entries(map) : [];
}

function isSameMap(a: ReturnType<typeof entriesOf>, b: ReturnType<typeof entriesOf>): boolean {
  const hasLike = (key: CelResult, value: CelResult): boolean =>
    b.some((other) => isSame(other[0], key) && isSame(other[1], value));
  return a.length === b.length && a.every(([key, value]) => hasLike(key, value));
}
