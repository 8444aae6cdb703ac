// The records of this process on disk, file after file, and those that dead processes left in the same folder.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { goneBy, type Owner, ownerOf, thisOwner } from "./owner.ts";
import { Segment } from "./segment.ts";

export interface SpoolOptions {
  /** Folder of one agent of one server. */
  readonly dir: string;
  readonly isSynced: boolean;
  readonly bytesMax: number;
  readonly wall: () => number;
  readonly monotonic: () => number;
}

/** A file whose lines wait to be sent. */
export interface Waiting {
  readonly path: string;
  /** Bytes that are sent. */
  sent: number;
  /** False: another process wrote it, and is gone. */
  readonly isOwn: boolean;
  /** Until when it is kept, by this process's monotonic clock: its writer may only have been stopped. */
  readonly keptUntil: number;
}

const segmentBytesMax = 1_048_576;
/** Without a beat for this long the process may have been taken for dead, and its file for free. */
const beatLostMs = 45_000;

export class Spool {
  readonly #options: SpoolOptions;
  readonly #me: Owner = thisOwner();
  readonly #waiting = new Map<string, Waiting>();
  #name = "";
  #count = 0;
  #segment: Segment | null = null;
  #beatAt = 0;
  #isClosed = false;

  /** Throws when the folder cannot be used, or somebody else could read or write it. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    openFolder(options.dir);
    this.#begin();
  }

  /** Bytes that wait to be sent. */
  get bytes(): number {
    let bytes = 0;
    for (const waiting of this.#waiting.values()) bytes += this.lengthOf(waiting) - waiting.sent;
    return bytes;
  }

  /**
   * Appends what `make` gives; it is told the number of the lease in the file. Throws when it is not written: the
   * disk is full, the spool is, or the folder is gone.
   */
  append(token: string | null, make: (lease: number) => string): void {
    const segment = this.#open();
    try {
      segment.append(make(token === null ? 0 : segment.leaseNumber(token)));
      // SECURITY: a file that was taken away keeps no record.
      if (!segment.isLinked()) throw new Error("the file of the spool was taken away");
    } catch (error) {
      if (segment.isBroken || !segment.isLinked()) this.#segment = null;
      throw error;
    }
  }

  /** Files with something to send, the oldest first. */
  files(): readonly Waiting[] {
    return [...this.#waiting.values()];
  }

  lengthOf({ path: file, isOwn }: Waiting): number {
    if (isOwn && this.#segment?.path === file) return this.#segment.length;
    return sizeOf(file);
  }

  /** Everything of the file is sent: it goes, unless this process still writes to it. */
  drop(waiting: Waiting): void {
    if (this.#isKept(waiting)) return;
    if (this.#segment?.path === waiting.path) {
      if (this.#segment.length < segmentBytesMax) return;
      this.#segment.close();
      this.#segment = null;
    }
    this.#waiting.delete(waiting.path);
    isDone(() => unlinkSync(waiting.path));
  }

  /** A sign of life, and a look for what dead processes left. */
  beat(): void {
    const { dir, wall, monotonic } = this.#options;
    this.#beatAt = monotonic();
    const now = wall() / 1000;
    if (!isDone(() => utimesSync(this.#lockPath(this.#name), now, now))) this.#begin();
    const files = (orNull(() => readdirSync(dir)) ?? []).sort();
    const names = new Set(files.map((file) => file.slice(0, file.indexOf("."))));
    for (const name of names) this.#inherit(name, files);
  }

  /** What is left is the next process's, at once. */
  close(): void {
    const sent = [...this.#waiting.values()].filter(
      (one) => one.sent === this.lengthOf(one) && this.#isKept(one) === false,
    );
    this.#segment?.close();
    this.#segment = null;
    this.#isClosed = true;
    this.#waiting.clear();
    for (const { path: file } of sent) isDone(() => unlinkSync(file));
    isDone(() => unlinkSync(this.#lockPath(this.#name)));
  }

  /** A name of its own: whoever was taken for dead begins anew under another. */
  #begin(): void {
    this.#name = randomBytes(8).toString("hex");
    this.#count = 0;
    this.#segment = null;
    this.#beatAt = this.#options.monotonic();
    writeFileSync(this.#lockPath(this.#name), JSON.stringify(this.#me), {
      mode: 0o600,
      flag: "wx",
    });
  }

  #isKept({ keptUntil }: Waiting): boolean {
    return keptUntil > this.#options.monotonic();
  }

  #open(): Segment {
    if (this.#isClosed) throw new Error("the client was closed");
    const { bytesMax, isSynced, monotonic } = this.#options;
    if (monotonic() - this.#beatAt > beatLostMs) this.beat();
    const known = this.#segment;
    if (known !== null && known.length < segmentBytesMax && !known.isBroken) return known;
    if (this.bytes > bytesMax) throw new Error(`more than ${bytesMax} bytes wait to be sent`);
    known?.close();
    this.#segment = null;
    const file = this.#nextPath();
    const segment = new Segment(file, isSynced);
    this.#segment = segment;
    this.#waiting.set(file, { path: file, sent: 0, isOwn: true, keptUntil: 0 });
    return segment;
  }

  #nextPath(): string {
    this.#count += 1;
    const number = String(this.#count).padStart(8, "0");
    return path.join(this.#options.dir, `${this.#name}.${number}${segmentEnd}`);
  }

  #lockPath(name: string): string {
    return path.join(this.#options.dir, name + lockEnd);
  }

  /** INVARIANT: a file is taken by its renaming, which one of several takers alone succeeds in. */
  #inherit(name: string, files: readonly string[]): void {
    const { dir, wall, monotonic } = this.#options;
    if (name === this.#name || !ownName.test(name)) return;
    const lockPath = this.#lockPath(name);
    const owner = ownerOf(orNull(() => readFileSync(lockPath, "utf8")) ?? "");
    const gone = owner === null ? "ended" : goneBy(owner, this.#me, lockPath, wall());
    if (gone === null) return;
    // A lock that is only just being written names nobody yet; where there is none its owner has left.
    const touchedAt = orNull(() => statSync(lockPath).mtimeMs) ?? 0;
    if (owner === null && wall() - touchedAt < beginningMs) return;
    for (const file of files) {
      if (!file.startsWith(`${name}.`) || !file.endsWith(segmentEnd)) continue;
      const own = this.#nextPath();
      if (!isDone(() => renameSync(path.join(dir, file), own))) continue;
      const keptUntil = gone === "ended" ? 0 : monotonic() + keptMs;
      this.#waiting.set(own, { path: own, sent: 0, isOwn: false, keptUntil });
    }
    isDone(() => unlinkSync(lockPath));
  }
}

const beginningMs = 5_000;
const keptMs = 120_000;
const ownName = /^[0-9a-f]{16}$/;
const lockEnd = ".lock";
const segmentEnd = ".spool";

/** SECURITY: parameters of actions are the agent's own; whoever could write here could invent records of it. */
function openFolder(dir: string): void {
  makeFolder(dir);
  const stat = lstatSync(dir);
  if (!stat.isDirectory()) throw new Error(`${dir} is no folder`);
  const { getuid } = process;
  if (getuid === undefined) return;
  if (stat.uid !== getuid()) throw new Error(`${dir} belongs to another user`);
  if ((stat.mode & 0o077) !== 0) chmodSync(dir, 0o700);
}

/** One by one: made together, a folder below one that takes none is tried without end on some systems. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  const above = path.dirname(dir);
  if (above !== dir) makeFolder(above);
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function sizeOf(file: string): number {
  return orNull(() => statSync(file).size) ?? 0;
}

/** Null when it cannot be done. */
function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

/** False when it cannot be done. */
function isDone(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
