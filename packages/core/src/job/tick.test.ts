// What time does to a hold: levels and their clocks, and the proof that starts them.

import { describe, expect, it } from "vitest";
import { directoryOf, role } from "../approval/approval.sample.ts";
import { deliveryProofMs } from "../base/limits.ts";
import type { Contact } from "../people/duty.ts";
import { after, changeOf, opening, review, ruling, startAt } from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import { openJob } from "./open.ts";
import { transition } from "./transition.ts";
import {
  around,
  dashboardOnly,
  everybody,
  fileOf,
  held,
  minuteMs,
  proved,
  second,
  story,
  third,
  tickAt,
  watchOf,
} from "./tick.sample.ts";

describe("the clocks of a level", () => {
  const terms = { remindMs: [2 * minuteMs, 4 * minuteMs], escalate: [second, third] };

  it("wait until a channel accepted the notice", () => {
    const file = fileOf(held({ slaMs: 5 * minuteMs }, terms));
    expect(watchOf(file).timers.map(({ kind }) => kind)).toEqual(["delivery", "timeout"]);
    const told = proved(file, startAt + 30_000);
    expect(watchOf(told).proof?.channel).toBe("email");
    expect(watchOf(told).timers.map(({ kind, dueAt }) => [kind, dueAt - startAt - 30_000])).toEqual(
      [
        ["reminder", 2 * minuteMs],
        ["reminder", 4 * minuteMs],
        ["sla", 5 * minuteMs],
        ["escalation", 10 * minuteMs],
        ["timeout", 60 * minuteMs - 30_000],
      ],
    );
    expect(told.job.dueAt).toBe(startAt + 30_000 + 2 * minuteMs);
  });

  it("run at once where the dashboard is all there is", () => {
    expect(story(fileOf(held({}, terms), dashboardOnly), { around: dashboardOnly })).toEqual([
      "2 hold.reminded",
      "4 hold.reminded",
      "10 hold.escalated group:second",
      "12 hold.reminded",
      "14 hold.reminded",
      "20 hold.escalated group:third",
      "22 hold.reminded",
      "24 hold.reminded",
      "60 job.expired nobody decided in time; the action stays blocked",
    ]);
  });

  it("are not started by a level that was left behind, nor twice", () => {
    const file = fileOf(held({}, terms));
    const on = after(file, tickAt(file, startAt + deliveryProofMs));
    const proof = { channel: "email", person: null, at: startAt + deliveryProofMs + 1 };
    const late = { kind: "proved", level: 0, proof, around: everybody, now: proof.at } as const;
    expect(transition(on, late).ok).toBe(false);
    const once = proved(on, proof.at);
    expect(transition(once, { ...late, level: 1 }).ok).toBe(false);
  });

  it("record when a timer was due and how late it fired", () => {
    const file = proved(fileOf(held({}, terms)), startAt);
    const [fact] = changeOf(transition(file, tickAt(file, startAt + 2 * minuteMs + 123))).facts;
    expect(fact?.payload).toMatchObject({ due_at_ms: startAt + 2 * minuteMs, lateness_ms: 123 });
  });

  it("remind once after a pause in which several reminders fell due", () => {
    const file = proved(fileOf(held({}, terms)), startAt);
    const told = after(file, tickAt(file, startAt + 5 * minuteMs));
    expect(watchOf(told).timers.map(({ kind }) => kind)).toEqual(["escalation", "timeout"]);
  });

  it("fire nothing before its time", () => {
    const file = proved(fileOf(held({}, terms)), startAt);
    expect(transition(file, tickAt(file, startAt + 2 * minuteMs - 1)).ok).toBe(false);
  });

  it("let a review through although time went on, and know an edit from a reminder", () => {
    const file = proved(fileOf(held({}, terms)), startAt);
    const reminded = after(file, tickAt(file, startAt + 2 * minuteMs));
    const seenRevision = file.job.revision;
    const approval = review(reminded, { seenRevision, now: startAt + 3 * minuteMs });
    expect(changeOf(transition(reminded, approval)).job.state).toBe("APPROVED");
  });
});

