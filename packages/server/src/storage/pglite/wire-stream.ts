// The socket that pg believes it has: bytes go to the worker thread and come back from there.

import { Duplex } from "node:stream";

export interface WireEnd {
  send(bytes: readonly Uint8Array[]): void;
  hangup(): void;
}

export class WireStream extends Duplex {
  readonly #end: WireEnd;
  #hungUp = false;

  constructor(end: WireEnd) {
    super({ decodeStrings: true });
    this.#end = end;
  }

  connect(): void {
    process.nextTick(() => this.emit("connect"));
  }

  // What pg asks of a socket and a thread has no use for.
  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#end.send([chunk]);
    done();
  }

  /** pg corks the messages of one query: they become one message to the worker. */
  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#end.send(chunks.map(({ chunk }) => chunk));
    done();
  }

  override _read(): void {}

  override _final(done: () => void): void {
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#hungUp) this.#end.hangup();
    this.#hungUp = true;
    done(error);
  }
}
