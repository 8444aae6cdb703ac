// Who has the card: claimed, given back, handed over, and what silence and votes do to a claim.

import { describe, expect, it } from "vitest";
import { directoryOf, person, role } from "../approval/approval.sample.ts";
import { worldDirectory } from "../approval/directory.sample.ts";
import type { AssignCommand, ClaimCommand, ReleaseCommand } from "./claim.ts";
import {
  after,
  ann,
  ben,
  changeOf,
  fileIn,
  outcomeOf,
  review,
  ruling,
  startAt,
} from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import { transition } from "./transition.ts";
import { timeoutAt, urgentTerms, watched } from "./watch.sample.ts";

const two = { requirements: [role("lead", 2)], terms: urgentTerms };
const held = (): JobFile => watched({}, two);
const out = person("out");
const own = person("own", ["lead"]);
const base = { directory: directoryOf(), now: startAt + 1 };
const claim = (more: Partial<ClaimCommand> = {}): ClaimCommand => ({
  kind: "claim",
  person: ann,
  ...base,
  ...more,
});
const giveBack = (more: Partial<ReleaseCommand> = {}): ReleaseCommand => ({
  kind: "release",
  person: ann,
  isAdmin: false,
  ...base,
  ...more,
});
const assign = (more: Partial<AssignCommand> = {}): AssignCommand => ({
  kind: "assign",
  person: ann,
  to: ben,
  note: "you know the table",
  isAdmin: false,
  ...base,
  ...more,
});
const claimed = (): JobFile => after(held(), claim());

describe("a claim", () => {
  it("says who has the card, and ends after silence", () => {
    const { job, facts, notice } = changeOf(transition(held(), claim()));

    expect(job).toMatchObject({ state: "APPROVAL", revision: 2, dueAt: startAt + 10_001 });
    expect(job.watch).toMatchObject({
      claim: { person: "ann", name: "ann", at: startAt + 1, by: null },
      timers: [
        { kind: "claim", dueAt: startAt + 10_001 },
        { kind: "timeout", dueAt: timeoutAt },
      ],
    });
    expect(facts.map(({ type, actor }) => [type, actor.id])).toEqual([["hold.claimed", "ann"]]);
    expect(notice).toBeNull();
  });

  it("is one for all accounts of a person", () => {
    const directory = worldDirectory({ accounts: { "ann-2": "ann" } });
    const second = person("ann-2", ["lead"]);
    const file = after(held(), claim({ person: second, directory }));
    expect(file.job.watch?.claim?.person).toBe("ann");
    expect(outcomeOf(transition(file, claim({ directory })))).toBe("unchanged");
  });

  it.each([
    ["of a card that somebody has", claimed(), claim({ person: ben }), "claim_conflict"],
    ["of a card that they have", claimed(), claim(), "unchanged"],
    ["by somebody who is not asked", held(), claim({ person: out }), "approval_not_authorized"],
    ["by the owner of the agent", held(), claim({ person: own }), "approval_self_review"],
    ["when the time is up", held(), claim({ now: timeoutAt }), "approval_retryable_lock"],
    ["of a decided hold", fileIn("REJECTED"), claim(), "approval_already_resolved"],
  ] as const)("%s: %s", (_name, file, command, expected) => {
    expect(outcomeOf(transition(file, command))).toBe(expected);
  });

  it("keeps nobody else from voting", () => {
    const file = claimed();
    const rejection = review(file, { verdict: "reject", person: ben, ruling: ruling(two) });
    expect(outcomeOf(transition(file, rejection))).toBe("REJECTED");
  });

  it("leaves what others look at as it was", () => {
    const file = claimed();
    const vote = review(file, { person: ben, seenRevision: 1, ruling: ruling(two) });
    expect(outcomeOf(transition(file, vote))).toBe("APPROVAL");
  });
});

