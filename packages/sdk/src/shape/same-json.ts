// Whether two JSON values are the same, whatever the order of members.

import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import type { Json as CoreJson } from "@holdpoint/core/base/json/value";
import type { Json } from "../action/action.ts";
import { plainJson } from "../action/plain-json.ts";

export function isSameJson(one: Json, other: Json): boolean {
  return textOf(one) === textOf(other);
}

function textOf(value: Json): string {
  return canonicalJson(plainJson(value) as CoreJson);
}
