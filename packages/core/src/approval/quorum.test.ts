// How votes are counted: distinct people, each in one place, only those who may review.

import { describe, expect, it } from "vitest";
import type { Requirement } from "../policy/decision.ts";
import {
  anybody,
  directoryOf,
  group,
  person,
  reviewedJob,
  role,
  sampleReview,
} from "./approval.sample.ts";
import type { ReviewedJob } from "./authority.ts";
import { countQuorum, type QuorumState } from "./quorum.ts";
import { type Person, type Review, type ReviewKind, standingVotes } from "./review.ts";

const ann = person("ann", ["lead"]);
const ben = person("ben", ["lead"]);
const cid = person("cid", ["security"]);
const dot = person("dot", ["lead", "security"]);
const eve = person("eve", ["lead", "security", "cfo"]);
const out = person("out", ["guest"]);
const directory = directoryOf({ board: ["ann", "dot"] });

type Votes = readonly (readonly [Person, ReviewKind])[];

function count(job: ReviewedJob, votes: Votes): QuorumState {
  const reviews: Review[] = votes.map(([who, kind]) => sampleReview(who, kind));
  return countQuorum(job, standingVotes(reviews, 1), directory);
}

function outcome(requirements: readonly Requirement[], votes: Votes): string {
  return count(reviewedJob(requirements), votes).outcome;
}

const yes = (...people: readonly Person[]): Votes => people.map((who) => [who, "approve"] as const);
const no = (...people: readonly Person[]): Votes => people.map((who) => [who, "reject"] as const);

describe("a quorum", () => {
  it.each([
    ["one of anybody", [anybody], yes(out), "approved"],
    ["nobody yet", [anybody], [], "open"],
    ["one of two", [role("lead", 2)], yes(ann), "open"],
    ["two of two", [role("lead", 2)], yes(ann, ben), "approved"],
    ["a modification as an approval", [role("lead")], [[ann, "modify"]] as Votes, "approved"],
    [
      "no comment and no abstention",
      [anybody],
      [
        [ann, "comment"],
        [ben, "abstain"],
      ] as Votes,
      "open",
    ],
    ["both roles", [role("lead"), role("security")], yes(ann, cid), "approved"],
    ["one role of both", [role("lead"), role("security")], yes(ann, ben), "open"],
    ["one person who fits both only once", [role("lead"), role("security")], yes(dot), "open"],
    [
      "that person where they are needed",
      [role("lead"), role("security")],
      yes(dot, ann),
      "approved",
    ],
    ["that person in the other place", [role("lead"), role("security")], yes(dot, cid), "approved"],
    [
      "a chain of moves",
      [role("lead"), role("security"), role("cfo")],
      yes(eve, dot, ann),
      "approved",
    ],
    ["a role and a group", [role("security"), group("board")], yes(cid, ann), "approved"],
    ["nobody outside", [role("lead")], yes(out, cid), "open"],
  ])("counts %s", (_name, requirements, votes, expected) => {
    expect(outcome(requirements, votes)).toBe(expected);
    expect(outcome(requirements, [...votes].reverse())).toBe(expected);
  });

  it.each([
    ["one, when one ends it", [role("lead", 2)], no(ann), "rejected"],
    ["one of two that it takes", [role("lead", 2, { denyCount: 2 })], no(ann), "open"],
    ["two of two that it takes", [role("lead", 2, { denyCount: 2 })], no(ann, ben), "rejected"],
    ["one, when one is asked at all", [role("lead", 1, { denyCount: 2 })], no(ann), "rejected"],
    ["none from outside", [role("lead")], no(out), "open"],
    ["one against a full quorum", [role("lead")], [...yes(ann), ...no(ben)], "rejected"],
  ])("counts rejections: %s", (_name, requirements, votes, expected) => {
    expect(outcome(requirements, votes)).toBe(expected);
  });

  it("counts two accounts of one person once", () => {
    const second = person("ann", ["lead"], { email: "ann@home.example", name: "Ann" });
    expect(outcome([role("lead", 2)], yes(ann, second))).toBe("open");
    expect(outcome([role("lead", 2, { denyCount: 2 })], no(ann, second))).toBe("open");
  });

  it("counts only the latest vote of a person", () => {
    expect(outcome([role("lead")], [...no(ann), ...yes(ann)])).toBe("approved");
    expect(outcome([role("lead", 2)], [...yes(ann), ...no(ann)])).toBe("rejected");
  });

  it("counts no vote of an earlier round", () => {
    const old = sampleReview(ann, "approve", { round: 1 });
    const votes = standingVotes([old], 2);
    expect(countQuorum(reviewedJob([role("lead")]), votes, directory).outcome).toBe("open");
  });

  it("drops the vote of somebody who may not review any more", () => {
    const job = reviewedJob([role("lead")]);
    expect(count(job, yes(ann)).outcome).toBe("approved");
    expect(count({ ...job, agentOwner: "ann" }, yes(ann)).outcome).toBe("open");
    const nobody = directoryOf();
    const none = { ...nobody, holdsRole: () => false };
    const votes = standingVotes([sampleReview(ann, "approve")], 1);
    expect(countQuorum(job, votes, none).outcome).toBe("open");
  });

  it("opens a later requirement once the earlier one is satisfied", () => {
    const requirements = [role("lead"), role("security", 1, { after: "lead" })];
    const early = count(reviewedJob(requirements), yes(cid));
    expect(early.outcome).toBe("open");
    expect(early.approved).toEqual([0, 0]);
    expect(count(reviewedJob(requirements), yes(cid, ann)).outcome).toBe("approved");
    expect(count(reviewedJob(requirements), yes(dot)).approved).toEqual([1, 0]);
    expect(count(reviewedJob(requirements), yes(dot, cid)).outcome).toBe("approved");
  });

  it("lets a rejection of a later requirement end the hold before its turn", () => {
    const requirements = [role("lead"), role("security", 1, { after: "lead" })];
    const ended = count(reviewedJob(requirements), no(cid));
    expect([ended.outcome, ended.rejectedBy]).toEqual(["rejected", 1]);
  });

  it("names who was counted and where", () => {
    const state = count(reviewedJob([role("lead"), role("security")]), yes(ann, ben, cid));
    expect(state.approved).toEqual([1, 1]);
    expect(state.approvers).toEqual(["ann", "cid"]);
    expect(state.rejectedBy).toBe(-1);
  });
});
