// A hold is bound to the saved state of its run: by one run at a time, and only while people are asked.

import { describe, expect, it } from "vitest";
import {
  after,
  changeOf,
  decided,
  fileIn,
  opened,
  redeem,
  review,
  robot,
  ruling,
  startAt,
} from "./job.sample.ts";
import { jobStates } from "./state.ts";
import type { SuspendCommand } from "./suspend.ts";
import { transition } from "./transition.ts";

function suspend(more: Partial<SuspendCommand> = {}): SuspendCommand {
  return {
    kind: "suspend",
    resumption: "run-1",
    replaces: null,
    checkpoint: { id: "c", thread: "t", namespace: "", digest: "sha256:00" },
    by: robot,
    now: startAt + 1,
    ...more,
  };
}

describe("a suspension", () => {
  it("binds a hold, by an event that names the state by its digest", () => {
    const held = opened();
    const { job, facts, notice } = changeOf(transition(held, suspend()));
    expect(job).toMatchObject({ state: "APPROVAL", resumption: "run-1", revision: 2 });
    expect(job.dueAt).toBe(held.job.dueAt);
    expect(facts).toMatchObject([
      { type: "run.suspended", payload: { resumption: "run-1", digest: "sha256:00" } },
    ]);
    expect(notice).toBeNull();
  });

  it("leaves alone what has its answer, and what is bound already", () => {
    for (const state of jobStates.filter((one) => one !== "APPROVAL")) {
      const file = fileIn(state);
      const { job, facts } = changeOf(transition(file, suspend()));
      expect([job, facts]).toEqual([file.job, []]);
    }
    const bound = after(opened(), suspend());
    expect(changeOf(transition(bound, suspend())).facts).toEqual([]);
  });

  it("takes a hold from another run only when the caller has seen that one", () => {
    const bound = after(opened(), suspend());
    const other = suspend({ resumption: "run-2" });
    expect(transition(bound, other)).toMatchObject({ ok: false, code: "job_suspended" });
    const stale = { ...other, replaces: "run-0" };
    expect(transition(bound, stale)).toMatchObject({ ok: false, code: "job_suspended" });
    const moved = after(bound, { ...other, replaces: "run-1" });
    expect(moved.job.resumption).toBe("run-2");
  });

  it("outlives an answer, and ends when the job goes back to its reviewers from it", () => {
    const bound = after(opened(), suspend());
    const approved = after(bound, review(bound));
    expect(approved.job).toMatchObject({ state: "APPROVED", resumption: "run-1" });
    const stricter = redeem(approved, { ruling: ruling({ ruleId: "stricter" }) });
    const returned = changeOf(transition(approved, stricter)).job;
    expect(returned).toMatchObject({ state: "APPROVAL", resumption: null });
  });

  it("goes on while reviewers are asked anew before anybody answered", () => {
    const bound = after(opened(), suspend());
    const anew = review(bound, { ruling: { ...ruling(), decision: decided({ ruleId: "new" }) } });
    const returned = changeOf(transition(bound, anew)).job;
    expect(returned.state).toBe("APPROVAL");
    expect(returned.round).toBeGreaterThan(bound.job.round);
    expect(returned.resumption).toBe("run-1");
  });
});
