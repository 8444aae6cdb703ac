// Tests what conditions, derived tags, exceptions, modes, templates and the budget do to a decision.

import { describe, expect, it } from "vitest";
import type { EvaluationInput } from "../policy/decision.ts";
import { plainInput } from "../policy/decision.sample.ts";
import { evaluate } from "./evaluate.ts";
import { derivedTags } from "./derive.ts";
import type { History } from "../policy/facts.ts";
import { needsHistory } from "./needs-history.ts";
import { compiledFrom, decided } from "./policy.sample.ts";
import { winnerOf } from "./winner.ts";

const history: History = {
  firstTime: { agent: true, topic: false, target: false },
  count: { hour: 3, day: 9 },
  ranges: {},
  lastOutcome: null,
  sinceRejectionMs: 60_000,
};

function kindOf(rules: string, input: Partial<EvaluationInput> = {}): string {
  return decided(`defaults: { decision: log }\nrules:\n${rules}`, input).kind;
}

describe("a condition", () => {
  const deny = "  - { id: a, decision: deny, when: 'action.params.amount > 100' }";
  const allow = "  - { id: a, decision: allow, when: 'action.params.amount > 100' }";

  it.each<[string, string, Partial<EvaluationInput>, string]>([
    ["true", deny, { params: { amount: 101 } }, "deny"],
    ["false", deny, { params: { amount: 100 } }, "log"],
    ["missing, of a denial", deny, {}, "deny"],
    ["of another type, of a denial", deny, { params: { amount: "9" } }, "deny"],
    ["true, of a release", allow, { params: { amount: 101 } }, "allow"],
    ["missing, of a release", allow, {}, "log"],
  ])("%s", (_, rules, input, wanted) => {
    expect(kindOf(rules, input)).toBe(wanted);
  });

  it("sees facts, the time, variables, and parameters of the environment", () => {
    const source =
      "parameters: { max: 1000.0, environments: { prod: { max: 500.0 } } }\n" +
      "variables: { large: 'has(action.cost) && action.cost.amount > parameters.max' }\n" +
      "defaults: { decision: log }\n" +
      "rules:\n" +
      "  - { id: large, decision: deny, when: variables.large }\n" +
      "  - { id: first, decision: require_approval, when: 'facts.first_time.agent && facts.since_rejection < duration(\"2m\")' }\n" +
      "  - { id: late, decision: allow_unless_rejected, when: 'now >= timestamp(\"2026-12-01T00:00:00Z\")' }\n";
    const cost = { amount: 700, currency: "USD" };
    const facts = {
      history: { ...history, firstTime: { ...history.firstTime, agent: false } },
      velocity: {},
    };
    const later = Date.UTC(2026, 11, 1);
    const ruleFor = (input: Partial<EvaluationInput>): string | null =>
      decided(source, { facts, ...input }).ruleId;

    expect(ruleFor({ cost })).toBe(null);
    expect(ruleFor({ cost, environment: "prod" })).toBe("large");
    expect(ruleFor({ facts: { history, velocity: {} } })).toBe("first");
    expect(ruleFor({ now: later })).toBe("late");
    expect(decided(source, {}).ruleId).toBe("first");
  });

  it("of a rule that is undecided silences no default that is stricter", () => {
    const source =
      "defaults: { decision: deny }\n" +
      "rules: [{ id: small, decision: require_approval, when: 'action.params.amount < 100' }]";

    expect(decided(source, { params: { amount: 5 } }).kind).toBe("require_approval");
    expect(decided(source, { params: {} })).toMatchObject({
      kind: "deny",
      ruleId: null,
      matchedRuleIds: ["small"],
    });
  });

  it("that is undecided hides no stricter rule after it under `first_match`", () => {
    const source =
      "combine: first_match\n" +
      "rules:\n" +
      "  - { id: hold, decision: require_approval, when: 'action.params.amount < 100' }\n" +
      "  - { id: stop, decision: deny, match: { topics: [job.*] } }\n" +
      "  - { id: last, decision: allow }\n";

    expect(decided(source, { params: { amount: 5 } }).matchedRuleIds).toEqual(["hold"]);
    expect(decided(source, {}).matchedRuleIds).toEqual(["stop", "hold"]);
    expect(decided(source, { params: { amount: 500 } }).matchedRuleIds).toEqual(["stop"]);
  });
});

