// Data folders for tests: a created database is copied, because creating one takes seconds.

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbedded } from "@holdpoint/server/storage/pglite/open";

export interface Folders {
  /** A folder of its own that holds an empty database. */
  make(): string;
  /** A path that does not exist yet. */
  path(name: string): string;
  remove(): void;
}

export async function makeFolders(): Promise<Folders> {
  const root = mkdtempSync(join(tmpdir(), "holdpoint-embedded-"));
  const template = join(root, "template");
  const database = await openEmbedded({ dir: template });
  await database.close();
  let made = 0;
  return {
    make: () => {
      made += 1;
      const dir = join(root, `copy-${made}`);
      cpSync(template, dir, { recursive: true });
      return dir;
    },
    path: (name) => join(root, name),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** The URL of one of the disks beside this file. */
export function diskUrl(name: string, parameters: Record<string, string> = {}): string {
  const url = new URL(`./disk/${name}.mjs`, import.meta.url);
  for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value);
  return url.href;
}
