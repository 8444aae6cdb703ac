// Who counts, and what a count comes to: against a slow second count, and law by law, in random small worlds.

import { authorize } from "@holdpoint/core/approval/authority";
import { hiddenFrom } from "@holdpoint/core/approval/blind";
import { countQuorum, type QuorumState } from "@holdpoint/core/approval/quorum";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countSlowly, isExcluded, mayVote } from "./quorum-oracle.ts";
import {
  accountOf,
  type Cast,
  directoryOf,
  ids,
  quorumWorld,
  type QuorumWorld,
  storedVotes,
} from "./quorum-world.ts";

const asked = Number(process.env["HOLDPOINT_PROPERTY_RUNS"] ?? 0);
const runs = { numRuns: Math.max(asked, 2_000) };

function count(world: QuorumWorld, votes: readonly Cast[] = world.votes): QuorumState {
  return countQuorum(world.job, storedVotes(world, votes), directoryOf(world));
}

/** Votes that nobody has cast yet: by each account once. */
function withMore(world: QuorumWorld, more: readonly Cast[]): QuorumWorld {
  const taken = new Set(world.votes.map(({ id, isChat }) => `${id} ${isChat}`));
  const free = more.filter(({ id, isChat }) => !taken.has(`${id} ${isChat}`));
  return { ...world, votes: [...world.votes, ...free] };
}

const filled = (state: QuorumState): number => state.approved.reduce((a, b) => a + b, 0);
const approvals = (votes: readonly Cast[]): readonly Cast[] =>
  votes.filter(({ kind }) => kind !== "reject");

