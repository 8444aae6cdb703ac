// The emergency override: who, when, how many, and what it leaves on the record.

import { describe, expect, it } from "vitest";
import { directoryOf, person, role } from "../approval/approval.sample.ts";
import { worldDirectory } from "../approval/directory.sample.ts";
import { approvedLifeMs } from "../base/limits.ts";
import type { GrantId, ReviewId } from "../base/id.ts";
import type { Decision } from "../policy/decision.ts";
import { everybodyAround } from "./around.sample.ts";
import {
  after,
  allowed,
  changeOf,
  denied,
  editedHash,
  fileIn,
  outcomeOf,
  review,
  ruling,
  startAt,
} from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import type { OverrideCommand } from "./override.ts";
import { transition } from "./transition.ts";
import { timeoutAt, urgentTerms, watched } from "./watch.sample.ts";

const urgent: Partial<Decision> = { requirements: [role("lead", 2)], terms: urgentTerms };
const held = (): JobFile => watched({}, urgent);
const duty = person("duty", ["oncall"]);
const second = person("second", ["oncall"]);

function override(file: JobFile, more: Partial<OverrideCommand> = {}): OverrideCommand {
  return {
    kind: "override",
    person: duty,
    reason: "the database is down",
    incident: "inc-1",
    needed: 1,
    circumstances: ["incident"],
    skipped: ["role:lead"],
    governance: { id: "gov-1", dueAt: startAt + 99 },
    seenHash: file.job.jobHash,
    ruling: ruling(urgent),
    directory: directoryOf(),
    around: everybodyAround,
    reviewId: `review-${file.reviews.length}` as ReviewId,
    grantId: "grant-o" as GrantId,
    now: startAt + 1,
    ...more,
  };
}

function outcome(file: JobFile, more: Partial<OverrideCommand> = {}): string {
  return outcomeOf(transition(file, override(file, more)));
}

describe("an override", () => {
  const change = changeOf(transition(held(), override(held())));

  it("releases at once, past those who were asked", () => {
    expect(change.job).toMatchObject({
      state: "APPROVED",
      revision: 2,
      dueAt: startAt + 1 + approvedLifeMs,
      grant: { id: "grant-o", approvers: ["duty"] },
      resolution: { kind: "approved", code: "override", reason: "the database is down" },
      watch: { claim: null, timers: [] },
    });
    expect(change.review).toMatchObject({ kind: "override", person: { id: "duty" } });
    expect(change.notice).toBe("overridden");
  });

  it("opens its review on the same record", () => {
    expect(change.facts.map(({ type, revision }) => [type, revision])).toEqual([
      ["override.submitted", 2],
      ["job.approved", 2],
      ["governance.opened", 2],
    ]);
    expect(change.facts[0]?.payload).toMatchObject({
      reason: "the database is down",
      incident: "inc-1",
      circumstances: ["incident"],
      needed: 1,
      given: 1,
      skipped: ["role:lead"],
    });
    expect(change.facts[1]?.payload).toMatchObject({ code: "override", governance: "gov-1" });
    expect(change.facts[2]).toMatchObject({
      actor: { kind: "system" },
      payload: { review: "gov-1", person: "duty", rule: "gate", due_at_ms: startAt + 99 },
    });
  });

  it.each([
    [
      "by somebody who is asked, and not named",
      { person: person("ann", ["lead"]) },
      "approval_not_authorized",
    ],
    ["by the agent's owner", { person: person("own", ["oncall"]) }, "approval_self_review"],
    ["by the key's creator", { person: person("key", ["oncall"]) }, "approval_self_review"],
    ["by whom the agent acts for", { person: person("req", ["oncall"]) }, "approval_self_review"],
    ["without a circumstance", { circumstances: [] }, "override_refused"],
    ["of another action", { seenHash: editedHash }, "approval_stale_request"],
    ["when the time is up", { now: timeoutAt }, "EXPIRED, approval_already_resolved"],
    [
      "while policy denies",
      { ruling: { ...ruling(), decision: denied } },
      "REJECTED, approval_stale_snapshot",
    ],
    [
      "while policy asks more",
      { ruling: ruling({ ...urgent, ruleId: "other" }) },
      "APPROVAL, approval_stale_snapshot",
    ],
    ["that policy allows by now", { ruling: { ...ruling(), decision: allowed } }, "APPROVED"],
    [
      "that policy takes back by now",
      { ruling: ruling({ ...urgent, terms: null }) },
      "override_refused",
    ],
    [
      "of what an invariant holds by now",
      { ruling: ruling({ ...urgent, terms: { ...urgentTerms, invariants: ["never"] } }) },
      "override_refused",
    ],
  ] as const)("%s: %s", (_name, more, expected) => {
    expect(outcome(held(), more)).toBe(expected);
  });

  it.each([
    ["names nobody", { ...urgent, terms: null }],
    ["is an invariant", { ...urgent, terms: { ...urgentTerms, invariants: ["never"] } }],
    ["asks for a passkey", { ...urgent, strongAuth: "passkey" as const }],
  ])("is refused when the rule %s", (_name, decision) => {
    expect(outcome(watched({}, decision), { ruling: ruling(decision) })).toBe("override_refused");
  });

  it("is refused for a publication", () => {
    const file = held();
    const { actor } = file.job.action;
    const action = {
      ...file.job.action,
      topic: "holdpoint.policy.publish",
      actor: { ...actor, agent: "holdpoint:policy" },
    };
    const published = { ...file, job: { ...file.job, action } };
    expect(outcome(published)).toBe("override_refused");
  });

  it("is refused for what is decided", () => {
    expect(outcome(fileIn("REJECTED"))).toBe("approval_already_resolved");
    expect(outcome(fileIn("APPROVED"))).toBe("approval_already_resolved");
    expect(outcome(fileIn("DENIED"))).toBe("approval_not_actionable");
  });
});

