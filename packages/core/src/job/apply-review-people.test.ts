// Reviews by delegates, by several accounts, by the last pair, and what stays when a hold is edited or claimed.

import { describe, expect, it } from "vitest";
import { person, role } from "../approval/approval.sample.ts";
import { type SmallWorld, worldDirectory } from "../approval/directory.sample.ts";
import type { Decision } from "../policy/decision.ts";
import { plainTerms } from "../policy/terms.ts";
import { everybodyAround } from "./around.sample.ts";
import { after, ann, ben, changeOf, outcomeOf, review, ruling, startAt } from "./job.sample.ts";
import type { JobFile } from "./job.ts";
import { transition } from "./transition.ts";
import { timeoutAt, watched } from "./watch.sample.ts";

const two: Partial<Decision> = { requirements: [role("lead", 2)] };
const held = (): JobFile => watched({}, two);
const del = person("del");
const world: SmallWorld = { roles: { boss: ["lead"] }, delegations: [["boss", "del"]] };
const by = (
  small: SmallWorld = world,
): Pick<Parameters<typeof review>[1] & object, "directory"> => ({
  directory: worldDirectory(small),
});

function outcome(file: JobFile, more: Parameters<typeof review>[1]): string {
  return outcomeOf(transition(file, review(file, { ruling: ruling(two), ...more })));
}

describe("the vote of a delegate", () => {
  const vote = review(held(), { person: del, ruling: ruling(two), ...by() });

  it("is written down with who cast it and for whom", () => {
    const change = changeOf(transition(held(), vote));
    expect(change.review).toMatchObject({ person: { id: "del" }, votedFor: "boss" });
    expect(change.facts[0]).toMatchObject({
      actor: { kind: "person", id: "del" },
      payload: { voted_for: "boss", person_name: "del" },
    });
  });

  it("is one vote, however often it is sent", () => {
    const file = after(held(), vote);
    expect(outcome(file, { person: del, ...by() })).toBe("unchanged");
    expect(outcome(file, { person: ann, ...by() })).toBe("APPROVED");
  });

  it("is cast anew once the person may vote for themselves", () => {
    const file = after(held(), vote);
    const lead = person("del", ["lead"]);
    const own = changeOf(
      transition(file, review(file, { person: lead, ...by(), ruling: ruling(two) })),
    );
    expect([own.job.state, own.review?.votedFor]).toEqual(["APPROVAL", null]);
  });
});

describe("a vote by another account of the same person", () => {
  const accounts = { ...by({ accounts: { "ann-2": "ann" } }) };
  const second = person("ann-2", ["lead"]);

  it("is the person's vote: repeated, or changed", () => {
    const file = after(held(), review(held(), { ruling: ruling(two), ...accounts }));
    expect(outcome(file, { person: second, ...accounts })).toBe("unchanged");
    expect(outcome(file, { person: second, verdict: "reject", ...accounts })).toBe("REJECTED");
  });

  it("is written down under the person", () => {
    const change = changeOf(transition(held(), review(held(), { person: second, ...accounts })));
    expect(change.review?.person.id).toBe("ann");
  });

  it("is nobody's once the person left, whatever was voted before", () => {
    const gone = by({ accounts: { "ann-2": "ann" }, left: ["ann"] });
    const file = after(held(), review(held(), { ruling: ruling(two), ...accounts }));
    expect(outcome(file, { person: second, ...gone })).toBe("approval_not_authorized");
    expect(outcome(file, { person: ben, ...gone })).toBe("APPROVAL");
  });
});

describe("the second of the last pair", () => {
  const exclude = ["requester", "agent_owner", "on_behalf_of", "last_pair"] as const;
  const rotating = { ...two, exclude };
  const file = watched({ lastPair: ["ann", "ben"] }, rotating);
  const first = after(file, review(file, { ruling: ruling(rotating) }));
  const more = { ruling: ruling(rotating) };

  it("may not approve beside the first, and may reject", () => {
    expect(outcome(first, { ...more, person: ben })).toBe("approval_not_authorized");
    expect(outcome(first, { ...more, person: ben, verdict: "reject" })).toBe("REJECTED");
    expect(outcome(first, { ...more, person: person("cid", ["lead"]) })).toBe("APPROVED");
  });

  it("is the one of this moment, although the hold was opened before it", () => {
    const early = watched({}, rotating);
    const around = { ...everybodyAround, lastPair: ["ann", "ben"] };
    const first = after(early, review(early, { ruling: ruling(rotating), around }));
    const second = review(first, { person: ben, ruling: ruling(rotating), around });
    expect(outcomeOf(transition(first, second))).toBe("approval_not_authorized");
    const other = review(first, {
      person: person("cat", ["lead"]),
      ruling: ruling(rotating),
      around,
    });
    expect(outcomeOf(transition(first, other))).toBe("APPROVED");
  });

  it("may approve under a rule that does not rotate", () => {
    const plain = watched({ lastPair: ["ann", "ben"] }, two);
    const half = after(plain, review(plain, { ruling: ruling(two) }));
    expect(outcome(half, { person: ben })).toBe("APPROVED");
  });
});

