// The main thread's side of the embedded database: starts the worker, routes its answers, ends it.

import { Worker } from "node:worker_threads";
import { HoldpointError } from "@holdpoint/core/error/error";
import {
  joined,
  type FromWorker,
  type Notification,
  type ToWorker,
  type WorkerStart,
} from "./messages.ts";
import { WireStream } from "./wire-stream.ts";

export interface LinkOptions {
  readonly start: Omit<WorkerStart, "syncCounter">;
  readonly onFault: (error: Error) => void;
  readonly onNotification: (notification: Notification) => void;
}

const closeMsMax = 60_000;

function unavailable(message: string): HoldpointError {
  return new HoldpointError("storage_unavailable", { message });
}

export class EngineLink {
  readonly #worker: Worker;
  readonly #options: LinkOptions;
  readonly #syncs: BigInt64Array;
  readonly #streams = new Map<number, WireStream>();
  #onReady: (fault?: Error) => void = () => undefined;
  #onClosed: () => void = () => undefined;
  #epochs = 0;
  #ended: Error | undefined;

  private constructor(options: LinkOptions) {
    const syncCounter = new SharedArrayBuffer(8);
    this.#options = options;
    this.#syncs = new BigInt64Array(syncCounter);
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), {
      name: "embedded database",
      workerData: { ...options.start, syncCounter } satisfies WorkerStart,
    });
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) => this.fail(error.message));
    this.#worker.on("exit", () => this.fail("its thread ended"));
  }

  /** Resolves when the engine has recovered its data and takes queries. */
  static async start(options: LinkOptions): Promise<EngineLink> {
    const link = new EngineLink(options);
    await new Promise<void>((resolve, reject) => {
      link.#onReady = (fault) => (fault === undefined ? resolve() : reject(fault));
    });
    return link;
  }

  /** How many fsync calls the operating system has confirmed since the start. */
  syncCount(): number {
    return Number(Atomics.load(this.#syncs, 0));
  }

  /** True from a fault or a close on. */
  isEnded(): boolean {
    return this.#ended !== undefined;
  }

  openStream(): WireStream {
    this.#epochs += 1;
    const epoch = this.#epochs;
    const stream = new WireStream({
      send: (pieces) => {
        const bytes = joined(pieces);
        this.#post({ kind: "wire", epoch, bytes }, [bytes.buffer]);
      },
      hangup: () => {
        this.#streams.delete(epoch);
        this.#post({ kind: "hangup", epoch });
      },
    });
    this.#streams.set(epoch, stream);
    const ended = this.#ended;
    if (ended !== undefined) process.nextTick(() => stream.destroy(ended));
    return stream;
  }

  /** Shuts the engine down in order; past its limit the thread is cut, which loses nothing. */
  async close(): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = unavailable("the embedded database is closed");
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, closeMsMax);
        this.#onClosed = () => {
          clearTimeout(limit);
          resolve();
        };
        this.#worker.postMessage({ kind: "close" } satisfies ToWorker);
      });
    }
    await this.#worker.terminate();
  }

  /** Stops at once: everything open fails, nothing new begins, the owner is told once. */
  fail(reason: string): void {
    this.#onClosed();
    if (this.#ended !== undefined) return;
    const fault = unavailable(`the embedded database stopped; open it again: ${reason}`);
    this.#ended = fault;
    for (const stream of this.#streams.values()) stream.destroy(fault);
    void this.#worker.terminate();
    this.#onReady(fault);
    this.#options.onFault(fault);
  }

  #post(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    if (this.#ended === undefined) this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        this.#onReady();
        return;
      case "wire":
        this.#streams.get(message.epoch)?.push(Buffer.from(message.bytes.buffer));
        return;
      case "notification":
        this.#options.onNotification({ channel: message.channel, payload: message.payload });
        return;
      case "fault":
        this.fail(message.message);
        return;
      case "closed":
        this.#onClosed();
    }
  }
}
