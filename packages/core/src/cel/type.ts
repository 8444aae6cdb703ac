// What is known of a value before the expression runs: CEL's types, with the bounds a schema gives.

/** A string; bounds are those that a schema states, null where it states none. */
export interface StringType {
  readonly kind: "string";
  readonly lengthMax: number | null;
  /** The only values it takes; null when any will do. */
  readonly values: readonly string[] | null;
  /** Text that an outsider words as they like: patterns over it bound nothing. */
  readonly isFreeText: boolean;
}

/** Anything: the checker lets it go everywhere. */
export interface DynType {
  readonly kind: "dyn";
  readonly isFreeText: boolean;
}

export interface ListType {
  readonly kind: "list";
  readonly item: StaticType;
  readonly itemsMax: number | null;
}

/** A map whose keys are not known beforehand; its keys are strings unless the expression made it. */
export interface MapType {
  readonly kind: "map";
  readonly key: StaticType;
  readonly value: StaticType;
  readonly entriesMax: number | null;
}

export interface StaticField {
  readonly type: StaticType;
  /** True when it may be absent: reading it unguarded may be an error. */
  readonly isOptional: boolean;
}

/** A JSON object with known members; `rest` is the type of all others, null when there are none. */
export interface ObjectType {
  readonly kind: "object";
  readonly fields: ReadonlyMap<string, StaticField>;
  readonly rest: StaticType | null;
}

/** One of several types; it never nests and never holds `dyn`. */
export interface UnionType {
  readonly kind: "union";
  readonly of: readonly StaticType[];
}

export interface PlainType {
  readonly kind:
    | "null"
    | "bool"
    | "int"
    | "uint"
    | "double"
    | "bytes"
    | "timestamp"
    | "duration"
    | "type";
}

export type StaticType =
  | PlainType
  | StringType
  | DynType
  | ListType
  | MapType
  | ObjectType
  | UnionType;

export const dynType: DynType = { kind: "dyn", isFreeText: false };
/** What comes from outside and has no schema. */
export const freeDynType: DynType = { kind: "dyn", isFreeText: true };
export const nullType: PlainType = { kind: "null" };
export const boolType: PlainType = { kind: "bool" };
export const intType: PlainType = { kind: "int" };
export const uintType: PlainType = { kind: "uint" };
export const doubleType: PlainType = { kind: "double" };
export const bytesType: PlainType = { kind: "bytes" };
export const timestampType: PlainType = { kind: "timestamp" };
export const durationType: PlainType = { kind: "duration" };
export const stringType: StringType = {
  kind: "string",
  lengthMax: null,
  values: null,
  isFreeText: false,
};
export const freeTextType: StringType = { ...stringType, isFreeText: true };

export function listOf(item: StaticType, itemsMax: number | null = null): ListType {
  return { kind: "list", item, itemsMax };
}

export function mapOf(
  value: StaticType,
  key: StaticType = stringType,
  entriesMax: number | null = null,
): MapType {
  return { kind: "map", key, value, entriesMax };
}

/** Members by name; a name that ends in `?` is one that may be absent. */
export function objectOf(
  members: Readonly<Record<string, StaticType>>,
  rest: StaticType | null = null,
): ObjectType {
  const fields = new Map<string, StaticField>();
  for (const [name, type] of Object.entries(members)) {
    const isOptional = name.endsWith("?");
    fields.set(isOptional ? name.slice(0, -1) : name, { type, isOptional });
  }
  return { kind: "object", fields, rest };
}

/** The types that a value of this type may have, one by one. */
export function membersOf(type: StaticType): readonly StaticType[] {
  return type.kind === "union" ? type.of : [type];
}

/** A value that has one of these types; `dyn` swallows the others, lists and maps fall together. */
export function unionOf(types: readonly StaticType[]): StaticType {
  const members = types.flatMap(membersOf);
  const anything = members.filter((member) => member.kind === "dyn");
  if (anything.length > 0) {
    return anything.some((member) => member.isFreeText) ? freeDynType : dynType;
  }
  const joined: StaticType[] = [];
  for (const member of members) {
    const index = joined.findIndex((other) => other.kind === member.kind);
    const same = joined[index];
    if (same === undefined) joined.push(member);
    else joined[index] = joinSameKind(same, member);
  }
  const [only] = joined;
  if (only === undefined) return dynType;
  return joined.length === 1 ? only : { kind: "union", of: joined };
}

function joinSameKind(a: StaticType, b: StaticType): StaticType {
  if (a === b) return a;
  if (a.kind === "string" && b.kind === "string") {
    return {
      kind: "string",
      lengthMax: larger(a.lengthMax, b.lengthMax),
      values: a.values && b.values && [...new Set([...a.values, ...b.values])],
      isFreeText: a.isFreeText || b.isFreeText,
    };
  }
  if (a.kind === "list" && b.kind === "list") {
    return listOf(unionOf([a.item, b.item]), larger(a.itemsMax, b.itemsMax));
  }
  if (a.kind === "map" && b.kind === "map") {
    const entriesMax = larger(a.entriesMax, b.entriesMax);
    return mapOf(unionOf([a.value, b.value]), unionOf([a.key, b.key]), entriesMax);
  }
  return a.kind === "object" && b.kind === "object" ? joinObjects(a, b) : a;
}

/** A member that one of the two does not have may be absent. */
function joinObjects(a: ObjectType, b: ObjectType): ObjectType {
  const fields = new Map<string, StaticField>();
  for (const name of new Set([...a.fields.keys(), ...b.fields.keys()])) {
    const left = a.fields.get(name);
    const right = b.fields.get(name);
    const types = [left?.type ?? a.rest, right?.type ?? b.rest].filter((type) => type !== null);
    const isOptional = (left?.isOptional ?? true) || (right?.isOptional ?? true);
    fields.set(name, { type: unionOf(types), isOptional });
  }
  const rests = [a.rest, b.rest].filter((type) => type !== null);
  return { kind: "object", fields, rest: rests.length === 0 ? null : unionOf(rests) };
}

/** Most items or entries; null when nothing bounds them. */
export function sizeMaxOf(range: StaticType): number | null {
  if (range.kind === "list") return range.itemsMax;
  if (range.kind === "map") return range.entriesMax;
  return range.kind === "object" && range.rest === null ? range.fields.size : null;
}

function larger(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

/** The type in one or a few words, for a message. */
export function nameOfType(type: StaticType): string {
  if (type.kind === "object") return "map";
  if (type.kind === "dyn") return "dynamic value";
  if (type.kind === "union") {
    return [...new Set(type.of.map(nameOfType))].join(" or ");
  }
  return type.kind;
}

/** The same with its article. */
export function aTypeOf(type: StaticType): string {
  const name = nameOfType(type);
  if (name === "null") return name;
  return name.startsWith("int") ? `an ${name}` : `a ${name}`;
}

/** True when the text an outsider chose can be in the value itself. */
export function isFreeText(type: StaticType): boolean {
  return membersOf(type).some(
    (member) => (member.kind === "string" || member.kind === "dyn") && member.isFreeText,
  );
}