describe("derived tags", () => {
  const source =
    "derive:\n" +
    "  - { when: 'action.effect.rows > 100', add_risk_tags: [bulk] }\n" +
    "  - { when: '\"bulk\" in action.risk_tags', add_risk_tags: [second] }\n" +
    "defaults: { decision: log }\n" +
    "rules:\n" +
    "  - { id: bulk, decision: deny, match: { risk_tags: [bulk] } }\n" +
    "  - { id: seen, decision: require_approval, when: '\"bulk\" in action.risk_tags' }\n";
  const effect = { rows: 200, recipients: null, diff: null };

  it("reach the rules and their conditions, and not each other", () => {
    const input = { ...plainInput, riskTags: ["x"], effect };

    expect(derivedTags(compiledFrom(source), input)).toEqual(["x", "bulk"]);
    expect(decided(source, { effect }).matchedRuleIds).toEqual(["bulk", "seen"]);
    expect(decided(source, { effect: { ...effect, rows: 1 } }).matchedRuleIds).toEqual([]);
  });

  it("are added when it cannot be told whether they belong", () => {
    expect(derivedTags(compiledFrom(source), plainInput)).toEqual(["bulk"]);
  });
});

describe("an exception", () => {
  const source =
    "defaults: { decision: log }\n" +
    "exceptions:\n" +
    "  - { id: migration, rules: [gate, free], match: { agents: [migrator] }, when: 'action.params.dry', " +
    "owner: a@example.com, reason: x, expires: 2026-12-01T00:00:00Z }\n" +
    "rules:\n" +
    "  - { id: gate, decision: deny, match: { topics: [job.*] } }\n" +
    "  - { id: other, decision: require_approval, match: { topics: [job.*] } }\n" +
    "  - { id: free, decision: allow, match: { topics: [job.*] } }\n";
  const fits = { agent: "migrator", params: { dry: true } };

  it.each<[string, Partial<EvaluationInput>, string[]]>([
    ["lifts the rules that it names", fits, ["other"]],
    ["is for the actions that it fits", { ...fits, agent: "bot" }, ["gate", "other", "free"]],
    [
      "does nothing when it is false",
      { ...fits, params: { dry: false } },
      ["gate", "other", "free"],
    ],
    [
      "leaves no release and lifts no denial when it is undecided",
      { ...fits, params: {} },
      ["gate", "other"],
    ],
    ["has an end", { ...fits, now: Date.UTC(2026, 11, 1) }, ["gate", "other", "free"]],
  ])("%s", (_, input, wanted) => {
    expect(decided(source, input).matchedRuleIds).toEqual(wanted);
  });
});

describe("a mode", () => {
  const rules =
    "invariants: [{ id: floor, decision: require_approval, match: { topics: [job.b] } }]\n" +
    "rules:\n" +
    "  - { id: hard, decision: deny, mode: warn, reason: Tried out }\n" +
    "  - { id: quiet, decision: deny, mode: shadow, when: 'action.params.x > 1' }\n" +
    "  - { id: soft, decision: log }\n";

  it("of a rule leaves the answer as it is and notes the rule", () => {
    expect(decided(rules)).toMatchObject({
      kind: "log",
      matchedRuleIds: ["soft"],
      unenforced: null,
      warnings: [
        { ruleId: "hard", decision: "deny", reason: "Tried out", mode: "warn" },
        { ruleId: "quiet", decision: "deny", mode: "shadow" },
      ],
    });
  });

  it("of a policy leaves only its invariants, and says what would be", () => {
    const source = `mode: shadow\n${rules}`;

    expect(decided(source)).toMatchObject({
      kind: "log",
      ruleId: null,
      matchedRuleIds: [],
      unenforced: "log",
      reason: "the policy is in shadow mode: its rules are noted and do not count",
    });
    expect(decided(source, { topic: "job.b" })).toMatchObject({
      kind: "require_approval",
      ruleId: "floor",
      matchedRuleIds: ["floor"],
      unenforced: "require_approval",
    });
    expect(decided(source).warnings.map(({ ruleId, mode }) => [ruleId, mode])).toEqual([
      ["soft", "shadow"],
      ["hard", "warn"],
      ["quiet", "shadow"],
    ]);
  });
});

