// Types of operators, functions and methods: which overloads fit, and what to write when none does.

import type { CallExpr } from "./ast.ts";
import { type Argument, type Checking, comparisonFor } from "./check-context.ts";
import { typeOfEquality, typeOfIn } from "./check-equality.ts";
import { freeIf } from "./check-member.ts";
import { namesOf, type Signature, signaturesOf } from "./check-signature.ts";
import { shortTextOf } from "./expr-text.ts";
import { nearest } from "../base/nearest.ts";
import {
  aTypeOf,
  boolType,
  dynType,
  isFreeText,
  listOf,
  membersOf,
  nameOfType,
  type StaticType,
  unionOf,
} from "./type.ts";

export function typeOfCall(checking: Checking, expr: CallExpr): StaticType {
  const name = qualifiedName(expr, checking.isNamed);
  const isMethod = expr.target !== null && name === expr.name;
  const parts = isMethod && expr.target !== null ? [expr.target, ...expr.args] : expr.args;
  const args = parts.map((part) => ({ expr: part, type: checking.typeOf(part) }));
  const [first, second, third] = args;
  if (first !== undefined && second !== undefined && expr.target === null) {
    if (name === "&&" || name === "||") return typeOfJunction(checking, name, args);
    if (name === "==" || name === "!=") return typeOfEquality(checking, expr, [first, second]);
    if (name === "in") return typeOfIn(checking, expr, [first, second]);
    if (name === "?:" && third !== undefined) {
      wantCondition(checking, "?:", first);
      return unionOf([second.type, third.type]);
    }
  }
  return typeOfOverload(checking, { expr, name, isMethod, args });
}

/** `math.abs` for a call of `abs` on the namespace `math`; else the name as it stands. */
export function qualifiedName(expr: CallExpr, isNamed: (name: string) => boolean): string {
  const { target } = expr;
  const isNamespace = target?.kind === "ident" && target.name === "math" && !isNamed("math");
  return isNamespace ? `math.${expr.name}` : expr.name;
}

function typeOfJunction(checking: Checking, sign: string, args: readonly Argument[]): StaticType {
  for (const arg of args) wantCondition(checking, sign, arg);
  return boolType;
}

function wantCondition(checking: Checking, sign: string, arg: Argument): void {
  if (membersOf(arg.type).some((member) => member.kind === "bool" || member.kind === "dyn")) return;
  checking.report(arg.expr, {
    code: "type_mismatch",
    message: `\`${sign}\` joins conditions, \`${shortTextOf(arg.expr)}\` is ${aTypeOf(arg.type)}`,
    help: comparisonFor(arg.expr, arg.type),
  });
}

interface Call {
  readonly expr: CallExpr;
  readonly name: string;
  readonly isMethod: boolean;
  readonly args: readonly Argument[];
}

function typeOfOverload(checking: Checking, call: Call): StaticType {
  const named = signaturesOf(call.name);
  const styled = named.filter((one) => one.isMethod === call.isMethod);
  if (styled.length === 0) {
    checking.report(namePlace(call), {
      code: "unknown_function",
      message: unknownMessage(call),
      help: named.length > 0 ? otherStyle(call) : nearName(call),
    });
    return dynType;
  }
  const counted = styled.filter((one) => takesCount(one, call.args.length));
  if (counted.length === 0) {
    reportCount(checking, call, styled);
    return dynType;
  }
  const fitting = counted.filter((one) =>
    call.args.every((arg, index) => accepts(paramAt(one, index), arg.type)),
  );
  if (fitting.length === 0) {
    reportTypes(checking, call, counted);
    return unionOf(counted.map((one) => one.result));
  }
  return resultOf(call, fitting);
}

function resultOf(call: Call, fitting: readonly Signature[]): StaticType {
  const types = call.args.map((arg) => arg.type);
  if (call.name === "+" && fitting.length === 1 && fitting[0]?.result.kind === "list") {
    return joinedList(types);
  }
  if (call.name === "dyn") return types.some(isFreeText) ? freeIf(dynType, types) : dynType;
  const isNumberOut = call.name === "math.greatest" || call.name === "math.least";
  const results = isNumberOut ? types.map(itemsOf) : fitting.map((one) => one.result);
  return cleaning.has(call.name) ? unionOf(results) : freeIf(unionOf(results), types);
}

/** One list stands for its items. */
function itemsOf(type: StaticType): StaticType {
  return unionOf(membersOf(type).map((member) => (member.kind === "list" ? member.item : member)));
}

/** What these answer with has one form only, whatever an outsider wrote. */
const cleaning = new Set(["host", "emailDomain"]);

function joinedList(types: readonly StaticType[]): StaticType {
  const lists = types.flatMap(membersOf).filter((type) => type.kind === "list");
  if (lists.length !== types.length) return listOf(dynType);
  const itemsMax = lists.reduce<number | null>(
    (sum, list) => (sum === null || list.itemsMax === null ? null : sum + list.itemsMax),
    0,
  );
  return listOf(unionOf(lists.map((list) => list.item)), itemsMax);
}

function paramAt(signature: Signature, index: number): StaticType {
  return signature.params[Math.min(index, signature.params.length - 1)] ?? dynType;
}

function takesCount(signature: Signature, count: number): boolean {
  const wanted = signature.params.length;
  return signature.isVariadic ? count >= wanted : count === wanted;
}

