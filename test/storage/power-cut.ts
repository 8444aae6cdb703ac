// A simulated disk: replays a recorded log of changes, and shows what a power cut would leave.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/**
 * The model, after ext4 with ordered data: what was synced is there; of what was not, each 4 KB
 * page and each change of length survives by chance on its own; names survive as a prefix of their
 * order, and any sync makes all names before it durable, because it commits the one journal.
 */
type NameChange =
  | { op: "create"; path: string; id: number }
  | { op: "mkdir"; path: string }
  | { op: "rename"; from: string; to: string }
  | { op: "unlink"; path: string };

export type LogEntry =
  | NameChange
  | { op: "bind"; path: string; id: number }
  | { op: "write"; id: number; position: number; data: string }
  | { op: "resize"; id: number; size: number }
  | { op: "sync"; id: number };

type Names = Map<string, number | "folder">;

const pageBytes = 4096;

/** Bytes that grow, and are zero where nothing was written. */
class Content {
  #bytes: Buffer = Buffer.alloc(0);
  size = 0;

  resize(size: number): void {
    if (size > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(size, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.size);
      this.#bytes = larger;
    }
    if (size < this.size) this.#bytes.fill(0, size, this.size);
    this.size = size;
  }

  write(position: number, data: Buffer): void {
    if (position + data.length > this.size) this.resize(position + data.length);
    data.copy(this.#bytes, position);
  }

  page(page: number): Buffer {
    return this.#bytes.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, this.size));
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.size);
  }
}

class SimulatedFile {
  readonly live = new Content();
  readonly stable = new Content();
  readonly #dirty = new Set<number>();

  write(position: number, data: Buffer): void {
    const from = Math.min(position, this.live.size);
    this.live.write(position, data);
    this.#mark(from, position + data.length);
  }

  resize(size: number): void {
    this.#mark(Math.min(size, this.live.size), Math.max(size, this.live.size));
    this.live.resize(size);
  }

  sync(): void {
    this.stable.resize(this.live.size);
    for (const page of this.#dirty) this.#carry(page, this.stable);
    this.#dirty.clear();
  }

  afterCut(survives: () => boolean): Buffer {
    const left = new Content();
    left.write(0, this.stable.bytes());
    if (this.live.size !== this.stable.size && survives()) left.resize(this.live.size);
    for (const page of this.#dirty) if (survives()) this.#carry(page, left);
    return left.bytes();
  }

  #mark(from: number, to: number): void {
    for (let page = Math.floor(from / pageBytes); page * pageBytes < to; page += 1) {
      this.#dirty.add(page);
    }
  }

  #carry(page: number, target: Content): void {
    const room = target.size - page * pageBytes;
    if (room > 0) target.write(page * pageBytes, this.live.page(page).subarray(0, room));
  }
}

function change(names: Names, entry: NameChange): void {
  switch (entry.op) {
    case "create":
      names.set(entry.path, entry.id);
      return;
    case "mkdir":
      names.set(entry.path, "folder");
      return;
    case "rename": {
      const moved = names.get(entry.from);
      if (typeof moved !== "number") throw new Error(`Only files are renamed, not ${entry.from}.`);
      names.delete(entry.from);
      names.set(entry.to, moved);
      return;
    }
    case "unlink":
      names.delete(entry.path);
  }
}

export class SimulatedDisk {
  readonly #root: string;
  readonly #files = new Map<number, SimulatedFile>();
  readonly #live: Names = new Map();
  readonly #stable: Names = new Map();
  #pending: NameChange[] = [];
  #baseIds = 0;

  /** Starts from a folder that counts as synced; paths in the log lie below `root`. */
  constructor(base: string, root: string) {
    this.#root = root;
    for (const entry of readdirSync(base, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const name = join(root, relative(base, path));
      this.#baseIds -= 1;
      const holds = entry.isDirectory() ? "folder" : this.#baseIds;
      if (holds !== "folder") this.#synced(holds, readFileSync(path));
      this.#live.set(name, holds);
      this.#stable.set(name, holds);
    }
  }

  apply(entry: LogEntry): void {
    switch (entry.op) {
      case "bind":
        this.#bind(entry.path, entry.id);
        return;
      case "write":
        this.#file(entry.id).write(entry.position, Buffer.from(entry.data, "base64"));
        return;
      case "resize":
        this.#file(entry.id).resize(entry.size);
        return;
      case "sync":
        if (entry.id !== 0) this.#file(entry.id).sync();
        for (const pending of this.#pending) change(this.#stable, pending);
        this.#pending = [];
        return;
      case "create":
        this.#files.set(entry.id, new SimulatedFile());
        this.#rename(entry);
        return;
      default:
        this.#rename(entry);
    }
  }

  /** Writes into a folder what the disk holds after a power cut at this moment. */
  cutInto(target: string, survives: () => boolean): void {
    const names: Names = new Map(this.#stable);
    for (const pending of this.#pending) {
      if (!survives()) break;
      change(names, pending);
    }
    for (const [name, holds] of names) {
      const path = join(target, relative(this.#root, name));
      mkdirSync(holds === "folder" ? path : dirname(path), { recursive: true });
      if (holds !== "folder") writeFileSync(path, this.#file(holds).afterCut(survives));
    }
  }

  #rename(entry: NameChange): void {
    change(this.#live, entry);
    this.#pending.push(entry);
  }

  #synced(id: number, bytes: Buffer): void {
    const file = new SimulatedFile();
    file.write(0, bytes);
    file.sync();
    this.#files.set(id, file);
  }

  /** The recorder met a file of the base for the first time and gave it a number. */
  #bind(path: string, id: number): void {
    const known = this.#live.get(path);
    if (typeof known !== "number") throw new Error(`The log names an unknown file: ${path}.`);
    this.#files.set(id, this.#file(known));
  }

  #file(id: number): SimulatedFile {
    const file = this.#files.get(id);
    if (file === undefined) throw new Error(`The log names an unknown file: ${id}.`);
    return file;
  }
}
