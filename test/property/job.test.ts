// The laws of jobs and quorums, for random people, requirements and lives of a job.

import { authorize } from "@holdpoint/core/approval/authority";
import { countQuorum, type QuorumState } from "@holdpoint/core/approval/quorum";
import { type Person, standingVotes } from "@holdpoint/core/approval/review";
import { saltedCommitment } from "@holdpoint/core/base/digest";
import type { EventId } from "@holdpoint/core/base/id";
import { canonicalJson } from "@holdpoint/core/base/json/canonical";
import { readJson } from "@holdpoint/core/base/json/read";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import { isTerminal } from "@holdpoint/core/job/state";
import { transition } from "@holdpoint/core/job/transition";
import type { Requirement } from "@holdpoint/core/policy/decision";
import { sealEvent } from "@holdpoint/core/record/event";
import { inputOfJob, jobOfRow, type JobRow } from "@holdpoint/server/storage/job-row";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accounts, policies } from "../sim/job-sample.ts";
import { faultsOf } from "../sim/job-rules.ts";
import { startOf, stepsFrom, take, vote } from "../sim/job-steps.ts";
import {
  crowd,
  directory,
  fits,
  isFull,
  jobAsking,
  requirements,
  reviewOf,
  walk,
} from "./job-arbitrary.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_PROPERTY_RUNS"] ?? 300) };

function count(
  asked: readonly Requirement[],
  approving: readonly Person[],
  rejecting: readonly Person[] = [],
): QuorumState {
  const reviews = [
    ...approving.map((person) => reviewOf(person, "approve")),
    ...rejecting.map((person) => reviewOf(person, "reject")),
  ];
  return countQuorum(jobAsking(asked), standingVotes(reviews, 1), directory);
}

describe("a quorum", () => {
  it("is full exactly when distinct people can take every place", () => {
    fc.assert(
      fc.property(requirements, crowd, (asked, people) => {
        const expected = isFull(asked, people) ? "approved" : "open";
        expect(count(asked, people).outcome).toBe(expected);
      }),
      runs,
    );
  });

  it("does not depend on the order of the votes", () => {
    const shuffled = crowd.chain((people) =>
      fc.tuple(fc.constant(people), fc.shuffledSubarray(people, { minLength: people.length })),
    );
    fc.assert(
      fc.property(requirements, shuffled, (asked, [people, others]) => {
        const [one, two] = [count(asked, people), count(asked, others)];
        expect(two.outcome).toBe(one.outcome);
        const sum = (state: QuorumState): number => state.approved.reduce((a, b) => a + b, 0);
        expect(sum(two)).toBe(sum(one));
      }),
      runs,
    );
  });

  it("is never lost by one more approval, nor gained without one", () => {
    fc.assert(
      fc.property(requirements, crowd, (asked, people) => {
        const [last, ...rest] = people;
        if (last === undefined) return;
        const [less, more] = [count(asked, rest), count(asked, people)];
        if (less.outcome === "approved") expect(more.outcome).toBe("approved");
        if (more.outcome === "open") expect(less.outcome).toBe("open");
      }),
      runs,
    );
  });

  it("counts nobody twice and nobody in a place that is not theirs", () => {
    fc.assert(
      fc.property(requirements, crowd, (asked, people) => {
        const { approved, approvers } = count(asked, people);
        expect(new Set(approvers).size).toBe(approvers.length);
        expect(approved.reduce((a, b) => a + b, 0)).toBe(approvers.length);
        approved.forEach((seated, at) => {
          const place = asked[at];
          if (place === undefined) return;
          expect(seated).toBeLessThanOrEqual(place.count);
          expect(seated).toBeLessThanOrEqual(people.filter((who) => fits(place, who)).length);
        });
      }),
      runs,
    );
  });

  it("is lost to as many rejections as a requirement takes, whatever was approved", () => {
    fc.assert(
      fc.property(requirements, crowd, fc.nat(6), (asked, people, split) => {
        const [rejecting, approving] = [people.slice(0, split), people.slice(split)];
        const isRejected = asked.some(
          (one) =>
            rejecting.filter((who) => fits(one, who)).length >= Math.min(one.denyCount, one.count),
        );
        expect(count(asked, approving, rejecting).outcome === "rejected").toBe(isRejected);
      }),
      runs,
    );
  });
});

describe("authority", () => {
  it("is never given to owner, key maker or whom the agent acts for, under any directory", () => {
    const tie = fc.constantFrom("agentOwner", "keyCreator", "onBehalfOf", "exclude");
    const spelled = fc.constantFrom(
      (who: Person) => who.id,
      (who: Person) => `user:${who.id}`,
      (who: Person) => (who.email ?? "").toUpperCase(),
      (who: Person) => `user:${who.email ?? ""}`,
    );
    const yes = fc.boolean();
    const person = fc
      .tuple(fc.constantFrom("per_1", "ann", "user:x"), fc.subarray(["A", "B", "C", "*"]))
      .map(([id, roles]) => ({ ...accounts.ann, id, email: `${id}@example.com`, roles }));
    fc.assert(
      fc.property(requirements, person, fc.tuple(tie, spelled, yes, yes), (asked, who, choice) => {
        const [member, write, isMember, holdsRole] = choice;
        const name = write(who);
        const ties =
          member === "exclude" ? { exclude: [`person:${name}` as const] } : { [member]: name };
        const open = { ...directory, isMember: () => isMember, holdsRole: () => holdsRole };
        const ctx = { directory: open, at: 0 };
        const result = authorize(jobAsking(asked, ties), who, "vote", ctx);
        expect(result).toMatchObject({ ok: false, code: "approval_self_review" });
      }),
      runs,
    );
  });
});

