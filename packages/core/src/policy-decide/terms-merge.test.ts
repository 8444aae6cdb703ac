// Tests how a hold goes on when several rules hold one action.

import { describe, expect, it } from "vitest";
import type { Decision, EvaluationInput } from "../policy/decision.ts";
import { plainTerms } from "../policy/terms.ts";
import { decided as decidedBy } from "./policy.sample.ts";

const head = `roles: { lead: 1, director: 2 }
groups: { ops: { members: [ana, li] }, call: { members: [bo, cy] } }`;

function decided(rules: string, input: Partial<EvaluationInput> = {}, more = ""): Decision {
  return decidedBy(`${head}\n${more}\nrules:\n${rules}`, input);
}

const rule = (id: string, keys: string, decision = "require_approval"): string =>
  `  - { id: ${id}, decision: ${decision}${keys === "" ? "" : `, ${keys}`} }\n`;

describe("the terms of a hold", () => {
  it("are the plain ones when no rule says any, and none when nobody is asked", () => {
    expect(decided(rule("a", "timeout: 1h")).terms).toEqual(plainTerms);
    expect(decided(rule("a", "", "deny")).terms).toBeNull();
    expect(decided(rule("a", "", "allow")).terms).toBeNull();
    expect(decided("  []").terms).toEqual(plainTerms);
  });

  it("join the steps of all rules, each target once, when the last rule that names it lets it in", () => {
    const { terms } = decided(
      rule(
        "a",
        "escalate: [{ after: 10m, to: 'role:director' }, { after: 20m, to: 'group:call' }]",
      ) + rule("b", "escalate: [{ after: 5m, to: 'group:call' }, { after: 10m, to: 'person:zo' }]"),
    );
    expect(terms?.escalate).toEqual([
      { afterMs: 600_000, to: "person:zo" },
      { afterMs: 600_000, to: "role:director" },
      { afterMs: 1_200_000, to: "group:call" },
    ]);
  });

  it("let nobody in for what a rule asks that does not name them", () => {
    const lax = rule(
      "a",
      "approvals: [{ group: call }], escalate: [{ after: 5m, to: 'role:lead' }]",
    );
    const floor = (keys: string): string => rule("b", `approvals: [{ role: director }]${keys}`);
    expect(decided(lax + floor("")).terms?.escalate).toEqual([
      { afterMs: 300_000, to: "role:lead", places: ["group:call"] },
    ]);
    const both = decided(lax + floor(", escalate: [{ after: 9m, to: 'role:lead' }]"));
    expect(both.terms?.escalate).toEqual([{ afterMs: 540_000, to: "role:lead" }]);
    const same = rule("b", "approvals: [{ group: call }]");
    expect(decided(lax + same).terms?.escalate).toEqual([]);
  });

  it("keep at most sixteen steps and eight reminders, the earliest", () => {
    const steps = (from: number): string =>
      Array.from(
        { length: 10 },
        (_, n) => `{ after: ${from + n}m, to: 'person:p${from + n}' }`,
      ).join(", ");
    const { terms } = decided(
      rule("a", `remind: [1m, 3m, 5m, 7m, 9m], escalate: [${steps(11)}]`) +
        rule("b", `remind: [2m, 3m, 4m, 6m, 8m], escalate: [${steps(1)}]`),
    );
    expect(terms?.escalate).toHaveLength(16);
    expect(terms?.escalate.at(-1)).toEqual({ afterMs: 960_000, to: "person:p16" });
    expect(terms?.remindMs).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((minutes) => minutes * 60_000));
  });

  it("take the shortest silence of a claim", () => {
    const rules = rule("a", "claim_silence: 1h") + rule("b", "claim_silence: 2m") + rule("c", "");
    expect(decided(rules).terms?.claimSilenceMs).toBe(120_000);
  });
});

