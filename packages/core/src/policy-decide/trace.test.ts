// Tests what a person is told about a decision.

import { describe, expect, it } from "vitest";
import { traceEntriesMax } from "../base/limits.ts";
import type { EvaluationInput, RuleTrace } from "../policy/decision.ts";
import { plainInput } from "../policy/decision.sample.ts";
import { evaluate } from "./evaluate.ts";
import { compiledFrom, traced } from "./policy.sample.ts";
import { explain } from "./trace.ts";

describe("a trace", () => {
  it("says for each question what was wanted and what was found", () => {
    const { rules } = traced(
      "rules: [{ id: a, decision: deny, match: { topics: [job.*], risk_tags: [x, y], agents: [b*], tenants: [other] } }]",
      { riskTags: ["y"] },
    );

    expect(rules).toEqual([
      {
        ruleId: "a",
        decision: "deny",
        matched: false,
        won: false,
        invariant: false,
        mode: "enforce",
        exception: null,
        clauses: [
          ["topics", true, "topic `job.a` fits `job.*`"],
          ["risk_tags", false, "the action does not carry `x`"],
          ["tenants", false, "tenant `default` is none of `other`"],
          ["agents", true, "agent `bot` fits `b*`"],
        ].map(([clause, matched, because]) => ({ clause, matched, because, error: null })),
      },
    ]);
  });

  it("says what an unknown value did", () => {
    const { rules } = traced(
      "rules:\n" +
        "  - { id: hold, decision: require_approval, match: { cost: { over: 5, currency: USD } } }\n" +
        "  - { id: free, decision: allow, match: { reversible: true } }",
    );

    expect(
      rules.map(({ ruleId, matched, clauses }) => [ruleId, matched, clauses[0]?.because]),
    ).toEqual([
      [
        "hold",
        true,
        "the action does not say its cost, over 5 USD is meant; a rule that holds or denies then applies",
      ],
      [
        "free",
        false,
        "the action does not say whether it can be undone; a rule that releases then does not apply",
      ],
    ]);
  });

  it("shows matched rules first, then the nearest misses", () => {
    const { rules } = traced(
      "rules:\n" +
        "  - { id: far, decision: deny, match: { topics: [x], risk_tags: [y], agents: [z] } }\n" +
        "  - { id: near, decision: deny, match: { topics: [job.a], agents: [z] } }\n" +
        "  - { id: yes, decision: log, match: { topics: [job.a] } }\n" +
        "  - { id: won, decision: require_approval, match: { topics: [job.a] } }",
    );

    expect(rules.map(({ ruleId }) => ruleId)).toEqual(["won", "yes", "near", "far"]);
    expect(rules.map(({ won }) => won)).toEqual([true, false, false, false]);
  });

  it("names where each constraint came from", () => {
    const { notes } = traced(
      "rules:\n" +
        "  - { id: a, decision: allow_with_constraints, constraints: { max_rows: 9, network_allowlist: [x, y], redact: [m] } }\n" +
        "  - { id: b, decision: allow_with_constraints, constraints: { max_rows: 5, network_allowlist: [y], redact: [n], pin: { k: 1 } } }",
    );

    expect(notes).toEqual([
      "`network_allowlist` is what `a`, `b` have in common",
      "`max_rows` 5 comes from `b`, the smallest of `a`, `b`",
      "`redact` joins those of `a`, `b`",
      "`pin` comes from `b`",
    ]);
  });

  it("says that constraints contradict each other", () => {
    const { notes, rules } = traced(
      "rules:\n" +
        "  - { id: a, decision: allow_with_constraints, constraints: { network_allowlist: [x] } }\n" +
        "  - { id: b, decision: allow_with_constraints, constraints: { network_allowlist: [y] } }",
    );

    expect(notes).toEqual([
      "the constraints of the matching rules contradict each other: " +
        "rules `a` and `b` leave nothing in common for `network_allowlist`",
    ]);
    expect(rules.map(({ matched }) => matched)).toEqual([true, true]);
  });

  it("says when the default counts and when later rules do not", () => {
    expect(traced("rules: []").notes).toEqual([
      "no rule matches, so the default counts: require_approval",
    ]);
    expect(traced("combine: first_match\nrules: [{ id: a, decision: log }]").notes).toEqual([
      "the first matching rule of the file decides; later ones do not count",
    ]);
  });

  it("is bounded, and says how much there was", () => {
    const lines = Array.from({ length: 200 }, (_, index) => `  - { id: r${index}, decision: log }`);
    const { rules, rulesTotal, rulesConsidered, notes } = traced(`rules:\n${lines.join("\n")}`);

    expect(rules).toHaveLength(traceEntriesMax);
    expect([rulesTotal, rulesConsidered]).toEqual([200, 200]);
    expect(notes).toEqual([`200 rules match, the first ${traceEntriesMax} are listed`]);
  });

  it("of a large policy considers what the index brings up", () => {
    const lines = Array.from(
      { length: 200 },
      (_, index) =>
        `  - { id: r${index}, decision: log, match: { topics: [job.t${index}], agents: [x] } }`,
    );
    const { rules, rulesTotal, rulesConsidered } = traced(`rules:\n${lines.join("\n")}`, {
      topic: "job.t7",
    });

    expect(rules.map(({ ruleId, matched }) => [ruleId, matched])).toEqual([["r7", false]]);
    expect([rulesTotal, rulesConsidered]).toEqual([200, 1]);
  });
});

