// Tests that what is wrong in an expression of a policy file is said at its place in the file.

import { describe, expect, it } from "vitest";
import { type Finding, loadPolicy } from "./load.ts";
import type { Policy } from "../policy/policy.ts";

function words({ line, column, endColumn, severity, code }: Finding): string {
  return `${line}:${column}-${endColumn ?? ""} ${severity} ${code}`;
}

function load(source: string): Policy {
  const result = loadPolicy(source);
  if (!result.ok) throw new Error(JSON.stringify(result.findings, null, 2));
  return result.policy;
}

/** A file with one rule whose further keys are given; they begin on line 5, column 5. */
function rule(...keys: string[]): string {
  return ["version: v1", "rules:", "  - id: a", "    decision: require_approval"]
    .concat(keys.map((key) => `    ${key}`))
    .join("\n");
}

describe("a fault in a condition", () => {
  it.each([
    ["a plain text", rule("when: action.tpic == 'x'"), "5:18-22 error unknown_field"],
    ["single quotes", rule("when: 'action.tpic == \"x\"'"), "5:19-23 error unknown_field"],
    [
      "doubled single quotes",
      rule("when: 'action.topic == ''x'' && action.tpic == ''y'''"),
      "5:44-48 error unknown_field",
    ],
    [
      "double quotes with escapes",
      rule('when: "action.topic == \\"x\\" && action.tpic == \\"y\\""'),
      "5:44-48 error unknown_field",
    ],
    [
      "double quotes on two lines",
      rule("when: \"action.topic == 'x' &&", "  action.tpic == 'y'\""),
      "6:14-18 error unknown_field",
    ],
    [
      "a literal block",
      rule("when: |", "  action.topic == 'x'", "    && action.tpic == 'y'"),
      "7:19-23 error unknown_field",
    ],
    [
      "a folded block",
      rule("when: >-", "  action.topic == 'x'", "", "  && action.tpic == 'y'"),
      "8:17-21 error unknown_field",
    ],
    [
      "a block with its indentation given",
      rule("when: |3", "     action.topic == 'x' &&", "   action.tpic == 'y'"),
      "7:15-19 error unknown_field",
    ],
    ["and for &&", rule("when: action.topic == 'x' and true"), "5:31-34 error syntax"],
    ["an unfinished text", rule("when: action.topic == (1"), "5:29- error syntax"],
    ["a bidirectional escape", rule("when: \"action.topic == '\\u202e'\""), "5:29-35 error syntax"],
    ["a text that is no condition", rule("when: action.topic"), "5:11-23 error not_a_condition"],
    ["an unknown root", rule("when: params.a == 1"), "5:11-17 error unknown_variable"],
    ["a name misspelled within has", rule("when: has(action.costs)"), null],
    ["a pattern that backtracks", rule("when: action.topic.matches('(a)\\\\1')"), null],
    ["a pattern from outside", rule("when: action.topic.matches(action.params.p)"), null],
    [
      "a derivation",
      "version: v1\nrules: []\nderive:\n  - when: action.tpic == 'x'\n    add_risk_tags: [a]",
      "4:18-22 error unknown_field",
    ],
    [
      "a variable",
      "version: v1\nrules: []\nvariables:\n  v: action.tpic == 'x'",
      "4:13-17 error unknown_field",
    ],
    [
      "a variable that is not there",
      "version: v1\nrules:\n  - { id: a, decision: deny, when: variables.lrge }\nvariables: { large: 'true' }",
      "3:46-50 error unknown_field",
    ],
    [
      "a parameter that is not there",
      "version: v1\nrules:\n  - { id: a, decision: deny, when: parameters.mx > 1 }\nparameters: { max: 1 }",
      "3:47-49 error unknown_field",
    ],
    [
      "a key of velocity",
      rule("velocity: { over: 5, in: 10m, per: [agent.name] }"),
      "5:47-51 error unknown_field",
    ],
    [
      "a key of velocity with its root",
      rule("velocity: { over: 5, in: 10m, per: [action.agent.name] }"),
      "5:54-58 error unknown_field",
    ],
    [
      "a key of velocity that is no member",
      rule("velocity: { over: 5, in: 10m, per: [size(agent)] }"),
      "5:46-51 error unknown_variable",
    ],
    [
      "a reason",
      rule("reason: 'Topic ${action.topic} of ${action.tpic}'"),
      "5:48-52 error unknown_field",
    ],
    [
      "a reason that is not closed",
      rule("reason: 'Topic ${action.topic'"),
      "5:20-22 error template_invalid",
    ],
    ["a reason with nothing in it", rule("reason: 'Topic ${ }'"), "5:20-24 error template_invalid"],
  ])("is named at its place: %s", (_, source, expected) => {
    const result = loadPolicy(source);

    expect(result.ok).toBe(false);
    if (expected !== null) expect(result.findings.map(words)).toContain(expected);
    expect(result.findings.every(({ line }) => line > 2)).toBe(true);
  });

  it("comes with the nearest right name", () => {
    const { findings } = loadPolicy(rule("when: action.tpic == 'x'"));

    expect(findings.find(({ code }) => code === "unknown_field")?.help).toContain("topic");
  });

  it("is found at the anchor when the condition is an alias", () => {
    const { findings } = loadPolicy(
      "version: v1\nrules:\n  - { id: a, decision: deny, when: &w action.tpic == 'x' }\n  - { id: b, decision: deny, when: *w }",
    );

    expect(findings.map(words)).toEqual([
      "3:46-50 error unknown_field",
      "3:46-50 error unknown_field",
    ]);
    expect(findings.map(({ path }) => path)).toEqual(["/rules/0/when", "/rules/1/when"]);
  });
});

