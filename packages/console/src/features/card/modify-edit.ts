// The state of an edit, and how it becomes the body that the server is sent.

import type { ActionView } from "@holdpoint/core/wire/response";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Field, Read } from "./draft.ts";
import { fieldsOf, readField, readFields, readRaw } from "./draft.ts";
import { changesBetween, isObject } from "./json-change.ts";

export interface Edit {
  readonly fields: readonly Field[];
  /** The parameters as JSON text; null while the form is in use. */
  readonly raw: string | null;
  /** Null when the action has no cost, or no target. */
  readonly amount: string | null;
  readonly currency: string;
  readonly resource: string | null;
}

/** What `POST …/modify` takes, beside reason and hash. */
export interface EditBody {
  readonly params: JsonObject;
  readonly cost?: { readonly amount: number; readonly currency: string };
  readonly target?: { readonly environment: string | null; readonly resource: string };
}

export function startEdit(action: ActionView): Edit {
  return {
    fields: fieldsOf(action.params),
    raw: null,
    amount: action.cost === null ? null : JSON.stringify(action.cost.amount),
    currency: action.cost?.currency ?? "",
    resource: action.target.resource,
  };
}

export function toRaw(edit: Edit): Read<Edit> {
  const read = readFields(edit.fields);
  if (!read.ok) return read;
  return { ok: true, value: { ...edit, raw: JSON.stringify(read.value, null, 2) } };
}

export function toFields(edit: Edit): Read<Edit> {
  const read = readRaw(edit.raw ?? "{}");
  if (!read.ok) return read;
  return { ok: true, value: { ...edit, raw: null, fields: fieldsOf(read.value) } };
}

/** Sets the parameters that a remediation of the rule names, and keeps the others. */
export function applyRemediation(edit: Edit, set: Readonly<JsonObject>): Read<Edit> {
  const read = edit.raw === null ? readFields(edit.fields) : readRaw(edit.raw);
  if (!read.ok) return read;
  const named = set["params"];
  const params = isObject(named) ? { ...read.value, ...(named as JsonObject) } : read.value;
  const next = { ...edit, raw: null, fields: fieldsOf(params) };
  return edit.raw === null ? { ok: true, value: next } : toRaw(next);
}

type ReadEdit =
  | { readonly ok: true; readonly value: EditBody; readonly changed: boolean }
  | { readonly ok: false; readonly why: string };

/** Cost and target are sent only when they were changed. */
export function readEdit(edit: Edit, action: ActionView): ReadEdit {
  const params = edit.raw === null ? readFields(edit.fields) : readRaw(edit.raw);
  if (!params.ok) return params;
  let changed = changesBetween(action.params, params.value).length > 0;
  let body: EditBody = { params: params.value };
  if (edit.amount !== null) {
    const amount = readField({ name: "Cost", kind: "number", text: edit.amount.trim() });
    if (!amount.ok || typeof amount.value !== "number" || amount.value < 0) {
      return { ok: false, why: "Cost: not an amount" };
    }
    if (amount.value !== action.cost?.amount) {
      changed = true;
      body = { ...body, cost: { amount: amount.value, currency: edit.currency } };
    }
  }
  if (edit.resource !== null && edit.resource !== action.target.resource) {
    if (edit.resource === "") return { ok: false, why: "Target: must not be empty" };
    changed = true;
    const { environment } = action.target;
    body = { ...body, target: { environment, resource: edit.resource } };
  }
  return { ok: true, value: body, changed };
}
