// Compiles the loops: `all`, `exists`, `exists_one`, `filter` and `map`.

import { type Code, type Compiling, placeOf, unfit } from "./code.ts";
import { isMap, itemAt, keysOf } from "./equality.ts";
import { CelError, type CelPlace, type CelResult, type CelValue, isList } from "./value.ts";
import type { MacroExpr } from "./ast.ts";
import type { Meter } from "./meter.ts";

/** What a loop does with each item: undefined goes on, anything else is the result. */
interface Loop {
  readonly body: Code;
  readonly transform: Code | null;
  readonly slot: number;
  readonly slots: CelResult[];
  /** Where the predicate stands. */
  readonly place: CelPlace;
}

type RunLoop = (
  items: readonly CelValue[],
  loop: Loop,
  scope: readonly CelResult[],
  meter: Meter,
) => CelResult;

const loops: Readonly<Record<MacroExpr["macro"], RunLoop>> = {
  all: runAll,
  exists: runExists,
  exists_one: runExistsOne,
  filter: runFilter,
  map: runMap,
};

export function compileMacro(expr: MacroExpr, compiling: Compiling): Code {
  const range = compiling.compile(expr.range);
  const { slots } = compiling;
  const slot = slots.push(null) - 1;
  const inside = new Map([...compiling.variables, [expr.variable, slot]]);
  const body = compiling.compile(expr.body, inside);
  const transform = expr.transform === null ? null : compiling.compile(expr.transform, inside);
  const loop: Loop = { body, transform, slot, slots, place: placeOf(expr.body) };
  const place = placeOf(expr.range);
  const run = loops[expr.macro];
  return (scope, meter) => {
    meter.charge(1);
    const value = range(scope, meter);
    if (isList(value)) return run(value, loop, scope, meter);
    if (isMap(value)) return run(keysOf(value, meter), loop, scope, meter);
    return unfit(place, value);
  };
}

/** The predicate of one item; what is not a boolean is an error. */
function ask(item: CelResult, loop: Loop, scope: readonly CelResult[], meter: Meter) {
  meter.charge(1);
  loop.slots[loop.slot] = item;
  const result = loop.body(scope, meter);
  return typeof result === "boolean" ? result : unfit(loop.place, result);
}

function runAll(...[items, loop, scope, meter]: Parameters<RunLoop>): CelResult {
  let fault: CelError | null = null;
  for (let index = 0; index < items.length; index++) {
    const result = ask(itemAt(items, index), loop, scope, meter);
    if (result === false) return false;
    if (result !== true) fault ??= result;
  }
  return fault ?? true;
}

function runExists(...[items, loop, scope, meter]: Parameters<RunLoop>): CelResult {
  let fault: CelError | null = null;
  for (let index = 0; index < items.length; index++) {
    const result = ask(itemAt(items, index), loop, scope, meter);
    if (result === true) return true;
    if (result !== false) fault ??= result;
  }
  return fault ?? false;
}

function runExistsOne(...[items, loop, scope, meter]: Parameters<RunLoop>): CelResult {
  let count = 0;
  for (let index = 0; index < items.length; index++) {
    const result = ask(itemAt(items, index), loop, scope, meter);
    if (result instanceof CelError) return result;
    if (result) count++;
  }
  return count === 1;
}

function runFilter(...[items, loop, scope, meter]: Parameters<RunLoop>): CelResult {
  const kept: CelValue[] = [];
  for (let index = 0; index < items.length; index++) {
    const item = itemAt(items, index);
    const result = ask(item, loop, scope, meter);
    if (result instanceof CelError) return result;
    if (item instanceof CelError) return item;
    if (result) kept.push(item);
  }
  return kept;
}

/** `map(x, f)`, and `map(x, p, f)` over the items that pass `p`. */
function runMap(...[items, loop, scope, meter]: Parameters<RunLoop>): CelResult {
  const mapped: CelValue[] = [];
  for (let index = 0; index < items.length; index++) {
    const item = itemAt(items, index);
    if (loop.transform !== null) {
      const passes = ask(item, loop, scope, meter);
      if (passes instanceof CelError) return passes;
      if (!passes) continue;
    } else meter.charge(1);
    loop.slots[loop.slot] = item;
    const result = (loop.transform ?? loop.body)(scope, meter);
    if (result instanceof CelError) return result;
    mapped.push(result);
  }
  return mapped;
}
