// Sends what lies in the spool, file after file and batch after batch, until the server has it.

import type { LocalBatch, LocalBatchAnswer, LocalRecord } from "@holdpoint/core/wire/local";
import { isApiError } from "../client/error.ts";
import { backoffMs, pause } from "../client/pause.ts";
import { call, type Transport } from "../client/transport.ts";
import { endsIn, type Leases, nextPart, type Part } from "./batch.ts";
import type { LocalProblem } from "../client/local-options.ts";
import type { Spool, Waiting } from "./spool.ts";

export interface ShipperParts {
  readonly transport: Transport;
  readonly spool: Spool;
  readonly onProblem: (problem: LocalProblem) => void;
}

/** Records of this span travel together. */
const everyMs = 500;
const beatEveryMs = 15_000;
const sendTimeoutMs = 20_000;
const refusedPauseMs = 30_000;

/** What is known of a file that is being sent. */
interface Reading {
  readonly leases: Leases;
  /** Of another process's file: records that it ended; null for one's own, which may still end. */
  readonly ended: ReadonlySet<string> | null;
}

export class Shipper {
  readonly #parts: ShipperParts;
  readonly #readings = new Map<string, Reading>();
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #beats: NodeJS.Timeout | undefined;
  #sending: Promise<void> | null = null;
  #failures = 0;

  constructor(parts: ShipperParts) {
    this.#parts = parts;
  }

  start(): void {
    const { spool } = this.#parts;
    const beat = (): void => {
      spool.beat();
      if (spool.bytes > 0 || spool.files().some(({ isOwn }) => !isOwn)) this.kick();
    };
    beat();
    this.#beats = setInterval(beat, beatEveryMs);
    this.#beats.unref();
  }

