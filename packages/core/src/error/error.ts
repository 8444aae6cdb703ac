// The one error class, and how to recognise it across copies of this package.

import type { Detail, Refusal } from "../base/result.ts";
import { catalogue, type CatalogueEntry, type ErrorCode } from "./catalogue.ts";

export class HoldpointError extends Error {
  override readonly name: string = "HoldpointError";
  readonly code: ErrorCode;
  readonly detail: Detail;

  constructor(code: ErrorCode, detail: Detail, options?: { cause?: unknown }) {
    super(`${code}: ${detail.message}`, options);
    this.code = code;
    this.detail = detail;
  }
}

/** Recognises the error by name and code: two copies of a package are common. */
export function isHoldpointError(error: unknown): error is HoldpointError {
  return (
    error instanceof Error &&
    error.name === "HoldpointError" &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code in catalogue
  );
}

export function entryOf(code: ErrorCode): CatalogueEntry {
  return catalogue[code];
}

/** Turns a refusal into the error that a door throws. */
export function errorOf(refusal: Refusal): HoldpointError {
  return new HoldpointError(refusal.code, refusal.detail);
}
