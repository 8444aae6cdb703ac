// What the two sides of the worker say to each other, and the little of PostgreSQL's wire they read.

export interface WorkerStart {
  readonly dataDir: string;
  readonly sharedBuffersMb: number;
  /** One 64-bit counter of confirmed fsync calls, shared with the main thread. */
  readonly syncCounter: SharedArrayBuffer;
  readonly diskModule?: string | undefined;
}

/**
 * INVARIANT: an epoch is one client's life. pg drops a client after an error while its last
 * answer is still under way, and that answer must not reach the client that follows.
 */
export type ToWorker =
  | { kind: "wire"; epoch: number; bytes: Uint8Array }
  | { kind: "hangup"; epoch: number }
  | { kind: "close" };

export type FromWorker =
  | { kind: "ready" }
  | { kind: "wire"; epoch: number; bytes: Uint8Array }
  | { kind: "notification"; channel: string; payload: string }
  | { kind: "fault"; message: string }
  | { kind: "closed" };

export interface Notification {
  readonly channel: string;
  readonly payload: string;
}

const notificationType = 0x41;
const headerBytes = 5;

/** Puts pieces into one array of its own, so that its buffer can change threads without a copy. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.length;
  }
  return whole;
}

/** A simple query, as a client would send it. */
export function queryMessage(sql: string): Uint8Array {
  const text = Buffer.from(`${sql}\0`, "utf8");
  const message = Buffer.alloc(headerBytes + text.length);
  message.write("Q", 0, "latin1");
  message.writeInt32BE(4 + text.length, 1);
  text.copy(message, headerBytes);
  return message;
}

export const syncMessage: Uint8Array = Uint8Array.of(0x53, 0, 0, 0, 4);

/** The NotificationResponse messages in a run of whole backend messages. */
export function notificationsIn(bytes: Uint8Array): Notification[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Notification[] = [];
  let offset = 0;
  while (offset + headerBytes <= view.length) {
    const end = offset + 1 + view.readInt32BE(offset + 1);
    if (view[offset] === notificationType) {
      const channelStart = offset + headerBytes + 4;
      const channelEnd = view.indexOf(0, channelStart);
      const payloadEnd = view.indexOf(0, channelEnd + 1);
      found.push({
        channel: view.toString("utf8", channelStart, channelEnd),
        payload: view.toString("utf8", channelEnd + 1, payloadEnd),
      });
    }
    offset = end;
  }
  return found;
}
