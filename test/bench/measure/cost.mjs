// Counts what a measured phase costs: processor time by process tree, and flushes of the disk.
import { readdirSync, readFileSync } from "node:fs";

const clockTickMs = 10;

/**
 * @typedef {object} Cost
 * @property {number} cpuMs Of this process and all watched processes.
 * @property {Record<string, number>} cpuMsOf The same, by name; `client` is this process.
 * @property {number | undefined} flushes Of the machine's disks, where they are counted.
 */

/**
 * @template T
 * @param {Record<string, number>} pids Each is counted with all its descendants.
 * @param {() => Promise<T>} phase
 * @returns {Promise<[T, Cost]>}
 */
export async function measureCost(pids, phase) {
  const before = read(pids);
  const result = await phase();
  return [result, difference(before, read(pids))];
}

/**
 * @param {Record<string, number>} pids
 * @returns {Reading}
 */
function read(pids) {
  return { flushes: diskFlushes(), cpu: { client: ownCpuMs(), ...treesCpuMs(pids) } };
}

/**
 * @typedef {{ flushes: number | undefined, cpu: Record<string, number> }} Reading
 * @param {Reading} before
 * @param {Reading} after
 * @returns {Cost}
 */
function difference(before, after) {
  const spent = Object.entries(after.cpu).map(([name, ms]) => [name, ms - (before.cpu[name] ?? 0)]);
  /** @type {Record<string, number>} */
  const cpuMsOf = Object.fromEntries(spent);
  const counted = before.flushes !== undefined && after.flushes !== undefined;
  return {
    cpuMs: Object.values(cpuMsOf).reduce((sum, ms) => sum + ms, 0),
    cpuMsOf,
    flushes: counted ? Number(after.flushes) - Number(before.flushes) : undefined,
  };
}

/**
 * @param {Cost} cost
 * @param {number} actions
 * @returns {{ cpuMsPerAction: number, cpuMsPerActionOf: Record<string, number>,
 *   flushesPerAction?: number }}
 */
export function perAction(cost, actions) {
  const each = Object.entries(cost.cpuMsOf).map(([name, ms]) => [name, ms / actions]);
  return {
    cpuMsPerAction: cost.cpuMs / actions,
    cpuMsPerActionOf: Object.fromEntries(each),
    ...(cost.flushes === undefined ? {} : { flushesPerAction: cost.flushes / actions }),
  };
}

/** @returns {number} */
function ownCpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * PostgreSQL's own counters are up to ten seconds behind, so the kernel's are read. They hold the
 * flushes of every program on the machine.
 *
 * @returns {number | undefined}
 */
function diskFlushes() {
  if (process.platform !== "linux") return undefined;
  const disks = readFileSync("/proc/diskstats", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/ +/))
    .filter(([, , name]) => /^([vsx]+d[a-z]+|nvme\d+n\d+)$/.test(name ?? ""));
  return disks.reduce((sum, fields) => sum + Number(fields[18] ?? 0), 0);
}

/**
 * @param {Record<string, number>} pids
 * @returns {Record<string, number>} Nothing where there is no /proc.
 */
export function treesCpuMs(pids) {
  const processes = readProcesses();
  if (processes.size === 0) return {};
  return Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [name, treeCpuMs(processes, pid)]),
  );
}

/**
 * A process's figure holds that of its ended children, so only living ones are added.
 *
 * @param {Map<number, { parent: number, cpuMs: number }>} processes
 * @param {number} root
 * @returns {number}
 */
function treeCpuMs(processes, root) {
  let sum = processes.get(root)?.cpuMs ?? 0;
  for (const [pid, { parent }] of processes) {
    if (parent === root && pid !== root) sum += treeCpuMs(processes, pid);
  }
  return sum;
}

/** @returns {Map<number, { parent: number, cpuMs: number }>} */
function readProcesses() {
  const processes = new Map();
  if (process.platform !== "linux") return processes;
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const line = readStat(name);
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    processes.set(Number(name), { parent: Number(fields[1]), cpuMs: ticks * clockTickMs });
  }
  return processes;
}

/**
 * @param {string} pid
 * @returns {string}
 */
function readStat(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return "";
  }
}

/** @returns {number | undefined} Of the whole machine since it started. */
export function machineCpuMs() {
  if (process.platform !== "linux") return undefined;
  const line = readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "";
  const [user, nice, system, , , interrupt, softInterrupt] = line.split(/ +/).slice(1).map(Number);
  const busy = [user, nice, system, interrupt, softInterrupt];
  return busy.reduce((/** @type {number} */ sum, ticks) => sum + (ticks ?? 0), 0) * clockTickMs;
}
