// Compiles list and map literals and the index `a[b]`.

import { type Code, type Compiling, constantCode, placeOf, unfit } from "./code.ts";
import { isMap, isNumber, itemAt, valueAt } from "./equality.ts";
import {
  CelError,
  CelMap,
  type CelMapKey,
  type CelPlace,
  type CelResult,
  CelUint,
  type CelValue,
  isList,
  kindOf,
  mapKeyOf,
} from "./value.ts";
import { Meter } from "./meter.ts";
import type { Expr, IndexExpr, ListExpr, MapExpr } from "./ast.ts";

export function compileIndex(expr: IndexExpr, compiling: Compiling): Code {
  const operand = compiling.compile(expr.operand);
  const index = compiling.compile(expr.index);
  const place = { at: expr.index.at, end: expr.index.end };
  return (scope, meter) => {
    meter.charge(1);
    const whole = operand(scope, meter);
    const key = index(scope, meter);
    if (isList(whole)) return itemOf(whole, key, place);
    if (isMap(whole)) return memberAt(whole, key, { meter, place });
    return unfit(place, whole, key);
  };
}

function itemOf(list: readonly CelValue[], index: CelResult, place: CelPlace): CelResult {
  if (!isNumber(index)) return unfit(place, index);
  const position = Number(index instanceof CelUint ? index.value : index);
  if (!Number.isInteger(position)) {
    return new CelError("invalid_index", "the index is not a whole number", place);
  }
  if (position < 0 || position >= list.length) {
    return new CelError("index_out_of_range", "the list has no item with this index", place);
  }
  return itemAt(list, position);
}

interface Looking {
  readonly meter: Meter;
  readonly place: CelPlace;
}

function memberAt(
  map: Parameters<typeof valueAt>[0],
  key: CelResult,
  { meter, place }: Looking,
): CelResult {
  if (typeof key === "string") meter.chargeText(key.length);
  else if (key instanceof CelError || (typeof key !== "boolean" && !isNumber(key))) {
    return unfit(place, key);
  }
  const found = valueAt(map, key);
  return found === undefined
    ? new CelError("no_such_field", "the map has no such key", place)
    : found;
}

/** A literal of constants is made once; what is made is never changed. */
export function compileList(expr: ListExpr, compiling: Compiling): Code {
  const items = expr.items.map((item) => compiling.compile(item));
  const make: Code = (scope, meter) => {
    meter.charge(1 + items.length);
    const list: CelValue[] = [];
    for (const item of items) {
      const value = item(scope, meter);
      if (value instanceof CelError) return value;
      list.push(value);
    }
    return list;
  };
  return isConstant(expr) ? constantCode(made(make)) : make;
}

export function compileMap(expr: MapExpr, compiling: Compiling): Code {
  const entries = expr.entries.map(({ key, value }) => ({
    place: placeOf(key),
    key: compiling.compile(key),
    value: compiling.compile(value),
  }));
  return (scope, meter) => {
    meter.charge(1 + entries.length * 8);
    const map = new Map<CelMapKey, { key: CelValue; value: CelValue }>();
    for (const entry of entries) {
      const key = entry.key(scope, meter);
      if (key instanceof CelError) return key;
      const mapKey = typeof key === "number" ? undefined : mapKeyOf(key);
      if (mapKey === undefined) return unfit(entry.place, key);
      if (map.has(mapKey)) {
        return new CelError("duplicate_key", "the key stands twice in the map", entry.place);
      }
      const value = entry.value(scope, meter);
      if (value instanceof CelError) return value;
      map.set(mapKey, { key, value });
    }
    return new CelMap(map);
  };
}

function isConstant(expr: Expr): boolean {
  return expr.kind === "constant" || (expr.kind === "list" && expr.items.every(isConstant));
}

function made(make: Code): CelValue {
  const value = make([], new Meter(Number.POSITIVE_INFINITY));
  return value instanceof CelError || kindOf(value) !== "list" ? null : value;
}
