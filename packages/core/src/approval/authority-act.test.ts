// Whom else a job lets in and keeps out: accounts, delegates, limits, widenings, overrides and their judges.

import { describe, expect, it } from "vitest";
import { anybody, group, person, reviewedJob, role } from "./approval.sample.ts";
import { type Act, authorize, type AuthorityContext, type ReviewedJob } from "./authority.ts";
import { type SmallWorld, worldDirectory } from "./directory.sample.ts";

const ann = person("ann", ["lead"]);
const del = person("del");

interface Asked {
  readonly world?: SmallWorld;
  readonly act?: Act;
  readonly more?: Partial<AuthorityContext>;
}

function answer(job: ReviewedJob, who = ann, asked: Asked = {}): string {
  const directory = worldDirectory(asked.world ?? {});
  const ctx = { directory, at: 0, ...asked.more };
  const result = authorize(job, who, asked.act ?? "vote", ctx);
  if (!result.ok) return result.code;
  const { person: actor, votedFor, satisfies } = result;
  return `${actor.id}${votedFor === null ? "" : ` for ${votedFor}`} [${satisfies.join()}]`;
}

describe("a person with several accounts", () => {
  const world = { accounts: { "ann-chat": "ann" }, roles: { ann: ["cfo"] } };
  const chat = person("ann-chat", [], { email: null });

  it("is one person, with the roles of the file beside those of the credential", () => {
    expect(answer(reviewedJob([role("lead"), role("cfo")]), ann, { world })).toBe("ann [0,1]");
    expect(answer(reviewedJob([role("lead"), role("cfo")]), chat, { world })).toBe("ann [1]");
  });

  it.each([
    ["agentOwner", "ann-chat"],
    ["keyCreator", "user:ann-chat"],
    ["onBehalfOf", "ann"],
  ])("is kept out by any of their names as %s", (tie, name) => {
    for (const who of [ann, chat]) {
      expect(answer(reviewedJob([anybody], { [tie]: name }), who, { world })).toBe(
        "approval_self_review",
      );
    }
  });

  it("is kept out by a rule that names one of their accounts", () => {
    const job = reviewedJob([anybody], { exclude: ["person:ann-chat"] });
    expect(answer(job, ann, { world })).toBe("approval_self_review");
  });

  it("counts for nothing once they left, whatever the act", () => {
    const gone = { ...world, left: ["ann"] };
    const job = reviewedJob([anybody], { emergency: [{ by: "person:ann", within: [] }] });
    for (const act of ["vote", "modify", "claim", "comment", "override", "govern"] as const) {
      const more = { governance: { group: null, isAdmin: true, overriders: [] } };
      const refused = answer(job, chat, { world: gone, act, more });
      expect(refused).toBe("approval_not_authorized");
    }
  });
});

describe("a delegate", () => {
  const world: SmallWorld = {
    roles: { boss: ["lead"], chief: ["cfo", "lead"] },
    delegations: [
      ["chief", "boss"],
      ["boss", "del"],
    ],
  };

  it("acts for whoever delegated, and says for whom", () => {
    expect(answer(reviewedJob([role("lead")]), del, { world })).toBe("del for boss [0]");
    expect(answer(reviewedJob([role("cfo")]), del, { world })).toBe("del for chief [0]");
  });

  it("acts for themselves first", () => {
    const own = person("del", ["lead"]);
    expect(answer(reviewedJob([role("cfo"), role("lead")]), own, { world })).toBe("del [1]");
  });

  it("takes the first by id of several who delegated", () => {
    const job = reviewedJob([role("cfo"), role("lead")]);
    expect(answer(job, del, { world })).toBe("del for boss [1]");
  });

  it.each([
    ["the delegate owns the agent", { agentOwner: "del" }, "approval_self_review"],
    ["the delegate owns an agent above it", { owners: ["del"] }, "approval_self_review"],
    ["the one who delegated owns one", { owners: ["x", "chief"] }, "approval_not_authorized"],
    ["the one who delegated owns it", { agentOwner: "chief" }, "approval_not_authorized"],
    ["somebody in between made its key", { keyCreator: "boss" }, "approval_not_authorized"],
    ["it acts for the one who delegated", { onBehalfOf: "chief" }, "approval_not_authorized"],
    ["the rule excludes them", { exclude: ["person:chief"] as const }, "approval_not_authorized"],
  ])("has no authority when %s", (_name, more, expected) => {
    expect(answer(reviewedJob([role("cfo")], more), del, { world })).toBe(expected);
  });

  it.each(["del", "chief"])("is bound by the limits of both: %s", (bound) => {
    const isWithin = (id: string): boolean => id !== bound;
    const job = reviewedJob([role("cfo")]);
    expect(answer(job, del, { world: { ...world, isWithin } })).toBe("approval_not_authorized");
  });

  it("never acts for somebody who left", () => {
    const gone = { ...world, left: ["chief"] };
    expect(answer(reviewedJob([role("cfo")]), del, { world: gone })).toBe(
      "approval_not_authorized",
    );
  });

  it("never overrides for somebody else", () => {
    const job = reviewedJob([anybody], { emergency: [{ by: "role:cfo", within: [] }] });
    expect(answer(job, del, { world, act: "override" })).toBe("approval_not_authorized");
  });
});

