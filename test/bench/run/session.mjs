// Runs the chosen arms in turn, round by round, so that noise on the machine meets all of them alike.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import pg from "pg";

import { startArmProcess } from "./arm-process.mjs";

/** @typedef {import("./plan.mjs").Arm} Arm */
/** @typedef {import("../measure/round-trip.mjs").Measured} Measured */

/**
 * @typedef {object} ArmResult
 * @property {Arm} arm
 * @property {Record<string, string>} versions Of the packages that it is made of.
 * @property {{ load: string, measured: Measured }[]} rounds
 * @property {string} [notRun] Why there are no or not all figures.
 */

/**
 * @typedef {object} Settings
 * @property {{ rounds: number, loads: import("./plan.mjs").Load[] }} effort
 * @property {{ url: string, pid: number }} postgres
 * @property {string} root
 * @property {boolean} quick
 * @property {(text: string) => void} say
 * @property {(arm: Arm) => string | undefined} obstacle Why an arm cannot be run at all.
 */

/**
 * @param {Arm[]} arms
 * @param {Settings} settings
 * @returns {Promise<ArmResult[]>}
 */
export async function runArms(arms, settings) {
  const scratch = mkdtempSync(join(tmpdir(), "holdpoint-bench-"));
  /** @type {ArmResult[]} */
  const results = [];
  try {
    for (const group of new Set(arms.map((arm) => arm.group))) {
      const members = arms.filter((arm) => arm.group === group);
      results.push(...(await runGroup(members, { ...settings, scratch })));
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return results;
}

/**
 * @param {Arm[]} arms
 * @param {Settings & { scratch: string }} settings
 */
async function runGroup(arms, settings) {
  const runners = [];
  try {
    for (const arm of arms) runners.push(await openRunner(arm, settings));
    for (let round = 1; round <= settings.effort.rounds; round += 1) {
      for (const load of settings.effort.loads) {
        for (const runner of runners) await runner.run(load, round);
      }
    }
  } finally {
    for (const runner of runners) await runner.close();
  }
  return runners.map((runner) => runner.result);
}

/**
 * @param {Arm} arm
 * @param {Settings & { scratch: string }} settings
 */
async function openRunner(arm, settings) {
  const { say } = settings;
  const title = `${arm.group}: ${arm.name}`;
  /** @type {ArmResult} */
  const result = { arm, versions: {}, rounds: [] };
  const child = startArmProcess();
  const attempt = async (/** @type {() => Promise<void>} */ step) => {
    if (result.notRun !== undefined) return;
    try {
      await step();
    } catch (error) {
      result.notRun = error instanceof Error ? error.message : String(error);
      say(`  ${title}: not run: ${result.notRun.split("\n")[0]}`);
      await child.close();
    }
  };
  const obstacle = settings.obstacle(arm);
  await attempt(async () => {
    if (obstacle !== undefined) throw new Error(obstacle);
    say(`  ${title}: opening`);
    const context = await makeContext(arm, settings);
    result.versions = (await child.open(arm.module, context, arm.options)).versions;
    const warmUp = settings.effort.loads.filter((load) => arm.loads.includes(load.name));
    for (const { actions, concurrency } of warmUp) {
      await child.round({ actions: Math.ceil(actions / 8), concurrency });
    }
  });
  return {
    result,
    run: async (/** @type {import("./plan.mjs").Load} */ load, /** @type {number} */ round) => {
      if (!arm.loads.includes(load.name)) return;
      await attempt(async () => {
        say(`  ${title}: ${load.name}, round ${round}`);
        const measured = await child.round(load);
        result.rounds.push({ load: load.name, measured });
      });
    },
    close: () => child.close(),
  };
}

/**
 * @param {Arm} arm
 * @param {Settings & { scratch: string }} settings
 */
async function makeContext(arm, settings) {
  const words = `${arm.module} ${Object.values(arm.options).join(" ")}`;
  const name = `bench_${words.trim().replaceAll(/[^a-z0-9]+/g, "_")}`;
  const client = new pg.Client({ connectionString: settings.postgres.url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(settings.postgres.url);
  url.pathname = `/${name}`;
  const dir = join(settings.scratch, name);
  mkdirSync(dir);
  return {
    url: url.href,
    postgresPid: settings.postgres.pid,
    root: settings.root,
    dir,
    quick: settings.quick,
  };
}
