// Measures Holdpoint beside a bare PostgreSQL and its peers, all in one run, and prints one table.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { arch, cpus, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";

import { build } from "./build.mjs";
import { startPostgres } from "./postgres.mjs";
import { root, run, say } from "./run.mjs";
import { setup } from "./setup.mjs";

const benchFolder = join(root, "test", "bench");
const outputFolder = join(benchFolder, ".output");
const postgresSettings = { max_connections: 300, shared_buffers: "512MB", max_wal_size: "4GB" };
const temporaryFileSystemType = 0x01021994;

const { choices, chooseArms, effort } = await import("../test/bench/run/plan.mjs");
const { chosen, quick } = readArguments();
const progress = (/** @type {string} */ text) => void process.stderr.write(`${text}\n`);

await setup("production");
const arms = chooseArms(chosen);
const installFailure = arms.some((arm) => arm.needsPeers === true)
  ? await installPeers()
  : undefined;
const built = !arms.some((arm) => arm.needsBuild) || (await build());
if (!built) progress("The build failed, so Holdpoint's own arms run on what was built before.");
const exampleFailures =
  built && arms.some((arm) => arm.needsExamples === true) ? await prepareExamples() : [];
await measureAll();

function readArguments() {
  const usage = `Usage: npm run bench -- [--quick] [--only ${choices.join(",")}]\n`;
  try {
    const { values } = parseArgs({
      options: { only: { type: "string", multiple: true }, quick: { type: "boolean" } },
    });
    const only = (values.only ?? []).flatMap((list) => list.split(","));
    if (only.every((name) => choices.includes(name))) {
      return { chosen: only, quick: values.quick === true };
    }
  } catch {
    // An unknown flag gets the same answer as an unknown name.
  }
  process.stderr.write(usage);
  return process.exit(2);
}

/** @returns {Promise<string | undefined>} Why the peers are not there. */
async function installPeers() {
  const stampFile = join(benchFolder, "node_modules", ".holdpoint-stamp");
  const lockFile = join(benchFolder, "package-lock.json");
  const lock = readFileSync(lockFile);
  const stamp = createHash("sha256").update(lock).digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return undefined;
  progress("Installing the peers' packages into test/bench (some 300 MB, once).");
  const result = await run("npm", ["install", "--no-save"], { cwd: benchFolder, capture: true });
  // INVARIANT: no command of this repository rewrites a lock file.
  if (!readFileSync(lockFile).equals(lock)) writeFileSync(lockFile, lock);
  if (result.code !== 0) return `the peers' packages could not be installed: ${result.output}`;
  writeFileSync(stampFile, stamp);
  return undefined;
}

/** @returns {Promise<string[]>} Why an example cannot be run. */
async function prepareExamples() {
  const { adapters } = await import("../test/bench/measure/adapters.mjs");
  // Only now: it packs with packages that `setup` may just have installed.
  const { installExamples } = await import("./examples.mjs");
  return installExamples([...new Set(adapters.map(({ example }) => example))]);
}

async function measureAll() {
  const { runArms } = await import("../test/bench/run/session.mjs");
  const { makeRows, makeTable, compareWithPeers } = await import("../test/bench/run/report.mjs");
  const { machineCpuMs, treesCpuMs } = await import("../test/bench/measure/cost.mjs");
  const cpuNow = () => ({
    atMs: performance.now(),
    ours: treesCpuMs({ all: process.pid })["all"] ?? 0,
    machine: machineCpuMs(),
  });
  const postgres = await startPostgres({ settings: postgresSettings });
  progress(`PostgreSQL ${postgres.version} runs in ${postgres.dir}.`);
  const before = cpuNow();
  let results;
  try {
    results = await runArms(arms, {
      effort: effort(quick),
      postgres,
      root,
      quick,
      say: progress,
      obstacle: (arm) =>
        (arm.needsPeers === true ? installFailure : undefined) ??
        (arm.needsExamples === true ? exampleFailures[0] : undefined),
    });
    const after = cpuNow();
    const machine = describeMachine(postgres, foreignCores(before, after));
    const rows = makeRows(results);
    const missing = results.filter((result) => result.notRun !== undefined);
    say(`\n${machine.join("\n")}\n${describeVersions(results)}\n\n${makeTable(rows)}\n`);
    for (const { arm, notRun } of missing) {
      say(`not run: ${arm.group}: ${arm.name}: ${(notRun ?? "").split("\n")[0]}`);
    }
    for (const sentence of compareWithPeers(rows)) say(sentence);
    mkdirSync(outputFolder, { recursive: true });
    const notRun = missing.map(({ arm, notRun: reason }) => ({ arm: arm.name, reason }));
    const report = { measuredAt: new Date().toISOString(), quick, machine, rows, notRun };
    writeFileSync(join(outputFolder, "latest.json"), `${JSON.stringify(report, null, 2)}\n`);
  } finally {
    await postgres.stop();
  }
}

/** @typedef {{ atMs: number, ours: number, machine: number | undefined }} CpuReading */

/**
 * @param {CpuReading} before
 * @param {CpuReading} after
 * @returns {number | undefined} Cores that other programs kept busy meanwhile.
 */
function foreignCores(before, after) {
  if (before.machine === undefined || after.machine === undefined) return undefined;
  const foreignMs = after.machine - before.machine - (after.ours - before.ours);
  return Math.max(0, foreignMs / (after.atMs - before.atMs));
}

/**
 * @param {{ version: string, dir: string }} postgres
 * @param {number | undefined} foreign
 * @returns {string[]}
 */
function describeMachine(postgres, foreign) {
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const inMemory = statfsSync(tmpdir()).type === temporaryFileSystemType;
  const disk = inMemory ? "data in memory: FLUSHES COST NOTHING HERE" : "data on disk, fsync on";
  return [
    `${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, ${gib} GiB, ${disk}`,
    `${type()} ${release()} ${arch()}, Node ${process.versions.node}, PostgreSQL ${postgres.version}`,
    `Meanwhile other programs kept ${foreign?.toFixed(2) ?? "an unknown number of"} cores busy.`,
  ];
}

/** @param {{ versions: Record<string, string> }[]} results */
function describeVersions(results) {
  const all = Object.assign({}, ...results.map((result) => result.versions));
  const names = Object.entries(all).map(([name, version]) => `${name} ${version}`);
  return names.length === 0 ? "" : `Beside it: ${names.join(", ")}`;
}
