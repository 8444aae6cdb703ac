// Tests which rules the static check calls shadowed, and which it finds to decide nothing.

import { describe, expect, it } from "vitest";
import { checked, messagesOf, placesOf, rulesFile } from "./check.sample.ts";

describe("a rule behind another one, under `first_match`", () => {
  const first = (wide: string, narrow: string): string =>
    `combine: first_match\n${rulesFile(
      `{ id: w, decision: deny, reason: No, match: { ${wide} } }`,
      `{ id: n, decision: allow, match: { ${narrow} } }`,
    )}`;

  it.each([
    ["topics: [a.**]", "topics: [a.b, a.c.*]"],
    ["topics: [a.*]", "topics: [a.b]"],
    ["topics: [a.*, b]", "topics: [b, a.x]"],
    ["topics: ['**']", "risk_tags: [x]"],
    ["risk_tags: [x]", "risk_tags: [x, y], topics: [a]"],
    ["any_risk_tags: [x, y]", "risk_tags: [y], topics: [a]"],
    ["any_risk_tags: [x, y]", "any_risk_tags: [x], topics: [a]"],
    ["risk_tags: []", "risk_tags: [], topics: [a]"],
    ["environments: [prod, test]", "environments: [prod], topics: [a]"],
    ["labels: { a: b }", "labels: { a: b, c: d }, topics: [a]"],
    ["unusual: true", "unusual: true, topics: [a]"],
  ])("is shadowed: { %s } then { %s }", (wide, narrow) => {
    expect(placesOf(checked(first(wide, narrow)), "shadowed")).toEqual(["5:5 warning shadowed"]);
  });

  it.each([
    ["topics: [a.*]", "topics: [a.**]"],
    ["topics: [a.*]", "topics: [a]"],
    ["topics: [a.**]", "topics: [a]"],
    ["topics: [a]", "risk_tags: [x]"],
    ["topics: [a.*, b]", "topics: [b, c]"],
    ["risk_tags: [x, y]", "risk_tags: [x], topics: [a]"],
    ["risk_tags: []", "topics: [a]"],
    ["any_risk_tags: [x]", "any_risk_tags: [x, y], topics: [a]"],
    ["environments: [prod]", "topics: [a]"],
    ["agents: [bot]", "agents: [bot*], topics: [a]"],
    ["cost: { over: 1, currency: USD }", "cost: { over: 0, currency: USD }, topics: [a]"],
    ["unusual: true", "topics: [a]"],
    ["topics: [a.**], cost: { over: 1, currency: USD }", "topics: [a.b]"],
  ])("still decides: { %s } then { %s }", (wide, narrow) => {
    expect(placesOf(checked(first(wide, narrow)), "shadowed")).toEqual([]);
  });

  it.each([
    ["reversible: true", "decision: deny, reason: No"],
    ["cost: { over: 1, currency: USD }", "decision: deny, reason: No"],
    ["environments: [prod]", "decision: require_approval, approvals: [{ role: lead }]"],
  ])(
    "still decides where the first, with { %s }, is in doubt and it says more: %s",
    (match, more) => {
      const source = `roles: { lead: 1 }\ncombine: first_match\n${rulesFile(
        `{ id: w, decision: require_approval, match: { ${match} } }`,
        `{ id: n, ${more}, match: { ${match} } }`,
      )}`;
      expect(placesOf(checked(source), "shadowed")).toEqual([]);
    },
  );

  it("still decides where it takes an emergency from the first, which is in doubt", () => {
    const source = `roles: { lead: 1 }\ncombine: first_match\n${rulesFile(
      "{ id: w, decision: require_approval, emergency: { by: role:lead }, match: { reversible: true } }",
      "{ id: n, decision: require_approval, match: { reversible: true } }",
    )}`;
    expect(placesOf(checked(source), "shadowed")).toEqual([]);
  });

  it.each(["when: 'action.tenant == \"x\"'", "mode: warn", "velocity: { over: 5, in: 1m }"])(
    "still decides when the first has %s",
    (key) => {
      const source = first("topics: [a.**]", "topics: [a.b]").replace(
        "{ id: w,",
        `{ id: w, ${key},`,
      );
      expect(placesOf(checked(source), "shadowed")).toEqual([]);
    },
  );

  it("still decides when an exception may lift the first", () => {
    const exception =
      "exceptions: [{ id: e, rules: [w], owner: ana, reason: r, expires: 2027-01-01T00:00:00Z }]";
    const source = `${first("topics: [a.**]", "topics: [a.b]")}\n${exception}`;
    expect(placesOf(checked(source), "shadowed")).toEqual([]);
  });

  it("is named with an action that both are for", () => {
    const wide = "topics: [job.db.**]";
    const narrow =
      "topics: [job.db.*.read], risk_tags: [pii], environments: [prod], cost: { over: 5, at_most: 6, currency: EUR }";
    expect(messagesOf(checked(first(wide, narrow)), "shadowed")[0]).toContain(
      "`{ topic: job.db.x.read, risk_tags: [pii], target: { environment: prod }, cost: { amount: 5.5, currency: EUR } }`",
    );
  });

  it("is not compared under `strict`", () => {
    const source = first("topics: [a.**]", "topics: [a.b]").replace("first_match", "strict");
    expect(placesOf(checked(source), "shadowed")).toEqual([]);
  });
});

