// Which process a file of the spool belongs to, and whether that process is gone.

import { readFileSync, readlinkSync, statSync } from "node:fs";
import { hostname } from "node:os";

export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Of this start of the machine, and of the names that processes have in it; null where there is none. */
  readonly boot: string | null;
  readonly names: string | null;
  /** When the process began, in ticks since the start of the machine; null where that is not known. */
  readonly startedAt: string | null;
}

export function thisOwner(): Owner {
  return {
    pid: process.pid,
    host: hostname(),
    boot: quietly(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    names: quietly(() => readlinkSync("/proc/self/ns/pid")),
    startedAt: startOf(process.pid),
  };
}

/** An owner that cannot be looked at is taken for gone after so long without a sign of life. */
const silentMs = 90_000;

/** `ended`: it is seen to be gone. `silent`: it cannot be looked at, and gave no sign of life for long. */
export type Gone = "ended" | "silent";

/**
 * Null while the owner lives. SECURITY: a process that is only stopped is not gone: where it can be looked at,
 * nothing but its end counts.
 *
 * @param lockPath its file, which it touches while it lives
 */
export function goneBy(owner: Owner, me: Owner, lockPath: string, now: number): Gone | null {
  const isSameMachine =
    owner.host === me.host && owner.boot === me.boot && owner.names === me.names;
  if (isSameMachine) return isAlive(owner) ? null : "ended";
  const touchedAt = quietly(() => statSync(lockPath).mtimeMs);
  return touchedAt === null || now - touchedAt > silentMs ? "silent" : null;
}

export function ownerOf(text: string): Owner | null {
  try {
    const { pid, host, boot, names, startedAt } = JSON.parse(text) as Partial<Owner>;
    if (typeof pid !== "number" || typeof host !== "string") return null;
    return { pid, host, boot: boot ?? null, names: names ?? null, startedAt: startedAt ?? null };
  } catch {
    return null;
  }
}

/** The number of a process is used again; the moment of its start is not. */
function isAlive({ pid, startedAt }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return startedAt === null || startOf(pid) === startedAt;
}

function startOf(pid: number): string | null {
  return quietly(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program may hold anything; what follows its last parenthesis does not.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  });
}

function quietly<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
