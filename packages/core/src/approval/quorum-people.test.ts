// How votes of people with several accounts, of delegates, of widened levels and of last pairs are counted.

import { describe, expect, it } from "vitest";
import { group, person, reviewedJob, role, sampleReview } from "./approval.sample.ts";
import type { ReviewedJob } from "./authority.ts";
import { type SmallWorld, worldDirectory } from "./directory.sample.ts";
import { countQuorum, isPairTaken } from "./quorum.ts";
import { type Person, type Review, type ReviewKind, standingVotes } from "./review.ts";

const ann = person("ann", ["lead"]);
const ben = person("ben", ["lead"]);
const cid = person("cid", ["lead", "cfo"]);
const del = person("del");
const dot = person("dot");

type Cast = readonly [who: Person, kind: ReviewKind, votedFor?: string];

function votesOf(cast: readonly Cast[]): ReadonlyMap<string, Review> {
  const reviews = cast.map(([who, kind, votedFor]) =>
    sampleReview(who, kind, { votedFor: votedFor ?? null }),
  );
  return standingVotes(reviews, 1);
}

function told(job: ReviewedJob, cast: readonly Cast[], world: SmallWorld = {}): string {
  const { outcome, approvers } = countQuorum(job, votesOf(cast), worldDirectory(world));
  return [outcome, ...approvers].join(" ");
}

describe("votes of delegates", () => {
  const world: SmallWorld = {
    roles: { boss: ["lead"], chief: ["lead"] },
    delegations: [
      ["boss", "del"],
      ["boss", "dot"],
      ["chief", "del"],
    ],
  };
  const two = reviewedJob([role("lead", 2)]);
  const boss = person("boss", ["lead"]);

  it("count in the place of who delegated, beside those of others", () => {
    expect(
      told(
        two,
        [
          [del, "approve", "boss"],
          [ann, "approve"],
        ],
        world,
      ),
    ).toBe("approved ann del");
  });

  it("count once for one who delegated to several", () => {
    const both: Cast[] = [
      [dot, "approve", "boss"],
      [del, "approve", "boss"],
    ];
    expect(told(two, both, world)).toBe("open del");
    expect(told(two, both.toReversed(), world)).toBe("open del");
  });

  it("give way to the vote of who delegated", () => {
    expect(
      told(
        two,
        [
          [del, "approve", "boss"],
          [boss, "approve"],
        ],
        world,
      ),
    ).toBe("open boss");
    const against: Cast[] = [
      [del, "reject", "boss"],
      [boss, "approve"],
    ];
    expect(told(two, against, world)).toBe("open boss");
  });

  it("reject when one of them does", () => {
    const split: Cast[] = [
      [del, "approve", "boss"],
      [dot, "reject", "boss"],
    ];
    expect(told(two, split, world)).toBe("rejected");
  });

  it("never stand for two", () => {
    const cast: Cast[] = [
      [del, "approve", "boss"],
      [del, "approve", "chief"],
    ];
    expect(told(two, cast, world)).toBe("open del");
  });

  it("count no more once nobody delegates to them", () => {
    const cast: Cast[] = [[del, "approve", "boss"]];
    expect(told(reviewedJob([role("lead")]), cast, world)).toBe("approved del");
    expect(told(reviewedJob([role("lead")]), cast, { ...world, delegations: [] })).toBe("open");
    expect(told(reviewedJob([role("lead")]), cast, { ...world, left: ["boss"] })).toBe("open");
    const own = reviewedJob([role("lead")], { agentOwner: "boss" });
    expect(told(own, cast, world)).toBe("open");
  });

  it("count by the delegation that stood when they were cast", () => {
    const directory = worldDirectory(world);
    const ended = {
      ...directory,
      principalsOf: (who: Person, at: number): readonly Person[] =>
        at < 10 ? directory.principalsOf(who, at) : [],
    };
    const cast = (at: number): ReadonlyMap<string, Review> =>
      new Map([["del", sampleReview(del, "approve", { votedFor: "boss", at })]]);
    const job = reviewedJob([role("lead")]);
    expect(countQuorum(job, cast(9), ended).outcome).toBe("approved");
    expect(countQuorum(job, cast(10), ended).outcome).toBe("open");
  });

  it("that say nothing of a delegation are the person's own", () => {
    expect(told(reviewedJob([role("lead")]), [[del, "approve"]], world)).toBe("open");
  });
});

