// How a job begins: its state, its deadlines, its grant and its first fact.

import { describe, expect, it } from "vitest";
import { allowedLifeMs, grantLifeMs, holdTimeoutMaxMs, holdTimeoutMinMs } from "../base/limits.ts";
import type { DecisionKind } from "../policy/decision.ts";
import { everybodyAround } from "./around.sample.ts";
import { opening, ruling, startAt } from "./job.sample.ts";
import { openJob } from "./open.ts";
import { holdTimeout } from "./plan.ts";

describe("a proposal", () => {
  it.each([
    ["allow", "APPROVED"],
    ["log", "APPROVED"],
    ["allow_with_constraints", "APPROVED"],
    ["allow_unless_rejected", "APPROVAL"],
    ["require_approval", "APPROVAL"],
    ["deny", "DENIED"],
  ] as const)("decided by `%s` opens %s", (kind: DecisionKind, state) => {
    const { job, facts, notice } = openJob(opening({ ruling: ruling({ kind }) }));

    expect(job.state).toBe(state);
    expect(job.revision).toBe(1);
    expect(job.held).toBe(state === "APPROVAL");
    expect(job.grant === null).toBe(state !== "APPROVED");
    expect(job.resolution?.kind).toBe(state === "DENIED" ? "denied" : undefined);
    expect(notice).toBe(state === "APPROVAL" ? "held" : null);
    expect(facts).toHaveLength(1);
    expect(facts[0]).toMatchObject({
      type: "job.proposed",
      jobId: "job-1",
      revision: 1,
      before: null,
      after: state,
      jobHash: job.jobHash,
      snapshot: "default@1",
      actor: { kind: "agent", id: "robot" },
    });
  });

  it("that is held asks once who is there, and one that is allowed asks nothing", () => {
    let looks = 0;
    const { duty } = everybodyAround;
    const counting: typeof duty = {
      ...duty,
      onDuty: (target, at) => {
        looks += 1;
        return duty.onDuty(target, at);
      },
    };
    openJob(opening({ around: { ...everybodyAround, duty: counting } }));
    expect(looks).toBe(1);
    const { job } = openJob(opening({ ruling: ruling({ kind: "allow" }), around: null }));
    expect(job.state).toBe("APPROVED");
  });

  it("that is allowed gets its grant and an hour to use it", () => {
    const { job } = openJob(opening({ ruling: ruling({ kind: "allow" }) }));

    expect(job.dueAt).toBe(startAt + allowedLifeMs);
    expect(job.grant).toEqual({
      id: "grant-0",
      issuedAt: startAt,
      expiresAt: startAt + grantLifeMs,
      approvers: [],
    });
  });

  it("that is denied has no deadline", () => {
    expect(openJob(opening({ ruling: ruling({ kind: "deny" }) })).job.dueAt).toBeNull();
  });

  it("records what was proposed and how it was decided", () => {
    const [fact] = openJob(opening()).facts;

    expect(fact?.payload).toMatchObject({
      decision: "require_approval",
      rule: "gate",
      policy_snapshot: "default@1",
      run: "run-1",
      grant: null,
      action: { topic: "job.db.delete", params: { id: "c_81" }, agent: "robot" },
    });
  });
});

describe("the timeout of a hold", () => {
  it.each([
    ["is the rule's", 60_000, null, 60_000],
    ["is the agent's when that is shorter", 60_000, 5_000, 5_000],
    ["is the rule's when that is shorter", 60_000, 90_000, 60_000],
    ["is never too short for anybody to answer", 60_000, 1, holdTimeoutMinMs],
    ["is never longer than the product's bound", 99 * 86_400_000, null, holdTimeoutMaxMs],
  ])("%s", (_name, timeoutMs, asked, expected) => {
    expect(holdTimeout(ruling({ timeoutMs }), asked)).toBe(expected);
    const { job } = openJob(opening({ ruling: ruling({ timeoutMs }), timeoutMs: asked }));
    expect(job.watch?.timeoutAt).toBe(startAt + expected);
  });
});
