// Makes a batch out of the next lines of a file: records with their leases and, where they are there, their ends.

import { open } from "node:fs/promises";
import { localBatchMax, localLeasesMax } from "@holdpoint/core/base/limits";
import type { LocalBatch, LocalEnd, LocalRecord } from "@holdpoint/core/wire/local";
import { type Line, readLine } from "./line.ts";

export interface Part {
  readonly batch: Omit<LocalBatch, "batch">;
  /** Bytes of the file that the batch and what was sent before take up. */
  readonly upTo: number;
  /** Lines that were torn or damaged, and say nothing. */
  readonly damaged: number;
}

/** Half of what the server reads at most, so that a batch fits with everything around it. */
const bytesMax = 524_288;
/** Values in one batch, counted too high; the server reads 50,000. */
const valuesMax = 40_000;
const lineFeed = 10;

/** What a file has said so far: its leases, by their number. */
export type Leases = Map<number, string>;

/** The next batch of a file from a place on; null when there is no whole line. */
export async function nextPart(
  path: string,
  from: { readonly at: number; readonly upTo: number; readonly leases: Leases },
): Promise<Part | null> {
  const bytes = await readFrom(path, from.at, Math.min(from.upTo - from.at, bytesMax));
  const builder = new Builder(from.leases);
  let at = 0;
  while (builder.hasRoom) {
    const end = bytes.indexOf(lineFeed, at);
    if (end < 0) break;
    const text = bytes.toString("utf8", at, end);
    if (!builder.add(readLine(text), text)) break;
    at = end + 1;
  }
  if (at > 0) return { batch: builder.batch(), upTo: from.at + at, damaged: builder.damaged };
  // A line longer than all that is read says nothing: none is written so.
  return bytes.length < bytesMax ? null : { ...nothing, upTo: from.at + bytes.length };
}

/** Ends that a file tells of, read through to its end: what a dead process began and did not finish has none. */
export async function endsIn(path: string, upTo: number): Promise<ReadonlySet<string>> {
  const ended = new Set<string>();
  const leases: Leases = new Map();
  for (let at = 0; at < upTo;) {
    const part = await nextPart(path, { at, upTo, leases });
    if (part === null) break;
    for (const { id } of part.batch.ends) ended.add(id);
    for (const { id, end } of part.batch.records) if (end !== null) ended.add(id);
    at = part.upTo;
  }
  return ended;
}

const nothing: Omit<Part, "upTo"> = { batch: { leases: [], records: [], ends: [] }, damaged: 1 };

class Builder {
  readonly #leases: Leases;
  /** Places in the batch by the lease's number in the file. */
  readonly #places = new Map<number, number>();
  readonly #records = new Map<string, LocalRecord>();
  readonly #ends: LocalEnd[] = [];
  #values = 0;
  damaged = 0;

  constructor(leases: Leases) {
    this.#leases = leases;
  }

  get hasRoom(): boolean {
    return this.#records.size + this.#ends.length < localBatchMax;
  }

  /** False when the line belongs into the next batch. */
  add(line: Line | null, text: string): boolean {
    if (line === null) this.damaged += 1;
    else if (line.kind === "lease") this.#leases.set(line.number, line.token);
    else {
      const values = text.match(/[,:[{]/g)?.length ?? 0;
      if (this.#values > 0 && this.#values + values > valuesMax) return false;
      const isPut = line.kind === "end" ? this.#addEnd(line.end) : this.#addRecord(line.record);
      if (!isPut) return false;
      this.#values += values;
    }
    return true;
  }

  batch(): Part["batch"] {
    const leases = [...this.#places.keys()].map((number) => this.#leases.get(number) ?? "");
    return { leases, records: [...this.#records.values()], ends: this.#ends };
  }

  #addRecord(record: LocalRecord): boolean {
    let place = this.#places.get(record.lease);
    if (place === undefined) {
      if (this.#places.size >= localLeasesMax) return false;
      place = this.#places.size;
      this.#places.set(record.lease, place);
    }
    this.#records.set(record.id, { ...record, lease: place });
    return true;
  }

  #addEnd(end: LocalEnd): boolean {
    const begun = this.#records.get(end.id);
    const { id, ...rest } = end;
    if (begun === undefined) this.#ends.push(end);
    else this.#records.set(id, { ...begun, end: rest });
    return true;
  }
}

async function readFrom(path: string, at: number, length: number): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const bytes = Buffer.alloc(Math.max(0, length));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, at);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
