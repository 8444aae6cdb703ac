// A run ends at its held calls and goes on with their answers, by whichever worker, once.

import { afterAll, beforeAll, expect, test } from "vitest";
import { at } from "../http.ts";
import { stopLine } from "./line-world.ts";
import { type Runs, startRuns, viewOf, workedState } from "./runs-world.ts";

let runs: Runs;

beforeAll(async () => {
  runs = await startRuns();
});
afterAll(() => stopLine(runs.holds.line));

test("a run waits for the answer to its call, and goes on with it and with its state", async () => {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job], { run: "r-1" });
  expect(run).toMatchObject({ state: "waiting", open: [job], settled: [], due_at: null });
  expect(at((await runs.holds.get("agent", `/jobs/${job}`)).body, "resumption")).toBe(run.id);
  expect(await runs.claim({ thread: run.thread })).toEqual([]);
  await runs.answer(job);
  const claimed = await runs.claimOf(run);
  expect(Buffer.from(claimed.checkpoint.state, "base64").toString()).toBe(workedState);
  expect(claimed.resumption).toMatchObject({ id: run.id, state: "claimed", settled: [job] });
  expect(claimed.jobs[0]?.job.state).toBe("APPROVED");
  expect(claimed.jobs[0]?.grant?.token).toMatch(/^ey/);
  const done = viewOf(await runs.say(claimed, "complete"));
  expect(done).toMatchObject({ state: "completed", settled: [], handed: [job] });
});

test("the binding names the state by its digest, in the record of the job", async () => {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job]);
  const events = await runs.holds.get("admin", `/audit/events?job=${job}&type=run.suspended`);
  expect(at(events.body, "items", 0, "payload")).toMatchObject({
    resumption: run.id,
    digest: run.checkpoint.digest,
  });
});

test("the same suspension again is the same run; another state is another run, to which the call moves", async () => {
  const [job = ""] = await runs.hold();
  const thread = runs.thread();
  const first = viewOf(await runs.suspend([job], { thread }));
  expect(viewOf(await runs.suspend([job], { thread })).id).toBe(first.id);
  const checkpoint = { codec: "text", state: Buffer.from("more").toString("base64") };
  const second = viewOf(await runs.suspend([job], { thread, checkpoint }));
  expect(second.id).not.toBe(first.id);
  expect(await runs.read(first.id)).toMatchObject({ state: "cancelled", open: [] });
  await runs.answer(job);
  const claimed = await runs.claim({ thread, limit: 16 });
  expect(claimed.map(({ resumption }) => resumption.id)).toEqual([second.id]);
});

test("calls that have their answer already let the run go on at once", async () => {
  const [first = "", second = ""] = await runs.hold(2);
  await runs.answer(first);
  await runs.answer(second, "reject");
  const run = await runs.suspended([first, second]);
  expect(run).toMatchObject({ state: "waiting", open: [] });
  const claimed = await runs.claimOf(run);
  expect(claimed.jobs.map(({ job }) => job.state)).toEqual(["APPROVED", "REJECTED"]);
  expect(claimed.jobs[1]?.resolution?.reason).toBe("looked at it");
});

test("a worker that waits is given the run in the moment of the answer", async () => {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job]);
  const waiting = runs.claim({ thread: run.thread, timeout: 50 });
  while (runs.holds.line.server.engine.hub.runs.count < 1) await new Promise(setImmediate);
  await runs.answer(job);
  expect((await waiting).map(({ resumption }) => resumption.id)).toEqual([run.id]);
});

test("a grant that ran out while the run waited for a worker comes anew with the claim", async () => {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job]);
  await runs.answer(job);
  runs.holds.line.clock.move(400_000);
  const claimed = await runs.claimOf(run);
  const grant = claimed.jobs[0]?.grant;
  expect(Date.parse(grant?.expires_at ?? "")).toBeGreaterThan(runs.holds.line.clock.now());
  expect(grant?.token).toMatch(/^ey/);
});
