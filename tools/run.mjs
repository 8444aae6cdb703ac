// Runs other programs for the scripts in this folder and says what they did.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {Record<string, string | undefined>} [env] Added to the environment of this process.
 * @property {boolean} [capture] Collects the output instead of showing it.
 * @property {number} [timeoutMs] After which the program is stopped.
 */

/** @typedef {{ code: number, output: string, timedOut: boolean }} RunResult */

/**
 * Runs a program to its end. It never throws: a program that cannot start counts as code 127.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: options.capture === true ? ["ignore", "pipe", "pipe"] : "inherit",
    });
    let output = "";
    let timedOut = false;
    const add = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString("utf8");
    };
    if (child.stdout !== null) child.stdout.on("data", add);
    if (child.stderr !== null) child.stderr.on("data", add);
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill("SIGTERM");
            setTimeout(() => child.kill("SIGKILL"), 5_000).unref();
          }, options.timeoutMs);
    const forward = (/** @type {"SIGINT" | "SIGTERM"} */ signal) => child.kill(signal);
    process.on("SIGINT", forward);
    process.on("SIGTERM", forward);
    const end = (/** @type {number} */ code) => {
      clearTimeout(timer);
      process.off("SIGINT", forward);
      process.off("SIGTERM", forward);
      resolve({ code, output, timedOut });
    };
    child.on("error", (error) => {
      output += `${command}: ${error.message}\n`;
      end(127);
    });
    child.on("close", (code, signal) =>
      end(code === null ? (signal === "SIGINT" ? 130 : 143) : code),
    );
  });
}

/**
 * The script behind a package's command, so that it runs under this Node without a shell.
 *
 * @param {string} packageName
 * @param {string} [command] Where the package has more than one.
 * @returns {string}
 */
export function binOf(packageName, command = packageName) {
  const folder = join(root, "node_modules", packageName);
  const manifest = createRequire(import.meta.url)(join(folder, "package.json"));
  const bin = typeof manifest.bin === "string" ? manifest.bin : manifest.bin[command];
  return join(folder, bin);
}

/**
 * Runs the command of an installed package under this Node.
 *
 * @param {string} packageName
 * @param {string[]} args
 * @param {RunOptions & { command?: string }} [options]
 * @returns {Promise<RunResult>}
 */
export function runBin(packageName, args, options = {}) {
  const script = binOf(packageName, options.command);
  return run(process.execPath, [script, ...args], options);
}

/**
 * @param {string} text
 * @returns {void}
 */
export function say(text) {
  process.stdout.write(`${text}\n`);
}
