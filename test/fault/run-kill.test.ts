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
  readonly name: string;
  run = "";
  fence = 0;
  token = "";
  /** Lines in the file that the act writes. */
  effects = 0;
  #execution: string | null = null;

  constructor(name: string) {
    this.name = name;
  }

  get #action(): object {
    return { topic: "job.table.write", params: { name: this.name } };
  }

  readonly steps: readonly (() => Promise<Answer>)[] = [
    () => this.#post("/actions", { ...this.#action, job_id: this.name }, [202]),
    async () => {
      const checkpoint = { codec: "text", state: Buffer.from(this.name).toString("base64") };
      const body = { thread: this.name, jobs: [this.name], checkpoint };
      const answer = await this.#post("/resumptions", body, [200]);
      this.run = textAt(answer.body, "id");
      return answer;
    },
    () => this.#post(`/approvals/${this.name}/approve`, {}, [200]),
    async () => {
      // A claim whose answer was lost is waited out.
      const body = { worker: "w", thread: this.name, lease: "5s", timeout: 50 };
      const answer = await this.#post("/resumptions/claim", body, [200]);
      expect(textAt(answer.body, "items", 0, "resumption", "id")).toBe(this.run);
      const state = textAt(answer.body, "items", 0, "checkpoint", "state");
      expect(Buffer.from(state, "base64").toString()).toBe(this.name);
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
    () => this.#post(`/jobs/${this.name}/outcome`, { status: "SUCCEEDED" }, [200]),
    () => this.#post(`/resumptions/${this.run}/complete`, { fence: this.fence }, [200, 409]),
  ];

  /** The key names the step, so that a repeat is the same request. */
  async #post(path: string, body: object, statuses: readonly number[]): Promise<Answer> {
    const headers = { "idempotency-key": `${this.name} ${path}` };
    const answer = await call(server.url, "POST", path, { body, headers });
    if (!statuses.includes(answer.status)) throw new Error(`${path}: ${answer.text}`);
    return answer;
  }
}

async function restart(): Promise<void> {
  await server.kill();
  server = await startProcess(options);
}

/** One run for each step, told up to it: a single kill then meets the server before each of the steps. */
async function storiesUpToEach(name: string): Promise<readonly Story[]> {
  const stories = new Story(name).steps.map((_step, index) => new Story(`${name}-${index}`));
  for (const [index, story] of stories.entries()) {
    for (const step of story.steps.slice(0, index)) await step();
  }
  return stories;
}

/** Each goes on with the step that it stopped before, and comes to its end. */
async function finish(stories: readonly Story[], told: ReadonlySet<Story>): Promise<void> {
  for (const [index, story] of stories.entries()) {
    for (const step of story.steps.slice(told.has(story) ? index + 1 : index)) await step();
    await expectDone(story);
  }
}

async function expectDone(story: Story): Promise<void> {
  expect(story.effects).toBe(1);
  const run = await call(server.url, "GET", `/resumptions/${story.run}`);
  // The last word may have come after a lease that the kills took: then the next worker says it.
  if (at(run.body, "state") !== "completed") {
    await story.steps[3]?.();
    expect((await story.steps[6]?.())?.status).toBe(200);
  }
  const after = await call(server.url, "GET", `/resumptions/${story.run}`);
  expect(after.body).toMatchObject({
    state: "completed",
    open: [],
    settled: [],
    handed: [story.name],
  });
  const job = await call(server.url, "GET", `/jobs/${story.name}`);
  expect(at(job.body, "job", "state")).toBe("SUCCEEDED");
  const events = await call(server.url, "GET", "/audit/events?type=run.resumed&limit=200");
  const items = at(events.body, "items") as readonly unknown[];
  const ours = items.filter((item) => at(item, "payload", "resumption") === story.run);
  expect(ours).toHaveLength(1);
}

test("between every two steps", { timeout: 400_000 }, async () => {
  const stories = await storiesUpToEach("between");
  const ended = new Story("ended");
  for (const step of ended.steps) await step();
  await restart();
  await finish(stories, new Set());
  await expectDone(ended);
});

test("within every step, at moments by chance", { timeout: 400_000 }, async () => {
  const random = randomFrom(seed);
  for (const round of ["early", "late"]) {
    const stories = await storiesUpToEach(round);
    const told = new Set<Story>();
    // Begun a moment apart, so that the kill meets each of them at a place of its own.
    const telling = stories.map(async (story, index) => {
      await pause(Math.floor(random() * 25));
      await story.steps[index]?.();
      told.add(story);
    });
    const settled = Promise.allSettled(telling);
    await pause((round === "early" ? 0 : 15) + Math.floor(random() * 25));
    await restart();
    await settled;
    await finish(stories, told);
  }
});
