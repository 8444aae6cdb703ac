// Workers that slept, agents that were stopped, and calls that name what is not theirs, against suspended runs.

import { afterAll, beforeAll, expect, test } from "vitest";
import { openRuns } from "@holdpoint/server/flow/open-runs";
import { at } from "../http.ts";
import { stopLine } from "./line-world.ts";
import { type Runs, startRuns, viewOf } from "./runs-world.ts";

let runs: Runs;

beforeAll(async () => {
  runs = await startRuns();
});
afterAll(() => stopLine(runs.holds.line));

function checkpointOf(words: string): object {
  return { codec: "text", state: Buffer.from(words).toString("base64") };
}

async function due(more: object = {}) {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job], more);
  await runs.answer(job);
  return { ...run, job };
}

test("a worker that slept past its lease suspends nothing in the name of its claim", async () => {
  const run = await due();
  const old = await runs.claimOf(run, { lease: "5s" });
  runs.holds.line.clock.move(5_000);
  const fresh = await runs.claimOf(run);
  const [next = ""] = await runs.hold();
  const suspend = (fence: number, words: string) =>
    runs.suspend([next], {
      thread: run.thread,
      checkpoint: checkpointOf(words),
      after: { resumption: run.id, fence },
    });
  const ours = viewOf(await suspend(fresh.fence, "of the newer one"));

  const late = await suspend(old.fence, "of the older one");

  expect([late.status, at(late.body, "code")]).toEqual([409, "resumption_lost"]);
  await runs.say(fresh, "complete");
  await runs.answer(next);
  const taken = await runs.claimOf(run);
  expect(taken.resumption.id).toBe(ours.id);
  expect(Buffer.from(taken.checkpoint.state, "base64").toString()).toBe("of the newer one");
});

test("the worker of a run that was taken back, and another agent, suspend nothing in its name", async () => {
  const run = await due();
  const claimed = await runs.claimOf(run);
  const after = { resumption: run.id, fence: claimed.fence };
  const [theirs = ""] = await runs.hold(1, "other");
  const foreign = await runs.suspend([theirs], { thread: "x", after }, "other");
  expect([foreign.status, at(foreign.body, "code")]).toEqual([404, "resumption_not_found"]);
  await runs.holds.post("admin", `/resumptions/${run.id}/cancel`, { reason: "stop it" });
  const [next = ""] = await runs.hold();

  const refused = await runs.suspend([next], { thread: run.thread, after });

  expect([refused.status, at(refused.body, "code")]).toEqual([409, "resumption_lost"]);
});

test("a worker that waits while its agent is paused takes nothing up", async () => {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job]);
  const { server } = runs.holds.line;
  const waiting = runs.claim({ thread: run.thread, timeout: 50 });
  while (server.engine.hub.runs.count < 1) await new Promise(setImmediate);
  await runs.holds.post("admin", "/agents/bot/pause", { reason: "it misbehaves" });
  await runs.answer(job);
  // The answer wakes the worker, which finds nothing; the time of its wait ends it.
  runs.holds.line.clock.move(50_000);
  server.engine.hub.runs.lostTouch();

  // It ends with nothing, or with the word that the agent is paused.
  expect(await waiting.catch(() => [])).toEqual([]);
  expect(await runs.read(run.id)).toMatchObject({ state: "waiting", fence: 0, attempts: 0 });
  await runs.holds.post("admin", "/agents/bot/resume", { reason: "it was a test" });
  expect((await runs.claimOf(run)).fence).toBe(1);
});

test("a claim of an agent that is halted in that moment ends, with calls that carry no grant", async () => {
  const run = await due();
  const { server, clock } = runs.holds.line;
  const { engine } = server;
  clock.move(400_000);
  const claimed = await engine.store.claimResumptions("default", {
    ...{ agent: "bot", queues: ["default"], thread: run.thread, id: null, worker: "w", limit: 1 },
    now: clock.now(),
    until: clock.now() + 60_000,
  });
  await runs.holds.post("admin", "/agents/bot/pause", { reason: "it misbehaves" });
  const agent = {
    id: "bot",
    kind: "agent",
    requester: { agentOwner: null, keyCreator: null },
  } as const;
  const scopes = new Set(["propose", "redeem", "read"] as const);
  const caller = {
    tenant: "default",
    agent,
    person: null,
    scopes,
    keyId: null,
    isDevelopment: false,
  };

  const [item] = await openRuns({ ...engine, caller }, agent, claimed.runs);

  expect(item?.jobs[0]).toMatchObject({ job: { state: "APPROVED" }, grant: { token: null } });
  await runs.holds.post("admin", "/agents/bot/resume", { reason: "it was a test" });
});

test("a thread has a name that an address can hold, by whichever door it comes", async () => {
  const [job = ""] = await runs.hold();
  for (const thread of ["..", "."]) {
    const refused = await runs.suspend([job], { thread });
    expect([refused.status, at(refused.body, "path")]).toEqual([400, "/thread"]);
  }
});
