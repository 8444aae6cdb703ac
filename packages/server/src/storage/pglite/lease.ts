// The lease file in the data folder: who holds it, and whether that process is still there.

import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, rmSync } from "node:fs";
import { readlinkSync, writeSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface LeaseText {
  readonly pid: number;
  readonly host: string;
  /** Where a process id and an abstract socket mean something: host, boot and network namespace. */
  readonly place: string;
  readonly token: string;
  readonly beat: number;
}

export interface LeaseOptions {
  /** True when the kernel itself says that no process of this place holds the folder. */
  readonly placeIsFree: boolean;
  /** How long a lease from elsewhere must stand still before it counts as left behind. */
  readonly observeMs: number;
  readonly onProgress: (sentence: string) => void;
  readonly onLost: () => void;
}

export interface Lease {
  release(): void;
}

const beatMs = 5_000;
const takeoversMax = 3;

export function leasePath(dir: string): string {
  return join(dir, "lease.json");
}

function placeOfThisProcess(): string {
  if (process.platform !== "linux") return hostname();
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return [hostname(), boot, readlinkSync("/proc/self/ns/net")].join(" ");
}

export function readLease(dir: string): { text: string; lease: LeaseText | undefined } | undefined {
  let text: string;
  try {
    text = readFileSync(leasePath(dir), "utf8");
  } catch {
    return undefined;
  }
  try {
    return { text, lease: JSON.parse(text) as LeaseText };
  } catch {
    return { text, lease: undefined };
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** True when the lease has no living holder. A clock is not asked: hosts disagree about the time. */
async function isLeftBehind(dir: string, options: LeaseOptions): Promise<boolean> {
  const seen = readLease(dir);
  if (seen === undefined) return true;
  if (seen.lease?.place === placeOfThisProcess()) {
    return options.placeIsFree || !isAlive(seen.lease.pid);
  }
  const seconds = Math.ceil(options.observeMs / 1000);
  options.onProgress(`Another host left a lease here; watching ${seconds} s whether it is alive.`);
  await delay(options.observeMs);
  return readLease(dir)?.text === seen.text;
}

function write(descriptor: number, lease: LeaseText): void {
  const text = `${JSON.stringify(lease)}\n`;
  writeSync(descriptor, text, 0);
  ftruncateSync(descriptor, Buffer.byteLength(text));
}

function create(dir: string): number | undefined {
  try {
    return openSync(leasePath(dir), "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  }
}

/**
 * Takes the lease, or answers undefined when a living process has it. Two hosts that take over
 * the same dead lease in the same instant both succeed; the first one learns it at its next beat.
 */
export async function takeLease(dir: string, options: LeaseOptions): Promise<Lease | undefined> {
  let descriptor = create(dir);
  for (let attempt = 0; descriptor === undefined && attempt < takeoversMax; attempt += 1) {
    if (!(await isLeftBehind(dir, options))) return undefined;
    rmSync(leasePath(dir), { force: true });
    descriptor = create(dir);
  }
  if (descriptor === undefined) return undefined;
  return hold(dir, descriptor, options.onLost);
}

function hold(dir: string, descriptor: number, onLost: () => void): Lease {
  const token = randomUUID();
  const mine = { pid: process.pid, host: hostname(), place: placeOfThisProcess(), token };
  let beat = 0;
  write(descriptor, { ...mine, beat });
  fsyncSync(descriptor);
  const isMine = (): boolean => readLease(dir)?.lease?.token === token;
  const timer = setInterval(() => {
    beat += 1;
    try {
      if (isMine()) return write(descriptor, { ...mine, beat });
    } catch {
      // A lease that cannot be renewed is as good as lost: another host may take it.
    }
    onLost();
  }, beatMs);
  timer.unref();
  return {
    release: () => {
      clearInterval(timer);
      if (isMine()) rmSync(leasePath(dir), { force: true });
      closeSync(descriptor);
    },
  };
}
