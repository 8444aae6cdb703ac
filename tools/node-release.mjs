// Fetches a release of Node from the registry, once, for tests of packages that need a newer one than runs here.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { root, run, say } from "./run.mjs";

/** The newest of the 24.x line when this was written. */
export const node24 = "24.21.0";

/**
 * The program of a release: this one if it is as new, else a fetched one.
 *
 * @param {string} [version] Default: `node24`.
 * @returns {Promise<string>} Its path. Fails when it cannot be fetched.
 */
export async function nodeRelease(version = node24) {
  if (major(process.versions.node) >= major(version)) return process.execPath;
  const folder = join(root, ".cache", "node", version);
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const program = join(folder, "node_modules", name, "bin", "node");
  if (existsSync(program)) return program;
  say(`Fetching Node ${version} for tests that need it, once.`);
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  writeFileSync(join(fresh, "package.json"), '{ "private": true }\n');
  // No script is run: the package is the program itself.
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`];
  const { code, output } = await run("npm", args, { cwd: fresh, capture: true });
  if (code !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`Node ${version} could not be fetched: ${output}`);
  }
  try {
    renameSync(fresh, folder);
  } catch {
    // Another process was faster.
    rmSync(fresh, { recursive: true, force: true });
  }
  return program;
}

/** @param {string} version */
function major(version) {
  return Number(version.split(".")[0]);
}