describe("what a reviewer looked at", () => {
  const file = watched({ basisRevision: 3 }, two);
  const moved = { ...file, job: { ...file.job, revision: 5 } };

  it.each([
    [2, "approval_stale_request"],
    [3, "APPROVAL"],
    [4, "APPROVAL"],
    [5, "APPROVAL"],
    [6, "approval_stale_request"],
  ])("at revision %i of 5, with the action as it is since 3: %s", (seenRevision, expected) => {
    expect(outcome(moved, { seenRevision })).toBe(expected);
  });
});

describe("a review that comes when the time is up, before the clock", () => {
  const late = { now: timeoutAt };
  const wide = (): JobFile => watched({}, { onTimeout: "escalate" });

  it.each([
    [
      "ends a hold that is blocked then",
      watched(),
      "approve",
      "EXPIRED, approval_already_resolved",
    ],
    ["may still reject what goes on", wide(), "reject", "REJECTED"],
    ["releases nothing", wide(), "approve", "approval_retryable_lock"],
    ["edits nothing", wide(), "modify", "approval_retryable_lock"],
  ] as const)("%s: %s", (_name, file, verdict, expected) => {
    const asked = { onTimeout: file.job.decision.onTimeout };
    expect(outcome(file, { verdict, ruling: ruling(asked), ...late })).toBe(expected);
  });
});

describe("an edit", () => {
  const widened = { level: 1, widened: ["person:cid"], stepsTaken: 1 };
  const cid = person("cid");
  const wide = (more: Partial<Decision> = {}): JobFile => watched(widened, { ...two, ...more });

  it("that asks the same people goes on at the level that was reached", () => {
    const file = after(
      wide(),
      review(wide(), { verdict: "modify", person: cid, ruling: ruling(two) }),
    );
    expect(file.job).toMatchObject({
      state: "APPROVAL",
      round: 2,
      dueAt: timeoutAt,
      watch: { ...widened, basisRevision: 2 },
    });
    expect(outcome(file, {})).toBe("APPROVED");
  });

  it("makes stale what was seen before it", () => {
    const file = after(wide(), review(wide(), { verdict: "modify", ruling: ruling(two) }));
    expect(outcome(file, { person: ben, seenRevision: 1 })).toBe("approval_stale_request");
  });

  it("that asks others begins with them, and never has more time", () => {
    const others = { requirements: [role("lead", 3)], timeoutMs: 3_600_000 };
    const command = review(wide(), { verdict: "modify", ruling: ruling(others), now: startAt + 9 });
    const { job } = after(wide(), command);
    expect(job.watch).toMatchObject({ level: 0, widened: [], basisRevision: 2 });
    expect(job.watch?.timeoutAt).toBe(timeoutAt);
  });

  it("of what silence may release begins the window anew", () => {
    const veto: Partial<Decision> = { ...two, kind: "allow_unless_rejected" };
    const proof = { channel: "log", person: null, at: startAt };
    const timers = [{ kind: "window", dueAt: startAt + 50 } as const];
    const file = watched({ proof, timers }, veto);
    const { job } = after(file, review(file, { verdict: "modify", ruling: ruling(veto) }));
    expect(job.watch?.proof).toBeNull();
    expect(job.watch?.timers.some(({ kind }) => kind === "window")).toBe(false);
  });

  it("of a low-risk hold that silence may release asks again whoever was told", () => {
    const silent: Partial<Decision> = {
      ...two,
      onTimeout: "allow",
      terms: { ...plainTerms, isLowRisk: true },
    };
    const file = watched({ proof: { channel: "log", person: null, at: startAt } }, silent);
    const { job } = after(file, review(file, { verdict: "modify", ruling: ruling(silent) }));
    expect(job.watch?.proof).toBeNull();
  });
});
