// Bytes as base64 and back, where there may be no Node.

/** Bytes that one call of `String.fromCharCode` takes without trouble. */
const CHUNK_BYTES = 0x2000;

const hasBuffer = typeof Buffer === "function";

export function base64Of(bytes: Uint8Array): string {
  // A thousand times as fast, which for a large state is a second.
  if (hasBuffer)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    parts.push(String.fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES)));
  }
  return btoa(parts.join(""));
}

/** @throws DOMException for anything that is not base64 */
export function bytesOfBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
  return bytes;
}
