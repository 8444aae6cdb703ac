// How a job ends or goes on: time, withdrawal, renewal and the report of the outcome.

import { describe, expect, it } from "vitest";
import { grantLifeMs } from "../base/limits.ts";
import { lapse } from "./lapse.ts";
import {
  after,
  ann,
  changeOf,
  fileIn,
  opened,
  outcomeOf,
  redeem,
  renewal,
  report,
  robot,
  startAt,
  withdrawal,
} from "./job.sample.ts";
import { advance } from "./change.ts";
import { transition } from "./transition.ts";

describe("time", () => {
  it.each([
    ["APPROVAL", "EXPIRED", "job.expired", "resolved"],
    ["APPROVED", "EXPIRED", "job.expired", "resolved"],
    ["EXECUTING", "UNKNOWN", "job.unknown", "unknown"],
  ] as const)("takes %s to %s at the deadline and not before", (state, to, type, notice) => {
    const { job } = fileIn(state);
    const dueAt = job.dueAt ?? 0;

    expect(lapse(job, dueAt - 1)).toBeNull();
    const change = lapse(job, dueAt + 250);
    expect(change?.job).toMatchObject({ state: to, dueAt: null, revision: job.revision + 1 });
    expect(change?.facts.map((fact) => fact.type)).toEqual([type]);
    expect(change?.facts[0]?.payload).toMatchObject({ due_at_ms: dueAt, lateness_ms: 250 });
    expect(change?.notice).toBe(notice);
    expect(lapse(job, dueAt)?.job.state).toBe(to);
  });

  it("takes the grant of an expired release with it", () => {
    const { job } = fileIn("APPROVED");
    expect(lapse(job, job.dueAt ?? 0)?.job.grant).toBeNull();
  });

  it("does nothing to a job without a deadline", () => {
    expect(lapse(fileIn("REJECTED").job, Number.MAX_SAFE_INTEGER)).toBeNull();
  });
});

describe("an outcome", () => {
  it("is taken late, after nobody knew", () => {
    const file = fileIn("UNKNOWN");
    const { job, facts } = changeOf(
      transition(file, report({ summary: "done", outputDigest: "d" })),
    );

    expect(job).toMatchObject({
      state: "SUCCEEDED",
      outcome: { summary: "done", outputDigest: "d" },
    });
    expect(facts.map((fact) => fact.type)).toEqual(["job.succeeded"]);
  });

  it.each([
    ["of this execution", { executionId: "execution-1" }, "SUCCEEDED"],
    ["of another execution", { executionId: "execution-2" }, "job_not_executing"],
  ])("%s: %s", (_name, more, expected) => {
    expect(outcomeOf(transition(fileIn("EXECUTING"), report(more)))).toBe(expected);
  });

  it.each([
    ["as previewed", { rows: 1 }, false],
    ["not as previewed", { rows: 2 }, true],
    ["without a number", {}, false],
    ["with a number that nobody previewed", { recipients: 4 }, false],
    ["unknown", null, false],
  ])("whose effect is %s drifts: %#", (_name, effect, drift) => {
    const { job, facts } = changeOf(transition(fileIn("EXECUTING"), report({ effect })));
    expect(job.outcome?.drift).toBe(drift);
    expect(facts[0]?.payload["drift"]).toBe(drift);
  });

  it("that is reported again with another digest is refused", () => {
    const file = fileIn("SUCCEEDED");
    expect(outcomeOf(transition(file, report({ outputDigest: "other" })))).toBe("outcome_exists");
  });
});

describe("a withdrawal", () => {
  it.each([
    ["cancel", "APPROVAL", "CANCELLED", "job.cancelled"],
    ["cancel", "APPROVED", "CANCELLED", "job.cancelled"],
    ["revoke", "APPROVED", "REVOKED", "job.revoked"],
  ] as const)("by %s of %s leaves no grant and says who and why", (kind, state, to, type) => {
    const file = fileIn(state);
    const { job, facts, notice } = changeOf(transition(file, withdrawal(kind)));

    expect(job).toMatchObject({ state: to, grant: null, dueAt: null });
    expect(job.resolution).toMatchObject({ by: robot, reason: "not needed" });
    expect([facts.length, facts[0]?.type, notice]).toEqual([1, type, "resolved"]);
  });

  it("after the deadline finds the job expired", () => {
    const file = fileIn("APPROVAL");
    const late = { ...withdrawal("cancel"), now: startAt + 60_000 };
    expect(outcomeOf(transition(file, late))).toBe("EXPIRED, job_not_cancellable");
  });
});

describe("a renewal", () => {
  it("makes a new grant for the same people and leaves the release's own deadline", () => {
    const file = fileIn("APPROVED");
    const { job, facts } = changeOf(transition(file, renewal(startAt + 1_000)));

    expect(job.grant).toEqual({
      id: "grant-new",
      issuedAt: startAt + 1_000,
      expiresAt: startAt + 1_000 + grantLifeMs,
      approvers: ["ann"],
    });
    expect(job.dueAt).toBe(file.job.dueAt);
    expect(facts.map((fact) => [fact.type, fact.payload])).toEqual([
      ["grant.issued", { grant: "grant-new", replaces: "grant-1" }],
    ]);
  });

  it("works for a grant that ran out, not for a release that did", () => {
    const file = fileIn("APPROVED");
    const later = startAt + 1 + grantLifeMs;

    expect(outcomeOf(transition(file, renewal(later)))).toBe("APPROVED");
    expect(outcomeOf(transition(file, renewal(file.job.dueAt ?? 0)))).toBe(
      "EXPIRED, job_not_approved",
    );
  });
});

describe("a change", () => {
  it("of an ended job is a fault in the program", () => {
    expect(() => advance(fileIn("SUCCEEDED").job, startAt, {})).toThrow("terminal");
  });

  it("to a state that cannot follow is a fault in the program", () => {
    expect(() => advance(fileIn("APPROVAL").job, startAt, { state: "EXECUTING" })).toThrow(
      "may become",
    );
  });

  it("leaves the record of what was before untouched", () => {
    const file = opened();
    const frozen = structuredClone(file);
    after(file, withdrawal("cancel"));
    transition(file, redeem(file));

    expect(file).toEqual(frozen);
    expect(ann.roles).toEqual(["lead"]);
  });
});
