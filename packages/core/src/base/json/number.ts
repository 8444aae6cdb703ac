// Tells whether a JSON number survives a double: whether the double prints the same decimal.

interface Decimal {
  negative: boolean;
  digits: string; // significant digits without leading or trailing zeros; "" is zero
  exponent: number; // the value is 0.digits * 10^exponent
}

// `literal` has the grammar of a JSON number and `value` is Number(literal).
export function survivesDouble(literal: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  const written = decimalOf(literal);
  // A zero mantissa is zero whatever its exponent; zero from any other mantissa is an underflow.
  if (value === 0) return written.digits === "";
  const printed = decimalOf(String(value));
  return (
    written.digits === printed.digits &&
    written.exponent === printed.exponent &&
    written.negative === printed.negative
  );
}

function decimalOf(literal: string): Decimal {
  const negative = literal.startsWith("-");
  const marker = literal.search(/[eE]/);
  const mantissa = literal.slice(negative ? 1 : 0, marker === -1 ? undefined : marker);
  const power = marker === -1 ? 0 : Number(literal.slice(marker + 1));
  const point = mantissa.indexOf(".");
  const whole = point === -1 ? mantissa : mantissa.slice(0, point);
  const all = point === -1 ? mantissa : whole + mantissa.slice(point + 1);
  let from = 0;
  while (all.charCodeAt(from) === 0x30) from++;
  let to = all.length;
  while (to > from && all.charCodeAt(to - 1) === 0x30) to--;
  return { negative, digits: all.slice(from, to), exponent: whole.length - from + power };
}
