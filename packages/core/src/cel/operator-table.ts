// What each operator does, as a table: tests replace its entries one by one and must notice each.

import { add, divide, multiply, negate, not, remainder, subtract } from "./arithmetic.ts";
import { type OneOperand, type TwoOperands, unfit } from "./code.ts";
import { equals, isMap, itemAt, orderOf, valueAt } from "./equality.ts";
import { CelError, isList, kindOf } from "./value.ts";

/** The short way of a comparison whose operands are both doubles. */
export type NumberTest = (a: number, b: number) => boolean;

export interface OperatorTable {
  readonly unary: Readonly<Record<string, OneOperand>>;
  readonly binary: Readonly<Record<string, TwoOperands>>;
  /** INVARIANT: agrees with the entry of `binary` of the same name wherever both can answer. */
  readonly numbers: Readonly<Record<string, NumberTest>>;
}

const notEquals: TwoOperands = (a, b, meter, place) => {
  const result = equals(a, b, meter, place);
  return typeof result === "boolean" ? !result : result;
};

const less: TwoOperands = (a, b, meter, place) => {
  const order = orderOf(a, b, meter, place);
  return typeof order === "number" ? order < 0 : order;
};

const lessOrEqual: TwoOperands = (a, b, meter, place) => {
  const order = orderOf(a, b, meter, place);
  return typeof order === "number" ? order <= 0 : order;
};

const greater: TwoOperands = (a, b, meter, place) => {
  const order = orderOf(a, b, meter, place);
  return typeof order === "number" ? order > 0 : order;
};

const greaterOrEqual: TwoOperands = (a, b, meter, place) => {
  const order = orderOf(a, b, meter, place);
  return typeof order === "number" ? order >= 0 : order;
};

/** In a list: equal to one of its items, and an item that cannot be compared is an error unless one is. */
const isIn: TwoOperands = (a, b, meter, place) => {
  if (a instanceof CelError || kindOf(a) === "masked") return unfit(place, a);
  if (isMap(b)) {
    if (typeof a === "string") meter.chargeText(a.length);
    return valueAt(b, a) !== undefined;
  }
  if (!isList(b)) return unfit(place, b);
  let fault: CelError | null = null;
  for (let index = 0; index < b.length; index++) {
    meter.charge(1);
    const result = equals(a, itemAt(b, index), meter, place);
    if (result === true) return true;
    if (result instanceof CelError) fault ??= result;
  }
  return fault ?? false;
};

export const standardOperators: OperatorTable = {
  unary: { "!": not, "-": negate },
  binary: {
    "==": equals,
    "!=": notEquals,
    "<": less,
    "<=": lessOrEqual,
    ">": greater,
    ">=": greaterOrEqual,
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
    in: isIn,
  },
  numbers: {
    "==": (a, b) => a === b,
    "!=": (a, b) => a !== b,
    "<": (a, b) => a < b,
    "<=": (a, b) => a <= b,
    ">": (a, b) => a > b,
    ">=": (a, b) => a >= b,
  },
};
