// The data folder: made private, and given a new database that is on the disk before it is used.

import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { readFileSync, readdirSync, realpathSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { HoldpointError } from "@holdpoint/core/error/error";

const majorVersion = "18";
const creationMsMax = 180_000;
const draftPrefix = "pgdata.init-";

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // Windows cannot sync a directory; everything else that fails here is a broken promise.
    if (process.platform !== "win32") throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Syncs every file and folder below a path and the path itself; answers how many. */
export function syncTree(path: string): number {
  let synced = 1;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) {
      synced += syncTree(child);
    } else if (entry.isFile()) {
      sync(child);
      synced += 1;
    }
  }
  sync(path);
  return synced;
}

/** Makes the folder when needed, readable by its owner only; answers its real path. */
export function makeDataFolder(dir: string): string {
  const firstMade = mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  const path = realpathSync(dir);
  if (firstMade !== undefined) {
    const last = dirname(realpathSync(firstMade));
    for (let at = dirname(path); ; at = dirname(at)) {
      sync(at);
      if (at === last) break;
    }
  }
  return path;
}

function refuseOtherVersion(dataDir: string): void {
  const versionPath = join(dataDir, "PG_VERSION");
  const found = existsSync(versionPath) ? readFileSync(versionPath, "utf8").trim() : "none";
  if (found === majorVersion) return;
  throw new HoldpointError("storage_unavailable", {
    message: `${dataDir} is not a PostgreSQL ${majorVersion} data folder (version found: ${found})`,
  });
}

/**
 * Answers the folder of the database, made on the first start. It is made in a child process,
 * because the engine that creates one keeps half a gigabyte, and under a name of its own, because
 * the child may outlive a killed parent. Only the rename of a wholly synced tree makes it count.
 */
export async function ensureDatabase(
  dir: string,
  onProgress: (sentence: string) => void,
): Promise<string> {
  const dataDir = join(dir, "pgdata");
  for (const name of readdirSync(dir)) {
    if (name.startsWith(draftPrefix)) rmSync(join(dir, name), { recursive: true, force: true });
  }
  if (existsSync(dataDir)) {
    refuseOtherVersion(dataDir);
    return dataDir;
  }
  onProgress("Creating the embedded database; this happens once and takes a few seconds.");
  const draft = join(dir, `${draftPrefix}${randomUUID()}`);
  await runCreation(draft);
  refuseOtherVersion(draft);
  syncTree(draft);
  renameSync(draft, dataDir);
  sync(dir);
  return dataDir;
}

async function runCreation(draft: string): Promise<void> {
  const program = fileURLToPath(new URL("./create-database.js", import.meta.url));
  try {
    await promisify(execFile)(process.execPath, [program, draft], { timeout: creationMsMax });
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new HoldpointError(
      "storage_unavailable",
      { message: `the embedded database could not be created: ${stderr.trim() || message}` },
      { cause: error },
    );
  }
}