describe("an emergency", () => {
  const call = "emergency: { by: 'group:call', within: [incident] }";
  const director = "emergency: { by: 'role:director', within: ['topic:job.**'] }";

  it("asks for what every rule asks for", () => {
    const { terms } = decided(rule("a", call) + rule("b", director) + rule("c", call));
    expect(terms?.emergency).toEqual([
      { by: "group:call", within: ["incident"] },
      { by: "role:director", within: ["topic:job.**"] },
    ]);
  });

  it.each([
    ["a rule that holds names none", rule("a", call) + rule("b", "")],
    [
      "a rule that holds until a veto names none",
      rule("a", call) + rule("b", "", "allow_unless_rejected"),
    ],
  ])("is none when %s", (_, rules) => {
    expect(decided(rules).terms?.emergency).toBeNull();
  });

  it.each([
    ["a rule that releases", rule("a", call) + rule("b", "", "allow")],
    ["a rule that only warns", rule("a", call) + rule("b", "mode: warn")],
  ])("is not lost by %s", (_, rules) => {
    expect(decided(rules).terms?.emergency).toHaveLength(1);
  });

  it("is none where the default holds beside rules that are undecided", () => {
    const undecided = rule("a", `when: 'action.params.x > 1', ${call}`);
    expect(decided(undecided, { params: { x: 2 } }).terms?.emergency).toHaveLength(1);
    expect(decided(undecided, { params: {} })).toMatchObject({
      ruleId: "a",
      terms: { emergency: null },
    });
    const released = "defaults: { decision: log }";
    expect(decided(undecided, { params: {} }, released).terms?.emergency).toHaveLength(1);
  });

  it("names the invariants that hold, which nothing overrides", () => {
    const floor = "invariants: [{ id: floor, decision: require_approval }]";
    const { terms } = decided(rule("a", call), {}, floor);
    expect(terms).toMatchObject({ invariants: ["floor"], emergency: null });
  });
});

describe("a veto window", () => {
  const veto = (id: string, keys: string): string => rule(id, keys, "allow_unless_rejected");

  it.each([
    ["the longest that is named", veto("a", "window: 5m") + veto("b", "window: 10m"), 600_000],
    [
      "the timeout of a rule without one",
      veto("a", "window: 5m") + veto("b", "timeout: 1h"),
      3_600_000,
    ],
    [
      "the usual timeout of a rule that says nothing",
      veto("a", "window: 1m") + veto("b", ""),
      300_000,
    ],
  ])("is %s", (_, rules, expected) => {
    expect(decided(rules).terms?.windowMs).toBe(expected);
  });

  it("is the hold's own timeout when no rule names one, and none where people have to approve", () => {
    expect(decided(veto("a", "timeout: 1h")).terms?.windowMs).toBeNull();
    const held = veto("a", "window: 5m, claim_silence: 1m") + rule("b", "");
    expect(decided(held)).toMatchObject({
      kind: "require_approval",
      terms: { windowMs: null, claimSilenceMs: 60_000 },
    });
  });
});

describe("silence", () => {
  const patient = "match: { reversible: true }, low_risk: true, on_timeout: allow";
  const undoable = { reversible: true };

  it("may release when every rule that holds says so, of what can be undone", () => {
    const both = rule("a", patient) + rule("b", `${patient}, approvals: [{}]`);
    expect(decided(both, undoable)).toMatchObject({
      onTimeout: "allow",
      terms: { isLowRisk: true },
    });
  });

  it.each<[string, string, Partial<EvaluationInput>, string]>([
    ["what may not be undone", rule("a", patient), { reversible: null }, ""],
    ["what another rule holds too", rule("a", patient) + rule("b", "low_risk: true"), undoable, ""],
    [
      "what another rule does not call low in risk",
      rule("a", patient) + rule("b", "on_timeout: block"),
      undoable,
      "",
    ],
    [
      "what two rules ask different people about",
      rule("a", `${patient}, approvals: [{ group: ops }]`) +
        rule("b", `${patient}, approvals: [{ role: lead }]`),
      undoable,
      "",
    ],
    [
      "what an invariant holds",
      rule("a", patient),
      undoable,
      "invariants: [{ id: floor, decision: require_approval }]",
    ],
    [
      "what a rule holds that wants a passkey",
      rule("a", patient) + rule("b", "strong_auth: passkey, low_risk: true"),
      undoable,
      "",
    ],
  ])("never releases %s", (_, rules, input, more) => {
    expect(decided(rules, input, more).onTimeout).toBe("block");
  });

  it("goes on with the strictest that is stated", () => {
    const wait = rule("a", patient) + rule("b", "on_timeout: escalate");
    expect(decided(wait, undoable).onTimeout).toBe("escalate");
    expect(decided(wait + rule("c", "on_timeout: block"), undoable).onTimeout).toBe("block");
    const usual = "defaults: { on_timeout: escalate }";
    expect(decided(rule("a", patient) + rule("b", ""), undoable, usual).onTimeout).toBe("escalate");
  });
});

describe("a blind requirement", () => {
  it("stays blind beside one that is not", () => {
    const rules =
      rule("a", "approvals: [{ group: ops, count: 2 }]") +
      rule("b", "approvals: [{ group: ops, blind: true }]");
    expect(decided(rules).requirements).toEqual([
      { kind: "group", name: "ops", count: 2, denyCount: 1, after: null, blind: true },
    ]);
  });
});
