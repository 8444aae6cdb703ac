// A publication always takes people, whatever the active policy says of it, and a rule that denies it stands.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Decision, decisionKinds, type Requirement } from "./decision.ts";
import { isPublication, publisher, publishersFor, publishFloor, publishTopic } from "./publish.ts";

const allowed: Decision = {
  kind: "allow",
  ruleId: "open",
  reason: "open",
  matchedRuleIds: ["open"],
  constraints: null,
  requirements: [],
  exclude: [],
  timeoutMs: 60_000,
  onTimeout: "block",
  slaMs: null,
  onReject: "abort",
  strongAuth: null,
  notify: [],
  remediations: [],
  warnings: [],
  unenforced: null,
  terms: null,
};

const asks = (kind: Requirement["kind"], name: string, count: number): Requirement => ({
  kind,
  name,
  count,
  denyCount: 1,
  after: null,
});

test("A publication that policy allows, logs or does not know takes one person, for days.", () => {
  const floored = publishFloor(allowed, publishersFor(["policy"]));
  expect(floored).toMatchObject({
    kind: "require_approval",
    requirements: [asks("any", "", 1)],
    timeoutMs: 7 * 86_400_000,
    exclude: ["requester", "agent_owner", "on_behalf_of"],
  });
  expect(floored.reason).toContain("an admin other than its author");
});

test("A change of invariants takes two, beside whomever a rule asks.", () => {
  expect(publishersFor(["invariants", "policy"])).toBe(2);
  expect(publishFloor(allowed, 2).requirements).toEqual([asks("any", "", 2)]);
  const held = (...requirements: Requirement[]): Decision => ({
    ...allowed,
    kind: "require_approval",
    requirements,
  });
  expect(publishFloor(held(asks("role", "lead", 1)), 2).requirements).toEqual([
    asks("role", "lead", 1),
    asks("any", "", 1),
  ]);
  expect(publishFloor(held(asks("any", "", 1)), 2).requirements).toEqual([asks("any", "", 2)]);
  expect(publishFloor(held(asks("role", "lead", 3)), 2).requirements).toEqual([
    asks("role", "lead", 3),
  ]);
  expect(publishFloor(held(asks("role", "lead", 1)), 1)).toMatchObject({
    reason: "open",
    timeoutMs: 60_000,
  });
});

test("A rule that denies publishing stands, a default that denies becomes a hold.", () => {
  const denied: Decision = { ...allowed, kind: "deny", ruleId: "freeze" };
  expect(publishFloor(denied, 1)).toBe(denied);
  expect(publishFloor({ ...denied, ruleId: null }, 1).kind).toBe("require_approval");
});

test("No decision lets a publication through without so many people.", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...decisionKinds),
      fc.option(fc.constantFrom("a", "b")),
      fc.array(fc.integer({ min: 1, max: 4 }).map((count) => asks("role", `r${count}`, count))),
      fc.integer({ min: 1, max: 2 }),
      (kind, ruleId, requirements, people) => {
        const floored = publishFloor({ ...allowed, kind, ruleId, requirements }, people);
        if (floored.kind === "deny") return;
        expect(floored.kind).toBe("require_approval");
        const places = floored.requirements.reduce((sum, { count }) => sum + count, 0);
        expect(places).toBeGreaterThanOrEqual(people);
        // Looking again, at the approval, asks nobody more.
        expect(publishFloor(floored, people).requirements).toEqual(floored.requirements);
      },
    ),
  );
});

test("Only what the server proposed is a publication.", () => {
  expect(isPublication({ topic: publishTopic, actor: { agent: publisher } })).toBe(true);
  expect(isPublication({ topic: publishTopic, actor: { agent: "billing" } })).toBe(false);
});