describe("votes of one person by two accounts", () => {
  const world = { accounts: { "ann-2": "ann" } };
  const second = person("ann-2", ["lead"]);

  it("count once, the rejection before the approval", () => {
    const two = reviewedJob([role("lead", 2)]);
    expect(
      told(
        two,
        [
          [ann, "approve"],
          [second, "approve"],
        ],
        world,
      ),
    ).toBe("open ann");
    expect(
      told(
        two,
        [
          [ann, "approve"],
          [second, "reject"],
        ],
        world,
      ),
    ).toBe("rejected");
    expect(
      told(
        two,
        [
          [second, "reject"],
          [ann, "approve"],
        ],
        world,
      ),
    ).toBe("rejected");
  });

  it("count no more once the person left", () => {
    const cast: Cast[] = [[second, "approve"]];
    expect(told(reviewedJob([role("lead")]), cast, world)).toBe("approved ann");
    expect(told(reviewedJob([role("lead")]), cast, { ...world, left: ["ann"] })).toBe("open");
  });
});

describe("a widening", () => {
  const world = { groups: { ops: ["del", "dot"] } };
  const asked = [role("lead"), group("board", 2)];

  it("lets its people fill any place, each one", () => {
    const job = reviewedJob(asked, { widened: ["group:ops"] });
    const cast: Cast[] = [
      [ann, "approve"],
      [del, "approve"],
    ];
    expect(told(job, cast, world)).toBe("open ann del");
    expect(told(job, [...cast, [dot, "approve"]], world)).toBe("approved ann del dot");
    expect(told(reviewedJob(asked), [...cast, [dot, "approve"]], world)).toBe("open ann");
  });

  it("lets each of its people reject", () => {
    const job = reviewedJob(asked, { widened: ["group:ops"] });
    expect(told(job, [[del, "reject"]], world)).toBe("rejected");
    expect(told(reviewedJob(asked), [[del, "reject"]], world)).toBe("open");
  });
});

describe("the last pair", () => {
  const asked = [role("lead", 2)];
  const job = reviewedJob(asked, { exclude: ["last_pair"], lastPair: ["ann", "ben"] });

  it("counts with one of the two at most", () => {
    expect(
      told(job, [
        [ann, "approve"],
        [ben, "approve"],
      ]),
    ).toBe("open ann");
    expect(
      told(job, [
        [ben, "approve"],
        [ann, "approve"],
      ]),
    ).toBe("open ann");
    expect(
      told(job, [
        [ann, "approve"],
        [ben, "approve"],
        [cid, "approve"],
      ]),
    ).toBe("approved ann cid");
  });

  it("counts with the one who brings the count further", () => {
    const mixed = reviewedJob([role("cfo"), role("lead")], { lastPair: ["ann", "cid"] });
    const cast: Cast[] = [
      [ann, "approve"],
      [cid, "approve"],
      [ben, "approve"],
    ];
    expect(told(mixed, cast)).toBe("approved ben cid");
  });

  it("is meant by any account and by any delegate of the two", () => {
    const world: SmallWorld = { accounts: { "ben-2": "ben" }, delegations: [["ben", "del"]] };
    const known = { ...world, roles: { ben: ["lead"] } };
    const second = person("ben-2");
    expect(
      told(
        job,
        [
          [ann, "approve"],
          [second, "approve"],
        ],
        known,
      ),
    ).toBe("open ann");
    expect(
      told(
        job,
        [
          [ann, "approve"],
          [del, "approve", "ben"],
        ],
        known,
      ),
    ).toBe("open ann");
  });

  it("may reject, both of them", () => {
    const stubborn = reviewedJob([role("lead", 2, { denyCount: 2 })], { lastPair: job.lastPair });
    expect(
      told(stubborn, [
        [ann, "reject"],
        [ben, "reject"],
      ]),
    ).toBe("rejected");
  });

  it("is told to the second one, unless they bring the count further", () => {
    const taken = (of: ReviewedJob, actor: string, cast: readonly Cast[]): boolean =>
      isPairTaken(of, votesOf(cast), { directory: worldDirectory({}), actor });
    const both: Cast[] = [
      [ann, "approve"],
      [ben, "approve"],
    ];
    expect(taken(job, "ben", both)).toBe(true);
    expect(taken(job, "ben", [[ben, "approve"]])).toBe(false);
    expect(
      taken(job, "cid", [
        [ann, "approve"],
        [cid, "approve"],
      ]),
    ).toBe(false);
    expect(
      taken(job, "ben", [
        [ann, "reject"],
        [ben, "approve"],
      ]),
    ).toBe(false);
    const mixed = reviewedJob([role("cfo"), role("lead")], { lastPair: ["ann", "cid"] });
    expect(
      taken(mixed, "cid", [
        [ann, "approve"],
        [cid, "approve"],
        [ben, "approve"],
      ]),
    ).toBe(false);
  });
});