describe("a life of a job", () => {
  it("keeps every rule, however long it is", () => {
    fc.assert(
      fc.property(walk, (walked) => {
        for (const { world, step, after } of walked) {
          const { change } = take(world, step, transition);
          expect(faultsOf({ before: world, step, after, change })).toEqual([]);
        }
      }),
      runs,
    );
  });

  it("never changes after its end", () => {
    fc.assert(
      fc.property(walk, (walked) => {
        const end = walked.findIndex(({ after }) => isTerminal(after.file.job.state));
        if (end < 0) return;
        const { job } = walked[end]?.after.file ?? {};
        for (const { after } of walked.slice(end)) expect(after.file.job).toBe(job);
      }),
      runs,
    );
  });

  it("uses a grant at most once, whoever reads and writes in whatever order", () => {
    const actors = fc.array(fc.record({ reads: fc.nat(20), writes: fc.nat(20) }), {
      minLength: 2,
      maxLength: 6,
    });
    fc.assert(
      fc.property(actors, (all) => {
        const start = startOf(policies[0] as (typeof policies)[number]);
        const redeem = [...stepsFrom(start)].find(
          ({ name }) => name === "redeem latest original allow",
        );
        if (redeem === undefined) throw new Error("no redemption to race");
        const read = new Map<number, typeof start>();
        let stored = start;
        let won = 0;
        const moments = all.flatMap(({ reads, writes }, actor) => [
          { at: Math.min(reads, writes), actor, isRead: true },
          { at: Math.max(reads, writes) + 0.5, actor, isRead: false },
        ]);
        for (const { actor, isRead } of moments.sort((a, b) => a.at - b.at)) {
          if (isRead) read.set(actor, stored);
          else {
            const seen = read.get(actor) ?? start;
            const { world, change } = take(seen, redeem, transition);
            if (change === null || seen.file.job.revision !== stored.file.job.revision) continue;
            stored = world;
            won += 1;
          }
        }
        expect([won, stored.history.executed.length]).toEqual([1, 1]);
      }),
      runs,
    );
  });

  it("loses every approval of an action that somebody edits", () => {
    const voters = fc.subarray(["ann", "bob", "cid"] as const);
    fc.assert(
      fc.property(voters, fc.constantFrom("ann", "bob", "cid"), (approving, editor) => {
        const policy = policies.find(({ name }) => name === "ab");
        if (policy === undefined) throw new Error("no such policy");
        let world = startOf(policy);
        for (const account of approving) {
          const seen = world.file.job.jobHash;
          const step = vote(world, { account, policy, verdict: "approve", seen });
          const { world: after } = take(world, step, transition);
          if (after.file.job.state === "APPROVAL") world = after;
        }
        const seen = world.file.job.jobHash;
        const edit = vote(world, { account: editor, policy, verdict: "modify", seen });
        const { job, reviews } = take(world, edit, transition).world.file;
        expect(job.state).toBe("APPROVAL");
        expect([...standingVotes(reviews, job.round).keys()]).toEqual([editor]);
      }),
      runs,
    );
  });
});

describe("what is stored", () => {
  const head = {
    at: 0,
    expected: null,
    bundle: null,
    acting: undefined,
    credential: undefined,
    memory_since: undefined,
    memory_known: undefined,
  };

  it("is read back as the job that it was", () => {
    fc.assert(
      fc.property(walk, fc.object({ maxDepth: 3 }), (walked, params) => {
        for (const { after } of walked) {
          const safe = JSON.parse(JSON.stringify(params)) as JsonObject;
          const { job: lived } = after.file;
          const job = { ...lived, action: { ...lived.action, params: safe } };
          const sent = JSON.parse(JSON.stringify(inputOfJob(head, job))) as object;
          const row = { ...sent, tenant: job.tenant, seq: 1 } as unknown as JobRow;
          expect(jobOfRow(row)).toEqual(job);
        }
      }),
      { numRuns: Math.ceil(runs.numRuns / 5) },
    );
  });

  it("has leaves that are canonical and payloads that their commitments hold to", () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const payload = fc
      .dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue())
      .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
    const bounds = { bytesMax: 1_000_000, depthMax: 64, nodesMax: 100_000 };
    fc.assert(
      fc.property(walk, bytes, payload, (walked, salt, words) => {
        const last = walked.at(-1);
        const change = last && take(last.world, last.step, transition).change;
        for (const fact of change?.facts ?? []) {
          const sealed = sealEvent(
            "default",
            "evt_1" as EventId,
            { ...fact, payload: words },
            salt,
          );
          const read = readJson(new TextEncoder().encode(sealed.leaf), bounds);
          expect(read.ok && canonicalJson(read.value)).toBe(sealed.leaf);
          expect(saltedCommitment(salt, sealed.payloadText)).toBe(sealed.commitment);
          expect(JSON.parse(sealed.payloadText)).toEqual(words);
        }
      }),
      runs,
    );
  });
});
