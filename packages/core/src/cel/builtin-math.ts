// `math.greatest` and its kin: numbers of all kinds are compared exactly and keep their kind.

import { type Builtin, type ManyOperands, type OneOperand, unfit } from "./code.ts";
import { overflow } from "./arithmetic.ts";
import { isNumber, itemAt, orderOf } from "./equality.ts";
import { CelError, type CelResult, CelUint, int64Min, isList } from "./value.ts";

/** The first number that no other surpasses in the given direction; one list stands for its items. */
function extreme(direction: 1 | -1): ManyOperands {
  return (args, meter, place) => {
    const [first] = args;
    const numbers = args.length === 1 && first !== undefined && isList(first) ? first : args;
    meter.charge(1 + numbers.length);
    let best: CelResult | undefined;
    for (let index = 0; index < numbers.length; index++) {
      const number = itemAt(numbers as readonly (typeof numbers)[number][] as never, index);
      if (!isNumber(number)) return unfit(place, number);
      const order = best === undefined ? direction : orderOf(number, best, meter, place);
      if (order instanceof CelError) return order;
      if (order * direction > 0) best = number;
    }
    return best ?? new CelError("invalid_argument", "the list has no numbers", place);
  };
}

const abs: OneOperand = (value, _meter, place) => {
  if (typeof value === "number") return Math.abs(value);
  if (value instanceof CelUint) return value;
  if (typeof value !== "bigint") return unfit(place, value);
  if (value === int64Min) return overflow(place);
  return value < 0n ? -value : value;
};

function rounding(round: (value: number) => number): OneOperand {
  return (value, _meter, place) => (typeof value === "number" ? round(value) : unfit(place, value));
}

/** Halves go away from zero. */
function roundHalfAway(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

export const mathFunctions: Readonly<Record<string, Builtin>> = {
  "math.greatest": { many: extreme(1) },
  "math.least": { many: extreme(-1) },
  "math.abs": { one: abs },
  "math.ceil": { one: rounding(Math.ceil) },
  "math.floor": { one: rounding(Math.floor) },
  "math.round": { one: rounding(roundHalfAway) },
};
