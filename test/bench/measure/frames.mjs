// Many connections over one socket: each piece of bytes with the number of its connection; an empty one ends it.

const headBytes = 8;

/** @param {number} id @param {Buffer} bytes */
export function frameOf(id, bytes) {
  const frame = Buffer.allocUnsafe(headBytes + bytes.length);
  frame.writeUInt32LE(id, 0);
  frame.writeUInt32LE(bytes.length, 4);
  bytes.copy(frame, headBytes);
  return frame;
}

/** Finds the frames in what a socket brings. */
export class Frames {
  #left = Buffer.alloc(0);
  #onFrame;

  /** @param {(id: number, bytes: Buffer) => void} onFrame */
  constructor(onFrame) {
    this.#onFrame = onFrame;
  }

  /** @param {Buffer} chunk */
  take(chunk) {
    const all = this.#left.length === 0 ? chunk : Buffer.concat([this.#left, chunk]);
    let at = 0;
    while (all.length - at >= headBytes) {
      const end = at + headBytes + all.readUInt32LE(at + 4);
      if (end > all.length) break;
      this.#onFrame(all.readUInt32LE(at), all.subarray(at + headBytes, end));
      at = end;
    }
    this.#left = Buffer.from(all.subarray(at));
  }
}
