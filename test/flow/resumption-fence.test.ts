// One worker at a time has a run: a paused old one changes nothing any more, and who dies is followed by another.

import { resumptionAttemptsMax } from "@holdpoint/core/base/limits";
import type { ClaimedRun } from "@holdpoint/core/wire/resumption";
import { afterAll, beforeAll, expect, test } from "vitest";
import { at } from "../http.ts";
import { stopLine } from "./line-world.ts";
import { type Runs, startRuns, viewOf } from "./runs-world.ts";

let runs: Runs;

beforeAll(async () => {
  runs = await startRuns();
});
afterAll(() => stopLine(runs.holds.line));

/** A run whose call has its answer. */
async function due(more: object = {}) {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job], more);
  await runs.answer(job);
  return run;
}

test("who slept past the lease can neither extend, complete nor fail what another worker has", async () => {
  const run = await due();
  const old = await runs.claimOf(run, { lease: "5s", worker: "old" });
  expect(await runs.claim({ thread: run.thread })).toEqual([]);
  runs.holds.line.clock.move(5_000);
  const fresh = await runs.claimOf(run, { worker: "new" });
  expect(fresh.fence).toBe(old.fence + 1);
  for (const verb of ["extend", "complete", "fail"] as const) {
    const answer = await runs.say(old, verb);
    expect([verb, answer.status, at(answer.body, "code")]).toEqual([verb, 409, "resumption_lost"]);
  }
  expect(await runs.read(run.id)).toMatchObject({ state: "claimed", worker: "new" });
  expect(viewOf(await runs.say(fresh, "complete")).state).toBe("completed");
  expect((await runs.say(old, "complete")).status).toBe(409);
});

test("an old worker takes no call away from the one that has the run now", async () => {
  const [answered = "", open = ""] = await runs.hold(2);
  const run = await runs.suspended([answered, open], { mode: "each" });
  await runs.answer(answered);
  const old = await runs.claimOf(run, { lease: "5s" });
  runs.holds.line.clock.move(5_000);
  const fresh = await runs.claimOf(run);
  const checkpoint = { codec: "text", state: Buffer.from("of the old one").toString("base64") };
  const after = (claim: ClaimedRun): object => ({ resumption: run.id, fence: claim.fence });
  const place = { thread: run.thread, checkpoint };
  const refusals = [
    [{}, "job_suspended"],
    [{ after: after(old) }, "resumption_lost"],
  ] as const;
  for (const [more, code] of refusals) {
    const refused = await runs.suspend([open], { ...place, ...more });
    expect([refused.status, at(refused.body, "code")]).toEqual([409, code]);
  }
  const next = viewOf(await runs.suspend([open], { ...place, after: after(fresh) }));
  expect(viewOf(await runs.say(fresh, "complete")).state).toBe("completed");
  await runs.answer(open);
  expect((await runs.claimOf(run)).resumption.id).toBe(next.id);
});

test("a lease that is extended in time is nobody else's", async () => {
  const run = await due();
  const claimed = await runs.claimOf(run, { lease: "5s" });
  runs.holds.line.clock.move(4_000);
  await runs.say(claimed, "extend", { lease: "10s" });
  runs.holds.line.clock.move(9_000);
  expect(await runs.claim({ thread: run.thread })).toEqual([]);
  runs.holds.line.clock.move(1_000);
  expect((await runs.claimOf(run)).fence).toBe(claimed.fence + 1);
});

test("complete and fail said again after a lost reply change nothing", async () => {
  const run = await due();
  const first = await runs.claimOf(run);
  const failed = viewOf(await runs.say(first, "fail"));
  expect(failed).toMatchObject({ state: "waiting", attempts: 1, last_error: "it broke" });
  expect(viewOf(await runs.say(first, "fail"))).toEqual(failed);
  expect((await runs.say(first, "complete")).status).toBe(409);
  runs.holds.line.clock.move(1_000);
  const second = await runs.claimOf(run);
  const done = viewOf(await runs.say(second, "complete"));
  expect(viewOf(await runs.say(second, "complete"))).toEqual(done);
  expect((await runs.say(second, "fail")).status).toBe(409);
  const types = await runs.holds.get("admin", "/audit/events?type=run.resumed&order=newest");
  const items = at(types.body, "items") as readonly unknown[];
  const ours = items.filter((item) => at(item, "payload", "resumption") === run.id);
  expect(ours).toHaveLength(1);
});

test("two workers that ask at once: one has the run", async () => {
  for (let round = 0; round < 10; round += 1) {
    const run = await due();
    const claims = await Promise.all(
      ["a", "b", "c"].map((worker) => runs.claim({ thread: run.thread, worker })),
    );
    const taken = claims.flat();
    // All may have looked away from a row that another one had under its hand for a moment.
    if (taken.length === 0) taken.push(await runs.claimOf(run));
    expect(taken).toHaveLength(1);
  }
});

