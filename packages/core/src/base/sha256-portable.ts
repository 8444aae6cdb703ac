// SHA-256 in plain JavaScript, for browsers; the import "#sha256" selects this file there.

import { sha256 as hash } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { encodeUtf8 } from "./utf8.ts";

export function sha256(bytes: Uint8Array): Uint8Array {
  return hash(bytes);
}

export function sha256Hex(text: string): string {
  return bytesToHex(hash(encodeUtf8(text)));
}