describe("the trace of a condition", () => {
  const when = (
    condition: string,
    input: Partial<EvaluationInput> = {},
  ): RuleTrace["clauses"][0] => {
    const source = `rules:\n  - { id: a, decision: deny, when: '${condition}' }`;
    const clause = traced(source, input).rules[0]?.clauses.at(-1);
    if (clause === undefined) throw new Error("The rule has no clause.");
    return clause;
  };

  it("shows what held, with the values that it looked at", () => {
    expect(when("action.params.amount > 100", { params: { amount: 250 } })).toEqual({
      clause: "when",
      matched: true,
      because: "`action.params.amount > 100` holds (`action.params.amount` is 250)",
      error: null,
    });
  });

  it("names the part that failed and its values", () => {
    const input = { params: { amount: 250, region: "us" } };
    const condition = 'action.params.amount > 100 && action.params.region in ["eu", "uk"]';

    expect(when(condition, input)).toMatchObject({
      matched: false,
      because:
        '`action.params.region in ["eu", "uk"]` does not hold (`action.params.region` is "us")',
    });
  });

  it("says what went wrong, where, and what that did", () => {
    const condition = 'action.topic == "job.a" && action.params.amount > 100';

    expect(when(condition)).toEqual({
      clause: "when",
      matched: true,
      because:
        "`action.params.amount > 100` (`action.params.amount` is missing): " +
        "there is no field `amount`; a rule that holds or denies then applies",
      error: "there is no field `amount`",
    });
  });

  it("hides secrets by the name of their key and by their form", () => {
    const params = { api_key: "hunter2", pin: 1234, note: "token AKIAABCDEFGHIJKLMNOP", s: "x" };
    const condition = (field: string): string =>
      when(`action.params.${field} == 1.0`, { params }).because;

    expect(condition("api_key")).toContain("`action.params.api_key` is ••••••••");
    expect(condition("pin")).not.toContain("1234");
    expect(condition("note")).not.toContain("AKIA");
    expect(
      when('action.params.api_key == "no" || action.params.s == "y"', { params }).because,
    ).toContain('`action.params.s` is "x"');
  });

  it("shows no long or misleading value", () => {
    const params = {
      a: "x".repeat(9_000),
      b: "one\ntwo\u202e",
      c: [1, 2],
      d: {},
      e: "y".repeat(99),
    };
    const shown = (field: string): string =>
      when(`action.params.${field} == 1.0`, { params }).because;

    expect(shown("a")).toContain("is a text of 9000 characters");
    expect(shown("b")).not.toMatch(/[\n\u202e]/);
    expect(shown("c")).toContain("is a list of 2");
    expect(shown("d")).toContain("is a map of 0");
    expect(shown("e").length).toBeLessThan(160);
  });

  it("keeps names of variables, and shows their values", () => {
    const source =
      "variables: { large: 'action.cost.amount > 10' }\n" +
      "rules: [{ id: a, decision: deny, when: 'variables.large' }]";
    const cost = { amount: 5, currency: "EUR" };

    expect(traced(source, { cost }).rules[0]?.clauses[0]?.because).toBe(
      "`variables.large` does not hold (`variables.large` is false, `action.cost.amount` is 5)",
    );
    const secret =
      "variables: { v: action.params.api_key }\n" +
      "rules: [{ id: a, decision: deny, when: 'variables.v == \"no\"' }]";
    const { rules } = traced(secret, { params: { api_key: "hunter2" } });
    expect(JSON.stringify(rules)).not.toContain("hunter2");
  });
});

