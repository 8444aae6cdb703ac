// Installs the packages that a command needs, once, and does nothing when they are there already.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { root, run, say } from "./run.mjs";

const nodeMin = [20, 19];
const progressEveryMs = 10_000;
const stampFile = join(root, "node_modules", ".holdpoint-setup");
const lockFile = join(root, "package-lock.json");

/** @typedef {"production" | "full"} SetupMode */

/**
 * Makes node_modules hold what the mode needs. Ends the process with a message when it cannot.
 *
 * @param {SetupMode} wanted `production`: to build and run; `full`: to test and check as well.
 * @returns {Promise<void>}
 */
export async function setup(wanted) {
  requireNode();
  const lockBefore = readFileSync(lockFile);
  const stamp = stampOf(lockBefore);
  const installed = readStamp();
  // What a developer installed for the tests is not taken away by a start.
  const mode = installed?.mode === "full" || hasTestPackages() ? "full" : wanted;
  if (installed?.stamp === stamp && installed.mode === mode) return;
  const started = Date.now();
  const fresh = !existsSync(join(root, "node_modules"));
  say(
    mode === "full"
      ? "Installing the packages that building, testing and checking need."
      : "Installing the packages that building and running need.",
  );
  if (fresh) say("The first time this takes about a minute, depending on the network.");
  const result = await install(mode);
  restoreLock(lockBefore);
  if (result.code !== 0) fail(result);
  mkdirSync(join(root, "node_modules"), { recursive: true });
  writeFileSync(stampFile, `${JSON.stringify({ stamp, mode })}\n`);
  say(`The packages are installed (${seconds(started)} s).`);
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [majorMin = 0, minorMin = 0] = nodeMin;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return;
  process.stderr.write(
    `Holdpoint needs Node ${nodeMin.join(".")} or newer; this is Node ${process.versions.node} ` +
      `(${process.execPath}).\nInstall Node 24 from https://nodejs.org and run the command again.\n`,
  );
  process.exit(1);
}

function hasTestPackages() {
  return existsSync(join(root, "node_modules", "vitest"));
}

/**
 * @param {Buffer} lock
 * @returns {string}
 */
function stampOf(lock) {
  const major = process.versions.node.split(".")[0];
  return `${createHash("sha256").update(lock).digest("hex")} node${major}`;
}

/** @returns {{ stamp: string, mode: SetupMode } | undefined} */
function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {SetupMode} mode */
async function install(mode) {
  const args = [
    // Not `npm ci`: it refuses a lock file that lacks a build of an optional package for some other
    // machine, which no machine here needs. The lock file decides the versions either way.
    "install",
    "--no-save",
    ...(mode === "full" ? ["--include=dev"] : ["--omit=dev"]),
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ];
  const started = Date.now();
  const ticker = setInterval(
    () => say(`  still installing (${seconds(started)} s)`),
    progressEveryMs,
  );
  try {
    const script = process.env["npm_execpath"];
    if (script !== undefined && basename(script) === "npm-cli.js") {
      return await run(process.execPath, [script, ...args], { capture: true });
    }
    return await run("npm", args, { capture: true });
  } finally {
    clearInterval(ticker);
  }
}

/** @param {{ code: number, output: string }} result */
function fail(result) {
  process.stderr.write(
    `${result.output.trimEnd()}\n\nThe packages could not be installed (npm ended with ${result.code}).\n` +
      "- Without a network or behind a proxy: set HTTPS_PROXY or npm's `registry`, then try again.\n" +
      "- With a node_modules folder that an interrupted run left: remove it, then try again.\n" +
      "- `npm install --no-save` in this folder runs the same step by hand and shows all of npm's messages.\n",
  );
  process.exit(1);
}

// INVARIANT: no command of this repository rewrites the lock file; only a deliberate `npm install`
// by hand does.
/** @param {Buffer} before */
function restoreLock(before) {
  if (!readFileSync(lockFile).equals(before)) writeFileSync(lockFile, before);
}

/** @param {number} started */
function seconds(started) {
  return Math.max(1, Math.round((Date.now() - started) / 1000));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setup(process.argv.includes("--production") ? "production" : "full");
}
