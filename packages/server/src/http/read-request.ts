// Reads what a caller sent: strict JSON, schemas, headers; refuses with the place of the fault.

import type { z } from "zod";
import {
  bodyBytesMax,
  idempotencyKeyLengthMax,
  jsonDepthMax,
  jsonNodesMax,
  policyBytesMax,
} from "@holdpoint/core/base/limits";
import { readJson } from "@holdpoint/core/base/json/read";
import type { Json } from "@holdpoint/core/base/json/value";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { ErrorCode } from "@holdpoint/core/error/catalogue";

/** How large a body may be, and what is said of one that is larger. */
export interface BodyBounds {
  readonly bytesMax: number;
  readonly tooLarge: () => HoldpointError;
}

export const usualBounds: BodyBounds = boundsOf(bodyBytesMax);
export const policyBounds: BodyBounds = boundsOf(policyBytesMax);

/** The body as JSON; `{}` when there is none. */
export async function readBody(request: Request, bounds: BodyBounds): Promise<Json> {
  const { bytesMax } = bounds;
  const bytes = await readBytes(request, bounds);
  if (bytes.length === 0) return {};
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new HoldpointError("media_type_unsupported", {
      message: "send the body with `Content-Type: application/json`",
    });
  }
  const read = readJson(bytes, { bytesMax, depthMax: jsonDepthMax, nodesMax: jsonNodesMax });
  if (read.ok) {
    if (mayHoldNull(bytes)) refuseNull(read.value, "");
    return read.value;
  }
  throw new HoldpointError(read.fault.code, {
    message: read.fault.detail,
    path: read.fault.path,
    facts: { offset: read.fault.offset },
  });
}

/** Stops reading at the limit. A declared length is the one that arrives: the HTTP parser sees to it. */
export async function readBytes(
  request: Request,
  { bytesMax, tooLarge }: BodyBounds,
): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > bytesMax) throw tooLarge();
  if (request.headers.has("content-length") || request.body === null) {
    return new Uint8Array(await request.arrayBuffer());
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body) {
    length += part.length;
    if (length > bytesMax) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** U+0000 gets into a JSON string by an escape only; without one there is nothing to look for. */
function mayHoldNull(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes("\\u0000");
}

/** No text column of PostgreSQL holds U+0000, and no reviewer can see it. */
function refuseNull(value: Json, path: string): void {
  if (typeof value === "string") {
    if (value.includes("\0")) throw holdsNull(path);
  } else if (Array.isArray(value)) {
    value.forEach((item, at) => refuseNull(item, `${path}/${at}`));
  } else if (value !== null && typeof value === "object") {
    for (const [name, member] of Object.entries(value)) {
      if (name.includes("\0")) throw holdsNull(path);
      refuseNull(member, `${path}/${pointerPart(name)}`);
    }
  }
}

function holdsNull(path: string): HoldpointError {
  return new HoldpointError("json_null_character", {
    message: "a string holds the character U+0000; send binary parts by digest and address",
    path,
  });
}

/** The parts of an address, decoded; U+0000 is in none. */
export function refuseNullIn(parts: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(parts)) {
    if (!value.includes("\0")) continue;
    throw new HoldpointError("query_invalid", {
      message: `\`${name}\` holds the character U+0000`,
      path: `/${pointerPart(name)}`,
    });
  }
}

function pointerPart(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function boundsOf(bytesMax: number): BodyBounds {
  const message = `a body holds at most ${bytesMax} bytes`;
  return { bytesMax, tooLarge: () => new HoldpointError("json_too_large", { message }) };
}

/** Parses by a schema; the first fault is named by its JSON Pointer. */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, code: ErrorCode): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = (issue?.path ?? []).map((part) => `/${pointerPart(String(part))}`);
  throw new HoldpointError(code, { message: sentenceOf(issue), path: path.join("") });
}

function sentenceOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return "the input does not have the right form";
  if (issue.code === "unrecognized_keys")
    return `unknown: ${issue.keys.map((key) => `\`${key}\``).join(", ")}`;
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}

/** The Idempotency-Key header; null when there is none. */
export function readIdempotencyKey(request: Request): string | null {
  const key = request.headers.get("idempotency-key");
  if (key === null) return null;
  if (key.length >= 1 && key.length <= idempotencyKeyLengthMax && /^[\x20-\x7e]+$/.test(key))
    return key;
  throw new HoldpointError("header_invalid", {
    message: `Idempotency-Key is 1 to ${idempotencyKeyLengthMax} printable ASCII characters`,
  });
}

/** The revision of If-Match; null when there is none or it is `*`. */
export function readIfMatch(request: Request): number | null {
  const tag = request.headers.get("if-match");
  if (tag === null || tag === "*") return null;
  const revision = /^(?:W\/)?"(\d{1,9})"$/.exec(tag)?.[1];
  if (revision !== undefined) return Number(revision);
  throw new HoldpointError("header_invalid", {
    message: "If-Match is the ETag that the job came with",
  });
}