describe("a condition that loads", () => {
  it("keeps its source and its tree", () => {
    const policy = load(rule("when: action.topic == 'x'"));

    expect(policy.rules[0]?.when?.source).toBe("action.topic == 'x'");
    expect(policy.rules[0]?.when?.ast.kind).toBe("call");
  });

  it("shares its tree with others of the same text", () => {
    const text = rule("when: action.topic == 'x'");
    const policy = load(`${text}\n  - { id: b, decision: deny, when: "action.topic == 'x'" }`);

    expect(policy.rules[1]?.when?.ast).toBe(policy.rules[0]?.when?.ast);
  });

  it("warns of a member that may be absent, but not where an error does no harm", () => {
    const guarded = rule("when: has(action.cost) && action.cost.amount > 5");
    const open = rule("when: action.cost.amount > 5");
    const harmless = rule(
      "velocity: { over: 5, in: 10m, per: [params.account, action.cost.currency] }",
      "reason: '${action.cost.amount}'",
    );

    expect(loadPolicy(guarded).findings).toEqual([]);
    expect(loadPolicy(open).findings.map(({ code }) => code)).toEqual(["unguarded_optional"]);
    expect(loadPolicy(harmless).findings.map(({ severity }) => severity)).not.toContain("warning");
  });

  it("advises no guard that would let an action pass by leaving a member out", () => {
    const text = (decision: string): string =>
      `version: v1\nrules:\n  - { id: a, decision: ${decision}, when: action.cost.amount > 5 }\n`;
    const told = (decision: string): (string | null)[] => {
      const found = loadPolicy(text(decision)).findings.find(
        ({ code }) => code === "unguarded_optional",
      );
      return [found?.severity ?? null, found?.help ?? null];
    };

    expect(told("deny")).toEqual(["note", "`!has(action.cost) || …` says so"]);
    expect(told("require_approval")).toEqual(told("deny"));
    expect(told("allow")).toEqual(["warning", "write `has(action.cost) && …`"]);
    const variable = `${rule("when: variables.large")}\nvariables: { large: action.cost.amount > 5 }`;
    expect(loadPolicy(variable).findings[0]?.help).toBe(
      "`!has(action.cost) || …` counts such an action in, `has(action.cost) && …` leaves it out",
    );
  });

  it("says once that parameters are not checked", () => {
    const { findings } = loadPolicy(
      `${rule("when: action.params.a == 1")}\n  - { id: b, decision: deny, when: action.params.b == 2 }\nvariables: { v: action.params.c == 1 }`,
    );

    const notes = findings.filter(({ code }) => code === "params_unchecked");
    expect(notes.map(({ path, message }) => [path, message.slice(0, 43)])).toEqual([
      ["/rules/0/when", "this and 2 more conditions read `action.par"],
    ]);
  });
});

