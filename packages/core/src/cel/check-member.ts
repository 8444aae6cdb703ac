// Types of what is read from maps and lists: fields, items, and `has`.

import type { Expr, IndexExpr, SelectExpr } from "./ast.ts";
import type { Checking, Place } from "./check-context.ts";
import { shortTextOf } from "./expr-text.ts";
import { nearest } from "../base/nearest.ts";
import {
  aTypeOf,
  boolType,
  dynType,
  isFreeText,
  membersOf,
  type ObjectType,
  type StaticType,
  unionOf,
} from "./type.ts";

export function typeOfSelect(checking: Checking, expr: SelectExpr): StaticType {
  const operand = checking.typeOf(expr.operand);
  const place = { at: expr.fieldAt, end: expr.fieldAt + expr.field.length };
  const type = typeOfField(checking, { operand: expr.operand, type: operand }, expr.field, place);
  return expr.isTest ? boolType : type;
}

interface Operand {
  readonly operand: Expr;
  readonly type: StaticType;
}

/** The type of a member by name; reports a name that cannot be there. */
export function typeOfField(
  checking: Checking,
  from: Operand,
  field: string,
  place: Place,
): StaticType {
  const members = membersOf(from.type);
  const found = members.map((member) => fieldOf(member, field)).filter((type) => type !== null);
  if (found.length > 0) {
    noteLikelyMisspelling(checking, members, field, place);
    return unionOf(found);
  }
  const objects = members.filter((member) => member.kind === "object");
  const owner = shortTextOf(from.operand);
  if (objects.length > 0) {
    checking.report(place, {
      code: "unknown_field",
      message: `no field \`${field}\` in \`${owner}\``,
      help: helpForField(objects, field),
    });
  } else {
    checking.report(place, {
      code: "type_mismatch",
      message: `\`${owner}\` is ${aTypeOf(from.type)}, it has no field \`${field}\``,
      help: field === "size" || field === "length" ? `write \`size(${owner})\`` : null,
    });
  }
  return dynType;
}

function fieldOf(type: StaticType, field: string): StaticType | null {
  if (type.kind === "dyn") return type;
  if (type.kind === "object") return type.fields.get(field)?.type ?? type.rest;
  const isStringMap = type.kind === "map" && membersOf(type.key).some(isStringLike);
  return isStringMap ? type.value : null;
}

function isStringLike(type: StaticType): boolean {
  return type.kind === "string" || type.kind === "dyn";
}

function helpForField(objects: readonly ObjectType[], field: string): string | null {
  const names = objects.flatMap((object) => [...object.fields.keys()]);
  const near = nearest(field, names);
  if (near !== null) return `did you mean \`${near}\`?`;
  return names.length === 0 ? "it has no fields" : `its fields: ${names.slice(0, 20).join(", ")}`;
}

/** An open object takes any name; one that is nearly a declared name is worth a word. */
function noteLikelyMisspelling(
  checking: Checking,
  members: readonly StaticType[],
  field: string,
  place: Place,
): void {
  const [object] = members;
  if (members.length !== 1 || object?.kind !== "object" || object.fields.has(field)) return;
  const near = nearest(field, object.fields.keys());
  if (near === null) return;
  checking.report(place, {
    severity: "warning",
    code: "unknown_field",
    message: `the schema does not declare \`${field}\``,
    help: `did you mean \`${near}\`?`,
  });
}

export function typeOfIndex(checking: Checking, expr: IndexExpr): StaticType {
  const operand = checking.typeOf(expr.operand);
  const index = checking.typeOf(expr.index);
  const constant = expr.index.kind === "constant" ? expr.index.constant : null;
  if (constant?.type === "string" && membersOf(operand).some((one) => one.kind !== "list")) {
    const from = { operand: expr.operand, type: operand };
    return typeOfField(checking, from, constant.value, expr.index);
  }
  const found = membersOf(operand)
    .map((member) => itemAt(member, index))
    .filter((type) => type !== null);
  if (found.length > 0) return unionOf(found);
  const owner = shortTextOf(expr.operand);
  const isIndexed = membersOf(operand).some((one) => indexKinds.has(one.kind));
  checking.report(isIndexed ? expr.index : expr, {
    code: "type_mismatch",
    message: isIndexed
      ? `\`${owner}\` is ${aTypeOf(operand)}, ${aTypeOf(index)} finds nothing in it`
      : `\`${owner}\` is ${aTypeOf(operand)}, it cannot be indexed`,
    help: operand.kind === "list" ? "items are counted from 0" : null,
  });
  return dynType;
}

const indexKinds = new Set<StaticType["kind"]>(["list", "map", "object", "dyn"]);

function itemAt(type: StaticType, index: StaticType): StaticType | null {
  if (type.kind === "dyn") return type;
  const has = (...kinds: StaticType["kind"][]): boolean =>
    membersOf(index).some((member) => member.kind === "dyn" || kinds.includes(member.kind));
  if (type.kind === "list") return has("int", "uint", "double") ? type.item : null;
  if (type.kind === "object") {
    if (!has("string")) return null;
    const types = [...type.fields.values()].map((field) => field.type);
    return unionOf(type.rest === null ? types : [...types, type.rest]);
  }
  if (type.kind !== "map") return null;
  return membersOf(type.key).some((key) => isComparable(key, index)) ? type.value : null;
}

const numbers = new Set<StaticType["kind"]>(["int", "uint", "double"]);

/** False when values of the two types are never equal. */
export function isComparable(a: StaticType, b: StaticType): boolean {
  return membersOf(a).some((left) =>
    membersOf(b).some((right) => {
      if (left.kind === "dyn" || right.kind === "dyn" || left.kind === right.kind) return true;
      if (numbers.has(left.kind)) return numbers.has(right.kind);
      const maps = [left.kind, right.kind];
      return maps.includes("map") && maps.includes("object");
    }),
  );
}

/** Text that an outsider worded stays so in what is read from it or made of it. */
export function freeIf(type: StaticType, sources: readonly StaticType[]): StaticType {
  if (!sources.some(isFreeText)) return type;
  if (type.kind === "string" || type.kind === "dyn") return { ...type, isFreeText: true };
  return type.kind === "list" ? { ...type, item: freeIf(type.item, sources) } : type;
}