describe("an override that takes two", () => {
  const first = (): JobFile => after(held(), override(held(), { needed: 2 }));

  it("waits for the second person, with the first on the record", () => {
    const change = changeOf(transition(held(), override(held(), { needed: 2 })));
    expect(change.job).toMatchObject({ state: "APPROVAL", grant: null, dueAt: timeoutAt });
    expect(change.facts.map(({ type }) => type)).toEqual(["override.submitted"]);
    expect(change.facts[0]?.payload).toMatchObject({ needed: 2, given: 1 });
    expect(change.notice).toBeNull();
  });

  it("is released by another person, and names both", () => {
    const { job } = after(first(), override(first(), { needed: 2, person: second }));
    expect([job.state, job.grant?.approvers]).toEqual(["APPROVED", ["duty", "second"]]);
  });

  it("is not released by the same person again, by no account of theirs", () => {
    expect(outcome(first(), { needed: 2 })).toBe("unchanged");
    const directory = worldDirectory({ accounts: { second: "duty" } });
    expect(outcome(first(), { needed: 2, person: second, directory })).toBe("unchanged");
  });

  it("is released by the first alone once one is enough", () => {
    expect(outcome(first(), { needed: 1 })).toBe("APPROVED");
  });

  it("does not count the first once they may not any more", () => {
    const directory = worldDirectory({ left: ["duty"] });
    expect(outcome(first(), { needed: 2, person: second, directory })).toBe("APPROVAL");
  });

  it("begins anew when the action is edited, and is no vote", () => {
    const file = first();
    const vote = review(file, { verdict: "modify", ruling: ruling(urgent) });
    const edited = after(file, vote);
    const again = override(edited, { needed: 2, person: second });
    expect(outcomeOf(transition(edited, again))).toBe("APPROVAL");
    expect(outcomeOf(transition(file, review(file, { ruling: ruling(urgent) })))).toBe("APPROVAL");
  });
});