describe("the count of votes", () => {
  it("is the one that trying everything comes to", () => {
    const seen = { approved: 0, rejected: 0, open: 0, delegated: 0 };
    fc.assert(
      fc.property(quorumWorld, (world) => {
        const state = count(world);
        const slow = countSlowly(world);
        expect({ outcome: state.outcome, filled: filled(state) }).toEqual(slow);
        seen[state.outcome] += 1;
        const for_ = world.votes.filter(({ votedFor }) => votedFor !== null).map(({ id }) => id);
        if (state.approvers.some((id) => for_.includes(id))) seen.delegated += 1;
      }),
      { numRuns: Math.max(asked, 5_000) },
    );
    // A world in which nothing happens proves nothing.
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(50);
  });

  it("does not depend on the order of the votes", () => {
    const shuffled = quorumWorld.chain((world) =>
      fc.tuple(
        fc.constant(world),
        fc.shuffledSubarray([...world.votes], { minLength: world.votes.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([world, votes]) => {
        expect(count(world, votes)).toEqual(count(world));
      }),
      runs,
    );
  });

  it("names people, each once, and as many as have places", () => {
    fc.assert(
      fc.property(quorumWorld, (world) => {
        const state = count(world);
        expect(new Set(state.approvers).size).toBe(state.approvers.length);
        expect(filled(state)).toBe(state.approvers.length);
        for (const id of state.approvers) expect(ids).toContain(id);
        if (state.outcome !== "approved") return;
        expect(state.approved).toEqual(world.job.requirements.map((one) => one.count));
      }),
      runs,
    );
  });

  it("is changed by no vote of whoever is excluded, by none of their accounts, in nobody's place", () => {
    fc.assert(
      fc.property(quorumWorld, fc.constantFrom("approve", "reject"), (world, kind) => {
        const all = ids.flatMap((id): Cast[] =>
          [true, false].flatMap((isChat) => [{ id, isChat, kind, votedFor: null, at: 0 }]),
        );
        const forOthers = all.flatMap((one) => ids.map((votedFor) => ({ ...one, votedFor })));
        for (const cast of [...all, ...forOthers]) {
          const isOut = isExcluded(world, cast.id) || isExcluded(world, cast.votedFor ?? cast.id);
          if (isOut) expect(count(withMore(world, [cast]))).toEqual(count(world));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("counts a second account of a voter for nothing", () => {
    fc.assert(
      fc.property(quorumWorld, (world) => {
        const once = world.votes.filter(({ isChat }) => !isChat);
        const twice = once.flatMap((vote) => [vote, { ...vote, isChat: true }]);
        expect(count(world, twice)).toEqual(count(world, once));
      }),
      runs,
    );
  });

  it("counts one who delegated once, however many vote in their place and whether they do", () => {
    const own = fc.constantFrom<readonly Cast[]>(
      [],
      [{ id: "p1", isChat: false, kind: "approve", votedFor: null, at: 1 }],
    );
    fc.assert(
      fc.property(quorumWorld, own, (world, ownVote) => {
        const standing = { startsAt: 0, endsAt: 4, reason: null, by: "p1", createdAt: 0 };
        const delegations = ["p2", "p3"].map((to) => ({ ...standing, id: to, from: "p1", to }));
        const others = world.votes.filter(({ id }) => !["p1", "p2", "p3"].includes(id));
        const inPlace = ["p2", "p3"].map((id): Cast => {
          return { id, isChat: false, kind: "approve", votedFor: "p1", at: 1 };
        });
        const { approvers } = count({ ...world, delegations }, [...others, ...inPlace, ...ownVote]);
        const ofOne = approvers.filter((id) => ["p1", "p2", "p3"].includes(id));
        expect(ofOne.length).toBeLessThanOrEqual(1);
      }),
      runs,
    );
  });

  it("counts one of the last pair at most, and none in the place of the other", () => {
    fc.assert(
      fc.property(
        quorumWorld,
        fc.subarray([...ids], { minLength: 2, maxLength: 2 }),
        (world, pair) => {
          const rotating = { ...world, job: { ...world.job, lastPair: pair } };
          const once = world.votes.filter(({ isChat }) => !isChat);
          const { approvers } = count(rotating, once);
          const ofPair = approvers.filter((id) => {
            const vote = once.find((one) => one.id === id);
            return pair.some((one) => one === id || one === vote?.votedFor);
          });
          expect(ofPair.length).toBeLessThanOrEqual(1);
        },
      ),
      runs,
    );
  });

  it("is never less for a widening, while nobody rejects", () => {
    const target = fc.constantFrom("role:A", "group:G", "person:p1", "person:p2", "role:B");
    fc.assert(
      fc.property(quorumWorld, target, (world, to) => {
        const votes = approvals(world.votes);
        const wider = { ...world, job: { ...world.job, widened: [...world.job.widened, to] } };
        const [before, after] = [count(world, votes), count(wider, votes)];
        expect(filled(after)).toBeGreaterThanOrEqual(filled(before));
        if (before.outcome === "approved") expect(after.outcome).toBe("approved");
        if (after.outcome !== "approved") return;
        // As many distinct people as before are asked.
        const wanted = world.job.requirements.reduce((sum, one) => sum + one.count, 0);
        expect(after.approvers.length).toBe(wanted);
      }),
      runs,
    );
  });

  it("is never more for a higher cost, nor for one that nobody states", () => {
    fc.assert(
      fc.property(quorumWorld, fc.constantFrom(5, 50, 500), (world, amount) => {
        const votes = approvals(world.votes);
        const at = (cost: QuorumWorld["job"]["scope"]["cost"]): number => {
          const scope = { ...world.job.scope, cost };
          // People who may vote for themselves and those who stand in are told apart when a vote is cast.
          return filled(count({ ...world, job: { ...world.job, scope, lastPair: [] } }, votes));
        };
        const [less, more] = [
          at({ amount, currency: "USD" }),
          at({ amount: amount * 3, currency: "USD" }),
        ];
        expect(more).toBeLessThanOrEqual(less);
        expect(at(null)).toBeLessThanOrEqual(less);
      }),
      runs,
    );
  });
});

describe("the authority to vote", () => {
  it("is the one that the plain lists give, in the same place and towards the same demands", () => {
    fc.assert(
      fc.property(quorumWorld, fc.nat(3), (world, at) => {
        const directory = directoryOf(world);
        for (const id of ids) {
          for (const isChat of [true, false]) {
            const who = accountOf(world, { id, isChat });
            const result = authorize(world.job, who, "vote", { directory, at });
            const told = result.ok ? { votedFor: result.votedFor, places: result.satisfies } : null;
            expect(told).toEqual(mayVote(world, id, at));
            if (result.ok) expect(result.person.id).toBe(id);
          }
        }
      }),
      { numRuns: Math.max(asked, 1_000) },
    );
  });

  it("is the same for votes, edits, claims and remarks, and none of them passes a passkey", () => {
    fc.assert(
      fc.property(quorumWorld, fc.constantFrom(...ids), (world, id) => {
        const ctx = { directory: directoryOf(world), at: 0 };
        const who = accountOf(world, { id, isChat: false });
        const acts = ["vote", "modify", "claim", "comment"] as const;
        const [first, ...others] = acts.map((act) => authorize(world.job, who, act, ctx));
        for (const other of others) expect(other).toEqual(first);
        const strong = { ...world.job, strongAuth: "passkey" as const };
        for (const act of [...acts, "override"] as const) {
          expect(authorize(strong, who, act, ctx).ok).toBe(false);
        }
        expect(countQuorum(strong, storedVotes(world), ctx.directory).approvers).toEqual([]);
      }),
      runs,
    );
  });
});

describe("votes of a blind hold", () => {
  it("are shown to whoever voted, by whichever account, and to nobody else", () => {
    fc.assert(
      fc.property(quorumWorld, fc.constantFrom(...ids), fc.boolean(), (world, id, isChat) => {
        const requirements = world.job.requirements.map((one) => ({ ...one, blind: true }));
        const decision = { kind: "require_approval", requirements } as const;
        const file = {
          job: { state: "APPROVAL", round: 1, decision },
          reviews: [...storedVotes(world).values()],
        };
        const isActive = world.people.find((one) => one.id === id)?.isActive === true;
        const hasVoted = isActive && world.votes.some((vote) => vote.id === id);
        const reader = accountOf(world, { id, isChat });
        expect(hiddenFrom(file, reader, directoryOf(world))).toBe(!hasVoted);
      }),
      runs,
    );
  });
});
