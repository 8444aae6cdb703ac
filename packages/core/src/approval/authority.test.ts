// Who may review a job and who never may, whatever roles they hold.

import { describe, expect, it } from "vitest";
import { authorize, nameOf, type ReviewedJob } from "./authority.ts";
import { isSamePerson } from "./name.ts";
import {
  anybody,
  directoryOf,
  group,
  person,
  plainPeople,
  reviewedJob,
  role,
} from "./approval.sample.ts";

const directory = directoryOf({ board: ["ann"] });
const ann = person("ann", ["lead", "security"]);

function answer(job: ReviewedJob, who = ann): string | readonly number[] {
  const result = authorize(job, who, "vote", { directory, at: 0 });
  return result.ok ? result.satisfies : result.code;
}

describe("a reviewer", () => {
  it.each([
    ["anybody, when nobody in particular is asked", reviewedJob([anybody]), [0]],
    ["who holds the asked role", reviewedJob([role("lead")]), [0]],
    ["who is in the asked group", reviewedJob([group("board")]), [0]],
    [
      "who fits some requirements, those",
      reviewedJob([role("cfo"), role("lead"), group("board")]),
      [1, 2],
    ],
  ] as const)("is %s", (_name, job, satisfies) => {
    expect(answer(job)).toEqual(satisfies);
  });

  it.each([
    ["who holds another role", reviewedJob([role("cfo")])],
    ["who is in no asked group", reviewedJob([group("auditors")])],
    ["when a role and a group share a name", reviewedJob([role("board")])],
    ["when nobody at all is asked", reviewedJob([])],
  ])("is not somebody %s", (_name, job) => {
    expect(answer(job)).toBe("approval_not_authorized");
  });

  it.each([
    ["owns the agent", { agentOwner: "ann" }],
    ["owns the agent, named by email", { agentOwner: "Ann@Example.com" }],
    ["owns the agent, named as a user", { agentOwner: "user:ann" }],
    ["owns an agent above it", { owners: ["zed", "Ann@Example.com"] }],
    ["made the agent's key", { keyCreator: "ann" }],
    ["is whom the agent acts for", { onBehalfOf: "user:ann@example.com" }],
    ["is excluded by id", { exclude: ["person:ann"] as const }],
    ["is excluded by email in any case", { exclude: ["person:ANN@example.COM"] as const }],
  ])("is never somebody who %s, whatever roles they hold", (_name, more) => {
    for (const asked of [anybody, role("lead"), group("board")]) {
      expect(answer(reviewedJob([asked], more))).toBe("approval_self_review");
      const everything = person("ann", ["*", "lead"], { assurance: "development" });
      expect(answer(reviewedJob([asked], more), everything)).toBe("approval_self_review");
    }
  });

  it("is excluded by the rule's words even when the rule leaves them out", () => {
    const job = reviewedJob([anybody], { exclude: [], agentOwner: "ann" });
    expect(answer(job)).toBe("approval_self_review");
  });

  it("is nobody while a passkey is asked", () => {
    const job = reviewedJob([anybody], { strongAuth: "passkey" });
    expect(answer(job)).toBe("approval_strong_auth_required");
  });

  it("is told first that the action is their own", () => {
    const job = reviewedJob([role("cfo")], { agentOwner: "ann", strongAuth: "passkey" });
    expect(answer(job)).toBe("approval_self_review");
  });
});

describe("a name", () => {
  const without = person("per_1", [], { email: null });
  it.each([
    ["ann", ann, true],
    ["user:ann", ann, true],
    ["ANN@EXAMPLE.COM", ann, true],
    ["user:ann@example.com", ann, true],
    ["Ann", ann, false],
    ["ann@example.org", ann, false],
    ["bob", ann, false],
    ["", ann, false],
    ["user:", without, false],
    ["user:per_1", without, true],
    ["user:x", person("user:x"), true],
    ["x", person("user:x", [], { email: null }), false],
  ])("`%s` means the person: %#", (name, who, isSame) => {
    expect(isSamePerson(name, plainPeople.namesOf(who))).toBe(isSame);
  });

  it.each([
    [anybody, "a reviewer"],
    [{ ...anybody, count: 2 }, "2 of a reviewer"],
    [role("lead"), "role lead"],
    [group("board", 3), "3 of group board"],
  ])("of a requirement is said in words: %#", (requirement, words) => {
    expect(nameOf(requirement)).toBe(words);
  });
});
