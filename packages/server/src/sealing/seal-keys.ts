// The keys that seal what is at rest: from the configuration, or from a file in the data folder.

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync } from "node:fs";
import { readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { HoldpointError } from "@holdpoint/core/error/error";
import { keyBytes, type MasterKey, masterKeyOf } from "./xaes.ts";

export interface NamedKey {
  readonly name: string;
  readonly master: MasterKey;
}

export interface SealKeys {
  /** The key that seals; the file of keys is made when the first thing is sealed. */
  current(): NamedKey;
  find(name: string): NamedKey | null;
}

export interface SealKeysOptions {
  /** `name:base64(32 bytes)`, comma separated, the first seals; null takes the file. */
  readonly keys: string | null;
  readonly dir: string;
  /** False when several servers may share the data: then the keys have to be set. */
  readonly isFileAllowed: boolean;
}

const fileName = "seal-keys";
const keysMax = 32;

export function openSealKeys({ keys, dir, isFileAllowed }: SealKeysOptions): SealKeys {
  if (keys !== null) return ringOf(readKeys(keys, "HOLDPOINT_SEAL_KEYS"));
  if (isFileAllowed) return new FileRing(dir);
  throw new HoldpointError("seal_key_missing", {
    message:
      "on PostgreSQL, HOLDPOINT_SEAL_KEYS holds the keys that seal agents' state: set it to `k1:` and" +
      " what `openssl rand -base64 32` prints, the same for every server",
  });
}

/** Reads the file anew as long as it lacks what is asked for: another process may have made it. */
class FileRing implements SealKeys {
  readonly #dir: string;
  #ring: SealKeys | null;

  constructor(dir: string) {
    this.#dir = dir;
    this.#ring = readKeyFile(dir);
  }

  current(): NamedKey {
    this.#ring ??= readKeyFile(this.#dir) ?? makeKeyFile(this.#dir);
    return this.#ring.current();
  }

  find(name: string): NamedKey | null {
    const known = this.#ring?.find(name) ?? null;
    if (known !== null) return known;
    this.#ring = readKeyFile(this.#dir) ?? this.#ring;
    return this.#ring?.find(name) ?? null;
  }
}

function ringOf(keys: readonly NamedKey[]): SealKeys {
  const [first] = keys;
  if (first === undefined) throw invalid("holds no key");
  const byName = new Map(keys.map((key) => [key.name, key]));
  return { current: () => first, find: (name) => byName.get(name) ?? null };
}

function readKeys(text: string, where: string): readonly NamedKey[] {
  const keys = text.split(",").map((part) => {
    const [, name, coded] =
      /^\s*([a-z0-9][a-z0-9_-]{0,31}):([A-Za-z0-9+/]{43}=)\s*$/.exec(part) ?? [];
    // SECURITY: what is wrong with a key is said without the key.
    if (name === undefined || coded === undefined) {
      throw invalid(`${where} is a list such as \`k2:<base64 of 32 bytes>,k1:<base64>\``);
    }
    return { name, master: masterKeyOf(Buffer.from(coded, "base64")) };
  });
  if (new Set(keys.map(({ name }) => name)).size < keys.length) {
    throw invalid(`${where} names a key twice`);
  }
  if (keys.length > keysMax) throw invalid(`${where} holds at most ${keysMax} keys`);
  return keys;
}

function readKeyFile(dir: string): SealKeys | null {
  const path = join(dir, fileName);
  if (!existsSync(path)) return null;
  // SECURITY: whoever reads this file reads the state of every agent.
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    throw invalid(`others can read ${path}; make it private: chmod 600 ${path}`);
  }
  const lines = readFileSync(path, "utf8").trim().split(/\s+/);
  return ringOf(readKeys(lines.join(","), path));
}

/**
 * INVARIANT: the file is whole and on the disk before anything is sealed by it, and of several
 * processes that make one, all take the one that came first.
 */
function makeKeyFile(dir: string): SealKeys {
  const key = randomBytes(keyBytes);
  const name = `file-${createHash("sha256").update(key).digest("hex").slice(0, 8)}`;
  const path = join(dir, fileName);
  const draft = `${path}.${randomUUID()}`;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  try {
    writeDurably(draft, `${name}:${key.toString("base64")}\n`);
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw cannotMake(path, error);
  } finally {
    rmSync(draft, { force: true });
  }
  syncFolder(dir);
  const made = readKeyFile(dir);
  if (made === null) throw cannotMake(path, null);
  return made;
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(dir: string): void {
  // Windows cannot sync a directory.
  if (process.platform === "win32") return;
  const folder = openSync(dir, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function cannotMake(path: string, cause: unknown): HoldpointError {
  return new HoldpointError(
    "seal_key_missing",
    { message: `${path}, which holds the key that seals agents' state, cannot be written` },
    { cause },
  );
}

function invalid(message: string): HoldpointError {
  return new HoldpointError("config_invalid", { message });
}