describe("velocity", () => {
  it("may leave the root of its keys out", () => {
    const policy = load(
      rule("velocity: { over: 50, in: 10m, per: [agent.id, action.tenant, 'params.to[0]'] }"),
    );

    expect(policy.rules[0]?.velocity).toMatchObject({
      over: 50,
      inMs: 600_000,
      per: [
        { source: "action.agent.id" },
        { source: "action.tenant" },
        { source: "action.params.to[0]" },
      ],
    });
  });

  it("may count everything together", () => {
    expect(load(rule("velocity: { over: 1, in: 7d }")).rules[0]?.velocity?.per).toEqual([]);
  });

  it.each([
    ["{ in: 10m }", "missing_key"],
    ["{ over: 5 }", "missing_key"],
    ["{ over: 0, in: 10m }", "value_invalid"],
    ["{ over: 1001, in: 10m }", "value_invalid"],
    ["{ over: 1.5, in: 10m }", "value_invalid"],
    ["{ over: 5, in: 8d }", "duration_invalid"],
    ["{ over: 5, in: 500ms }", "duration_invalid"],
    ["{ over: 5, in: 10m, per: [agent.id, action.agent.id] }", "duplicate_entry"],
    ["{ over: 5, in: 10m, per: [tenant, topic, a, b, c, d, e, f, g] }", "too_many"],
    ["{ over: 5, in: 10m, by: [agent.id] }", "unknown_key"],
  ])("is refused: %s", (velocity, code) => {
    const result = loadPolicy(rule(`velocity: ${velocity}`));

    expect(result.ok).toBe(false);
    expect(result.findings.map((finding) => finding.code)).toContain(code);
  });
});

describe("a reason with expressions", () => {
  it("is taken apart", () => {
    const policy = load(rule("reason: 'Topic ${action.topic}: $${as text} ${\"}\"}'"));
    const [first] = policy.rules;

    expect(first?.reason).toBe('Topic ${action.topic}: $${as text} ${"}"}');
    expect(first?.reasonTemplate?.parts).toMatchObject([
      "Topic ",
      { source: "action.topic" },
      ": ${as text} ",
      { source: '"}"' },
    ]);
  });

  it("is none without any", () => {
    expect(load(rule("reason: costs $5 {a}")).rules[0]?.reasonTemplate).toBeNull();
  });
});

describe("variables", () => {
  it("stand in an order in which each follows what it reads", () => {
    const policy = load(
      "version: v1\nrules: []\nvariables: { a: variables.c && variables.b, b: 'true', c: variables.b }",
    );

    expect([...policy.variables.keys()]).toEqual(["b", "c", "a"]);
  });

  it("are refused in a circle, which is named", () => {
    const { findings } = loadPolicy(
      "version: v1\nrules: []\nvariables: { a: variables.b, b: variables.c, c: variables.a, d: variables.a }",
    );
    const circles = findings.filter(({ code }) => code === "variable_circle");

    expect(circles.map(({ message }) => message)).toEqual([
      "variables read each other in a circle: a → b → c → a",
    ]);
  });

  it("are refused when they read themselves", () => {
    const { findings } = loadPolicy("version: v1\nrules: []\nvariables: { a: variables.a }");

    expect(findings.map(({ code }) => code)).toContain("variable_circle");
  });

  it("have the type that they come to", () => {
    const { findings } = loadPolicy(
      "version: v1\nrules:\n  - { id: a, decision: deny, when: variables.name }\nvariables: { name: action.topic }",
    );

    expect(findings.map(({ code }) => code)).toContain("not_a_condition");
  });

  it.each(["in", "a-b", "1a", "a.b"])("cannot be called %s", (name) => {
    const { findings } = loadPolicy(`version: v1\nrules: []\nvariables: { "${name}": 'true' }`);

    expect(findings.map(({ code }) => code)).toEqual(["name_invalid"]);
  });
});
