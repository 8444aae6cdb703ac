// Kills the agent and the worker between every two steps from the hold to the end of the run: its act is done once.

import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at } from "../http.ts";
import { type GuardWorld, startGuardWorld, stopGuardWorld } from "../flow/guard-world.ts";

const program = fileURLToPath(new URL("run-child.mjs", import.meta.url));
/** Longer than the lease of a worker and the time for an outcome together. */
const LONG_MS = 961_000;

type When = "before" | "after";
interface Doom {
  readonly step: string;
  readonly when: When;
}
interface Said {
  readonly at: string;
  readonly job?: string;
  readonly resumption?: string;
  readonly message?: string;
}

class Child {
  readonly process: ChildProcess;
  readonly #bell = new EventEmitter();
  readonly #said: Said[] = [];

  constructor({ url, agentKey }: GuardWorld, file: string) {
    this.process = fork(program, [url, agentKey, file]);
    this.process.on("message", (message) => {
      this.#said.push(message as Said);
      this.#bell.emit("said");
    });
  }

  async heard(what: string): Promise<Said> {
    for (;;) {
      const failed = this.#said.find((said) => said.at === "failed");
      if (failed !== undefined) throw new Error(failed.message);
      const found = this.#said.findIndex((said) => said.at === what);
      const [said] = found === -1 ? [] : this.#said.splice(found, 1);
      if (said !== undefined) return said;
      await once(this.#bell, "said");
    }
  }

  tell(order: { role: "agent" | "worker"; id: string; doom?: Doom }): void {
    this.process.send(order);
  }

  async gone(): Promise<NodeJS.Signals | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      await once(this.process, "exit");
    }
    return this.process.signalCode;
  }
}

let world: GuardWorld;
let file: string;
/** Lives through all of the stories, and does what the dead left. */
let survivor: Child;
let stories = 0;

beforeAll(async () => {
  world = await startGuardWorld();
  file = path.join(world.line.folder, "effects");
  writeFileSync(file, "");
  survivor = new Child(world, file);
  await survivor.heard("ready");
}, 180_000);

afterAll(async () => {
  survivor?.process.kill("SIGKILL");
  await survivor?.gone();
  await stopGuardWorld(world);
});

const each = (...steps: readonly string[]): Doom[] =>
  steps.flatMap((step) => [
    { step, when: "before" as const },
    { step, when: "after" as const },
  ]);

function story(): string {
  stories += 1;
  return `run-${stories}`;
}

/** Dies in its role; answers when it is gone. */
async function doomed(role: "agent" | "worker", id: string, doom: Doom): Promise<void> {
  const child = new Child(world, file);
  await child.heard("ready");
  child.tell({ role, id, doom });
  expect(await child.gone()).toBe("SIGKILL");
}

async function suspended(id: string): Promise<Said> {
  survivor.tell({ role: "agent", id });
  return survivor.heard("suspended");
}

async function approved(job: string): Promise<void> {
  await world.person("approve", await world.hp.job(job));
}

async function isCompleted({ resumption }: Said): Promise<boolean> {
  const run = await world.hp.request({ method: "GET", path: `/resumptions/${resumption}` });
  return at(run, "state") === "completed";
}

async function expectDoneOnce(job: string): Promise<void> {
  const lines = readFileSync(file, "utf8").split("\n");
  expect(lines.filter((line) => line === job)).toHaveLength(1);
  expect((await world.hp.job(job)).job.state).toBe("SUCCEEDED");
}

test.each(each("/actions", "/resumptions"))(
  "an agent that dies $when $step: the next one suspends the same run",
  async (doom) => {
    const id = story();
    await doomed("agent", id, doom);
    const run = await suspended(id);
    const jobs = await suspended(id);
    expect(jobs).toEqual(run);
    await approved(run.job ?? "");
    survivor.tell({ role: "worker", id });
    await survivor.heard("completed");

    expect(await isCompleted(run)).toBe(true);
    await expectDoneOnce(run.job ?? "");
  },
  60_000,
);

test.each(each("/claim", "/actions", "effect", "/outcome", "/complete"))(
  "a worker that dies $when $step: the next one ends the run, with one effect",
  async (doom) => {
    const id = story();
    const run = await suspended(id);
    await approved(run.job ?? "");
    await doomed("worker", id, doom);
    if (!(await isCompleted(run))) {
      world.line.pass(LONG_MS);
      survivor.tell({ role: "worker", id });
      await survivor.heard("completed");
    }

    expect(await isCompleted(run)).toBe(true);
    await expectDoneOnce(run.job ?? "");
  },
  60_000,
);
