// SHA-256 in lower-case hexadecimal, by whatever the platform hashes fastest with.

/** @throws DOMException, TypeError in a page without a secure context */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  // Many times faster than the way that browsers have, for the small things that most are.
  const crypto =
    typeof process === "undefined" ? undefined : process.getBuiltinModule?.("node:crypto");
  if (crypto !== undefined) return crypto.createHash("sha256").update(bytes).digest("hex");
  // The view may be over shared memory, which the platform does not hash.
  const own = bytes as Uint8Array<ArrayBuffer>;
  const hash = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", own));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
