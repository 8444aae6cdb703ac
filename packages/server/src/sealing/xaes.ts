// XAES-256-GCM: AES-256-GCM under a key of its own for each message, so that random nonces never run out.

import { createCipheriv, createDecipheriv } from "node:crypto";

export const keyBytes = 32;
export const nonceBytes = 24;
export const tagBytes = 16;

const blockBytes = 16;
const halfBytes = 12;

/** A master key and its subkey of CMAC, which is the same for every message. */
export interface MasterKey {
  readonly key: Buffer;
  readonly mask: Buffer;
}

// SPEC: C2SP XAES-256-GCM: the first half of the nonce derives the key (SP 800-108r1 with CMAC), the second
// half is the nonce of AES-256-GCM.
export function masterKeyOf(key: Buffer): MasterKey {
  const mask = encryptBlock(key, Buffer.alloc(blockBytes));
  let carry = 0;
  for (let at = blockBytes - 1; at >= 0; at -= 1) {
    const byte = mask[at] ?? 0;
    mask[at] = ((byte << 1) & 0xff) | carry;
    carry = byte >> 7;
  }
  mask[blockBytes - 1] = (mask[blockBytes - 1] ?? 0) ^ (carry * 0x87);
  return { key, mask };
}

/** Ciphertext and tag. */
export function encrypt(
  master: MasterKey,
  nonce: Uint8Array,
  message: { readonly plain: Uint8Array; readonly beside: Uint8Array },
): Buffer {
  const cipher = createCipheriv(
    "aes-256-gcm",
    derivedKey(master, nonce),
    nonce.subarray(halfBytes),
  );
  cipher.setAAD(message.beside);
  const parts = [cipher.update(message.plain), cipher.final()];
  return Buffer.concat([...parts, cipher.getAuthTag()]);
}

/** Throws when the key, the bytes or what stands beside them are others. */
export function decrypt(
  master: MasterKey,
  nonce: Uint8Array,
  message: { readonly sealed: Uint8Array; readonly beside: Uint8Array },
): Buffer {
  const end = message.sealed.length - tagBytes;
  const decipher = createDecipheriv(
    "aes-256-gcm",
    derivedKey(master, nonce),
    nonce.subarray(halfBytes),
    { authTagLength: tagBytes },
  );
  decipher.setAAD(message.beside);
  decipher.setAuthTag(message.sealed.subarray(end));
  return Buffer.concat([decipher.update(message.sealed.subarray(0, end)), decipher.final()]);
}

function derivedKey({ key, mask }: MasterKey, nonce: Uint8Array): Buffer {
  const blocks = [1, 2].map((counter) => {
    const block = Buffer.concat([Uint8Array.of(0, counter, 0x58, 0), nonce.subarray(0, halfBytes)]);
    for (let at = 0; at < blockBytes; at += 1) block[at] = (block[at] ?? 0) ^ (mask[at] ?? 0);
    return encryptBlock(key, block);
  });
  return Buffer.concat(blocks);
}

function encryptBlock(key: Buffer, block: Buffer): Buffer {
  const cipher = createCipheriv("aes-256-ecb", key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}
