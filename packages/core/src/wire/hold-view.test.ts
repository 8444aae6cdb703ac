// What answers say of the watch of a hold.

import { expect, test } from "vitest";
import { isoOf } from "../base/clock.ts";
import { startAt } from "../job/job.sample.ts";
import { timeoutAt, watched } from "../job/watch.sample.ts";
import { askedOf, endsAt, watchLine, watchView } from "./hold-view.ts";

const claim = { person: "ann", name: "Ann", at: startAt, by: null };

test("the next step is the earliest timer, and the end of the hold is its timeout", () => {
  const { job } = watched({
    timers: [
      { kind: "reminder", dueAt: startAt + 5_000 },
      { kind: "timeout", dueAt: timeoutAt },
    ],
  });
  expect(job.dueAt).toBe(startAt + 5_000);
  expect(watchView(job)?.next).toEqual({
    kind: "reminder",
    at: isoOf(startAt + 5_000),
    to: null,
  });
  expect(watchView(job)?.coming.map(({ kind }) => kind)).toEqual(["reminder", "timeout"]);
  expect(endsAt(job)).toBe(timeoutAt);
  expect(watchLine(job).next?.kind).toBe("reminder");
});

test("those asked are the rule's at first, and then whom the hold was widened to last", () => {
  expect(askedOf(watched().job)).toEqual(["role:lead"]);
  const widened = ["group:on-call", "person:zoe"];
  expect(askedOf(watched({ level: 1, widened }).job)).toEqual(["group:on-call"]);
  expect(askedOf(watched({ level: 2, widened }).job)).toEqual(["person:zoe"]);
});

test("an answer is shown without secrets and with its flags; the question as it is", () => {
  const text = "URGENT: key AKIAIOSFODNN7EXAMPLE \u202e";
  const question = { id: "que_1", by: "ann", byName: null, text: "why?", at: startAt };
  const { job } = watched({ questions: [{ ...question, answer: { text, at: startAt } }] });
  const [shown] = watchView(job)?.questions ?? [];
  expect(shown).toMatchObject({ by: { id: "ann", name: null }, text: "why?" });
  expect(shown?.answer?.text).not.toContain("AKIAIOSFODNN7EXAMPLE");
  expect(shown?.answer?.flags).toEqual(["hidden_characters", "urgency"]);
});

test("a hold that is over has no next step and nobody has its card; one without a watch has none of it", () => {
  const { job } = watched({ claim });
  expect(watchView(job)?.claim).toEqual({
    person: { id: "ann", name: "Ann" },
    at: isoOf(startAt),
    by: null,
  });
  const over = watchView({ ...job, state: "REJECTED", dueAt: null });
  expect([over?.next, over?.claim]).toEqual([null, null]);
  const old = { ...job, watch: null };
  expect(watchView(old)).toBeNull();
  expect(endsAt(old)).toBe(job.dueAt);
  expect(watchLine(old)).toEqual({
    level: 0,
    claim: null,
    sla_at: null,
    overdue: false,
    next: null,
    window_at: null,
    near: null,
  });
});
