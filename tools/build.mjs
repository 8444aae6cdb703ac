// Builds the packages and the console, and skips what has not changed since the last build.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { root, runBin, say } from "./run.mjs";
import { setup } from "./setup.mjs";

const consoleFolder = join(root, "packages", "console");
const consoleStamp = join(root, ".cache", "console.sha256");
// What the console's bundle is made of; the lock file stands for every installed package.
const consoleInputs = ["packages/console", "packages/core/src", "package-lock.json"];
const skipped = new Set(["node_modules", "dist", ".vite"]);

/** @returns {Promise<boolean>} Whether everything was built. */
export async function build() {
  const packages = await runBin("typescript", ["-b"], { command: "tsc" });
  if (packages.code !== 0) return false;
  return buildConsole();
}

async function buildConsole() {
  if (!existsSync(join(consoleFolder, "index.html"))) return true;
  const hash = createHash("sha256");
  for (const input of consoleInputs) addTo(hash, input);
  const wanted = hash.digest("hex");
  const built = existsSync(join(consoleFolder, "dist", "index.html"));
  if (built && existsSync(consoleStamp) && readFileSync(consoleStamp, "utf8") === wanted)
    return true;
  say("Building the console.");
  const options = { cwd: consoleFolder, capture: true };
  const result = await runBin("vite", ["build", "--logLevel", "warn"], options);
  if (result.code !== 0) {
    process.stderr.write(result.output);
    return false;
  }
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(consoleStamp, wanted);
  return true;
}

/**
 * @param {import("node:crypto").Hash} hash
 * @param {string} path Relative to the root, with forward slashes.
 * @returns {void}
 */
function addTo(hash, path) {
  const absolute = join(root, path);
  if (statSync(absolute).isDirectory()) {
    for (const name of readdirSync(absolute).toSorted()) {
      if (!skipped.has(name)) addTo(hash, `${path}/${name}`);
    }
    return;
  }
  const bytes = readFileSync(absolute);
  hash.update(`${path}\0${bytes.length}\0`).update(bytes);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = Date.now();
  await setup("production");
  const built = await build();
  say(built ? `Built in ${((Date.now() - started) / 1000).toFixed(1)} s.` : "The build failed.");
  process.exitCode = built ? 0 : 1;
}
