// The two shapes of an answer inside the product: a value, or a refusal with its code.

import type { ErrorCode } from "../error/catalogue.ts";

/** What a caller may be told about a refusal; safe to show. */
export interface Detail {
  /** One sentence, lower case, no final stop, with what to do next when there is something. */
  readonly message: string;
  /** JSON Pointer (RFC 6901) into the input, when one place is at fault. */
  readonly path?: string;
  /** Further facts by name, snake_case, safe to show. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface Refusal {
  readonly ok: false;
  readonly code: ErrorCode;
  readonly detail: Detail;
}

export type Result<T> = ({ readonly ok: true } & T) | Refusal;

/** Makes a refusal. */
export function refuse(
  code: ErrorCode,
  message: string,
  more: Omit<Detail, "message"> = {},
): Refusal {
  return { ok: false, code, detail: { message, ...more } };
}
