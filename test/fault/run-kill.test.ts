// Kills the server between and within all steps of a suspended run: it goes on once, and its act is done once.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, at, call, textAt } from "../http.ts";
import { randomFrom } from "../random.ts";
import { type ServerProcess, startProcess, type StartOptions } from "./kill/server-process.ts";
import { policy } from "./kill/story.ts";

const seed = Number(process.env["HOLDPOINT_TEST_SEED"] ?? 11);
let folder: string;
let options: StartOptions;
let server: ServerProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdpoint-run-kill-"));
  const policyFile = join(folder, "policy.yaml");
  writeFileSync(policyFile, policy);
  options = { dir: join(folder, "data"), policyFile, databaseUrl: null };
  server = await startProcess(options);
});
afterAll(async () => {
  await server.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** A run with one call, told step by step; each step may be told again until it was answered. */
class Story {
  readonly #name: string;
  run = "";
  fence = 0;
  token = "";
  /** Lines in the file that the act writes. */
  effects = 0;
  #execution: string | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  get #action(): object {
    return { topic: "job.table.write", params: { name: this.#name } };
  }

  readonly steps: readonly (() => Promise<Answer>)[] = [
    () => this.#post("/actions", { ...this.#action, job_id: this.#name }, [202]),
    async () => {
      const checkpoint = { codec: "text", state: Buffer.from(this.#name).toString("base64") };
      const body = { thread: this.#name, jobs: [this.#name], checkpoint };
      const answer = await this.#post("/resumptions", body, [200]);
      this.run = textAt(answer.body, "id");
      return answer;
    },
    () => this.#post(`/approvals/${this.#name}/approve`, {}, [200]),
    async () => {
      // A claim whose answer was lost is waited out.
      const body = { worker: "w", thread: this.#name, lease: "5s", timeout: 50 };
      const answer = await this.#post("/resumptions/claim", body, [200]);
      expect(textAt(answer.body, "items", 0, "resumption", "id")).toBe(this.run);
      const state = textAt(answer.body, "items", 0, "checkpoint", "state");
      expect(Buffer.from(state, "base64").toString()).toBe(this.#name);
      this.fence = Number(at(answer.body, "items", 0, "fence"));
      this.token = textAt(answer.body, "items", 0, "jobs", 0, "grant", "token");
      return answer;
    },
    async () => {
      const body = { grant: this.token, action: this.#action };
      const answer = await this.#post("/grants/redeem", body, [200]);
      const execution = textAt(answer.body, "execution", "id");
      if (this.#execution === null) this.effects += 1;
      this.#execution ??= execution;
      expect(execution).toBe(this.#execution);
      return answer;
    },
    () => this.#post(`/jobs/${this.#name}/outcome`, { status: "SUCCEEDED" }, [200]),
    () => this.#post(`/resumptions/${this.run}/complete`, { fence: this.fence }, [200, 409]),
  ];

  /** The key names the step, so that a repeat is the same request. */
  async #post(path: string, body: object, statuses: readonly number[]): Promise<Answer> {
    const headers = { "idempotency-key": `${this.#name} ${path}` };
    const answer = await call(server.url, "POST", path, { body, headers });
    if (!statuses.includes(answer.status)) throw new Error(`${path}: ${answer.text}`);
    return answer;
  }
}

async function restart(): Promise<void> {
  await server.kill();
  server = await startProcess(options);
}

/** Killed so many milliseconds after the step was begun; told again when its answer did not come. */
async function killedDuring(step: () => Promise<Answer>, afterMs: number): Promise<void> {
  const telling = step().then(
    () => true,
    () => false,
  );
  await pause(afterMs);
  await server.kill();
  const isTold = await telling;
  server = await startProcess(options);
  if (!isTold) await step();
}

async function expectDone(story: Story, name: string): Promise<void> {
  expect(story.effects).toBe(1);
  const run = await call(server.url, "GET", `/resumptions/${story.run}`);
  // The last word may have come after a lease that the kills took: then the next worker says it.
  if (at(run.body, "state") !== "completed") {
    await story.steps[3]?.();
    expect((await story.steps[6]?.())?.status).toBe(200);
  }
  const after = await call(server.url, "GET", `/resumptions/${story.run}`);
  expect(after.body).toMatchObject({ state: "completed", open: [], settled: [], handed: [name] });
  const job = await call(server.url, "GET", `/jobs/${name}`);
  expect(at(job.body, "job", "state")).toBe("SUCCEEDED");
  const events = await call(server.url, "GET", "/audit/events?type=run.resumed&limit=200");
  const items = at(events.body, "items") as readonly unknown[];
  const ours = items.filter((item) => at(item, "payload", "resumption") === story.run);
  expect(ours).toHaveLength(1);
}

test("between every two steps", { timeout: 400_000 }, async () => {
  const story = new Story("between");
  for (const step of story.steps) {
    await step();
    await restart();
  }
  await expectDone(story, "between");
});

test("within every step, at moments by chance", { timeout: 400_000 }, async () => {
  const random = randomFrom(seed);
  const story = new Story("within");
  for (const step of story.steps) await killedDuring(step, Math.floor(random() * 25));
  await expectDone(story, "within");
});
