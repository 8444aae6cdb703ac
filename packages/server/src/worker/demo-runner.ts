// Runs the demo agent as a process of its own and keeps what it says.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Clock } from "@holdpoint/core/base/clock";

export interface DemoStatus {
  readonly state: "idle" | "running" | "done" | "failed";
  readonly message: string;
  readonly steps: readonly {
    readonly at: string;
    readonly text: string;
    readonly job_id: string | null;
  }[];
}

export interface DemoParts {
  /** Path of the demo's program. */
  readonly program: string;
  readonly folder: string;
  readonly url: () => string;
  readonly clock: Clock;
}

const stepsMax = 500;

export class DemoRunner {
  readonly #parts: DemoParts;
  #status: DemoStatus = { state: "idle", message: "The demo has not run yet.", steps: [] };
  #child: ChildProcess | null = null;

  constructor(parts: DemoParts) {
    this.#parts = parts;
  }

  status(): DemoStatus {
    return this.#status;
  }

  /** Starts a run; while one is under way that one goes on. */
  start(): DemoStatus {
    if (this.#child !== null) return this.#status;
    this.#status = { state: "running", message: "The agent is at work.", steps: [] };
    const { program, folder, url } = this.#parts;
    const child = spawn(process.execPath, [program, "--url", url(), "--folder", folder, "--json"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    let fault = "";
    createInterface({ input: child.stdout }).on("line", (line) => this.#hear(line));
    child.stderr.on("data", (chunk: Buffer) => {
      fault = (fault + chunk.toString("utf8")).slice(-2_000);
    });
    child.on("error", (error) => this.#end("failed", error.message));
    child.on("close", (code) => {
      if (code === 0) this.#end("done", "The agent has finished.");
      else
        this.#end(
          "failed",
          fault.trim().split("\n").at(-1) ?? `The agent stopped with code ${code}.`,
        );
    });
    return this.#status;
  }

  stop(): void {
    this.#child?.kill();
  }

  #hear(line: string): void {
    const said = readLine(line);
    if (said === null || this.#status.steps.length >= stepsMax) return;
    const at = new Date(this.#parts.clock.now()).toISOString();
    const steps = [...this.#status.steps, { at, text: said.text, job_id: said.jobId }];
    this.#status = { ...this.#status, steps };
  }

  #end(state: "done" | "failed", message: string): void {
    if (this.#child === null) return;
    this.#child = null;
    this.#status = { ...this.#status, state, message };
  }
}

function readLine(line: string): { text: string; jobId: string | null } | null {
  try {
    const said = JSON.parse(line) as { text?: unknown; jobId?: unknown };
    if (typeof said.text !== "string") return null;
    return { text: said.text, jobId: typeof said.jobId === "string" ? said.jobId : null };
  } catch {
    return null;
  }
}
