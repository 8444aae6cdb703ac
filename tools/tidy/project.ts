// The files of a checkout, read once, and the faults that the rules find in them.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Fault {
  readonly path: string;
  readonly message: string;
}

export interface Project {
  readonly root: string;
  /** Every file that belongs to the project, relative to the root, with forward slashes. */
  readonly paths: readonly string[];
  /** The text of a file, or an empty one where there is none. */
  read(path: string): string;
}

const skippedNames = new Set([
  ".cache",
  ".git",
  ".holdpoint",
  ".output",
  "coverage",
  "dist",
  "node_modules",
]);

export function openProject(root: string): Project {
  const texts = new Map<string, string>();
  return {
    root,
    paths: listPaths(root, ""),
    read(path) {
      const known = texts.get(path);
      if (known !== undefined) return known;
      const absolute = join(root, path);
      const text = existsSync(absolute) ? readFileSync(absolute, "utf8") : "";
      texts.set(path, text);
      return text;
    },
  };
}

function listPaths(root: string, folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (skippedNames.has(entry.name)) continue;
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) found.push(...listPaths(root, path));
    else if (entry.isFile()) found.push(path);
  }
  return found.toSorted();
}

/** Whether a file is code of this project, which the house rules cover. */
export function isSource(path: string): boolean {
  return /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith(".d.ts");
}

export function isTest(path: string): boolean {
  return /\.(test|test-d)\.tsx?$/.test(path) || path.startsWith("test/");
}