describe("a level that reaches nobody", () => {
  const terms = { escalate: [second, third] };

  it("is passed by at the opening when nobody is on duty, and says so", () => {
    const where = around(["group:third"]);
    const { job, facts } = openJob(opening({ ruling: ruling(held({}, terms)), around: where }));
    expect(
      facts.slice(1).map(({ type, payload }) => [type, payload["to"], payload["cause"]]),
    ).toEqual([
      ["hold.escalated", "group:second", "nobody_on_duty"],
      ["hold.escalated", "group:third", "nobody_on_duty"],
    ]);
    expect(job.watch).toMatchObject({
      level: 2,
      widened: ["group:second", "group:third"],
      stepsTaken: 2,
    });
  });

  it("ends at the groups that answer around the clock", () => {
    const where = around(["group:night"], { alwaysGroups: ["dead", "night"] });
    const { watch } = openJob(opening({ ruling: ruling(held({}, terms)), around: where })).job;
    expect(watch?.widened).toEqual(["group:second", "group:third", "group:dead", "group:night"]);
  });

  it("waits for the first who comes on duty when nobody is left to ask", () => {
    const comesAt = startAt + 7 * minuteMs;
    const slots = [{ from: comesAt, to: comesAt + minuteMs, people: [{ ...nobodyInParticular }] }];
    const where = around([], { slots: () => slots });
    const asked = held({ requirements: [{ ...role("ops"), kind: "group" }] });
    const { job, facts } = openJob(opening({ ruling: ruling(asked), around: where }));
    expect(facts.at(-1)?.type).toBe("hold.unreachable");
    expect(job.watch?.timers[0]).toEqual({ kind: "reminder", dueAt: comesAt });
  });

  it("does not count on whoever made the request", () => {
    const owner: Contact = { id: "own", email: null, name: null, roles: ["lead"], entry: null };
    const where = around([], { onDuty: (target) => (target === "role:lead" ? [owner] : []) });
    const { facts } = openJob(opening({ ruling: ruling(held({})), around: where }));
    expect(facts.at(-1)?.type).toBe("hold.unreachable");
  });

  it("is left when no channel accepts its notice in time, or all of them refuse it", () => {
    const file = fileOf(held({}, terms));
    expect(story(file, {}, startAt + 3 * minuteMs)).toEqual([
      "1 hold.escalated group:second",
      "2 hold.escalated group:third",
      "3 hold.unreachable",
    ]);
    const command = { kind: "unreachable", level: 0, around: everybody, now: startAt + 5 } as const;
    const change = changeOf(transition(file, command));
    expect(change.job.watch?.widened).toEqual(["group:second"]);
    expect(change.facts[0]?.payload).toMatchObject({ cause: "unreachable", lateness_ms: 0 });
    expect(change.notice).toBe("escalated");
  });

  it("says once that nobody can be told", () => {
    const file = fileOf(held({}));
    const lonely = after(file, tickAt(file, startAt + deliveryProofMs));
    const again = {
      kind: "unreachable",
      level: 0,
      around: everybody,
      now: startAt + 2 * deliveryProofMs,
    } as const;
    expect(transition(lonely, again).ok).toBe(false);
    expect(lonely.job.state).toBe("APPROVAL");
  });
});

const nobodyInParticular: Contact = {
  id: "ops-1",
  email: null,
  name: null,
  roles: [],
  entry: null,
};

describe("a hold that is returned", () => {
  it("gets no more time than it had, and asks the first level of the new rule", () => {
    const file = proved(fileOf(held({}, { escalate: [second] })), startAt);
    const on = after(file, tickAt(file, startAt + 10 * minuteMs));
    const stricter = ruling({
      ...held({ requirements: [role("lead", 2)] }),
      timeoutMs: 500 * minuteMs,
    });
    const now = startAt + 20 * minuteMs;
    const back = after(on, review(on, { ruling: stricter, now, around: everybody }));
    expect(back.job.watch).toMatchObject({
      level: 0,
      widened: [],
      timeoutAt: startAt + 60 * minuteMs,
    });
    expect(back.job.watch?.basisRevision).toBe(back.job.revision);
  });
});

describe("an old hold without a watch", () => {
  it("ends at its deadline as before", () => {
    const file = fileOf(held({}));
    const old: JobFile = { ...file, job: { ...file.job, watch: null, dueAt: startAt + minuteMs } };
    expect(transition(old, tickAt(old, startAt + minuteMs - 1)).ok).toBe(false);
    expect(after(old, tickAt(old, startAt + minuteMs)).job.state).toBe("EXPIRED");
  });
});

it("uses the directory of the moment", () => {
  const left = { ...directoryOf(), canonical: () => null };
  const where = around(["role:lead"], {}, { directory: left });
  const { facts } = openJob(opening({ ruling: ruling(held({})), around: where }));
  expect(facts.at(-1)?.type).toBe("hold.unreachable");
});
