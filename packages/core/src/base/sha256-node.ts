// SHA-256 by Node's native code; the import "#sha256" selects this file there.

import * as crypto from "node:crypto";

// One call without a result Buffer: its allocation would cost more than the hash itself.
export function sha256(bytes: Uint8Array): Uint8Array {
  const binary = crypto.hash("sha256", bytes, "binary");
  const digest = new Uint8Array(32);
  for (let index = 0; index < 32; index++) digest[index] = binary.charCodeAt(index);
  return digest;
}

export function sha256Hex(text: string): string {
  return crypto.hash("sha256", text, "hex");
}
