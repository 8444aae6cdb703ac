// What a client remembers of its calls: only what lasts, only for the very same call, and nothing that it leaves undone.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { JobView } from "@holdpoint/core/wire/response";
import type { Action } from "../action/action.ts";
import { KnownCalls } from "./known-calls.ts";

let known: KnownCalls;

beforeEach(() => {
  vi.useFakeTimers();
  known = new KnownCalls();
});

afterEach(() => {
  vi.useRealTimers();
});

const call = (over: Partial<Action> = {}): Action => ({
  topic: "job.payment.refund",
  params: { amount: 5 },
  agent: { run: "chat-1", call: "c1" },
  ...over,
});

function jobIn(state: string, id = "job-1", token: string | null = "signed"): JobView {
  return { job: { id, state }, grant: { token } } as unknown as JobView;
}

test("A released call is recalled by the very same call.", () => {
  const job = jobIn("APPROVED");
  known.proposed(call(), job, null);
  expect(known.recall(call())).toBe(job);
  expect(known.recall(call({ params: { amount: 6 } }))).toBeNull();
  expect(known.recall(call({ agent: { run: "chat-2", call: "c1" } }))).toBeNull();
  expect(known.recall(call({ topic: "job.payment.charge" }))).toBeNull();
  known.forget(job.job.id);
  expect(known.recall(call())).toBeNull();
});

test("A call without a name is never recalled.", () => {
  known.proposed(call({ agent: { run: "chat-1" } }), jobIn("APPROVED"), null);
  expect(known.recall(call({ agent: { run: "chat-1" } }))).toBeNull();
});

test.each(["APPROVAL", "EXECUTING", "UNKNOWN"])(
  "%s may be over by now: the server is asked.",
  (state) => {
    known.proposed(call(), jobIn(state), null);
    known.answered(jobIn(state));
    expect(known.recall(call())).toBeNull();
  },
);

test("A release without its grant is of no use.", () => {
  known.proposed(call(), jobIn("APPROVED", "job-1", null), null);
  expect(known.recall(call())).toBeNull();
});

test("What a wait brought counts for the call that was proposed here, and for no other job.", () => {
  known.proposed(call(), jobIn("APPROVAL"), null);
  known.answered(jobIn("REJECTED", "job-2"));
  expect(known.recall(call())).toBeNull();
  const rejected = jobIn("REJECTED");
  known.answered(rejected);
  expect(known.recall(call())).toBe(rejected);
});

test("A call that was redeemed and is not made is given up once, after a minute.", () => {
  const unused = vi.fn<() => void>();
  known.proposed(call(), jobIn("EXECUTING"), unused);
  expect(known.recall(call())).not.toBeNull();
  vi.advanceTimersByTime(59_000);
  expect(unused).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2_000);
  expect(unused).toHaveBeenCalledTimes(1);
  expect(known.recall(call())).toBeNull();
  process.emit("beforeExit", 0);
  expect(unused).toHaveBeenCalledTimes(1);
});

test("One that is made is not given up, nor at the end of the process.", () => {
  const unused = vi.fn<() => void>();
  known.proposed(call(), jobIn("EXECUTING"), unused);
  known.forget("job-1");
  vi.advanceTimersByTime(120_000);
  process.emit("beforeExit", 0);
  expect(unused).not.toHaveBeenCalled();
});

test("At the end of the process what is not made is given up at once.", () => {
  const unused = vi.fn<() => void>();
  known.proposed(call(), jobIn("EXECUTING"), unused);
  process.emit("beforeExit", 0);
  expect(unused).toHaveBeenCalledTimes(1);
});

test("Of many calls the oldest are forgotten, and what they leave undone is said.", () => {
  const unused = vi.fn<() => void>();
  known.proposed(call(), jobIn("EXECUTING"), unused);
  for (let n = 2; n <= 1_001; n += 1) {
    const agent = { run: "chat-1", call: `c${n}` };
    known.proposed(call({ agent }), jobIn("APPROVED", `job-${n}`), null);
  }
  expect(known.recall(call())).toBeNull();
  expect(unused).toHaveBeenCalledTimes(1);
});
