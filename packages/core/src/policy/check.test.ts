// Tests what the static check finds in policies that load.

import { describe, expect, it } from "vitest";
import { checkPolicy } from "./check.ts";
import { loadPolicy } from "./load.ts";

function check(source: string): string[] {
  const result = loadPolicy(source);
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return checkPolicy(result.policy, source).map(
    ({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`,
  );
}

function rules(...lines: string[]): string {
  return ["version: v1", "rules:", ...lines.map((line) => `  - ${line}`)].join("\n");
}

describe("the static check", () => {
  it("finds nothing in a policy without faults", () => {
    expect(check(rules('{ id: a, decision: deny, reason: "No", match: { topics: [a] } }'))).toEqual(
      [],
    );
  });

  it.each(["deny", "require_approval", "allow_unless_rejected"])(
    "misses a reason for %s",
    (word) => {
      expect(check(rules(`{ id: a, decision: ${word} }`))).toEqual(["3:5 warning reason_missing"]);
    },
  );

  it("needs no reason for what is released", () => {
    expect(check(rules("{ id: a, decision: allow, match: { topics: [a] } }"))).toEqual([]);
  });
});

describe("a test in the file", () => {
  const rule = '{ id: a, decision: deny, reason: "No", match: { topics: [a.**] } }';
  const test = (action: string, expected: string): string =>
    `${rules(rule)}\ntests:\n  - { name: t, action: ${action}, expect: ${expected} }`;

  it.each([
    ["{ topic: a.b }", "{ decision: deny, rule: a }"],
    ["{ topic: a.b }", "{ decision: BLOCK }"],
    ["{ topic: a.b }", "{ rule: a }"],
    ["{ topic: b }", "{ rule: null }"],
    ["{ topic: b }", "{ decision: require_approval, rule: null }"],
  ])("that holds is silent: %s %s", (action, expected) => {
    expect(check(test(action, expected))).toEqual([]);
  });

  it.each([
    ["{ topic: a.b }", "{ decision: allow }"],
    ["{ topic: a.b }", "{ decision: deny, rule: b }"],
    ["{ topic: a.b }", "{ rule: null }"],
    ["{ topic: b }", "{ rule: a }"],
  ])("that fails is an error: %s %s", (action, expected) => {
    expect(check(test(action, expected))).toEqual(["5:5 error test_failed"]);
  });

  it("may describe the whole action", () => {
    const source = `
version: v1
rules:
  - id: all
    match: { tools: [crm.delete], agents: [bot], tenants: [acme], environments: [prod], labels: { a: b }, reversible: false, cost: { over: 1, currency: USD }, risk_tags: [x, y] }
    decision: deny
    reason: "No"
tests:
  - name: everything
    action:
      topic: a
      tool: { server: crm, name: delete }
      agent: { id: bot, run: r, thread: t, on_behalf_of: "user:1" }
      tenant: acme
      target: { environment: prod, resource: c/1 }
      labels: { a: b }
      reversible: false
      cost: { amount: 2, currency: USD }
      risk_tags: [y, x]
      params: { id: 1 }
    expect: { decision: deny, rule: all }
`;

    expect(check(source)).toEqual([]);
  });
});

describe("a hold that nobody can approve", () => {
  const groups =
    "groups: { a: { members: [x, y] }, b: { members: [X, role:lead] }, c: { members: [x] }, none: { members: [] } }";
  const held = (keys: string): string =>
    `version: v1\nroles: { lead: 1 }\n${groups}\nrules:\n  - { id: r, decision: require_approval, reason: Why, ${keys} }`;

  it.each([
    [
      "its one member is excluded",
      'approvals: [{ group: c }], exclude: ["person:X"]',
      "5:67 error cannot_be_met",
    ],
    [
      "two groups share their only member",
      "approvals: [{ group: c }, { group: a, count: 2 }]",
      "5:66 error cannot_be_met",
    ],
  ])("is an error: %s", (_, keys, expected) => {
    expect(check(held(keys))).toEqual([expected]);
  });

  it.each([
    ["enough members", "approvals: [{ group: a, count: 2 }]"],
    ["two groups with a person each", "approvals: [{ group: c }, { group: a }]"],
    ["a role among the members", "approvals: [{ group: c }, { group: b, count: 9 }]"],
    ["a role", "approvals: [{ role: lead, count: 9 }]"],
  ])("is not found where there may be people: %s", (_, keys) => {
    expect(check(held(keys))).toEqual([]);
  });

  it("does not even load with an empty group", () => {
    expect(loadPolicy(held("approvals: [{ group: none }]")).ok).toBe(false);
  });
});

describe("a rule behind another one", () => {
  const first = (wide: string, narrow: string): string =>
    `combine: first_match\n${rules(
      `{ id: w, decision: deny, reason: No, match: { ${wide} } }`,
      `{ id: n, decision: allow, match: { ${narrow} } }`,
    )}`;

  it.each([
    ["topics: [a.**]", "topics: [a.b, a.c.*]"],
    ["topics: [a.*]", "topics: [a.b]"],
    ["risk_tags: [x]", "risk_tags: [x, y], topics: [a]"],
    ["any_risk_tags: [x, y]", "risk_tags: [y], topics: [a]"],
    ["any_risk_tags: [x, y]", "any_risk_tags: [x], topics: [a]"],
    ["risk_tags: []", "risk_tags: [], topics: [a]"],
    ["environments: [prod, test]", "environments: [prod], topics: [a]"],
    ["labels: { a: b }", "labels: { a: b, c: d }, topics: [a]"],
  ])("is shadowed: { %s } then { %s }", (wide, narrow) => {
    expect(check(first(wide, narrow))).toEqual(["5:5 warning shadowed"]);
  });

  it.each([
    ["topics: [a.*]", "topics: [a.**]"],
    ["topics: [a.*]", "topics: [a]"],
    ["topics: [a.**]", "topics: [a]"],
    ["topics: [a]", "risk_tags: [x]"],
    ["risk_tags: [x, y]", "risk_tags: [x], topics: [a]"],
    ["risk_tags: []", "topics: [a]"],
    ["any_risk_tags: [x]", "any_risk_tags: [x, y], topics: [a]"],
    ["environments: [prod]", "topics: [a]"],
    ["agents: [bot]", "agents: [bot*], topics: [a]"],
    ["cost: { over: 1, currency: USD }", "cost: { over: 0, currency: USD }, topics: [a]"],
  ])("still decides: { %s } then { %s }", (wide, narrow) => {
    expect(check(first(wide, narrow))).toEqual([]);
  });

  it("still decides when both are combined strictly", () => {
    expect(
      check(first("topics: [a.**]", "topics: [a.b]").replace("first_match", "strict")),
    ).toEqual([]);
  });
});
