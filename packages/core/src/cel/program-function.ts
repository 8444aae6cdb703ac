// Compiles calls of functions and methods; patterns, networks and zones are read here, not in each run.

import { isZone } from "../base/zone.ts";
import { inNetwork } from "./builtin-net.ts";
import { zoned } from "./builtin-time.ts";
import { parseNetwork } from "./address.ts";
import { type Builtin, type Code, type Compiling, constantCode, placeOf, unfit } from "./code.ts";
import { compilePattern, subjectLengthMax } from "./regex.ts";
import { CelError, type CelPlace } from "./value.ts";
import type { CallExpr, Expr } from "./ast.ts";

/** A call with the name under which the function stands in the tables, and its receiver as an operand. */
interface Call {
  readonly name: string;
  readonly operands: readonly Expr[];
  readonly place: CelPlace;
  /** Where the name stands. */
  readonly namePlace: CelPlace;
}

type CompileSpecial = (call: Call, compiling: Compiling) => Code;

/** Functions with an operand that has to be a literal. */
const specials: ReadonlyMap<string, CompileSpecial> = new Map([
  ["matches", compileMatches],
  [".matches", compileMatches],
  ["inCidr", compileInCidr],
]);

const namespaces: ReadonlySet<string> = new Set(["math"]);

export function compileFunction(expr: CallExpr, compiling: Compiling): Code {
  const call = callOf(expr, compiling);
  const special = specials.get(call.name);
  if (special !== undefined) {
    return call.operands.length === 2 ? special(call, compiling) : wrongCount(call, compiling);
  }
  const builtin = compiling.functions.get(call.name);
  if (builtin === undefined) return unknown(call, compiling);
  const [first, second] = call.operands;
  const { one, two, many, counts } = builtin;
  const count = call.operands.length;
  if (first !== undefined && count === 1 && one !== undefined) {
    return withOne(call, { one, first }, compiling);
  }
  if (first !== undefined && second !== undefined && count === 2 && two !== undefined) {
    const literal = textOf(second);
    if (call.name.startsWith(".get") && literal !== null) {
      return compileZoned(call, { first, zone: literal }, compiling);
    }
    return withTwo(call, { two, first, second }, compiling);
  }
  const isFit = many !== undefined && count > 0 && (counts === undefined || counts.includes(count));
  return isFit ? withMany(call, many, compiling) : wrongCount(call, compiling);
}

function callOf(expr: CallExpr, { roots, variables }: Compiling): Call {
  const place = placeOf(expr);
  const namePlace = { at: expr.nameAt, end: expr.nameAt + expr.name.length };
  const { target, args, name } = expr;
  if (target === null) return { name, operands: args, place, namePlace };
  const isNamespace =
    target.kind === "ident" &&
    namespaces.has(target.name) &&
    !roots.has(target.name) &&
    !variables.has(target.name);
  if (isNamespace) return { name: `${target.name}.${name}`, operands: args, place, namePlace };
  return { name: `.${name}`, operands: [target, ...args], place, namePlace };
}

function withOne(
  { place }: Call,
  { one, first }: Required<Pick<Builtin, "one">> & { readonly first: Expr },
  compiling: Compiling,
): Code {
  const code = compiling.compile(first);
  return (scope, meter) => {
    meter.charge(1);
    return one(code(scope, meter), meter, place);
  };
}

function withTwo(
  { place }: Call,
  parts: Required<Pick<Builtin, "two">> & { readonly first: Expr; readonly second: Expr },
  compiling: Compiling,
): Code {
  const { two } = parts;
  const first = compiling.compile(parts.first);
  const second = compiling.compile(parts.second);
  return (scope, meter) => {
    meter.charge(1);
    return two(first(scope, meter), second(scope, meter), meter, place);
  };
}

function withMany(
  { operands, place }: Call,
  many: Required<Builtin>["many"],
  compiling: Compiling,
): Code {
  const codes = operands.map((operand) => compiling.compile(operand));
  return (scope, meter) => {
    meter.charge(1 + codes.length);
    return many(
      codes.map((code) => code(scope, meter)),
      meter,
      place,
    );
  };
}

/** SECURITY: only literal patterns, so that nobody else chooses what the engine has to do. */
function compileMatches({ operands, place }: Call, compiling: Compiling): Code {
  const [subject, source] = operands;
  if (subject === undefined || source === undefined) return constantCode(null);
  const text = textOf(source);
  if (text === null) {
    const message = "the pattern of `matches` has to be a string literal";
    return compiling.refuse({
      code: "pattern_not_literal",
      message,
      ...placeOf(source),
      help: null,
    });
  }
  const compiled = compilePattern(text);
  if (!compiled.ok) {
    const { message } = compiled;
    return compiling.refuse({ code: "pattern_invalid", message, ...placeOf(source), help: null });
  }
  const { pattern } = compiled;
  const code = compiling.compile(subject);
  const tooLong = `\`matches\` looks at no more than ${subjectLengthMax} characters`;
  return (scope, meter) => {
    meter.charge(1);
    const value = code(scope, meter);
    if (typeof value !== "string") return unfit(place, value);
    return value.length > subjectLengthMax
      ? new CelError("text_too_long", tooLong, place)
      : pattern.isIn(value, meter);
  };
}

function compileInCidr({ operands, place }: Call, compiling: Compiling): Code {
  const [address, literal] = operands;
  if (address === undefined || literal === undefined) return constantCode(null);
  const network = parseNetwork(textOf(literal) ?? "");
  if (network === undefined) {
    const message = 'the network of `inCidr` has to be a literal such as "10.0.0.0/8"';
    return compiling.refuse({ code: "network_invalid", message, ...placeOf(literal), help: null });
  }
  const code = compiling.compile(address);
  return (scope, meter) => inNetwork(code(scope, meter), network, { meter, place });
}

function compileZoned(
  call: Call,
  { first, zone }: { readonly first: Expr; readonly zone: string },
  compiling: Compiling,
): Code {
  const { place } = call;
  if (!isZone(zone)) {
    const message = `there is no time zone \`${zone}\``;
    const literal = call.operands[1] ?? first;
    return compiling.refuse({ code: "unknown_zone", message, ...placeOf(literal), help: null });
  }
  const part = zoned(call.name);
  const code = compiling.compile(first);
  return (scope, meter) => part(code(scope, meter), zone, meter, place);
}

function textOf(expr: Expr): string | null {
  return expr.kind === "constant" && expr.constant.type === "string" ? expr.constant.value : null;
}

function unknown(call: Call, compiling: Compiling): Code {
  const plain = call.name.replace(/^\./, "");
  const other = call.name.startsWith(".") ? plain : `.${plain}`;
  const exists = compiling.functions.has(other) || specials.has(other);
  const help = other.startsWith(".")
    ? `write it after a dot: \`x.${plain}(…)\``
    : `write \`${plain}(x)\``;
  const message = `there is no function \`${plain}\``;
  const fault = { code: "unknown_function", message, ...call.namePlace };
  return compiling.refuse({ ...fault, help: exists ? help : null });
}

function wrongCount(call: Call, compiling: Compiling): Code {
  const plain = call.name.replace(/^\./, "");
  const message = `\`${plain}\` does not take ${call.operands.length} operands`;
  return compiling.refuse({ code: "wrong_arguments", message, ...call.place, help: null });
}
