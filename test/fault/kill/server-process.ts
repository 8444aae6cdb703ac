// The real server as a process that a test may kill: started by its own command on a free port.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface ServerProcess {
  readonly url: string;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
}

export interface StartOptions {
  readonly dir: string;
  readonly policyFile: string;
  /** Null uses the embedded database in `dir`. */
  readonly databaseUrl: string | null;
}

const program = fileURLToPath(new URL("../../../packages/cli/dist/main.js", import.meta.url));

/** Grants name their issuer, so it stays the same while ports change from start to start. */
const publicUrl = "http://holdpoint.test";

function launch(options: StartOptions): ChildProcess {
  const { dir, policyFile, databaseUrl } = options;
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(HOLDPOINT_|DATABASE_)/.test(name),
  );
  const args = ["start", "--dev", "--json", "--quiet", "--port", "0", "--data", dir];
  return spawn(process.execPath, [program, ...args, "--policy", policyFile], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...Object.fromEntries(inherited),
      HOLDPOINT_PUBLIC_URL: publicUrl,
      ...(databaseUrl !== null && { DATABASE_URL: databaseUrl }),
    },
  });
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** Starts a server and kills it after so many milliseconds, ready or not. */
export async function startAndKill(options: StartOptions, afterMs: number): Promise<void> {
  const child = launch(options);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await killed(child);
}

export async function startProcess(options: StartOptions): Promise<ServerProcess> {
  const child = launch(options);
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-4_000);
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}: ${said}`)));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = readEvent(line);
      if (event.event === "listening" && event.url !== undefined) resolve(event.url);
    });
  });
  return {
    url,
    kill: () => killed(child),
    stop: async () => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
      return child.exitCode;
    },
  };
}

function readEvent(line: string): { event?: string; url?: string } {
  try {
    return JSON.parse(line) as { event?: string; url?: string };
  } catch {
    return {};
  }
}
