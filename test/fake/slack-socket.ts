// The socket of Socket Mode: a WebSocket server of its own, as far as RFC 6455 is needed for envelopes.

import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export interface Acknowledged {
  readonly envelope_id: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

export class SocketModeFake {
  readonly #bell = new EventEmitter();
  readonly #acks: Acknowledged[] = [];
  #socket: Duplex | null = null;
  /** Connections that were opened so far. */
  opened = 0;

  accept(request: IncomingMessage, socket: Duplex): void {
    const key = String(request.headers["sec-websocket-key"]);
    const accept = createHash("sha1").update(`${key}${magic}`).digest("base64");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on("error", () => undefined);
    this.#socket = socket;
    this.opened += 1;
    let rest: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      rest = this.#read(Buffer.concat([rest, chunk]), socket);
    });
    this.#send({ type: "hello", num_connections: 1 });
    this.#bell.emit("opened");
  }

  /** Resolves once so many connections were opened. */
  async connected(count: number): Promise<void> {
    while (this.opened < count) await once(this.#bell, "opened");
  }

  /** Sends an envelope, and resolves with how it was acknowledged. */
  async deliver(type: string, payload: object, id: string): Promise<Acknowledged> {
    this.#send({ type, envelope_id: id, payload, accepts_response_payload: true });
    for (;;) {
      const found = this.#acks.find((one) => one.envelope_id === id);
      if (found !== undefined) return found;
      await once(this.#bell, "ack");
    }
  }

  /** Breaks the connection, as a proxy would. */
  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #send(message: object): void {
    const body = Buffer.from(JSON.stringify(message));
    const head =
      body.length < 126
        ? Buffer.from([0x81, body.length])
        : Buffer.from([0x81, 126, body.length >> 8, body.length & 255]);
    this.#socket?.write(Buffer.concat([head, body]));
  }

  /** Takes whole frames off the front; clients mask theirs. */
  #read(bytes: Buffer, socket: Duplex): Buffer {
    let rest = bytes;
    for (;;) {
      const frame = frameOf(rest);
      if (frame === null) return rest;
      rest = rest.subarray(frame.length);
      if (frame.opcode === 9)
        socket.write(Buffer.concat([Buffer.from([0x8a, frame.body.length]), frame.body]));
      if (frame.opcode === 8) {
        socket.end(Buffer.from([0x88, 0]));
        return rest;
      }
      if (frame.opcode === 1) {
        this.#acks.push(JSON.parse(frame.body.toString("utf8")) as Acknowledged);
        this.#bell.emit("ack");
      }
    }
  }
}

interface Frame {
  readonly opcode: number;
  readonly body: Buffer;
  readonly length: number;
}

function frameOf(bytes: Buffer): Frame | null {
  const short = (bytes[1] ?? 0) & 127;
  const headLength = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < headLength + 4) return null;
  const size =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  const length = headLength + 4 + size;
  if (bytes.length < length) return null;
  const mask = bytes.subarray(headLength, headLength + 4);
  const body = Buffer.from(bytes.subarray(headLength + 4, length));
  for (let at = 0; at < body.length; at += 1) body[at] = (body[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return { opcode: (bytes[0] ?? 0) & 15, body, length };
}