  /** Something was recorded. */
  kick(): void {
    if (this.#timer !== undefined || this.#sending !== null || this.#stopping.signal.aborted)
      return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#send();
    }, everyMs);
    // A process that is done ends: what is left lies on the disk, and is sent by the next one.
    this.#timer.unref();
  }

  /** Resolves once everything that lies in the spool now is with the server. */
  async flush(signal: AbortSignal | undefined): Promise<void> {
    const { spool } = this.#parts;
    const wanted = spool.files().map((file) => ({ file, upTo: spool.lengthOf(file) }));
    const isOpen = (): boolean =>
      wanted.some(({ file, upTo }) => file.sent < upTo && spool.files().includes(file));
    while (isOpen()) {
      signal?.throwIfAborted();
      this.#stopping.signal.throwIfAborted();
      await this.#send();
      if (isOpen()) await pause(backoffMs(1), signal ?? this.#stopping.signal);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#beats);
    this.#stopping.abort(new DOMException("the Holdpoint client was closed", "AbortError"));
  }

  #send(): Promise<void> {
    this.#sending ??= this.#sendAll()
      .then(() => {
        this.#failures = 0;
      })
      .catch((cause: unknown) => this.#failed(cause))
      .finally(() => {
        this.#sending = null;
        if (this.#parts.spool.bytes > 0 && this.#failures === 0) this.kick();
      });
    return this.#sending;
  }

  #failed(cause: unknown): void {
    if (this.#stopping.signal.aborted) return;
    this.#failures += 1;
    const message = "records of local decisions wait: the server does not take them now";
    if (this.#failures === 1) this.#parts.onProblem({ kind: "shipping", message, cause });
    const waitMs = isApiError(cause) ? refusedPauseMs : backoffMs(this.#failures);
    const timer = setTimeout(() => this.kick(), waitMs);
    timer.unref();
  }

  async #sendAll(): Promise<void> {
    for (const file of this.#parts.spool.files()) await this.#sendFile(file);
  }

  async #sendFile(file: Waiting): Promise<void> {
    const { spool } = this.#parts;
    const reading = await this.#readingOf(file);
    for (;;) {
      const upTo = spool.lengthOf(file);
      const part = file.sent >= upTo ? null : await this.#next(file, reading, upTo);
      if (part === null) break;
      await this.#sendPart(file, part);
      file.sent = part.upTo;
    }
    spool.drop(file);
    if (!spool.files().includes(file)) this.#readings.delete(file.path);
  }

  async #readingOf(file: Waiting): Promise<Reading> {
    const known = this.#readings.get(file.path);
    if (known !== undefined) return known;
    const ended = file.isOwn ? null : await this.#endedElsewhere();
    const reading: Reading = { leases: new Map(), ended };
    this.#readings.set(file.path, reading);
    return reading;
  }

  /** Ends of all that dead processes left: an action may have begun in one file and ended in the next. */
  async #endedElsewhere(): Promise<ReadonlySet<string>> {
    const { spool } = this.#parts;
    const left = spool.files().filter(({ isOwn }) => !isOwn);
    const ended = await Promise.all(left.map((one) => endsIn(one.path, spool.lengthOf(one))));
    return new Set(ended.flatMap((ids) => [...ids]));
  }

  async #next(file: Waiting, { leases, ended }: Reading, upTo: number): Promise<Part | null> {
    const part = await nextPart(file.path, { at: file.sent, upTo, leases });
    if (part !== null && part.damaged > 0) {
      const message = `${part.damaged} lines of ${file.path} are damaged and tell nothing`;
      this.#parts.onProblem({ kind: "spool", message });
    }
    if (part === null || ended === null) return part;
    const records = part.batch.records.map((record) => withEnd(record, ended));
    return { ...part, batch: { ...part.batch, records } };
  }

  async #sendPart(file: Waiting, { batch, upTo }: Part): Promise<void> {
    if (batch.records.length + batch.ends.length === 0) return;
    const name = `${file.path.slice(-40)}:${file.sent}-${upTo}`.replaceAll(/[^A-Za-z0-9.:-]/g, "_");
    await this.#sendBatch({ ...batch, batch: name });
  }

  /** One that is refused for good is sent in halves, until the record is alone that the server does not take. */
  async #sendBatch(batch: LocalBatch): Promise<void> {
    const { transport, onProblem } = this.#parts;
    try {
      const answer = (await call(transport, {
        method: "POST",
        path: "/decisions/local",
        body: batch,
        signal: this.#stopping.signal,
        timeoutMs: sendTimeoutMs,
      })) as LocalBatchAnswer;
      for (const { id, why } of answer.mismatched ?? []) {
        onProblem({
          kind: "mismatch",
          message: `the server does not share the decision ${id}: ${why}`,
        });
      }
    } catch (cause) {
      const isContent = isApiError(cause) && (cause.status === 400 || cause.status === 413);
      if (!isContent) throw cause;
      const halves = halvesOf(batch);
      if (halves === null) {
        const [one] = [...batch.records, ...batch.ends];
        const message = `the server does not take the record ${one?.id ?? ""}; it is left out`;
        onProblem({ kind: "shipping", message, cause });
        return;
      }
      for (const half of halves) await this.#sendBatch(half);
    }
  }
}

/** The process is gone: what it did not end, nobody knows the end of. */
function withEnd(record: LocalRecord, ended: ReadonlySet<string>): LocalRecord {
  if (record.end !== null || ended.has(record.id)) return record;
  return { ...record, end: { status: "UNKNOWN", ended_at: record.at } };
}

function halvesOf(batch: LocalBatch): readonly LocalBatch[] | null {
  const { records, ends } = batch;
  if (records.length + ends.length < 2) return null;
  if (records.length === 0 || ends.length === 0) {
    const [r, e] = [Math.ceil(records.length / 2), Math.ceil(ends.length / 2)];
    return [
      { ...batch, batch: `${batch.batch}a`, records: records.slice(0, r), ends: ends.slice(0, e) },
      { ...batch, batch: `${batch.batch}b`, records: records.slice(r), ends: ends.slice(e) },
    ];
  }
  return [
    { ...batch, batch: `${batch.batch}r`, ends: [] },
    { ...batch, batch: `${batch.batch}e`, records: [] },
  ];
}
