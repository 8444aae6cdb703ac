// Types of `==`, `!=` and `in`: they never fail, so what can never be true is said here.

import type { CallExpr } from "./ast.ts";
import type { Argument, Checking } from "./check-context.ts";
import { isComparable, typeOfField } from "./check-member.ts";
import { shortTextOf } from "./expr-text.ts";
import { nearest } from "../base/nearest.ts";
import { aTypeOf, boolType, membersOf, nameOfType, type StaticType, unionOf } from "./type.ts";

export function typeOfEquality(
  checking: Checking,
  expr: CallExpr,
  sides: readonly [Argument, Argument],
): StaticType {
  const [left, right] = sides;
  if (isComparable(left.type, right.type)) {
    noteUnknownValue(checking, left, right);
    noteUnknownValue(checking, right, left);
    return boolType;
  }
  const types = `${aTypeOf(left.type)} and ${aTypeOf(right.type)}`;
  checking.report(expr, {
    code: "type_mismatch",
    message: `${types} are never equal`,
    help: helpForEquality(left, right) ?? helpForEquality(right, left),
  });
  return boolType;
}

function helpForEquality(one: Argument, other: Argument): string | null {
  const text = shortTextOf(other.expr);
  if (one.type.kind === "null") {
    return `what is absent is not null: write \`!has(${text})\` or \`has(${text})\``;
  }
  if (one.type.kind !== "string") return null;
  const literal = one.type.values?.length === 1 ? (one.type.values[0] ?? "") : "";
  if (other.type.kind === "list") return `write \`${shortTextOf(one.expr)} in ${text}\``;
  if (other.type.kind === "bool" && (literal === "true" || literal === "false")) {
    return `write \`${literal}\` without quotes`;
  }
  return /^-?\d+(\.\d+)?$/.test(literal) ? `write \`${literal}\` without quotes` : null;
}

/** The schema lists the values, and the constant is none of them. */
function noteUnknownValue(checking: Checking, constant: Argument, other: Argument): void {
  if (constant.expr.kind !== "constant" || constant.expr.constant.type !== "string") return;
  if (membersOf(other.type).some((member) => member.kind === "dyn")) return;
  const { value } = constant.expr.constant;
  const strings = membersOf(other.type).filter((member) => member.kind === "string");
  if (strings.length === 0 || strings.some((type) => type.values?.includes(value) ?? true)) return;
  const values = strings.flatMap((type) => type.values ?? []);
  const near = nearest(value, values);
  checking.report(constant.expr, {
    severity: "warning",
    code: "unknown_value",
    message: `\`${shortTextOf(other.expr)}\` is never ${JSON.stringify(value)}`,
    help:
      near === null
        ? `its values: ${values.slice(0, 20).join(", ")}`
        : `did you mean ${JSON.stringify(near)}?`,
  });
}

export function typeOfIn(
  checking: Checking,
  expr: CallExpr,
  sides: readonly [Argument, Argument],
): StaticType {
  const [item, range] = sides;
  const ranges = membersOf(range.type).filter((member) => kinds.has(member.kind));
  if (ranges.length === 0) {
    const [text, into] = [shortTextOf(item.expr), shortTextOf(range.expr)];
    checking.report(range.expr, {
      code: "type_mismatch",
      message: `\`in\` looks into a list or a map, \`${into}\` is ${aTypeOf(range.type)}`,
      help: range.type.kind === "string" ? `write \`${into}.contains(${text})\`` : null,
    });
    return boolType;
  }
  const isConstant = item.expr.kind === "constant" && item.expr.constant.type === "string";
  if (isConstant && ranges.every((type) => type.kind === "object")) {
    const key = item.type.kind === "string" ? (item.type.values?.[0] ?? "") : "";
    typeOfField(checking, { operand: range.expr, type: range.type }, key, item.expr);
    return boolType;
  }
  const inside = unionOf(ranges.map(partOf));
  const isEmpty = ranges.every((type) => type.kind === "list" && type.itemsMax === 0);
  if (!isEmpty && !isComparable(item.type, inside)) {
    const text = shortTextOf(item.expr);
    checking.report(expr, {
      code: "type_mismatch",
      message: `\`${text}\` is ${aTypeOf(item.type)}, what it is looked for in has only ${nameOfType(inside)}`,
    });
    return boolType;
  }
  noteUnknownValue(checking, item, { expr: range.expr, type: inside });
  for (const constant of range.expr.kind === "list" ? range.expr.items : []) {
    noteUnknownValue(checking, { expr: constant, type: inside }, item);
  }
  return boolType;
}

const kinds = new Set<StaticType["kind"]>(["list", "map", "object", "dyn"]);

function partOf(type: StaticType): StaticType {
  if (type.kind === "list") return type.item;
  if (type.kind === "map") return type.key;
  return type.kind === "object" ? { kind: "string", ...anyText } : type;
}

const anyText = { lengthMax: null, values: null, isFreeText: false } as const;
