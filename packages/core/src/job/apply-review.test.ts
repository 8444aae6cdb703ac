// What one review does to a hold: votes, edits, repeats, stale looks, and a policy that changed meanwhile.

import { describe, expect, it } from "vitest";
import { jobHash } from "../action/hash.ts";
import { person, role } from "../approval/approval.sample.ts";
import {
  approvedLifeMs,
  grantLifeMs,
  reviewsPerJobMax,
  revisionsPerJobMax,
} from "../base/limits.ts";
import { reviewedOf } from "./reviewed.ts";
import {
  action,
  after,
  allowed,
  ann,
  ben,
  changeOf,
  decided,
  denied,
  editedAction,
  editedHash,
  fileIn,
  opened,
  outcomeOf,
  redeem,
  review,
  ruling,
  startAt,
} from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import { transition } from "./transition.ts";

const two = { requirements: [role("lead", 2)] };
const heldByTwo = (): JobFile => opened({ ruling: ruling(two) });

function outcome(file: JobFile, more: Parameters<typeof review>[1]): string {
  return outcomeOf(transition(file, review(file, more)));
}

describe("an approval that completes the quorum", () => {
  const change = changeOf(transition(fileIn("APPROVAL"), review(fileIn("APPROVAL"))));

  it("releases the job with a grant that names who approved", () => {
    expect(change.job).toMatchObject({
      state: "APPROVED",
      revision: 2,
      dueAt: startAt + 1 + approvedLifeMs,
      grant: {
        id: "grant-1",
        issuedAt: startAt + 1,
        expiresAt: startAt + 1 + grantLifeMs,
        approvers: ["ann"],
      },
      resolution: { kind: "approved", by: { kind: "person", id: "ann" }, reason: "looks right" },
    });
    expect(change.notice).toBe("resolved");
  });

  it("leaves the review and the release on the record", () => {
    expect(
      change.facts.map(({ type, revision, before, after: to }) => [type, revision, before, to]),
    ).toEqual([
      ["review.submitted", 2, "APPROVAL", "APPROVED"],
      ["job.approved", 2, "APPROVAL", "APPROVED"],
    ]);
    expect(change.facts[1]?.payload).toMatchObject({ approvers: ["ann"], grant: "grant-1" });
  });
});

describe("a vote", () => {
  it("below the quorum is kept and opens nothing", () => {
    const file = heldByTwo();
    const change = changeOf(transition(file, review(file, { ruling: ruling(two) })));

    expect(change.job).toMatchObject({ state: "APPROVAL", revision: 2, grant: null });
    expect(change.facts.map((fact) => fact.type)).toEqual(["review.submitted"]);
    expect(change.notice).toBeNull();
  });

  it("that is repeated changes nothing and is answered with the first one", () => {
    const file = after(heldByTwo(), review(heldByTwo(), { ruling: ruling(two) }));
    const change = changeOf(transition(file, review(file, { reviewId: "other" as never })));

    expect(change.job).toBe(file.job);
    expect(change.review).toBe(file.reviews[0]);
    expect(change.facts).toEqual([]);
  });

  it("can be changed while the hold waits", () => {
    const file = after(heldByTwo(), review(heldByTwo(), { ruling: ruling(two) }));
    expect(outcome(file, { verdict: "reject", ruling: ruling(two) })).toBe("REJECTED");
  });

  it.each([
    ["sees another action", { seenHash: editedHash }, "approval_stale_request"],
    ["sees another revision", { seenRevision: 7 }, "approval_stale_request"],
    ["sees this revision", { seenRevision: 1 }, "APPROVED"],
    ["does not say what it saw", { seenHash: null }, "APPROVED"],
    ["is its owner's", { person: person("own", ["lead"]) }, "approval_self_review"],
    ["is the key maker's", { person: person("key", ["lead"]) }, "approval_self_review"],
    ["is of whom it acts for", { person: person("req", ["lead"]) }, "approval_self_review"],
    ["is an outsider's", { person: person("out") }, "approval_not_authorized"],
    ["comes when time is up", { now: startAt + 60_000 }, "EXPIRED, approval_already_resolved"],
    ["comes at the last moment", { now: startAt + 59_999 }, "APPROVED"],
  ] as const)("that %s: %s", (_name, more, expected) => {
    expect(outcome(fileIn("APPROVAL"), more)).toBe(expected);
  });

  it("is refused once a job holds as many reviews as it may", () => {
    const file = fileIn("APPROVAL");
    const [one] = after(heldByTwo(), review(heldByTwo(), { person: ben })).reviews;
    const full = {
      ...file,
      reviews: new Array(reviewsPerJobMax).fill({ ...one, kind: "comment" }),
    };
    expect(outcome(full, {})).toBe("review_limit");
    expect(outcome(full, { verdict: "reject" })).toBe("REJECTED");
  });
});

