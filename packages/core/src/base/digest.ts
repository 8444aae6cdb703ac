// Digests of canonical JSON, kept apart by kind so that none can stand in for another.

import { sha256, sha256Hex } from "#sha256";
import { bytesToHex } from "@noble/hashes/utils.js";
import { assert } from "./assert.ts";
import { canonicalJson } from "./json/canonical.ts";
import type { Json } from "./json/value.ts";
import { encodeUtf8 } from "./utf8.ts";

export type Digest = `sha256:${string}`;

export type DigestKind =
  | "job"
  | "presented"
  | "policy"
  | "tools"
  | "people"
  | "leaf"
  | "payload"
  | "request";

// SPEC: "sha256:" and the hex SHA-256 of "holdpoint/<kind>/v1", a zero byte and the RFC 8785 bytes.
export function digestOf(kind: DigestKind, value: Json): Digest {
  return digestOfText(kind, canonicalJson(value));
}

// `canonical` is the output of canonicalJson, which holds no lone surrogate for UTF-8 to blur.
export function digestOfText(kind: DigestKind, canonical: string): Digest {
  return `sha256:${sha256Hex(`holdpoint/${kind}/v1\0${canonical}`)}`;
}

// SECURITY: the salt keeps a short payload from being guessed from its digest, and erasing the
// payload with its salt leaves a digest that says nothing. A salt is random and used once.
export function saltedCommitment(salt: Uint8Array, canonical: string): Digest {
  assert(salt.length === SALT_BYTES, "A commitment salt has 32 bytes.");
  const text = encodeUtf8(canonical);
  const bytes = new Uint8Array(PAYLOAD_PREFIX.length + SALT_BYTES + text.length);
  bytes.set(PAYLOAD_PREFIX);
  bytes.set(salt, PAYLOAD_PREFIX.length);
  bytes.set(text, PAYLOAD_PREFIX.length + SALT_BYTES);
  return `sha256:${bytesToHex(sha256(bytes))}`;
}

const SALT_BYTES = 32;
const PAYLOAD_PREFIX = encodeUtf8("holdpoint/payload/v1\0");
