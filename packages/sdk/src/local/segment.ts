// One file of a spool that this process appends to: a line is in it whole, or the file is given up.

import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { leaseText, sealLine } from "./line.ts";

export class Segment {
  readonly path: string;
  readonly #fd: number;
  readonly #isSynced: boolean;
  /** Numbers of the leases that are written in this file, by their token. */
  readonly #leases = new Map<string, number>();
  #length = 0;
  #isBroken = false;

  /** @param isSynced every line waits for the disk */
  constructor(path: string, isSynced: boolean) {
    this.path = path;
    // SECURITY: a file of this process alone, with parameters of actions in it.
    this.#fd = openSync(path, "ax", 0o600);
    this.#isSynced = isSynced;
  }

  /** Bytes of whole lines. */
  get length(): number {
    return this.#length;
  }

  /** No further line fits: one could not be written, or taken back. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The number of the lease in this file, which it has from now on. */
  leaseNumber(token: string): number {
    const known = this.#leases.get(token);
    if (known !== undefined) return known;
    const number = this.#leases.size;
    this.append(leaseText(number, token));
    this.#leases.set(token, number);
    return number;
  }

  /** INVARIANT: when this returns the line is written; when it throws, nothing of it counts. */
  append(text: string): void {
    const bytes = Buffer.from(sealLine(text));
    try {
      let written = 0;
      while (written < bytes.length) {
        written += writeSync(this.#fd, bytes, written, bytes.length - written);
      }
      if (this.#isSynced) fdatasyncSync(this.#fd);
      this.#length += bytes.length;
    } catch (error) {
      this.#takeBack();
      throw error;
    }
  }

  /** False when the file was taken away: what is appended to it reaches nobody. */
  isLinked(): boolean {
    return fstatSync(this.#fd).nlink > 0;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** A torn line is told from others by its checksum; this keeps the file as it was where that is possible. */
  #takeBack(): void {
    try {
      ftruncateSync(this.#fd, this.#length);
    } catch {
      this.#isBroken = true;
    }
  }
}
