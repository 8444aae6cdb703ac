// When an action is the same as a rejected one or near to it, and what memory makes of a decision.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sampleAction } from "../action/action.sample.ts";
import type { Action } from "../action/action.ts";
import type { JsonObject } from "../base/json/value.ts";
import { decisionKinds, isHold, strictnessOf } from "../policy/decision.ts";
import { ann, decided, opened, opening, ruling } from "./job.sample.ts";
import type { Job } from "./job.ts";
import { openJob } from "./open.ts";
import { isNear, remember, withMemory } from "./rejection-memory.ts";

const nowhere = { environment: null, resource: null };
const params = { order: "o_7", amount: 100, lines: [{ sku: "a", count: 10 }] };

function asked(of: JsonObject, more: Partial<Action> = {}): Action {
  return sampleAction({ params: of, target: nowhere, ...more });
}

function rejected(action: Action, more: Partial<Job> = {}): Job {
  const { job } = opened({ action });
  return {
    ...job,
    state: "REJECTED",
    resolution: {
      kind: "rejected",
      by: { kind: "person", id: ann.id },
      byName: "ann",
      reason: "not this one",
      code: "unsafe",
      at: job.createdAt,
    },
    ...more,
  };
}

describe("remember", () => {
  test.for([
    ["key", asked(params, { idempotencyKey: "other" })],
    ["claims", asked(params, { claims: { ...sampleAction().claims, title: "Another" } })],
    ["tags", asked(params, { riskTags: [] })],
    ["agent", asked(params, { actor: { ...sampleAction().actor, agent: "other" } })],
    ["order of names", asked(Object.fromEntries(Object.entries(params).toReversed()))],
  ] as const)("takes an action with another %s for the same", ([, action]) => {
    expect(remember(action, [rejected(asked(params))])?.likeness).toBe("same");
  });

  test("prefers the same to a near one, and else the first of the list", () => {
    const near = rejected(asked({ ...params, amount: 110 }));
    const nearToo = rejected(asked({ ...params, amount: 90 }));
    const same = rejected(asked(params));
    expect(remember(asked(params), [near, same])).toEqual({ job: same, likeness: "same" });
    expect(remember(asked(params), [near, nearToo])).toEqual({ job: near, likeness: "near" });
  });

  test("knows what was proposed before people edited it", () => {
    const job = rejected(asked({ all: true }), { proposedAction: asked(params) });
    expect(remember(asked(params), [job])?.likeness).toBe("same");
    expect(remember(asked({ all: true }), [job])?.likeness).toBe("same");
  });

  test("forgets what policy rejected, and jobs that ended in another way", () => {
    const { resolution } = rejected(asked(params));
    const by = { kind: "policy", id: "gate" } as const;
    const byPolicy = rejected(asked(params), { resolution: resolution && { ...resolution, by } });
    const expired = rejected(asked(params), { state: "EXPIRED" });
    expect(remember(asked(params), [byPolicy, expired])).toBeNull();
  });
});

describe("isNear", () => {
  test.for([
    ["one value of several is another", { ...params, order: "o_8" }],
    ["a number within a fifth", { ...params, amount: 120 }],
    ["several numbers within a fifth", { ...params, amount: 90, lines: [{ sku: "a", count: 12 }] }],
    ["a name is added", { ...params, note: "x" }],
    ["a name is left out", { order: "o_7", lines: [{ sku: "a", count: 10 }] }],
    ["a list is longer", { ...params, lines: [...params.lines, { sku: "a", count: 10 }] }],
    ["a value deep inside is another", { ...params, lines: [{ sku: "b", count: 10 }] }],
  ] as const)("holds where %s", ([, other]) => {
    expect(isNear(asked(params), asked(other as unknown as JsonObject))).toBe(true);
  });

  test.for([
    ["two values are others", { ...params, order: "o_8", lines: [{ sku: "b", count: 10 }] }],
    ["one is another and one a little", { ...params, order: "o_8", amount: 101 }],
    ["a name is added and a value is another", { ...params, order: "o_8", note: "x" }],
    ["two names are added", { ...params, note: "x", by: "me" }],
    ["a name is another", { order: "o_7", sum: 100, lines: [{ sku: "a", count: 10 }] }],
  ] as const)("does not hold where %s", ([, other]) => {
    expect(isNear(asked(params), asked(other as unknown as JsonObject))).toBe(false);
  });

  test("does not hold for one value out of one, unless it is a number that is close", () => {
    expect(isNear(asked({ id: "c_1" }), asked({ id: "c_2" }))).toBe(false);
    expect(isNear(asked({ rows: 100 }), asked({ rows: 81 }))).toBe(true);
  });

  test("holds for the same target whatever the parameters, and never over topics", () => {
    const target = { environment: "prod", resource: "orders" };
    expect(isNear(asked(params, { target }), asked({}, { target }))).toBe(true);
    expect(isNear(asked(params), asked(params, { topic: "job.db.drop" }))).toBe(false);
  });

  test("asks the same of both sides", () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom("a", "b", null, "-"));
    const object = fc.record({ a: value, b: value, c: fc.array(value, { maxLength: 2 }) });
    fc.assert(
      fc.property(object, object, (one, other) => {
        expect(isNear(asked(one), asked(other))).toBe(isNear(asked(other), asked(one)));
        expect(isNear(asked(one), asked(one))).toBe(true);
      }),
    );
  });
});

describe("withMemory", () => {
  test.for(decisionKinds.filter((kind) => kind !== "deny"))(
    "makes %s stricter and never looser",
    (kind) => {
      const own = ruling({ kind, requirements: isHold(kind) ? decided().requirements : [] });
      const job = rejected(asked(params));
      const same = withMemory(own, { job, likeness: "same" }).decision;
      expect([same.kind, same.requirements]).toEqual(["deny", []]);
      const near = withMemory(own, { job, likeness: "near" }).decision;
      expect(strictnessOf(near.kind)).toBeGreaterThanOrEqual(strictnessOf(kind));
      expect(near.requirements.length).toBeGreaterThan(0);
    },
  );

  test("lets no silence release what is near to a rejected action", () => {
    const own = ruling({ kind: "allow_unless_rejected", onTimeout: "allow" });
    const near = withMemory(own, { job: rejected(asked(params)), likeness: "near" }).decision;
    expect([near.kind, near.onTimeout]).toEqual(["require_approval", "block"]);
  });
});

test("a job that memory denies names the rejected one, and records what policy said", () => {
  const job = rejected(asked(params));
  const memory = { job, likeness: "same" as const };
  const change = openJob(opening({ ruling: ruling({ kind: "allow", requirements: [] }), memory }));
  expect(change.job.state).toBe("DENIED");
  expect(change.job.resolution).toMatchObject({ code: "previously_rejected" });
  expect(change.job.resolution?.reason).toContain("not this one");
  expect(change.facts[0]?.payload).toMatchObject({
    decision: "deny",
    memory: { job: job.id, likeness: "same", decision: "allow" },
  });
});

test("a deny of the policy stays its own", () => {
  const memory = { job: rejected(asked(params)), likeness: "same" as const };
  const { job } = openJob(opening({ ruling: ruling({ kind: "deny", ruleId: "never" }), memory }));
  expect(job.resolution).toMatchObject({ by: { id: "never" }, code: null });
});
