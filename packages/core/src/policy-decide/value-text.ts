// Values as people read them, in reasons and traces: secrets hidden, long ones cut, nothing that misleads.

import { visibleText } from "../action/text.ts";
import { isoOf } from "../base/clock.ts";
import { isSecretKey, maskString, maskText } from "../action/mask.ts";
import {
  CelDuration,
  CelError,
  CelMasked,
  type CelResult,
  CelTimestamp,
  CelUint,
  isCelObject,
  isList,
} from "../cel/value.ts";

/** A value by itself; null when it is none that can be said in a few words. */
export function plainText(value: CelResult): string | null {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      // What goes into templates was masked as a whole, so that a cut leaves no part of a secret.
      return visible(maskString(cutText(value, PLAIN_MAX)));
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    default:
      return objectText(value);
  }
}

function objectText(value: CelResult & object): string | null {
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelTimestamp) {
    return isoOf(value.seconds * 1_000 + Math.floor(value.nanos / 1_000_000));
  }
  return value instanceof CelDuration ? `${value.seconds + value.nanos / 1e9}s` : null;
}

/** The value that stands at a path of the action, as a trace shows it. */
export function shownValue(path: string, value: CelResult): string {
  if (value instanceof CelError) return value.code === "masked_value" ? "hidden" : "missing";
  if (value instanceof CelMasked) return "hidden";
  const isScalar = typeof value === "string" || typeof value === "number";
  if (isScalar && path.split(".").some(isSecretKey)) return maskText;
  if (typeof value === "string" && value.length > PLAIN_MAX) {
    return `a text of ${value.length} characters`;
  }
  if (typeof value === "string") return `"${cutText(visible(maskString(value)), SHOWN_MAX)}"`;
  if (isList(value)) return `a list of ${value.length}`;
  if (isCelObject(value)) return `a map of ${Object.keys(value).length}`;
  return plainText(value) ?? "a value";
}

/** A name that an agent chose, as it stands in a line for people. */
export function shownName(name: string): string {
  return plainName.test(name) ? name : cutText(visible(maskString(name)), PLAIN_MAX);
}

const plainName = /^[\w.*/-]{0,32}$/;

/** SECURITY: agents choose values; none may reorder, hide or break the line that it stands in. */
function visible(text: string): string {
  return visibleText(text).replaceAll(/\s+/g, " ");
}

/** INVARIANT: no half of a surrogate pair is left at the cut. */
export function cutText(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const last = text.charCodeAt(lengthMax - 2);
  const isHigh = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, lengthMax - (isHigh ? 2 : 1))}…`;
}

const SHOWN_MAX = 64;
/** A longer text is not looked through for secrets, and not shown. */
const PLAIN_MAX = 2_048;
