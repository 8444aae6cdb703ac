// Starts throw-away PostgreSQL servers for the tests and the benchmark.
import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { findBinaries, installBinaries, serverUser, versionOf } from "./postgres-binaries.mjs";

/**
 * @typedef {object} PostgresOptions
 * @property {string} [dir] An empty or absent folder to work in; without it, a new one in the
 *   system's temporary folder.
 * @property {string} [version] The wanted major version, as "15"; without it, the newest one found.
 * @property {Record<string, string | number>} [settings] Further lines for postgresql.conf.
 */

/**
 * @typedef {object} Postgres
 * @property {string} url Connects the superuser to the database `holdpoint_test`.
 * @property {string} dir The folder with data, configuration and log.
 * @property {number} port On 127.0.0.1.
 * @property {string} version As the server itself prints it, such as "15.18".
 * @property {number} pid Of the postmaster.
 * @property {() => Promise<void>} stop Ends the server at once and removes the folder.
 */

/** @typedef {import("./postgres-binaries.mjs").ServerUser} ServerUser */

const databaseName = "holdpoint_test";
const startTimeoutMs = 60_000;
const portAttemptsMax = 10;

// The supervisor lives as long as the pipe on its standard input. The operating system closes that
// pipe however this process ends, so no server outlives the run that started it.
const supervisorScript = `
(
  /bin/sh -c 'echo $$ >"$1/pid"; exec "$0" -D "$1/data"' "$1" "$2"
  : >"$2/ended"
) >>"$2/postgres.log" 2>&1 </dev/null &
server=$!
read -r order
while [ ! -s "$2/pid" ]; do sleep 0.05; done
kill -QUIT "$(cat "$2/pid")" 2>/dev/null
wait "$server"
[ "$order" = keep ] || rm -rf "$2" 2>/dev/null
exit 0
`;

/**
 * @param {PostgresOptions} [options]
 * @returns {Promise<Postgres>}
 */
export async function startPostgres(options = {}) {
  const user = serverUser();
  const bin = findBinaries(options.version, user) ?? installBinaries(options.version, user);
  const dir = workFolder(options.dir, user);
  const password = randomBytes(18).toString("hex");
  try {
    initializeCluster({ bin, dir, user, password });
    const server = await launch({ bin, dir, user, settings: options.settings ?? {} });
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${server.port}/${databaseName}`,
      dir,
      port: server.port,
      version: versionOf(bin, user) ?? "unknown",
      pid: server.pid,
      stop: server.stop,
    };
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}

/**
 * @param {string | undefined} wanted
 * @param {ServerUser} user
 * @returns {string}
 */
function workFolder(wanted, user) {
  if (wanted !== undefined) {
    mkdirSync(wanted, { recursive: true });
    if (readdirSync(wanted).length > 0) throw new Error(`${wanted} is not empty.`);
  }
  const dir = wanted ?? mkdtempSync(join(publicTemporaryFolder(user), "holdpoint-postgres-"));
  chmodSync(dir, 0o700);
  if (user === undefined) return dir;
  chownSync(dir, user.uid, user.gid);
  if (!isReachable(dir, user)) {
    throw new Error(`${dir} lies in a folder that PostgreSQL's own user cannot enter.`);
  }
  return dir;
}

/**
 * @param {ServerUser} user
 * @returns {string}
 */
function publicTemporaryFolder(user) {
  return [tmpdir(), "/var/tmp", "/tmp"].find((folder) => isReachable(folder, user)) ?? tmpdir();
}

/**
 * @param {string} folder
 * @param {ServerUser} user
 * @returns {boolean}
 */
function isReachable(folder, user) {
  return spawnSync("test", ["-x", folder], { ...user, cwd: "/" }).status === 0;
}

/**
 * @param {{ bin: string, dir: string, user: ServerUser, password: string }} cluster
 */
function initializeCluster({ bin, dir, user, password }) {
  const data = join(dir, "data");
  const passwordFile = join(dir, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const flags = ["--username=postgres", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  const more = ["--encoding=UTF8", "--locale=C", "--no-sync", `--pgdata=${data}`];
  mustSucceed(spawnSync(join(bin, "initdb"), [...flags, ...more], { ...user, cwd: dir }), "initdb");
  rmSync(passwordFile);
  const single = spawnSync(join(bin, "postgres"), ["--single", "-D", data, "postgres"], {
    ...user,
    cwd: dir,
    input: `CREATE DATABASE ${databaseName};\n`,
  });
  mustSucceed(single, "CREATE DATABASE");
}

/**
 * @param {import("node:child_process").SpawnSyncReturns<Buffer>} result
 * @param {string} step
 */
function mustSucceed(result, step) {
  if (result.status === 0) return;
  const why = result.error?.message ?? `${result.stdout.toString()}${result.stderr.toString()}`;
  throw new Error(`PostgreSQL could not be set up: ${step}: ${why}`);
}

/**
 * Between choosing a port and taking it another process may come first, so a lost port is retried.
 *
 * @param {{ bin: string, dir: string, user: ServerUser,
 *   settings: Record<string, string | number> }} cluster
 * @returns {Promise<{ port: number, pid: number, stop: () => Promise<void> }>}
 */
async function launch({ bin, dir, user, settings }) {
  const configuration = join(dir, "data", "postgresql.conf");
  const initial = readFileSync(configuration, "utf8");
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const all = {
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: 100,
      fsync: "on",
      synchronous_commit: "on",
      ...settings,
      port,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'\n`);
    writeFileSync(configuration, initial + lines.join(""));
    const supervisor = supervise({ bin, dir, user });
    const pid = await untilReady(dir);
    if (pid !== undefined) return { port, pid, stop: () => supervisor.end("remove") };
    const log = readFileSync(join(dir, "postgres.log"), "utf8");
    await supervisor.end("keep");
    if (!log.includes("Address already in use") || attempt >= portAttemptsMax) {
      throw new Error(`PostgreSQL did not start: ${log.slice(-2_000)}`);
    }
  }
}

/**
 * @param {{ bin: string, dir: string, user: ServerUser }} cluster
 * @returns {{ end: (order: "keep" | "remove") => Promise<void> }}
 */
function supervise({ bin, dir, user }) {
  for (const name of ["postgres.log", "pid", "ended"]) rmSync(join(dir, name), { force: true });
  const child = spawn("/bin/sh", ["-c", supervisorScript, "sh", join(bin, "postgres"), dir], {
    ...user,
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const pipe = /** @type {import("node:net").Socket} */ (child.stdin);
  pipe.on("error", () => {});
  pipe.unref();
  child.unref();
  /** @type {Promise<void> | undefined} */
  let ending;
  const end = async (/** @type {string} */ order) => {
    child.ref();
    pipe.end(`${order}\n`);
    await ended;
    if (order === "remove") rmSync(dir, { recursive: true, force: true });
  };
  return { end: (order) => (ending ??= end(order)) };
}

/**
 * @param {string} dir
 * @returns {Promise<number | undefined>} The postmaster's process id; nothing when it gave up.
 */
async function untilReady(dir) {
  const deadline = performance.now() + startTimeoutMs;
  const lockFile = join(dir, "data", "postmaster.pid");
  while (performance.now() < deadline && !existsSync(join(dir, "ended"))) {
    const lines = existsSync(lockFile) ? readFileSync(lockFile, "utf8").split("\n") : [];
    if (lines[7]?.trim() === "ready") return Number(lines[0]);
    await delay(20);
  }
  return undefined;
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