describe("the trace of a whole policy", () => {
  const source =
    "derive: [{ when: 'true', add_risk_tags: [bulk] }]\n" +
    "exceptions: [{ id: leave, rules: [gone], owner: a, reason: b, expires: 2027-01-01 }]\n" +
    "rules:\n" +
    "  - { id: gone, decision: deny, match: { risk_tags: [bulk] } }\n" +
    "  - { id: tried, decision: deny, mode: warn }\n" +
    "  - { id: kept, decision: log }\n";

  it("shows rules that match without counting, and why they do not", () => {
    const { rules, notes } = traced(source);

    expect(
      rules.map(({ ruleId, matched, mode, exception }) => [ruleId, matched, mode, exception]),
    ).toEqual([
      ["kept", true, "enforce", null],
      ["gone", true, "enforce", "leave"],
      ["tried", true, "warn", null],
    ]);
    expect(notes).toEqual(["`derive` adds `bulk`", "exception `leave` lifts `gone`"]);
  });

  it("says what a policy that is not enforced would decide", () => {
    const { rules, notes } = traced(`mode: shadow\n${source}`);

    expect(rules.map(({ ruleId, mode, won }) => [ruleId, mode, won])).toEqual([
      ["kept", "shadow", false],
      ["gone", "shadow", false],
      ["tried", "warn", false],
    ]);
    expect(notes).toContain(
      "the policy is in shadow mode: only its invariants count; enforced it would decide log",
    );
  });

  it("says who used up the budget, and which rules were not asked", () => {
    const list = new Array<number>(400).fill(1);
    const costly = "action.params.list.all(x, action.params.list.all(y, x + y >= 0.0))";
    const { rules, notes } = traced(
      `rules:\n  - { id: first, decision: deny, when: '${costly}' }\n` +
        "  - { id: next, decision: deny, when: 'action.params.x > 1' }",
      { params: { list } },
    );

    expect(notes[0]).toBe(
      "the condition of rule `first` used up the budget; what was not asked counts as unknown",
    );
    expect(rules.map(({ ruleId, matched }) => [ruleId, matched])).toEqual([
      ["first", true],
      ["next", true],
    ]);
    expect(rules.map(({ clauses }) => clauses[0]?.error)).toEqual([
      "the cost budget was used up",
      "the cost budget was used up",
    ]);
  });

  it("is the same whether or not the decision was made just before", () => {
    const compiled = compiledFrom(source);
    const decision = evaluate(compiled, plainInput);
    const first = explain(compiled, plainInput, decision);
    evaluate(compiled, { ...plainInput, topic: "other" });

    expect(explain(compiled, plainInput, decision)).toEqual(first);
  });
});

describe("the notes on a hold", () => {
  const head =
    "roles: { lead: 1 }\ngroups: { call: { members: [bo] } }\ndefaults: { decision: deny }\n";
  const rule = (id: string, keys: string): string =>
    `  - { id: ${id}, decision: require_approval, ${keys} }\n`;
  const override = "emergency: { by: 'group:call', within: [incident, 'topic:job.**'] }";

  it("say where its steps come from, and what an override takes", () => {
    const step = "escalate: [{ after: 5m, to: 'group:call' }]";
    const { notes } = traced(
      `${head}rules:\n${rule("a", `${step}, ${override}`)}${rule("b", `${step}, ${override}`)}`,
    );
    expect(notes).toEqual([
      "`escalate` to `group:call` after 300s comes from `a`, `b`",
      "an override takes `group:call` (incident or topic:job.**)",
    ]);
  });

  it("say why nobody can override, and why silence releases nothing", () => {
    const patient = "match: { reversible: true }, low_risk: true, on_timeout: allow";
    const rules = `${rule("a", `${patient}, ${override}`)}${rule("b", "timeout: 1h")}`;
    expect(traced(`${head}rules:\n${rules}`, { reversible: true }).notes).toEqual([
      "nobody can override: `b` names no `emergency`",
      "`on_timeout: allow` of `a` does not count beside what else holds",
    ]);
    const floor = "invariants: [{ id: floor, decision: require_approval }]\n";
    expect(traced(`${head}${floor}rules:\n${rule("a", override)}`).notes).toEqual([
      "nobody can override: `floor` is an invariant",
    ]);
  });

  it("say when silence releases", () => {
    const patient = rule(
      "a",
      "match: { reversible: true }, low_risk: true, on_timeout: allow, timeout: 1h",
    );
    expect(traced(`${head}rules:\n${patient}`, { reversible: true }).notes).toEqual([
      "silence releases at the timeout, after 3600s",
    ]);
    const veto = rule("a", "window: 10m").replace("require_approval", "allow_unless_rejected");
    expect(traced(`${head}rules:\n${veto}`).notes).toEqual([
      "silence releases 600s after somebody was told",
    ]);
  });
});