describe("a limit", () => {
  const isWithin: NonNullable<SmallWorld["isWithin"]> = (_id, asRole, { cost }) =>
    asRole === "cfo" || (cost?.amount ?? Infinity) <= 100;
  const at = (amount: number): Partial<ReviewedJob> => ({
    scope: { topic: "job.pay", cost: { amount, currency: "USD" } },
  });

  it("counts for the role by which somebody approves, and for each place on its own", () => {
    const both = person("both", ["lead", "cfo"]);
    const asked = [role("lead"), role("cfo")];
    expect(answer(reviewedJob(asked, at(100)), both, { world: { isWithin } })).toBe("both [0,1]");
    expect(answer(reviewedJob(asked, at(101)), both, { world: { isWithin } })).toBe("both [1]");
  });

  it.each(["vote", "modify", "claim", "comment"] as const)("holds for %s", (act) => {
    const job = reviewedJob([role("lead")], at(101));
    expect(answer(job, ann, { world: { isWithin }, act })).toBe("approval_not_authorized");
  });

  it("holds for people whom the hold was widened to, and for overrides", () => {
    const widened = reviewedJob([role("cfo")], { ...at(101), widened: ["person:ann"] });
    expect(answer(widened, ann, { world: { isWithin } })).toBe("approval_not_authorized");
    const emergency = [{ by: "person:ann", within: [] }];
    const job = reviewedJob([role("cfo")], { ...at(101), emergency });
    expect(answer(job, ann, { world: { isWithin }, act: "override" })).toBe(
      "approval_not_authorized",
    );
  });
});

describe("somebody whom the hold was widened to", () => {
  const asked = [role("cfo"), group("board", 2)];
  const world = { groups: { ops: ["ann"] } };

  it.each(["role:lead", "group:ops", "person:ann", "person:ANN@example.com"])(
    "takes any place: %s",
    (name) => {
      expect(answer(reviewedJob(asked, { widened: [name] }), ann, { world })).toBe("ann [0,1]");
    },
  );

  it.each(["role:ops", "group:lead", "person:ben", "person:", "ann", "any", "any:", ""])(
    "is nobody else: `%s`",
    (name) => {
      const job = reviewedJob(asked, { widened: [name] });
      expect(answer(job, ann, { world })).toBe("approval_not_authorized");
    },
  );

  it("is still kept out of an action of their own", () => {
    const job = reviewedJob(asked, { widened: ["person:ann"], agentOwner: "ann" });
    expect(answer(job, ann, { world })).toBe("approval_self_review");
  });
});

describe("an override", () => {
  const act = "override" as const;
  const named = { emergency: [{ by: "role:lead", within: ["incident"] }] };

  it("is for whom every rule names", () => {
    expect(answer(reviewedJob([role("cfo")], named), ann, { act })).toBe("ann []");
    const two = { emergency: [...named.emergency, { by: "group:ops", within: ["incident"] }] };
    expect(answer(reviewedJob([role("cfo")], two), ann, { act })).toBe("approval_not_authorized");
    const world = { groups: { ops: ["ann"] } };
    expect(answer(reviewedJob([role("cfo")], two), ann, { act, world })).toBe("ann []");
  });

  it.each([
    ["nobody is named", {}, "override_refused"],
    ["the list is empty", { emergency: [] }, "override_refused"],
    ["an invariant holds the action", { ...named, invariants: ["never"] }, "override_refused"],
    ["a passkey is asked", { ...named, strongAuth: "passkey" as const }, "override_refused"],
    ["the agent is theirs", { ...named, agentOwner: "ann" }, "approval_self_review"],
    ["they made its key", { ...named, keyCreator: "ann" }, "approval_self_review"],
    ["it acts for them", { ...named, onBehalfOf: "ann" }, "approval_self_review"],
  ])("is refused when %s", (_name, more, expected) => {
    expect(answer(reviewedJob([role("lead")], more), ann, { act })).toBe(expected);
  });
});

describe("the judge of an override", () => {
  const job = reviewedJob([role("cfo")], { agentOwner: "own" });
  const world = { groups: { board: ["ann"] }, accounts: { "ann-2": "ann" } };
  const judge = (who = ann, seat: object = {}): string => {
    const governance = { group: "board", isAdmin: false, overriders: ["ben"], ...seat };
    return answer(job, who, { world, act: "govern", more: { governance } });
  };

  it("is of the governance group, or an admin", () => {
    expect(judge()).toBe("ann []");
    expect(judge(del)).toBe("approval_not_authorized");
    expect(judge(del, { isAdmin: true })).toBe("del []");
    expect(judge(ann, { group: null })).toBe("approval_not_authorized");
    expect(answer(job, ann, { world, act: "govern" })).toBe("approval_not_authorized");
  });

  it("is never who overrode, nor who owns the agent, by whichever account", () => {
    expect(judge(ann, { overriders: ["ann-2"] })).toBe("approval_self_review");
    expect(judge(person("ann-2"), { overriders: ["ann"] })).toBe("approval_self_review");
    expect(judge(person("own"), { isAdmin: true })).toBe("approval_self_review");
  });
});