test("a run fails less and less often, is given up, shown to people, and retried by them alone", async () => {
  const run = await due();
  const pauses: number[] = [];
  for (let attempt = 1; attempt <= resumptionAttemptsMax; attempt += 1) {
    const claimed = await runs.claimOf(run);
    expect(claimed.resumption.attempts).toBe(attempt);
    const after = viewOf(
      await runs.say(claimed, "fail", { error: "no\nway, AKIAIOSFODNN7EXAMPLE" }),
    );
    if (attempt === resumptionAttemptsMax) {
      expect(after).toMatchObject({ state: "dead", due_at: null });
      expect(after.last_error).not.toMatch(/\n|AKIAIOS/);
      break;
    }
    const pauseMs = Date.parse(after.due_at ?? "") - runs.holds.line.clock.now();
    pauses.push(pauseMs);
    expect(await runs.claim({ thread: run.thread })).toEqual([]);
    runs.holds.line.clock.move(pauseMs);
  }
  for (const [index, pauseMs] of pauses.entries()) {
    const wholeMs = Math.min(1_000 * 2 ** index, 300_000);
    expect(pauseMs).toBeGreaterThanOrEqual(wholeMs / 2);
    expect(pauseMs).toBeLessThanOrEqual(wholeMs);
  }
  expect(await runs.claim({ thread: run.thread })).toEqual([]);
  const dead = await runs.holds.get("ana", "/resumptions?state=dead");
  expect(at(dead.body, "items", 0, "id")).toBe(run.id);
  const told = await runs.holds.get("admin", `/deliveries?channel=log&limit=200`);
  const kinds = (at(told.body, "items") as readonly unknown[]).map((item) => at(item, "kind"));
  expect(kinds).toContain("dead_run");
  for (const name of ["agent", "other", "ana"] as const) {
    expect((await runs.holds.post(name, `/resumptions/${run.id}/retry`)).status).toBe(403);
  }
  const retried = viewOf(await runs.holds.post("admin", `/resumptions/${run.id}/retry`));
  expect(retried).toMatchObject({ state: "waiting", attempts: 0 });
  expect(viewOf(await runs.say(await runs.claimOf(run), "complete")).state).toBe("completed");
  expect((await runs.holds.post("admin", `/resumptions/${run.id}/retry`)).status).toBe(409);
});

test("what cannot go on says so at once", async () => {
  const run = await due();
  const claimed = await runs.claimOf(run);
  expect(viewOf(await runs.say(claimed, "fail", { is_final: true })).state).toBe("dead");
});

test("a worker that is never heard of again is followed by another, and at last the run is given up", async () => {
  const run = await due();
  for (let attempt = 1; attempt <= resumptionAttemptsMax; attempt += 1) {
    expect((await runs.claimOf(run, { lease: "5s" })).resumption.attempts).toBe(attempt);
    runs.holds.line.clock.move(5_000);
  }
  const { engine } = runs.holds.line.server;
  const gone = new Promise<void>((resolve) => {
    const stop = engine.hub.onRecord("default", () => {
      void runs.read(run.id).then(({ state }) => {
        if (state !== "dead") return;
        stop();
        resolve();
      });
    });
  });
  engine.hub.work();
  await gone;
  expect((await runs.read(run.id)).last_error).toContain("not heard of");
});

test("a run is its agent's alone, and people's to look at", async () => {
  const run = await due();
  expect(await runs.claim({ thread: run.thread }, "other")).toEqual([]);
  expect((await runs.holds.get("other", `/resumptions/${run.id}`)).status).toBe(404);
  expect((await runs.holds.get("ana", `/resumptions/${run.id}`)).status).toBe(200);
  expect((await runs.holds.post("ana", "/resumptions/claim", { worker: "w" })).status).toBe(403);
  const foreign = await runs.holds.post("other", `/resumptions/${run.id}/claim`, { worker: "w" });
  expect(foreign.status).toBe(404);
  expect((await runs.holds.post("other", `/resumptions/${run.id}/cancel`)).status).toBe(404);
  const [job = ""] = await runs.hold();
  expect((await runs.suspend([job], { thread: "x" }, "other")).status).toBe(404);
  const claimed = await runs.claimOf(run);
  for (const verb of ["extend", "complete"]) {
    const path = `/resumptions/${run.id}/${verb}`;
    expect((await runs.holds.post("other", path, { fence: claimed.fence })).status).toBe(404);
  }
  const items = at((await runs.holds.get("other", "/resumptions")).body, "items");
  expect(items).toEqual([]);
});

test("a run that was taken back is claimed by nobody, and its worker learns so", async () => {
  const run = await due();
  const claimed = await runs.claimOf(run);
  const path = `/resumptions/${run.id}/cancel`;
  expect(viewOf(await runs.holds.post("agent", path, { reason: "done by hand" })).state).toBe(
    "cancelled",
  );
  expect((await runs.say(claimed, "complete")).status).toBe(409);
  runs.holds.line.clock.move(900_000);
  expect(await runs.claim({ thread: run.thread })).toEqual([]);
  expect((await runs.holds.post("admin", path)).status).toBe(200);
});

test("leases, fences and names that are no such are refused", async () => {
  const run = await due();
  const claim = (more: object) =>
    runs.holds.post("agent", "/resumptions/claim", { worker: "w", ...more });
  for (const more of [
    { lease: "4s" },
    { lease: "16m" },
    { limit: 17 },
    { timeout: 51 },
    { queues: [] },
  ]) {
    expect((await claim(more)).status).toBe(400);
  }
  const lost = await runs.holds.post("agent", `/resumptions/${run.id}/complete`, { fence: 1 });
  expect(at(lost.body, "code")).toBe("resumption_lost");
  const none = await runs.holds.post("agent", "/resumptions/run_none/complete", { fence: 1 });
  expect(at(none.body, "code")).toBe("resumption_not_found");
});
