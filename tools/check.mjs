// Every check that needs no database: format, lint, types, house rules, dead code, generated files.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { root, runBin, run, say } from "./run.mjs";
import { setup } from "./setup.mjs";

/** @typedef {{ name: string, code: number, output: string, ms: number }} Outcome */
/** @typedef {{ name: string, repair?: string, action: () => Promise<{ code: number, output: string }> }} Check */

const capture = { capture: true };
/**
 * Files of the specification that are written by code, by the word that the command line knows.
 *
 * @type {Readonly<Record<string, { file: string, module: string, build: string }>>}
 */
const generated = {
  openapi: {
    file: "spec/openapi.json",
    module: "packages/server/dist/http/openapi.js",
    build: "buildOpenapi",
  },
  "policy-schema": {
    file: "spec/policy.schema.json",
    module: "packages/core/dist/policy-file/file-schema.js",
    build: "policySchema",
  },
};

/** @type {Check} */
const packages = { name: "types of packages", action: () => runBin("typescript", ["-b"], tsc()) };

/** @type {readonly Check[]} */
const checks = [
  {
    name: "format",
    repair: "npx oxfmt",
    action: () => runBin("oxfmt", ["--check"], capture),
  },
  {
    name: "types of console",
    action: () => runBin("typescript", ["-p", "packages/console"], tsc()),
  },
  { name: "types of tests", action: () => runBin("typescript", ["-p", "test"], tsc()) },
  { name: "lint", action: () => runBin("oxlint", ["--deny-warnings"], capture) },
  { name: "tidy", action: () => run(process.execPath, ["tools/dist/tidy.js", root], capture) },
  { name: "dead code", action: () => runBin("knip", ["--no-progress"], capture) },
  ...Object.keys(generated).map((name) => ({
    name,
    repair: `npm run check -- --write-${name}`,
    action: () => compareGenerated(name),
  })),
];

const startedAt = Date.now();
await setup("full");
process.chdir(root);
// The other checks read what this one builds, so it goes first and alone.
const outcomes = [await measure(packages)];
outcomes.push(...(await inTwoLanes(checks)));
report(outcomes);

function tsc() {
  return { ...capture, command: "tsc" };
}

/**
 * Two at a time, because the checks are programs of their own and small machines have two cores.
 *
 * @param {readonly Check[]} list
 * @returns {Promise<Outcome[]>}
 */
async function inTwoLanes(list) {
  const waiting = [...list];
  /** @type {Outcome[]} */
  const done = [];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      done.push(await measure(next));
    }
  };
  await Promise.all([lane(), lane()]);
  return done;
}

/**
 * @param {Check} check
 * @returns {Promise<Outcome>}
 */
async function measure(check) {
  const started = Date.now();
  const { code, output } = await check.action();
  const hint = code !== 0 && check.repair !== undefined ? `To repair: ${check.repair}\n` : "";
  return { name: check.name, code, output: output + hint, ms: Date.now() - started };
}

/** @param {string} name */
async function compareGenerated(name) {
  const { file, module, build } = generated[name];
  const path = join(root, file);
  const modulePath = join(root, module);
  if (!existsSync(modulePath)) return { code: 1, output: `${modulePath} is not built.\n` };
  const made = (await import(pathToFileURL(modulePath).href))[build]();
  const text = `${JSON.stringify(made, null, 2)}\n`;
  if (process.argv.includes(`--write-${name}`)) {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(path, text);
  }
  const committed = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (committed === text) return { code: 0, output: "" };
  return { code: 1, output: `${file} is not what the code says.\n` };
}

/** @param {Outcome[]} list */
function report(list) {
  for (const { name, code, output } of list) {
    if (code !== 0) say(`\n${name}\n${output.trimEnd()}`);
  }
  say("");
  for (const { name, code, ms } of list) {
    say(`${code === 0 ? "ok    " : "FAILED"}  ${name} (${(ms / 1000).toFixed(1)} s)`);
  }
  const failed = list.filter(({ code }) => code !== 0).length;
  const duration = ((Date.now() - startedAt) / 1000).toFixed(1);
  say(
    failed === 0
      ? `All ${list.length} checks passed in ${duration} s.`
      : `${failed} of ${list.length} checks failed (${duration} s).`,
  );
  process.exitCode = failed === 0 ? 0 : 1;
}
