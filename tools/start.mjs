// Starts Holdpoint from this repository: installs, builds, then runs `holdpoint start` in place.
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { binOf, root, say } from "./run.mjs";
import { setup } from "./setup.mjs";

const parentLookEveryMs = 500;
const entry = join(root, "packages", "cli", "dist", "main.js");

const given = process.argv.slice(2);
const watching = given.includes("--watch");
const args = startArguments(given.filter((argument) => argument !== "--watch"));

await setup("production");
say("Building what has changed.");
if (!(await build())) {
  process.stderr.write(
    "The build failed, so the server was not started; the reason stands above.\n",
  );
  process.exit(1);
}
process.chdir(root);
stopWithParent();
if (watching) runWatched();
else await runHere();

/**
 * Development mode, unless a flag or the environment says otherwise; all else is left to the command
 * (port 8081, data in .holdpoint, the demo's policy for the first start).
 *
 * @param {string[]} own
 * @returns {string[]}
 */
function startArguments(own) {
  const isOff = /^(0|false|no)$/i.test(process.env["HOLDPOINT_DEV"] ?? "");
  return isOff || own.includes("--dev") ? ["start", ...own] : ["start", "--dev", ...own];
}

/** Becomes the server, so that signals, exit code and output are the server's own. */
async function runHere() {
  process.argv = [process.execPath, entry, ...args];
  await import(pathToFileURL(entry).href);
}

/**
 * npm ends its shell when it is told to stop, but not what runs in it. Without this, `kill` on npm
 * would leave a server behind that holds the port and the data folder.
 */
function stopWithParent() {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    process.kill(process.pid, "SIGTERM");
  }, parentLookEveryMs);
  look.unref();
}

/** Rebuilds on every change; Node itself restarts the server when a file it loaded has changed. */
function runWatched() {
  const console = join(root, "packages", "console");
  const children = [
    start([binOf("typescript", "tsc"), "-b", "--watch", "--preserveWatchOutput"], root),
    start([binOf("vite"), "build", "--watch", "--logLevel", "warn"], console),
    start(["--watch", "--watch-preserve-output", entry, ...args], root),
  ];
  const stop = () => {
    for (const child of children) child.kill("SIGTERM");
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  for (const child of children) child.on("exit", stop);
}

/**
 * @param {string[]} nodeArguments
 * @param {string} cwd
 */
function start(nodeArguments, cwd) {
  return spawn(process.execPath, nodeArguments, { cwd, stdio: ["ignore", "inherit", "inherit"] });
}