describe("a rejection", () => {
  it("ends the job with the person's reason and code", () => {
    const file = fileIn("APPROVAL");
    const rejection = review(file, {
      verdict: "reject",
      reason: "wrong one",
      code: "wrong_target",
    });
    const { job, facts } = changeOf(transition(file, rejection));

    expect(job).toMatchObject({ state: "REJECTED", dueAt: null, grant: null });
    expect(job.resolution).toMatchObject({
      kind: "rejected",
      reason: "wrong one",
      code: "wrong_target",
    });
    expect(facts.map((fact) => fact.type)).toEqual(["review.submitted", "job.rejected"]);
  });

  it("needs as many people as the rule says", () => {
    const asked = ruling({ requirements: [role("lead", 2, { denyCount: 2 })] });
    const file = opened({ ruling: asked });
    const first = after(file, review(file, { verdict: "reject", ruling: asked }));

    expect(first.job.state).toBe("APPROVAL");
    expect(outcome(first, { verdict: "reject", person: ben, ruling: asked })).toBe("REJECTED");
  });
});

describe("a remark", () => {
  it.each(["comment", "abstain"] as const)("to %s is recorded and never counted", (verdict) => {
    const file = fileIn("APPROVAL");
    const change = changeOf(transition(file, review(file, { verdict, note: "hm" })));

    expect(change.job).toMatchObject({ state: "APPROVAL", revision: 2 });
    expect(change.review).toMatchObject({ kind: verdict, note: "hm" });
    expect(outcome({ ...file, reviews: change.review ? [change.review] : [] }, {})).toBe(
      "APPROVED",
    );
  });

  it("is for those who may review", () => {
    const own = person("own", ["lead"]);
    expect(outcome(fileIn("APPROVAL"), { verdict: "comment", person: own })).toBe(
      "approval_self_review",
    );
  });
});

