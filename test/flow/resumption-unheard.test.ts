// An agent without a webhook is told nothing: its suspended runs leave no messages behind that nobody gets.

import { afterAll, beforeAll, expect, test } from "vitest";
import { at } from "../http.ts";
import { stopLine } from "./line-world.ts";
import { type Runs, startRuns, viewOf } from "./runs-world.ts";

let runs: Runs;

beforeAll(async () => {
  runs = await startRuns();
});
afterAll(() => stopLine(runs.holds.line));

test("answers, a failure and a retry of a run write no message for an agent that has no webhook", async () => {
  const [first = "", second = ""] = await runs.hold(2);
  const run = await runs.suspended([first, second]);
  await runs.answer(first);
  await runs.answer(second);
  const failed = await runs.say(await runs.claimOf(run), "fail", { is_final: true });
  expect(viewOf(failed).state).toBe("dead");
  viewOf(await runs.holds.post("admin", `/resumptions/${run.id}/retry`));
  const told = await runs.holds.get("admin", "/deliveries?limit=200");
  const channels = (at(told.body, "items") as readonly unknown[]).map((item) =>
    at(item, "channel"),
  );
  expect(channels.length).toBeGreaterThan(0);
  expect(channels).not.toContain("agent");
});
