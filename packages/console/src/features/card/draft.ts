// The parameters while someone edits them: one text per field, read by the server's own strict reader.

import { readJson } from "@holdpoint/core/base/json/read";
import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import { jsonDepthMax, jsonNodesMax, paramsBytesMax } from "@holdpoint/core/base/limits";
import { isObject } from "./json-change.ts";

export type FieldKind = "text" | "number" | "switch" | "json";

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly text: string;
}

const bounds = { bytesMax: paramsBytesMax, depthMax: jsonDepthMax, nodesMax: jsonNodesMax };

export function fieldsOf(params: Readonly<JsonObject>): readonly Field[] {
  return Object.entries(params).map(([name, value]) => fieldOf(name, value));
}

function fieldOf(name: string, value: Json): Field {
  if (typeof value === "string") return { name, kind: "text", text: value };
  if (typeof value === "number") return { name, kind: "number", text: JSON.stringify(value) };
  if (typeof value === "boolean") return { name, kind: "switch", text: String(value) };
  return { name, kind: "json", text: JSON.stringify(value, null, 2) };
}

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

export function readField(field: Field): Read<Json> {
  if (field.kind === "text") return { ok: true, value: field.text };
  const read = readJson(field.text, bounds);
  if (!read.ok) {
    return { ok: false, why: field.kind === "number" ? "not a number" : read.fault.detail };
  }
  if (field.kind === "number" && typeof read.value !== "number") {
    return { ok: false, why: "not a number" };
  }
  return { ok: true, value: read.value };
}

/** INVARIANT: names come from what was shown, so `__proto__` is a name like any other. */
export function readFields(fields: readonly Field[]): Read<JsonObject> {
  const entries: [string, Json][] = [];
  for (const field of fields) {
    const read = readField(field);
    if (!read.ok) return { ok: false, why: `${field.name}: ${read.why}` };
    entries.push([field.name, read.value]);
  }
  return { ok: true, value: Object.fromEntries(entries) };
}

export function readRaw(text: string): Read<JsonObject> {
  const read = readJson(text, bounds);
  if (!read.ok) {
    const line = text.slice(0, read.fault.offset).split("\n").length;
    const at = read.fault.path === "" ? "" : ` at ${read.fault.path}`;
    return { ok: false, why: `line ${line}${at}: ${read.fault.detail}` };
  }
  if (!isObject(read.value)) return { ok: false, why: "parameters are one JSON object: { … }" };
  return { ok: true, value: read.value as JsonObject };
}
