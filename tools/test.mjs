// Runs the tests on real parts: installs, builds, starts a PostgreSQL, finds a browser, counts.
import { randomInt } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { build } from "./build.mjs";
import { findChromium } from "./chromium.mjs";
import { runBin, say } from "./run.mjs";
import { setup } from "./setup.mjs";

const projects = ["unit", "server", "adapters", "e2e"];
const runTimeoutMs = 45 * 60_000;
const seedMax = 2 ** 31 - 1;

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {{ stop: () => Promise<void>, url: string, version: string }} Database */

/** @type {Counts} */
const total = { passed: 0, failed: 0, skipped: 0 };
const { selected, seed, rest } = readArguments(process.argv.slice(2));
const startedAt = Date.now();

await setup("full");
if (await build()) await testAll();
else {
  say("The build failed, so no test was run.");
  total.failed += 1;
}
finish();

/** @param {string[]} args */
function readArguments(args) {
  /** @type {string[]} */
  const only = [];
  /** @type {string[]} */
  const others = [];
  let chosenSeed = process.env["HOLDPOINT_TEST_SEED"] ?? String(randomInt(1, seedMax));
  for (let i = 0; i < args.length; i += 1) {
    const [flag = "", inline] = (args[i] ?? "").split("=", 2);
    if (flag !== "--only" && flag !== "--seed") {
      others.push(args[i] ?? "");
      continue;
    }
    const value = inline ?? args[(i += 1)] ?? "";
    if (flag === "--seed") chosenSeed = value;
    else only.push(...value.split(","));
  }
  const unknown = only.find((name) => !projects.includes(name));
  if (unknown !== undefined || !/^-?\d+$/.test(chosenSeed)) {
    process.stderr.write(
      `Usage: npm test -- [--only ${projects.join("|")}] [--seed NUMBER] [files]\n`,
    );
    process.exit(2);
  }
  return { selected: only.length > 0 ? only : projects, seed: chosenSeed, rest: others };
}

async function testAll() {
  say(`Seed ${seed} (the same again: npm test -- --seed ${seed}).`);
  const folder = mkdtempSync(join(tmpdir(), "holdpoint-test-"));
  /** @type {Record<string, string>} */
  const env = { HOLDPOINT_TEST_SEED: seed };
  const database = await databaseFor(selected, env);
  try {
    for (const project of projects) {
      if (!selected.includes(project)) continue;
      if (project === "e2e") {
        const chromium = await findChromium();
        if (chromium === undefined) {
          total.failed += 1;
          continue;
        }
        env["HOLDPOINT_CHROMIUM"] = chromium;
      }
      if (project === "adapters") await readyExamples();
      await testOne(project, folder, env);
    }
  } finally {
    await database?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

// The frameworks come from packages that the examples bring along; their types are checked where they are.
async function readyExamples() {
  const { installExamples } = await import("./examples.mjs");
  const failures = await installExamples();
  const types = await runBin("typescript", ["-p", "test/adapters"], { command: "tsc" });
  if (types.code !== 0) failures.push("The types of an adapter's test or of an example are wrong.");
  for (const failure of failures) say(failure);
  total.failed += failures.length;
}

/**
 * @param {string[]} names
 * @param {Record<string, string>} env Gets the address of the database.
 * @returns {Promise<Database | undefined>}
 */
async function databaseFor(names, env) {
  if (!names.includes("server")) return undefined;
  const given = process.env["HOLDPOINT_TEST_POSTGRES_URL"];
  if (given !== undefined && given !== "") return undefined;
  try {
    const { startPostgres } = await import("./postgres.mjs");
    const database = await startPostgres();
    say(`PostgreSQL ${database.version} is up for the tests.`);
    env["HOLDPOINT_TEST_POSTGRES_URL"] = database.url;
    return database;
  } catch (error) {
    say(
      `No PostgreSQL could be started: ${error instanceof Error ? error.message : String(error)}`,
    );
    total.failed += 1;
    return undefined;
  }
}

/**
 * @param {string} project
 * @param {string} folder
 * @param {Record<string, string>} env
 */
async function testOne(project, folder, env) {
  const left = runTimeoutMs - (Date.now() - startedAt);
  if (left <= 0) {
    say(`The time for all tests is over; ${project} was not run.`);
    total.failed += 1;
    return;
  }
  say(`\n${project}`);
  const report = join(folder, `${project}.json`);
  const args = [
    "run",
    "--project",
    project,
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...rest,
  ];
  const result = await runBin("vitest", args, { env, timeoutMs: left });
  if (result.timedOut) say(`The time for all tests is over; ${project} was stopped.`);
  const counts = countsIn(report);
  // A run that ends badly without a failed test (a crash, an unhandled rejection, a file that does
  // not load) is a failure of its own.
  if (result.code !== 0 && counts.failed === 0) counts.failed = 1;
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
}

/**
 * @param {string} report
 * @returns {Counts}
 */
function countsIn(report) {
  if (!existsSync(report)) return { passed: 0, failed: 0, skipped: 0 };
  const result = JSON.parse(readFileSync(report, "utf8"));
  const unloaded = result.testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
      file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
  );
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + unloaded.length,
    skipped: result.numPendingTests + result.numTodoTests,
  };
}

function finish() {
  const duration = Math.round((Date.now() - startedAt) / 1000);
  const ran = total.passed + total.failed;
  say("");
  if (ran === 0) say("No test ran, which counts as a failure.");
  if (total.skipped > 0) say(`${total.skipped} skipped.`);
  say(`The tests took ${duration} s, with seed ${seed}.`);
  say(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = ran === 0 || total.failed > 0 ? 1 : 0;
}
