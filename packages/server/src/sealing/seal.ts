// Seals what agents leave with us: compressed, encrypted, and bound to the row that it stands in.

import { randomFillSync } from "node:crypto";
import { promisify } from "node:util";
import { deflateRaw, deflateRawSync, inflateRaw, inflateRawSync } from "node:zlib";
import { assert } from "@holdpoint/core/base/assert";
import { sealedBytesMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { SealKeys } from "./seal-keys.ts";
import { decrypt, encrypt, nonceBytes, tagBytes } from "./xaes.ts";

export interface Sealer {
  /** Compresses (when it helps) and seals. `context` is authenticated: tenant, kind and names of the row. */
  seal(context: readonly string[], plain: Uint8Array): Promise<Buffer>;
  /** Throws `seal_broken` for other bytes, another key or context; `seal_key_unknown` for a key that is not there. */
  open(context: readonly string[], sealed: Uint8Array): Promise<Uint8Array>;
}

const layoutVersion = 1;
const compressedFlag = 1;
const lengthBytes = 4;
/** Below this nothing is gained by compressing. */
const compressFromBytes = 128;
/** From this on the work leaves the thread that answers requests. */
const asideFromBytes = 32_768;
/** A higher level takes twice the time for a tenth less. */
const options = { level: 3 };
/** From this on a piece is tried before all of it is compressed. */
const tryFromBytes = 262_144;
const worthItBelow = 0.98;
const domain = "holdpoint/seal/v1";

const deflateAside = promisify(deflateRaw);
const inflateAside = promisify(inflateRaw);

/**
 * A sealed record: version, flags, length of the key's name, the name, length of the plain bytes,
 * nonce, ciphertext, tag. Everything before the nonce is authenticated with the context.
 */
export function makeSealer(keys: SealKeys): Sealer {
  return {
    seal: async (context, plain) => {
      assert(plain.length <= sealedBytesMax, "What is sealed was measured before.");
      const packed = await compress(plain);
      const { name, master } = keys.current();
      const head = headOf(name, { bytes: plain.length, isCompressed: packed !== null });
      const nonce = randomFillSync(Buffer.alloc(nonceBytes));
      const beside = besideOf(head, context);
      return Buffer.concat([
        head,
        nonce,
        encrypt(master, nonce, { plain: packed ?? plain, beside }),
      ]);
    },
    open: async (context, sealed) => {
      const { name, bytes, isCompressed, head, nonce, rest } = readHead(sealed);
      const key = keys.find(name);
      if (key === null) {
        throw new HoldpointError("seal_key_unknown", {
          message: `a record was sealed by the key \`${name}\`, which this server does not have`,
        });
      }
      const beside = besideOf(head, context);
      const opened = orBroken(() => decrypt(key.master, nonce, { sealed: rest, beside }));
      const plain = isCompressed ? await inflate(opened, bytes) : opened;
      if (plain.length !== bytes) throw broken();
      return plain;
    },
  };
}

async function compress(plain: Uint8Array): Promise<Buffer | null> {
  if (plain.length < compressFromBytes || !isWorthIt(plain)) return null;
  const packed =
    plain.length < asideFromBytes
      ? deflateRawSync(plain, options)
      : await deflateAside(plain, options);
  return packed.length < plain.length ? packed : null;
}

/** Of much, a piece from the middle says whether it is compressed already: then it costs a second and gives nothing. */
function isWorthIt(plain: Uint8Array): boolean {
  if (plain.length < tryFromBytes) return true;
  const from = Math.floor((plain.length - asideFromBytes) / 2);
  const piece = plain.subarray(from, from + asideFromBytes);
  return deflateRawSync(piece, options).length < piece.length * worthItBelow;
}

/** SECURITY: never gives out more than the record says, whatever the compressed bytes unfold to. */
async function inflate(packed: Uint8Array, bytes: number): Promise<Buffer> {
  const options = { maxOutputLength: Math.max(bytes, 1) };
  try {
    return bytes < asideFromBytes
      ? inflateRawSync(packed, options)
      : await inflateAside(packed, options);
  } catch (error) {
    throw broken(error);
  }
}

function headOf(name: string, facts: { bytes: number; isCompressed: boolean }): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(facts.bytes);
  const flags = facts.isCompressed ? compressedFlag : 0;
  return Buffer.concat([
    Uint8Array.of(layoutVersion, flags, name.length),
    Buffer.from(name),
    length,
  ]);
}

interface Head {
  readonly name: string;
  readonly bytes: number;
  readonly isCompressed: boolean;
  readonly head: Buffer;
  readonly nonce: Buffer;
  /** Ciphertext and tag. */
  readonly rest: Buffer;
}

function readHead(sealed: Uint8Array): Head {
  const all = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length);
  const [version, flags, nameBytes = 0] = all;
  const nameEnd = 3 + nameBytes;
  const headEnd = nameEnd + lengthBytes;
  const nonceEnd = headEnd + nonceBytes;
  const isKnown = version === layoutVersion && (flags === 0 || flags === compressedFlag);
  if (!isKnown || all.length < nonceEnd + tagBytes) throw broken();
  const bytes = all.readUInt32BE(nameEnd);
  const name = all.toString("latin1", 3, nameEnd);
  if (bytes > sealedBytesMax || !/^[a-z0-9_-]{1,32}$/.test(name)) throw broken();
  return {
    name,
    bytes,
    isCompressed: flags === compressedFlag,
    head: all.subarray(0, headEnd),
    nonce: all.subarray(headEnd, nonceEnd),
    rest: all.subarray(nonceEnd),
  };
}

/** INVARIANT: two contexts never give the same bytes: each part stands behind its length. */
function besideOf(head: Buffer, context: readonly string[]): Buffer {
  const parts = [domain, ...context].flatMap((part) => {
    const text = Buffer.from(part);
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32BE(text.length);
    return [length, text];
  });
  return Buffer.concat([head, ...parts]);
}

function orBroken<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw broken(error);
  }
}

function broken(cause?: unknown): HoldpointError {
  return new HoldpointError(
    "seal_broken",
    {
      message:
        "a sealed record does not open: it was changed, moved to another row, or sealed by another key of the same name",
    },
    { cause },
  );
}
