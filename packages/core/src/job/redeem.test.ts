// The last look before the act: which grant, which action, which policy, at which moment.

import { describe, expect, it } from "vitest";
import { role } from "../approval/approval.sample.ts";
import {
  allowedLifeMs,
  grantLifeMs,
  outcomeDeadlineMaxMs,
  outcomeDeadlineMs,
} from "../base/limits.ts";
import type { ExecutionId } from "../base/id.ts";
import type { Constraints, Decision, Escalation } from "../policy/decision.ts";
import { plainTerms } from "../policy/terms.ts";
import {
  after,
  allowed,
  changeOf,
  decided,
  denied,
  editedHash,
  fileIn,
  opened,
  opening,
  outcomeOf,
  redeem,
  renewal,
  robot,
  ruling,
  startAt,
} from "./job.sample.ts";
import { openJob } from "./open.ts";
import { compareRuling } from "./redecide.ts";
import { type AtOnce, redeemOpened } from "./redeem.ts";
import { watchOf } from "./tick.sample.ts";
import { transition } from "./transition.ts";

const approvedAt = startAt + 1;

describe("a redemption with the proposal", () => {
  const bounded = {
    ...allowed,
    kind: "allow_with_constraints",
    constraints: { max_rows: 3 },
  } as const;

  /** The change that opens the job, as it is after the agent asked to redeem with it. */
  const openedWith = (decision: Decision, more: Partial<AtOnce> = {}) => {
    const change = openJob(opening({ ruling: { ...ruling(), decision } }));
    const { job } = change;
    return redeemOpened(change, {
      nonce: "nonce-1",
      enforces: [],
      grantId: job.grant?.id ?? "none",
      runningHash: job.jobHash,
      ruling: ruling(),
      by: robot,
      executionId: "execution-1" as ExecutionId,
      now: startAt,
      ...more,
    });
  };

  it.each([
    ["of what is allowed", allowed, {}, "EXECUTING"],
    ["of what is held", decided(), {}, "APPROVAL"],
    [
      "of what is held, by the grant that it would have",
      decided(),
      { grantId: "grant-0" },
      "APPROVAL",
    ],
    ["of what is denied", denied, {}, "DENIED"],
    ["under a constraint that is kept", bounded, { enforces: ["max_rows"] }, "EXECUTING"],
    ["under another constraint than those kept", bounded, { enforces: ["redact"] }, "APPROVED"],
    ["of another action", allowed, { runningHash: editedHash }, "APPROVED"],
    ["with another grant", allowed, { grantId: "grant-x" }, "APPROVED"],
  ] as const)("%s: %s", (_name, decision, more, expected) => {
    const { job, facts } = openedWith(decision, more);
    expect(job.state).toBe(expected);
    expect(facts.map(({ type }) => type)).toContain("job.proposed");
    expect(facts.some(({ type }) => type === "grant.redeemed")).toBe(job.state === "EXECUTING");
    expect(job.execution?.nonce).toBe(job.state === "EXECUTING" ? "nonce-1" : undefined);
  });

  it("makes two revisions, each with its fact", () => {
    const { job, facts } = openedWith(allowed);
    expect(facts.map(({ revision, before, after }) => [revision, before, after])).toEqual([
      [1, null, "APPROVED"],
      [2, "APPROVED", "EXECUTING"],
    ]);
    expect(job.revision).toBe(2);
    expect(JSON.stringify(facts)).not.toContain("nonce-1");
  });
});

describe("a redemption", () => {
  it.each([
    ["of the approved action", {}, "EXECUTING"],
    ["of another action", { runningHash: editedHash }, "grant_hash_mismatch"],
    ["with a grant of somebody else", { grantId: "grant-x" }, "grant_not_live"],
    ["at the grant's last moment", { now: approvedAt + grantLifeMs - 1 }, "EXECUTING"],
    ["at the grant's end", { now: approvedAt + grantLifeMs }, "grant_expired"],
    ["when the release has run out", { now: approvedAt + 86_400_000 }, "EXPIRED, grant_not_live"],
  ] as const)("%s: %s", (_name, more, expected) => {
    const file = fileIn("APPROVED");
    expect(outcomeOf(transition(file, redeem(file, more)))).toBe(expected);
  });

  it("that is refused for its action consumes nothing", () => {
    const file = fileIn("APPROVED");
    expect(transition(file, redeem(file, { runningHash: editedHash })).ok).toBe(false);
    expect(outcomeOf(transition(file, redeem(file)))).toBe("EXECUTING");
  });

  it("works once", () => {
    const file = fileIn("APPROVED");
    const running = after(file, redeem(file));
    expect(outcomeOf(transition(running, redeem(file)))).toBe("grant_already_redeemed");
  });

  it("works with the newest grant only", () => {
    const file = fileIn("APPROVED");
    const renewed = after(file, renewal());

    expect(outcomeOf(transition(renewed, redeem(file)))).toBe("grant_not_live");
    expect(outcomeOf(transition(renewed, redeem(renewed, { now: startAt + 4 })))).toBe("EXECUTING");
  });

  it("names the grant, the policy and what binds the run on the record", () => {
    const file = fileIn("APPROVED");
    const { job, facts } = changeOf(transition(file, redeem(file)));

    expect(job.execution).toEqual({
      id: "execution-1",
      grantId: "grant-1",
      startedAt: startAt + 2,
      deadlineAt: startAt + 2 + outcomeDeadlineMs,
      constraints: null,
    });
    expect(facts).toHaveLength(1);
    expect(facts[0]).toMatchObject({
      type: "grant.redeemed",
      payload: { grant: "grant-1", execution: "execution-1", policy_snapshot: "default@1" },
    });
  });
});

