// A suspension and the answers to its calls at the same moment: the run goes on, with all of them, once.

import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomFrom } from "../random.ts";
import { stopLine } from "./line-world.ts";
import { type Runs, startRuns, viewOf } from "./runs-world.ts";

let runs: Runs;

beforeAll(async () => {
  runs = await startRuns();
});
afterAll(() => stopLine(runs.holds.line));

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

test("never a lost wake-up and never twice, in whichever order they arrive", async () => {
  const random = randomFrom(Number(process.env["HOLDPOINT_TEST_SEED"] ?? 7));
  const orders = new Set<string>();
  for (let round = 0; round < 60; round += 1) {
    const jobs = await runs.hold(2);
    const thread = runs.thread();
    const waiting = round % 2 === 0 ? runs.claim({ thread, timeout: 30 }) : null;
    const order: string[] = [];
    const at = async (what: string, act: () => Promise<unknown>): Promise<unknown> => {
      await turns(Math.floor(random() * 12));
      const answer = await act();
      order.push(what);
      return answer;
    };
    const [run] = await Promise.all([
      at("suspend", () => runs.suspend(jobs, { thread })),
      at("answer", () => runs.answer(jobs[0] ?? "")),
      at("answer", () => runs.answer(jobs[1] ?? "")),
      ...(round % 3 === 0 ? [at("again", () => runs.suspend(jobs, { thread }))] : []),
    ]);
    orders.add(order.join(" "));
    const { id } = viewOf(run as Awaited<ReturnType<Runs["suspend"]>>);
    const claimed = await (waiting ?? runs.claim({ thread, timeout: 30 }));
    expect(claimed.map(({ resumption }) => resumption.id)).toEqual([id]);
    const [first] = claimed;
    if (first === undefined) throw new Error("nothing was claimed");
    expect(first.resumption.settled.toSorted()).toEqual([...jobs].toSorted());
    expect(first.jobs.map(({ job }) => job.state)).toEqual(["APPROVED", "APPROVED"]);
    expect(viewOf(await runs.say(first, "complete")).state).toBe("completed");
    expect(await runs.claim({ thread })).toEqual([]);
  }
  expect(orders.size).toBeGreaterThan(1);
});

test("a call that goes back to the reviewers is waited for anew, by a run that is suspended anew", async () => {
  const [job = ""] = await runs.hold();
  const run = await runs.suspended([job]);
  await runs.answer(job);
  const claimed = await runs.claimOf(run);
  expect((await runs.holds.line.publish(stricterPolicy)).status).toBe(200);
  const token = claimed.jobs[0]?.grant?.token;
  const { topic, params } = claimed.jobs[0]?.action ?? {};
  const redeemed = await runs.holds.post("agent", "/grants/redeem", {
    grant: token,
    action: { topic, params },
  });
  expect(redeemed.status).toBe(409);
  const after = await runs.holds.get("agent", `/jobs/${job}`);
  expect(after.body).toMatchObject({ job: { state: "APPROVAL" }, resumption: null });
  const checkpoint = { codec: "text", state: Buffer.from("once more").toString("base64") };
  const place = { thread: run.thread, checkpoint };
  const next = viewOf(await runs.suspend([job], place));
  expect(next).toMatchObject({ state: "waiting", open: [job] });
  expect(viewOf(await runs.say(claimed, "complete")).state).toBe("completed");
  await runs.answer(job);
  await runs.holds.post("ben", `/approvals/${job}/approve`, { reason: "me too" });
  expect((await runs.claimOf(run)).resumption.id).toBe(next.id);
});

const stricterPolicy = `version: v1
roles: { lead: 1, security: 1, outside: 0 }
rules:
  - id: single
    match: { topics: ["job.mail.*"] }
    decision: require_approval
    approvals: [{ role: lead, count: 2 }]
    timeout: 1h
`;