describe("a word of whoever has the card", () => {
  const later = startAt + 5_000;

  it.each(["comment", "abstain"] as const)("by %s begins the silence anew", (verdict) => {
    const { job } = after(claimed(), review(claimed(), { verdict, now: later }));
    expect(job.watch?.claim?.person).toBe("ann");
    expect(job.dueAt).toBe(later + 10_000);
  });

  it.each(["approve", "modify"] as const)("by %s frees the card", (verdict) => {
    const vote = review(claimed(), { verdict, now: later, ruling: ruling(two) });
    const { job } = after(claimed(), vote);
    expect([job.state, job.watch?.claim]).toEqual(["APPROVAL", null]);
    expect(job.dueAt).toBe(timeoutAt);
  });

  it("of another changes nothing about it", () => {
    const vote = review(claimed(), { person: ben, now: later, ruling: ruling(two) });
    const { job } = after(claimed(), vote);
    expect([job.watch?.claim?.person, job.dueAt]).toEqual(["ann", startAt + 10_001]);
  });

  it("that decides ends the claim and every clock", () => {
    const { job } = after(claimed(), review(claimed(), { verdict: "reject", person: ben }));
    expect(job).toMatchObject({ dueAt: null, watch: { claim: null, timers: [] } });
  });
});

describe("a card given back", () => {
  it("is free, and its silence is no longer counted", () => {
    const { job, facts } = changeOf(transition(claimed(), giveBack()));
    expect(job).toMatchObject({ dueAt: timeoutAt, watch: { claim: null } });
    expect(facts.map(({ type, payload }) => [type, payload])).toEqual([
      ["hold.released", { from: "ann" }],
    ]);
  });

  it.each([
    ["by another", claimed(), giveBack({ person: ben }), "claim_conflict"],
    ["by an admin", claimed(), giveBack({ person: out, isAdmin: true }), "APPROVAL"],
    [
      "by an admin who owns the agent",
      claimed(),
      giveBack({ person: own, isAdmin: true }),
      "approval_self_review",
    ],
    ["that nobody has", held(), giveBack(), "unchanged"],
    [
      "by an admin who left",
      claimed(),
      giveBack({ isAdmin: true, directory: worldDirectory({ left: ["ann"] }) }),
      "approval_not_authorized",
    ],
  ] as const)("%s: %s", (_name, file, command, expected) => {
    expect(outcomeOf(transition(file, command))).toBe(expected);
  });
});

describe("a card given to another", () => {
  it.each([
    ["by whoever has it", claimed(), "ann"],
    ["by whoever may have it, while it is free", held(), null],
  ])("%s", (_name, file, from) => {
    const { job, facts, notice } = changeOf(transition(file, assign()));
    expect(job.watch?.claim).toEqual({ person: "ben", name: "ben", at: startAt + 1, by: "ann" });
    expect(facts[0]).toMatchObject({
      type: "hold.assigned",
      actor: { kind: "person", id: "ann" },
      payload: { to: "ben", to_name: "ben", note: "you know the table", from },
    });
    expect(notice).toBe("assigned");
  });

  it("to themselves is a claim that nobody is told of", () => {
    const { job, notice } = changeOf(transition(held(), assign({ to: ann })));
    expect([job.watch?.claim?.by, notice]).toEqual([null, null]);
  });

  it.each([
    ["to somebody who is not asked", held(), assign({ to: out }), "approval_not_authorized"],
    ["to the owner of the agent", held(), assign({ to: own }), "approval_not_authorized"],
    ["to whoever has it", claimed(), assign({ to: ann }), "unchanged"],
    ["by somebody outside", held(), assign({ person: out }), "approval_not_authorized"],
    ["by an admin from outside", claimed(), assign({ person: out, isAdmin: true }), "APPROVAL"],
    [
      "by an admin who owns the agent",
      claimed(),
      assign({ person: own, isAdmin: true }),
      "approval_self_review",
    ],
    ["that another has", claimed(), assign({ person: ben, to: ben }), "claim_conflict"],
  ] as const)("%s: %s", (_name, file, command, expected) => {
    expect(outcomeOf(transition(file, command))).toBe(expected);
  });
});
