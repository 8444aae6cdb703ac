// What one call of a function or an operator may take from the meter beside its operands.

import type { CallExpr, Expr } from "./ast.ts";
import type { Bound } from "./check-cost-size.ts";
import { charactersPerUnit } from "./meter.ts";
import { compilePattern, subjectLengthMax } from "./regex.ts";
import type { StaticType } from "./type.ts";

/** An operand with what bounds it. */
export interface Part {
  readonly expr: Expr;
  readonly mayBe: (...kinds: readonly StaticType["kind"][]) => boolean;
  /** It can be as long as an agent likes, if nothing bounds it. */
  readonly isSized: boolean;
  readonly length: Bound;
  readonly items: Bound;
}

/** Reading or writing a time, and finding what a clock shows in a zone. */
const TIME_UNITS = 104;
const ADDRESS_UNITS = 132;
/** Characters of a URL or an address that are looked at. */
const ADDRESS_LENGTH_MAX = 4_096;
const SCALAR_UNITS = 8;

export function callUnits(expr: CallExpr, parts: readonly Part[]): number {
  const [subject, second] = parts;
  if (subject === undefined || free.has(expr.name)) return 0;
  switch (expr.name) {
    case "timestamp":
    case "duration":
      return TIME_UNITS;
    case "string":
      return TIME_UNITS + read(subject);
    case "inCidr":
      return ADDRESS_UNITS;
    case "host":
    case "emailDomain":
      return SCALAR_UNITS + Math.min(subject.length.size, ADDRESS_LENGTH_MAX);
    case "matches":
      return second === undefined ? 0 : patternUnits(subject, second);
    case "contains":
    case "indexOf":
    case "lastIndexOf":
    case "split":
    case "replace":
      return searchUnits(expr.name, parts);
    case "join":
      return joinUnits(subject, second);
    case "size":
      return (
        SCALAR_UNITS + Math.max(textUnits(subject) / charactersPerUnit, countedEntries(subject))
      );
    case "startsWith":
    case "endsWith":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return SCALAR_UNITS + Math.min(...parts.map(textUnits));
    default:
      break;
  }
  // An operator over two kinds is an error, and one over numbers costs nothing more.
  if (!/^\w/.test(expr.name) && parts.some((part) => !part.isSized)) return SCALAR_UNITS;
  if (expr.name.startsWith("get")) return parts.length > 1 ? TIME_UNITS : SCALAR_UNITS;
  return parts.reduce((sum, part) => sum + read(part), SCALAR_UNITS);
}

const free = new Set(["&&", "||", "!", "?:", "type", "dyn"]);

/** Going once over a text, or over the items of a list. */
function read(part: Part): number {
  return SCALAR_UNITS + Math.max(textUnits(part), entriesOf(part));
}

function textUnits(part: Part): number {
  return part.mayBe("string", "bytes") ? part.length.size : 0;
}

function entriesOf(part: Part): number {
  return part.mayBe("list", "map", "object") ? part.items.size : 0;
}

/** What may be anything is taken for a list or a text here: keys of a map have to be counted. */
function countedEntries(part: Part): number {
  return part.mayBe("list", "string") ? 0 : 3 * entriesOf(part);
}

function patternUnits(subject: Part, pattern: Part): number {
  const { expr } = pattern;
  if (expr.kind !== "constant" || expr.constant.type !== "string") return 0;
  const compiled = compilePattern(expr.constant.value);
  if (!compiled.ok) return 0;
  const { isNarrow, size } = compiled.pattern;
  const length = Math.min(subject.length.size, subjectLengthMax) + 1;
  return SCALAR_UNITS + length * (isNarrow ? 1 : size);
}

function searchUnits(name: string, parts: readonly Part[]): number {
  const [text = 0, sought = 0, put = 0] = parts.map(textUnits);
  const searched = SCALAR_UNITS + (text + 1) * Math.max(1, sought / charactersPerUnit);
  if (name === "split") return searched + text + 2;
  if (name !== "replace") return searched / charactersPerUnit + SCALAR_UNITS + text;
  return searched + (text + 1) * (4 + put / charactersPerUnit);
}

function joinUnits(list: Part, between: Part | undefined): number {
  const text = between === undefined ? 0 : textUnits(between);
  return SCALAR_UNITS + list.items.size * (4 + (list.length.size + text) / charactersPerUnit);
}
