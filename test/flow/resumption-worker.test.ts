// `hp.worker`: takes up runs that another process suspended, keeps them while it works, and says how it ended.

import { Holdpoint, LeaseLost, type ResumedRun } from "@holdpoint/sdk";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { stopLine } from "./line-world.ts";
import { makeGate } from "../contract/world.ts";
import { type Runs, startRuns } from "./runs-world.ts";

let runs: Runs;
const clients: Holdpoint[] = [];

beforeAll(async () => {
  runs = await startRuns();
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => stopLine(runs.holds.line));

/** A process of the agent. */
function agent(): Holdpoint {
  const client = new Holdpoint({ url: runs.holds.url, apiKey: runs.holds.keys.agent });
  clients.push(client);
  return client;
}

/** No two runs send the same: what people rejected once is not asked again. */
function mail(run: string, call: string) {
  return { topic: "job.mail.send", params: { run, to: call }, agent: { call } };
}

/** Ends at an interrupt, as an agent does whose calls people have to look at. */
async function interrupted(run: string, calls: readonly string[], more: object = {}) {
  const error: unknown = await agent()
    .interrupt(
      calls.map((call) => mail(run, call)),
      {
        ...{ run, thread: run, state: { step: 3, calls: [...calls] }, queue: run },
        ...more,
      },
    )
    .then(
      () => null,
      (thrown: unknown) => thrown,
    );
  if (!(error instanceof Error) || error.name !== "Interrupted") throw error;
  return error as Error & { jobs: { job: { id: string } }[]; resumption: { id: string } };
}

async function ended(id: string, state: string): Promise<void> {
  const { hub } = runs.holds.line.server.engine;
  for (;;) {
    let stop = (): void => undefined;
    const grown = new Promise<void>((resolve) => {
      stop = hub.onRecord("default", resolve);
    });
    if ((await runs.read(id)).state === state) return stop();
    await grown;
    stop();
  }
}

test("goes on with the state and the outcomes that a process left that is gone", async () => {
  const error = await interrupted("w-1", ["a", "b"]);
  const seen: ResumedRun[] = [];
  const worker = agent().worker({ queues: ["w-1"], resume: (run) => seen.push(run) });
  const working = worker.run();
  const [first, second] = error.jobs;
  await runs.answer(first?.job.id ?? "");
  await runs.answer(second?.job.id ?? "", "reject");
  await ended(error.resumption.id, "completed");
  await worker.stop();
  await working;
  expect(seen).toHaveLength(1);
  const [run] = seen;
  expect(run).toMatchObject({ thread: "w-1", run: "w-1", attempt: 1, codec: "json" });
  expect(run?.state).toEqual({ step: 3, calls: ["a", "b"] });
  expect(run?.outcomes.map(({ call, status }) => [call, status])).toEqual([
    ["a", "approved"],
    ["b", "rejected"],
  ]);
  expect(run?.outcomes[1]?.reason).toBe("looked at it");
});

test("tries again what threw, and gives up what cannot be helped", async () => {
  const error = await interrupted("w-2", ["a"]);
  await runs.answer(error.jobs[0]?.job.id ?? "");
  const told: unknown[] = [];
  let attempts = 0;
  const worker = agent().worker({
    queues: ["w-2"],
    onError: (cause) => told.push(cause),
    isFinal: (cause) => cause instanceof TypeError,
    resume: () => {
      attempts += 1;
      throw attempts === 1 ? new Error("the mail server is away") : new TypeError("no such tool");
    },
  });
  const working = worker.run();
  while ((await runs.read(error.resumption.id)).last_error === null)
    await new Promise(setImmediate);
  expect((await runs.read(error.resumption.id)).last_error).toContain("mail server is away");
  runs.holds.line.clock.move(1_000);
  runs.holds.line.server.engine.hub.runs.lostTouch();
  await ended(error.resumption.id, "dead");
  await worker.stop();
  await working;
  expect(attempts).toBe(2);
  expect(told).toHaveLength(2);
});

test("a run that stops again waits as another one, and the one before is done", async () => {
  const error = await interrupted("w-3", ["a", "b"], { mode: "each" });
  const steps: string[] = [];
  const client = agent();
  const worker = client.worker({
    queues: ["w-3"],
    resume: async ({ answered, outcomes, claim }) => {
      for (const { call } of answered) steps.push(call ?? "");
      const open = outcomes.filter(({ status }) => status === "waiting");
      if (open.length === 0) return;
      await client.interrupt(
        open.map(({ call }) => mail("w-3", call ?? "")),
        {
          ...{ run: "w-3", thread: "w-3", queue: "w-3", mode: "each", after: claim },
          state: { done: steps },
        },
      );
    },
  });
  const working = worker.run();
  const [first, second] = error.jobs;
  await runs.answer(first?.job.id ?? "");
  await ended(error.resumption.id, "completed");
  await runs.answer(second?.job.id ?? "");
  const list = await client.resumptions.list({ thread: "w-3" });
  expect(list.items).toHaveLength(2);
  await ended(list.items[0]?.id ?? "", "completed");
  await worker.stop();
  await working;
  expect(steps).toEqual(["a", "b"]);
});

test("is told by its signal that the run is another worker's, and says nothing of it any more", async () => {
  const error = await interrupted("w-4", ["a"]);
  await runs.answer(error.jobs[0]?.job.id ?? "");
  const begun = makeGate();
  const told: unknown[] = [];
  const worker = agent().worker({
    ...{ queues: ["w-4"], lease: "5s", name: "slow" },
    onError: (cause) => told.push(cause),
    resume: async ({ signal }) => {
      begun.open();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  });
  const working = worker.run();
  await begun.passed;
  runs.holds.line.clock.move(5_000);
  const other = await runs.claimOf({ thread: "w-4" }, { queues: ["w-4"], worker: "other" });
  // Its next word to keep the lease tells it.
  await worker.stop();
  await working;
  expect(told).toHaveLength(1);
  expect(told[0]).toBeInstanceOf(LeaseLost);
  expect(await runs.read(error.resumption.id)).toMatchObject({ state: "claimed", worker: "other" });
  expect((await runs.say(other, "complete")).status).toBe(200);
});

test("works on as many at once as it may, and finishes them when it is stopped", async () => {
  const gate = makeGate();
  let together = 0;
  let most = 0;
  const worker = agent().worker({
    ...{ queues: ["w-5"], concurrency: 3 },
    resume: async () => {
      together += 1;
      most = Math.max(most, together);
      if (together === 3) gate.open();
      await gate.passed;
      together -= 1;
    },
  });
  const working = worker.run();
  const ids: string[] = [];
  for (const name of ["a", "b", "c", "d"]) {
    const error = await interrupted(`w-5-${name}`, [name], { queue: "w-5" });
    await runs.answer(error.jobs[0]?.job.id ?? "");
    ids.push(error.resumption.id);
  }
  await gate.passed;
  for (const id of ids) await ended(id, "completed");
  await worker.stop();
  await working;
  expect(most).toBe(3);
});

test("ends with the refusal when the server does not know its key", async () => {
  const client = new Holdpoint({ url: runs.holds.url, apiKey: "hp_no_such_key" });
  clients.push(client);
  const worker = client.worker({ resume: () => undefined });
  await expect(worker.run()).rejects.toMatchObject({ status: 401 });
});