describe("a modification", () => {
  it("makes a new action, keeps the proposed one, and counts for its editor", () => {
    const file = after(heldByTwo(), review(heldByTwo(), { ruling: ruling(two) }));
    const change = changeOf(
      transition(file, review(file, { verdict: "modify", person: ben, ruling: ruling(two) })),
    );

    expect(change.job).toMatchObject({
      state: "APPROVAL",
      round: 2,
      revision: 3,
      jobHash: editedHash,
    });
    expect(change.job.proposedHash).toBe(jobHash("default", action));
    expect(change.job.proposedAction).toBe(action);
    expect(change.review).toMatchObject({ kind: "modify", round: 2, jobHash: editedHash });
    expect(change.facts.map((fact) => [fact.type, fact.revision, fact.jobHash])).toEqual([
      ["job.modified", 3, editedHash],
      ["review.submitted", 3, editedHash],
    ]);
  });

  it("voids the approvals of the action before it", () => {
    const file = after(heldByTwo(), review(heldByTwo(), { ruling: ruling(two) }));
    const edited = after(
      file,
      review(file, { verdict: "modify", person: ben, ruling: ruling(two) }),
    );

    expect(edited.job.state).toBe("APPROVAL");
    expect(outcome(edited, { ruling: ruling(two) })).toBe("APPROVED");
  });

  it("never gives the hold more time", () => {
    const file = fileIn("APPROVAL");
    const asked = { requirements: [role("lead", 2)], timeoutMs: 3_600_000 };
    const edit = review(file, { verdict: "modify", ruling: ruling(asked), now: startAt + 30_000 });
    expect(after(file, edit).job.dueAt).toBe(startAt + 60_000);
  });

  it.each([
    ["that policy denies", { ruling: { ...ruling(), decision: denied } }, "modify_denied"],
    ["that changes nothing", { edited: action }, "request_invalid"],
    ["without an edit", { edited: null }, "request_invalid"],
    ["of an action that changed meanwhile", { seenHash: editedHash }, "approval_stale_request"],
    ["that policy releases", { ruling: { ...ruling(), decision: allowed } }, "APPROVED"],
    [
      "that asks others than the editor",
      { ruling: ruling({ requirements: [role("cfo")] }) },
      "APPROVAL",
    ],
  ] as const)("%s: %s", (_name, more, expected) => {
    expect(outcome(fileIn("APPROVAL"), { verdict: "modify", ...more })).toBe(expected);
  });

  it("that is sent again is answered with the first one", () => {
    const file = after(
      heldByTwo(),
      review(heldByTwo(), { verdict: "modify", ruling: ruling(two) }),
    );
    const again = review(file, { verdict: "modify", edited: editedAction, ruling: ruling(two) });
    expect(outcomeOf(transition(file, again))).toBe("unchanged");
  });

  it("is refused when a job was modified as often as it may be", () => {
    const file = fileIn("APPROVAL");
    const job = { ...file.job, round: revisionsPerJobMax };
    expect(outcome({ ...file, job }, { verdict: "modify" })).toBe("review_limit");
  });
});

describe("a policy that changed while people looked", () => {
  it.each([
    ["still asks the same", ruling(), "APPROVED"],
    ["releases it now", { ...ruling(), decision: allowed }, "APPROVED"],
    ["asks more people", ruling(two), "APPROVAL, approval_stale_snapshot"],
    [
      "hides votes now",
      ruling({ requirements: [role("lead", 1, { blind: true })] }),
      "APPROVAL, approval_stale_snapshot",
    ],
    ["asks by another rule", ruling({ ruleId: "other" }), "APPROVAL, approval_stale_snapshot"],
    ["denies it now", { ...ruling(), decision: denied }, "REJECTED, approval_stale_snapshot"],
  ])("%s: %s", (_name, now, expected) => {
    expect(outcome(fileIn("APPROVAL"), { ruling: now })).toBe(expected);
  });

  it("starts the count anew and tells people", () => {
    const file = fileIn("APPROVAL");
    const {
      job,
      facts,
      notice,
      review: made,
    } = changeOf(transition(file, review(file, { ruling: ruling(two) })));

    expect(job).toMatchObject({ round: 2, revision: 2, held: true, decision: decided(two) });
    expect([facts.length, facts[0]?.type, notice, made]).toEqual([
      1,
      "job.returned",
      "returned",
      null,
    ]);
  });

  it("does not keep anybody from rejecting", () => {
    expect(outcome(fileIn("APPROVAL"), { verdict: "reject", ruling: ruling(two) })).toBe(
      "REJECTED",
    );
  });
});

describe("a job that came back from its redemption", () => {
  it("asks people by the rule that holds it now", () => {
    const released = opened({ ruling: { ...ruling(), decision: allowed } });
    const back = after(released, redeem(released));

    expect(back.job).toMatchObject({ state: "APPROVAL", held: true, round: 2, grant: null });
    expect(reviewedOf(back.job).requirements).toEqual([role("lead")]);
    expect(outcome(back, { person: ann })).toBe("APPROVED");
  });
});