describe("a policy that changed after the release", () => {
  it.each([
    ["asks the same", ruling(), "EXECUTING"],
    ["releases it", { ...ruling(), decision: allowed }, "EXECUTING"],
    ["asks more people", ruling({ requirements: [role("lead", 2)] }), "APPROVAL, grant_not_live"],
    ["asks by another rule", ruling({ ruleId: "other" }), "APPROVAL, grant_not_live"],
    ["denies it", { ...ruling(), decision: denied }, "REVOKED, grant_policy_denied"],
  ])("%s: %s", (_name, now, expected) => {
    const file = fileIn("APPROVED");
    expect(outcomeOf(transition(file, redeem(file, { ruling: now })))).toBe(expected);
  });

  it("takes the grant away for good", () => {
    const file = fileIn("APPROVED");
    const back = after(file, redeem(file, { ruling: ruling({ ruleId: "other" }) }));

    expect(back.job).toMatchObject({ state: "APPROVAL", grant: null, resolution: null, round: 2 });
    expect(outcomeOf(transition(back, redeem(file)))).toBe("grant_not_live");
  });

  it("gives a returned job its own time to be reviewed", () => {
    const file = opened({ ruling: { ...ruling(), decision: allowed } });
    const back = after(file, redeem(file, { now: startAt + 1_000 }));

    expect(file.job.dueAt).toBe(startAt + allowedLifeMs);
    expect(back.job.dueAt).toBe(startAt + 1_000 + 60_000);
  });
});

describe("constraints", () => {
  const bound = (constraints: Constraints): ReturnType<typeof ruling> => ({
    ...ruling(),
    decision: { ...allowed, kind: "allow_with_constraints", constraints },
  });

  it("of both policies bind the run together", () => {
    const file = opened({ ruling: bound({ max_runtime_sec: 60, network_allowlist: ["a", "b"] }) });
    const now = bound({ max_runtime_sec: 90, network_allowlist: ["b"], max_rows: 5 });

    expect(after(file, redeem(file, { ruling: now })).job.execution?.constraints).toEqual({
      max_runtime_sec: 60,
      network_allowlist: ["b"],
      max_rows: 5,
    });
  });

  it("that leave nothing together revoke the release", () => {
    const file = opened({ ruling: bound({ network_allowlist: ["a"] }) });
    const now = redeem(file, { ruling: bound({ network_allowlist: ["b"] }) });
    expect(outcomeOf(transition(file, now))).toBe("REVOKED, grant_policy_denied");
  });

  it.each([
    ["a short run", 60, outcomeDeadlineMs],
    ["a long run", 3_600, 7_200_000],
    ["an endless run", 99_999_999, outcomeDeadlineMaxMs],
  ])("give %s its time to report", (_name, seconds, expected) => {
    const file = opened({ ruling: bound({ max_runtime_sec: seconds }) });
    const { job } = after(file, redeem(file, { ruling: bound({ max_runtime_sec: seconds }) }));
    expect(job.dueAt).toBe(startAt + 2 + expected);
  });
});

describe("a decision of today against the one that a job rests on", () => {
  const asked = (more: Parameters<typeof role>[2], count = 2) =>
    decided({ requirements: [role("lead", count, more)] });
  const held = { ...fileIn("APPROVAL").job, decision: asked({ denyCount: 1 }) };

  it.each([
    ["the same", asked({}), "same"],
    ["fewer people", asked({}, 1), "same"],
    ["more people", asked({}, 3), "stricter"],
    ["rejections that count less", asked({ denyCount: 2 }), "same"],
    ["an order that was not asked", asked({ after: "cfo" }), "stricter"],
    ["another role", decided({ requirements: [role("cfo")] }), "stricter"],
    ["one role more", decided({ requirements: [role("lead", 2), role("cfo")] }), "stricter"],
    ["somebody excluded more", { ...asked({}), exclude: ["person:ann"] as const }, "stricter"],
    ["a passkey", { ...asked({}), strongAuth: "passkey" as const }, "stricter"],
    ["a release", allowed, "same"],
    ["a denial", denied, "denied"],
    ["a looser kind of hold", { ...asked({}), kind: "allow_unless_rejected" as const }, "same"],
  ])("%s: %s", (_name, now, expected) => {
    expect(compareRuling(held, now)).toBe(expected);
  });

  it("is stricter when a step by which the hold was widened is taken back, or made narrow", () => {
    const step = { afterMs: 60_000, to: "group:lax" };
    const chain = (...escalate: Escalation[]): Decision => ({
      ...asked({}),
      terms: { ...plainTerms, escalate },
    });
    const watch = { ...watchOf({ job: held }), stepsTaken: 1, widened: [step.to] };
    const widened = { ...held, decision: chain(step), watch };
    const last = { afterMs: 90_000, to: "group:last" };
    expect(compareRuling(widened, chain(last, step))).toBe("same");
    expect(compareRuling(widened, chain(last))).toBe("stricter");
    expect(compareRuling(widened, chain({ ...step, places: ["role:lead"] }))).toBe("stricter");
    const untaken = { ...widened, watch: { ...watch, stepsTaken: 0, widened: [] } };
    expect(compareRuling(untaken, chain())).toBe("same");
  });

  it("is stricter when a release becomes a hold, or one kind of hold the other", () => {
    expect(compareRuling({ ...held, decision: allowed }, decided())).toBe("stricter");
    const veto = { ...held, decision: decided({ kind: "allow_unless_rejected" }) };
    expect(compareRuling(veto, decided())).toBe("stricter");
  });
});
