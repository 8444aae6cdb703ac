// The note in a data folder whose data was moved to PostgreSQL, so that nobody goes on in two places.

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { HoldpointError } from "@holdpoint/core/error/error";

function notePath(dir: string): string {
  return join(dir, "MIGRATED");
}

/** INVARIANT: an installation that was moved is not written to where it was. */
export function refuseMovedFolder(dir: string): void {
  const path = notePath(dir);
  if (!existsSync(path)) return;
  const [said = ""] = readFileSync(path, "utf8").split("\n");
  throw new HoldpointError("config_invalid", {
    message: `${said} Set DATABASE_URL to that database; to go back to what the folder held then, remove ${path}`,
  });
}

export function noteMove(dir: string, target: string, at: string): void {
  const text = `The data of this folder was moved to ${target} at ${at}.\n`;
  const file = openSync(notePath(dir), "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
