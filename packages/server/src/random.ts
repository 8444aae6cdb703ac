// Chance from the operating system, fetched in pieces: a call for 16 bytes costs as much as one for 4096.

import { randomFillSync } from "node:crypto";
import type { RandomBytes } from "@holdpoint/core/base/id";

const poolBytes = 4_096;

/** Each byte is given out once; what is given out is a copy. */
export function pooledRandom(): RandomBytes {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  return (count) => {
    if (count > poolBytes) return randomFillSync(new Uint8Array(count));
    if (used + count > poolBytes) {
      randomFillSync(pool);
      used = 0;
    }
    const bytes = new Uint8Array(pool.subarray(used, used + count));
    pool.fill(0, used, used + count);
    used += count;
    return bytes;
  };
}