describe("a rule beside a stricter one, under `strict`", () => {
  const both = (wide: string, narrow: string): string =>
    rulesFile(
      `{ id: w, match: { topics: [a.**] }, ${wide} }`,
      `{ id: n, match: { topics: [a.b] }, ${narrow} }`,
    );
  const hold = "decision: require_approval, reason: r";

  it.each([
    ["decision: deny, reason: r", "decision: allow"],
    ["decision: deny, reason: r", hold],
    ["decision: deny, reason: r", "decision: deny, reason: s"],
    ["decision: deny, reason: r", `${hold}, approvals: [{ count: 2 }]`],
    [hold, "decision: allow"],
    [hold, hold],
  ])("never decides: { %s } and { %s }", (wide, narrow) => {
    expect(placesOf(checked(both(wide, narrow)), "never_decides")).toEqual([
      "4:5 note never_decides",
    ]);
  });

  it.each([
    ["decision: allow", "decision: deny, reason: r"],
    [hold, `${hold}, approvals: [{ count: 2 }]`],
    [hold, `${hold}, timeout: 1m`],
    [hold, "decision: allow_with_constraints, constraints: { max_rows: 5 }"],
    ["decision: deny, reason: r", "decision: allow, notify: [log]"],
    ["decision: deny, reason: r, mode: warn", "decision: allow"],
    ["decision: deny, reason: r, when: 'action.tenant == \"t\"'", "decision: allow"],
  ])("still counts: { %s } and { %s }", (wide, narrow) => {
    expect(placesOf(checked(both(wide, narrow)), "never_decides")).toEqual([]);
  });

  it("that comes first gives its own name among equals", () => {
    const narrow = "{ id: n, match: { topics: [a.b] }, decision: deny, reason: s }";
    const wide = "{ id: w, match: { topics: [a.**] }, decision: deny, reason: r }";
    expect(placesOf(checked(rulesFile(narrow, wide)), "never_decides")).toEqual([]);
  });

  it("keeps the default away, which an invariant that holds does not", () => {
    const file = (decision: string): string =>
      `${rulesFile("{ id: n, match: { topics: [a.b] }, decision: allow }")}\n` +
      `invariants: [{ id: i, match: { topics: [a.**] }, decision: ${decision}, reason: r }]`;
    expect(placesOf(checked(file("require_approval")), "never_decides")).toEqual([]);
    expect(placesOf(checked(file("deny")), "never_decides")).toEqual(["3:5 note never_decides"]);
  });
});
