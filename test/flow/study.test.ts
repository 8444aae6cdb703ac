// The thread beside: it answers as the thread that serves would, it fails alone, and it is started again.

import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { Study } from "@holdpoint/server/study/study";
import { examine } from "@holdpoint/server/study/tasks";

const study = new Study();
afterEach(() => study.close());

const small = "version: v1\nrules: []\n";

function large(last: string): string {
  const rules = Array.from(
    { length: 400 },
    (_, at) =>
      `  - { id: r${at}, match: { topics: ["job.a${at}.b"] }, decision: deny, reason: No }\n`,
  );
  return `version: v1\nrules:\n${rules.join("")}${last}`;
}

test("a large policy is examined as a small one is, with its findings at their lines", async () => {
  for (const source of [small, large(""), large("  - { id: r1, decison: deny }\n")]) {
    expect(await study.examine({ source, now: 0 })).toEqual(examine({ source, now: 0 }));
  }
});

test("two policies are compared from their texts and the record", async () => {
  const [before, after] = [small, large("")].map((source) => examine({ source, now: 0 }));
  if (before?.ok !== true || after?.ok !== true) throw new Error("the policies load");
  const report = await study.run("compare", {
    before: before.policy,
    after: after.policy,
    corpus: [{ job: "job-1", payload: { nothing: "of use" } }],
    now: 0,
    casesMax: 500,
  });
  expect(report.identical).toBe(false);
  expect(report.actions.recorded).toBe(0);
  expect(report.tightened.length).toBeGreaterThan(0);
});

test("a task that fails is told, and the next one is answered", async () => {
  await expect(study.run("test", { policy: "no JSON", tests: null })).rejects.toThrow(/JSON/);
  const answer = await study.examine({ source: large(""), now: 0 });
  expect(answer.ok).toBe(true);
});

test("who waits when it closes is told, and a later question starts a new thread", async () => {
  const waiting = study.run("examine", { source: large(""), now: 0 });
  const told = expect(waiting).rejects.toThrow(/the server stops/);
  await study.close();
  await told;
  expect((await study.run("examine", { source: small, now: 0 })).ok).toBe(true);
});

test("more questions than may wait are refused", async () => {
  const task = { source: large(""), now: 0 };
  const asked = Array.from({ length: 70 }, () => study.run("examine", task));
  const ended = await Promise.allSettled(asked);
  const refused = ended.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(6);
  expect(refused[0]).toMatchObject({ reason: { code: "study_full" } });
});

test("a question that takes too long is ended, and the ones behind it are answered", async () => {
  const impatient = new Study(1);
  const long = impatient.run("examine", { source: large(""), now: 0 });
  await expect(long).rejects.toMatchObject({ code: "study_too_long" });
  await impatient.close();
  // What comes first passes those that wait, and is not refused where they are.
  const asked = Array.from({ length: 64 }, () =>
    study.run("examine", { source: large(""), now: 0 }).catch(() => null),
  );
  const order: string[] = [];
  const told = asked.map((one) => one.then(() => order.push("other")));
  const first = study.examine({ source: large(""), now: 0 }, "first");
  expect((await first).ok).toBe(true);
  expect(order.length).toBeLessThan(3);
  await study.close();
  await Promise.all(told);
});

test("replays go one after the other, and not many wait", async () => {
  let [running, most] = [0, 0];
  const replay = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await nextTurn();
    running -= 1;
  };
  const ended = await Promise.allSettled(Array.from({ length: 10 }, () => study.turn(replay)));
  const refused = ended.filter(({ status }) => status === "rejected");
  expect(most).toBe(1);
  expect(refused).toHaveLength(2);
  expect(refused[0]).toMatchObject({ reason: { code: "study_full" } });
  await study.turn(replay);
});