/** False when no value of the type can go there. */
export function accepts(param: StaticType, arg: StaticType): boolean {
  if (param.kind === "dyn") return true;
  return membersOf(arg).some(
    (member) =>
      member.kind === "dyn" || membersOf(param).some((wanted) => acceptsKind(wanted, member)),
  );
}

function acceptsKind(param: StaticType, arg: StaticType): boolean {
  if (param.kind === "map") return arg.kind === "map" || arg.kind === "object";
  if (param.kind === "list" && arg.kind === "list") {
    return arg.itemsMax === 0 || accepts(param.item, arg.item);
  }
  return param.kind === arg.kind;
}

function namePlace(call: Call): { at: number; end: number } {
  const { expr } = call;
  const from = call.name === expr.name ? expr.nameAt : expr.at;
  return { at: from, end: expr.nameAt + expr.name.length };
}

function unknownMessage(call: Call): string {
  return call.isMethod
    ? `there is no method \`${call.expr.name}\``
    : `there is no function \`${call.name}\``;
}

function otherStyle(call: Call): string {
  const [first, ...rest] = call.args.map((arg) => shortTextOf(arg.expr));
  if (call.isMethod) return `write \`${call.name}(${[first, ...rest].join(", ")})\``;
  return first === undefined
    ? `it is a method: \`x.${call.name}()\``
    : `write \`${first}.${call.name}(${rest.join(", ")})\``;
}

function nearName(call: Call): string | null {
  const same = namesOf(call.isMethod ? "method" : "function");
  const other = namesOf(call.isMethod ? "function" : "method");
  const near = nearest(call.name, same) ?? nearest(call.name, other);
  return near === null ? (meant.get(call.name) ?? null) : `did you mean \`${near}\`?`;
}

/** What other languages call it. */
const meant: ReadonlyMap<string, string> = new Map([
  ["len", "did you mean `size`?"],
  ["length", "did you mean `size`?"],
  ["count", "did you mean `size`?"],
  ["includes", "did you mean `contains`, or `x in list`?"],
  ["lower", "did you mean `lowerAscii`?"],
  ["toLowerCase", "did you mean `lowerAscii`?"],
  ["upper", "did you mean `upperAscii`?"],
  ["toUpperCase", "did you mean `upperAscii`?"],
  ["some", "did you mean `exists`?"],
  ["any", "did you mean `exists`?"],
  ["every", "did you mean `all`?"],
  ["now", "the time of the decision is `now`, without brackets"],
]);

function reportCount(checking: Checking, call: Call, styled: readonly Signature[]): void {
  const ownArgs = call.isMethod ? 1 : 0;
  const counts = [...new Set(styled.map((one) => one.params.length - ownArgs))];
  const wanted = counts.toSorted((a, b) => a - b).join(" or ");
  const isVariadic = styled.some((one) => one.isVariadic);
  checking.report(call.expr, {
    code: "wrong_arguments",
    message: `\`${call.name}\` takes ${isVariadic ? "at least " : ""}${wanted} argument${
      wanted === "1" ? "" : "s"
    }, not ${call.args.length - ownArgs}`,
  });
}

function reportTypes(checking: Checking, call: Call, counted: readonly Signature[]): void {
  const wrong = call.args.findIndex(
    (arg, index) => !counted.some((one) => accepts(paramAt(one, index), arg.type)),
  );
  const arg = call.args[wrong];
  if (arg === undefined || !/^\w/.test(call.name)) {
    const types = call.args.map((one) => nameOfType(one.type)).join(" and ");
    checking.report(call.expr, {
      code: "type_mismatch",
      message: `\`${call.name}\` does not take ${types}`,
      help: conversionFor(call),
    });
    return;
  }
  const wanted = nameOfType(unionOf(counted.map((one) => paramAt(one, wrong))));
  const text = shortTextOf(arg.expr);
  checking.report(arg.expr, {
    code: "type_mismatch",
    message: `\`${call.name}\` wants a ${wanted} here, \`${text}\` is ${aTypeOf(arg.type)}`,
    help: null,
  });
}

/** How to make the two sides of an operator agree. */
function conversionFor(call: Call): string | null {
  const [left, right] = call.args;
  if (left === undefined || right === undefined) return null;
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const text = shortTextOf(one.expr);
    if (one.type.kind === "int" && other.type.kind === "double") {
      const isLiteral = one.expr.kind === "constant" && one.expr.constant.type === "int";
      return `numbers of JSON are doubles: write \`${isLiteral ? `${text}.0` : `double(${text})`}\``;
    }
    if (one.type.kind === "string" && isNumeric(other.type)) {
      const literal = one.expr.kind === "constant" ? (one.type.values?.[0] ?? "") : "";
      if (/^-?\d+(\.\d+)?$/.test(literal)) return `write \`${literal}\` without quotes`;
      if (call.name === "+") return `write \`string(${shortTextOf(other.expr)})\``;
    }
  }
  if (call.name === "%" && left.type.kind === "double") {
    return `\`%\` takes ints: write \`int(${shortTextOf(left.expr)})\``;
  }
  return null;
}

function isNumeric(type: StaticType): boolean {
  return type.kind === "int" || type.kind === "uint" || type.kind === "double";
}