describe("a reason", () => {
  const reason = (text: string, input: Partial<EvaluationInput>): string =>
    decided(`rules:\n  - { id: a, decision: deny, reason: "${text}" }`, input).reason;

  it("is filled in from the action", () => {
    const cost = { amount: 12.5, currency: "EUR" };

    expect(reason("Pays ${action.cost.amount} ${action.cost.currency}", { cost })).toBe(
      "Pays 12.5 EUR",
    );
    expect(reason("At ${now}: $${kept} ${action.risk_tags}", {})).toBe(
      "At 2026-11-21T12:00:00.000Z: ${kept} ?",
    );
    expect(reason("${action.cost.amount} is missing", {})).toBe("? is missing");
  });

  it("shows no secret, breaks no line, and ends", () => {
    const params = {
      api_key: "hunter2",
      note: `a\n\u202eb AKIAABCDEFGHIJKLMNOP`,
      long: "😀".repeat(999),
    };
    const text = reason("${action.params.api_key} ${action.params.note}", { params });

    expect(text).not.toMatch(/hunter2|AKIA|\n|\u202e/);
    const long = reason("${action.params.long}", { params });
    expect(long.length).toBeLessThanOrEqual(500);
    expect(() => encodeURIComponent(long)).not.toThrow();
  });
});

describe("the budget", () => {
  const list = new Array<number>(400).fill(1);
  const costly = "action.params.list.all(x, action.params.list.all(y, x + y >= 0.0))";
  const source = (onError: string, rules: string): string =>
    `defaults: { decision: allow, on_error: ${onError} }\nrules:\n${rules}`;
  const release = `  - { id: free, decision: log, when: '${costly}' }`;

  it("decides by `on_error` when it is used up, and names who used it up", () => {
    const denied = decided(source("deny", release), { params: { list } });

    expect(denied).toMatchObject({ kind: "deny", ruleId: null });
    expect(denied.reason).toContain("rule `free`");
    expect(decided(source("require_approval", release), { params: { list } })).toMatchObject({
      kind: "require_approval",
      ruleId: null,
      requirements: [{ kind: "any" }],
    });
    expect(decided(source("deny", release), { params: { list: [1] } }).kind).toBe("log");
  });

  it("is absorbed by nothing, and starts anew with each decision", () => {
    const absorbing = `  - { id: free, decision: log, when: 'true || ${costly}' }`;
    const late = `  - { id: free, decision: log, when: '${costly} || true' }`;
    const compiled = compiledFrom(source("deny", late));
    const big = { ...plainInput, params: { list } };

    expect(decided(source("deny", absorbing), { params: { list } }).kind).toBe("log");
    expect(evaluate(compiled, big).kind).toBe("deny");
    expect(evaluate(compiled, { ...plainInput, params: { list: [1] } }).kind).toBe("log");
  });

  it("never leads to less than a denial that could not be ruled out", () => {
    const stop = `${release}\n  - { id: stop, decision: deny, match: { topics: [job.*] } }`;
    const maybe = `  - { id: maybe, decision: deny, when: '${costly}' }`;

    expect(decided(source("require_approval", stop), { params: { list } })).toMatchObject({
      kind: "deny",
      ruleId: "stop",
    });
    expect(decided(source("require_approval", maybe), { params: { list } })).toMatchObject({
      kind: "deny",
      ruleId: null,
    });
  });

  it("is used up the same way for the winner", () => {
    const hold = `${release}\n  - { id: hold, decision: require_approval }`;
    const compiled = compiledFrom(source("deny", hold));

    expect(winnerOf(compiled, { ...plainInput, params: { list } })).toEqual({
      kind: "deny",
      ruleId: null,
    });
    expect(winnerOf(compiled, { ...plainInput, params: { list: [1] } })).toEqual({
      kind: "require_approval",
      ruleId: "hold",
    });
  });
});

describe("history", () => {
  it.each<[string, string, boolean]>([
    [
      "is not needed by plain rules",
      "rules: [{ id: a, decision: deny, when: 'action.params.x > 1' }]",
      false,
    ],
    [
      "is needed by `unusual`",
      "rules: [{ id: a, decision: deny, match: { unusual: true } }]",
      true,
    ],
    [
      "is needed by a condition",
      "rules: [{ id: a, decision: deny, when: facts.first_time.agent }]",
      true,
    ],
    ["is needed by a variable", "variables: { n: facts.count.hour }\nrules: []", true],
    [
      "is needed by a reason",
      'rules: [{ id: a, decision: deny, reason: "${facts.count.day}" }]',
      true,
    ],
    [
      "is needed by a derivation",
      "derive: [{ when: facts.unusual, add_risk_tags: [x] }]\nrules: []",
      true,
    ],
  ])("%s", (_, source, wanted) => {
    expect(needsHistory(compiledFrom(source))).toBe(wanted);
  });
});
