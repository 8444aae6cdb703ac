// Installs what the examples of agent frameworks need, once, and puts the packed SDK beside it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { unpackSdk } from "./pack-sdk.mjs";
import { root, run, say } from "./run.mjs";
import { setup } from "./setup.mjs";

const examplesFolder = join(root, "examples");

/** The examples with packages of their own: those that are no workspace of this repository. */
export const exampleNames = readdirSync(examplesFolder)
  .filter((name) => existsSync(join(examplesFolder, name, "package-lock.json")))
  .toSorted();

/**
 * Makes each example what a user has who installed its packages and the SDK's tarball. The packages of this
 * repository have to be built. The SDK is put beside the packages and not in a lock file, because it is on no registry.
 *
 * @param {readonly string[]} [names] Default: all.
 * @returns {Promise<string[]>} What could not be installed, in sentences.
 */
export async function installExamples(names = exampleNames) {
  /** @type {string[]} */
  const failures = [];
  for (const name of names) {
    const failure = await installPackages(name);
    if (failure !== undefined) failures.push(failure);
    else await unpackSdk(join(examplesFolder, name));
  }
  return failures;
}

/**
 * @param {string} name
 * @returns {Promise<string | undefined>} Why the packages are not there.
 */
async function installPackages(name) {
  const folder = join(examplesFolder, name);
  const stampFile = join(folder, "node_modules", ".holdpoint-stamp");
  const lockFile = join(folder, "package-lock.json");
  const lock = readFileSync(lockFile);
  const stamp = stampOf(lock);
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return undefined;
  say(`Installing the packages of examples/${name}, once.`);
  const result = await run("npm", ["install", "--no-save", "--include=dev", "--loglevel=error"], {
    cwd: folder,
    capture: true,
  });
  // INVARIANT: no command of this repository rewrites a lock file.
  if (!readFileSync(lockFile).equals(lock)) writeFileSync(lockFile, lock);
  if (result.code !== 0) {
    return `The packages of examples/${name} could not be installed: ${result.output}`;
  }
  // Of an example without packages npm makes no folder.
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(stampFile, stamp);
  return undefined;
}

/** @param {Buffer} content */
function stampOf(content) {
  const major = process.versions.node.split(".")[0];
  return `${createHash("sha256").update(content).digest("hex")} node${major}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  const unknown = asked.find((name) => !exampleNames.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`Usage: node tools/examples.mjs [${exampleNames.join(" | ")}]\n`);
    process.exit(2);
  }
  await setup("production");
  const failures = (await build())
    ? await installExamples(asked.length > 0 ? asked : exampleNames)
    : ["The build failed."];
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
