// What the comparison of two policies finds, section by section and limit by limit.

import { describe, expect, test } from "vitest";
import { CelMasked } from "../cel/value.ts";
import { diffPolicies } from "./diff.ts";
import { loadPolicy } from "../policy-file/load.ts";
import type { Policy } from "../policy/policy.ts";
import { loadRegistry } from "../policy-file/read-tools.ts";
import { plainAction } from "./sample-action.ts";
import type { DiffReport } from "../policy/report.ts";

const now = Date.UTC(2026, 10, 21, 12);

function policyOf(text: string): Policy {
  const loaded = loadPolicy(`version: v1\n${text}`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return loaded.policy;
}

function diff(before: string, after: string): DiffReport {
  return diffPolicies(policyOf(before), policyOf(after), { now });
}

/** `before → after` of each difference, with the rule of the default as `default`. */
function pairs(differences: DiffReport["loosened"]): string[] {
  return differences.map(({ before, after }) => {
    const words = ({ decision, rule }: typeof before): string => `${decision} ${rule ?? "default"}`;
    return `${words(before)} → ${words(after)}`;
  });
}

const pay = (when: string): string => `defaults: { decision: allow }
rules:
  - id: pay
    match: { topics: [job.pay.*] }
    when: '${when}'
    decision: require_approval
    reason: money
`;

describe("the text of two policies", () => {
  test("differs in nothing when only comments and layout do", () => {
    const report = diff(pay("action.cost.amount > 1"), `# hi\n${pay("action.cost.amount > 1")}`);

    expect(report).toMatchObject({ identical: true, changes: [], loosened: [], tightened: [] });
    expect(report.actions.boundaries).toBe(0);
  });

  test("differs in rules that are new, gone and other, member by member", () => {
    const { changes } = diff(
      `rules:
  - { id: a, match: { topics: [job.a] }, decision: deny, reason: no }
  - { id: b, match: { topics: [job.b] }, decision: deny, reason: no, timeout: 5m }
groups: { x: { members: [ana@example.com] } }
`,
      `rules:
  - { id: b, match: { topics: [job.b, job.c] }, decision: deny, reason: no, timeout: 5m }
  - { id: d, match: { topics: [job.d] }, decision: deny, reason: no }
groups: { x: { members: [ana@example.com, li@example.com] } }
defaults: { decision: deny }
`,
    );

    const of = (section: string, id: string | null): unknown =>
      changes.find((change) => change.section === section && change.id === id);
    expect(of("rules", "a")).toEqual({ kind: "removed", section: "rules", id: "a", members: [] });
    expect(of("rules", "d")).toMatchObject({ kind: "added" });
    expect(of("rules", "b")).toEqual({
      kind: "changed",
      section: "rules",
      id: "b",
      members: [{ path: "/match/topics", before: ["job.b"], after: ["job.b", "job.c"] }],
    });
    expect(of("groups", "x")).toMatchObject({ kind: "changed" });
    expect(of("defaults", null)).toMatchObject({
      members: [{ path: "/decision", before: "require_approval", after: "deny" }],
    });
  });

  test("differs in the order of rules where the first match decides", () => {
    const rules = [
      "  - { id: a, match: { topics: [job.a] }, decision: allow }",
      "  - { id: b, match: { topics: [job.*] }, decision: deny, reason: no }",
    ];
    const text = (lines: readonly string[]): string =>
      `combine: first_match\nrules:\n${lines.join("\n")}\n`;

    const report = diff(text(rules), text(rules.toReversed()));

    expect(report.changes).toMatchObject([
      { section: "rules", id: null, members: [{ path: "/order", before: ["a", "b"] }] },
    ]);
    expect(pairs(report.tightened)).toContain("allow a → deny b");
  });
});

describe("what two policies decide", () => {
  test("is loosened when a threshold goes up, with an action between the two", () => {
    const report = diff(pay("action.cost.amount > 100"), pay("action.cost.amount > 200"));

    expect(pairs(report.loosened)).toEqual(["require_approval pay → allow default"]);
    const amounts = report.loosened[0]?.examples.map(({ action }) => action["cost"]);
    expect(amounts).toContainEqual({ amount: 101, currency: "EUR" });
    expect(report.tightened).toEqual([]);
  });

  test("is tightened when a threshold goes down by one", () => {
    const report = diff(pay("action.cost.amount > 100"), pay("action.cost.amount >= 100"));

    expect(pairs(report.tightened)).toEqual(["allow default → require_approval pay"]);
    expect(report.loosened).toEqual([]);
  });

  test.for<[string, string, string, "loosened" | "tightened"]>([
    ["a parameter", "parameters: { most: 100 }\n", "parameters: { most: 300 }\n", "loosened"],
    [
      "a parameter of one environment",
      "parameters: { most: 100, environments: { dev: { most: 200 } } }\n",
      "parameters: { most: 100, environments: { dev: { most: 900 } } }\n",
      "loosened",
    ],
    [
      "a variable",
      "variables: { big: 'action.cost.amount > 100' }\n",
      "variables: { big: 'action.cost.amount > 10' }\n",
      "tightened",
    ],
  ])("changes with %s", ([, before, after, direction]) => {
    const when = before.startsWith("var")
      ? "variables.big"
      : "action.cost.amount > parameters.most";

    const report = diff(before + pay(when), after + pay(when));

    expect(report[direction]).toHaveLength(1);
    expect(report[direction === "loosened" ? "tightened" : "loosened"]).toEqual([]);
  });

  test.for<[string, string, string]>([
    ["an enum member less", 'action.params.kind in ["a", "b"]', 'action.params.kind in ["a"]'],
    ["a guard", "action.params.n > 3", "has(action.params.n) && action.params.n > 3"],
    ["another prefix", 'action.params.s.startsWith("ab")', 'action.params.s.startsWith("abc")'],
    ["another text", 'action.params.s == "ab"', 'action.params.s == "abc"'],
    ["a size", "size(action.params.to) > 2", "size(action.params.to) > 5"],
    ["an and", "action.params.n > 3", "action.params.n > 3 && action.params.m == 7"],
    ["a fact", "facts.count.hour > 3", "facts.count.hour > 9"],
    ["a span", 'facts.since_rejection < duration("1h")', 'facts.since_rejection < duration("1m")'],
    ["an effect", "action.effect.rows > 3", "action.effect.rows > 5"],
    [
      "a time",
      'now > timestamp("2026-01-01T00:00:00Z")',
      'now > timestamp("2027-01-01T00:00:00Z")',
    ],
  ])("is loosened by %s", ([, before, after]) => {
    const { loosened } = diff(pay(before), pay(after));

    expect(pairs(loosened)).toEqual(["require_approval pay → allow default"]);
  });

  test.for<[string, string, string]>([
    ["a tag more", "risk_tags: [prod]", "risk_tags: [prod, write]"],
    ["another environment", "environments: [prod, stage]", "environments: [prod]"],
    ["an agent less", "agents: [a, b]", "agents: [a]"],
    ["a topic less", "topics: [job.*, task.x]", "topics: [job.*]"],
    ["a bound on cost", "cost: { over: 10 }", "cost: { over: 20 }"],
    ["a tool less", "tools: [crm.*]", "tools: [crm.delete]"],
    ["what can be undone", "topics: [job.a]", "topics: [job.a], reversible: false"],
    ["labels", "labels: { team: x }", "labels: { team: x, tier: y }"],
    ["what is unusual", "topics: [job.a]", "topics: [job.a], unusual: true"],
  ])("is loosened by %s", ([, before, after]) => {
    const rules = (match: string): string =>
      `defaults: { decision: allow }\nrules:\n  - { id: r, match: { ${match} }, decision: deny, reason: no }\n`;

    const { loosened, tightened } = diff(rules(before), rules(after));

    expect(pairs(loosened)).toEqual(["deny r → allow default"]);
    expect(tightened).toEqual([]);
  });

  test("is loosened by another calendar, at an instant that only one of them holds", () => {
    const text = (to: string): string => `defaults: { decision: allow }
calendars: { office: { zone: Europe/Berlin, days: mon-fri, from: "09:00", to: "${to}" } }
rules:
  - { id: r, match: { topics: [job.a], during: [office] }, decision: deny, reason: no }
`;

    const { loosened } = diff(text("18:00"), text("17:00"));

    expect(pairs(loosened)).toEqual(["deny r → allow default"]);
    expect(loosened[0]?.examples[0]?.now).toMatch(/T16:[03]0/);
  });

  test("is loosened by an exception, and by an exception that ends later", () => {
    const text = (expires: string | null): string => `defaults: { decision: allow }
rules:
  - { id: r, match: { topics: [job.a] }, decision: deny, reason: no }
${
  expires === null
    ? ""
    : `exceptions:
  - { id: e, rules: [r], match: { agents: [mover] }, owner: ana@example.com, reason: move, expires: ${expires} }
`
}`;

    const none = diff(text(null), text("2026-12-01T00:00:00Z"));
    const later = diff(text("2026-12-01T00:00:00Z"), text("2026-12-02T00:00:00Z"));

    expect(pairs(none.loosened)).toEqual(["deny r → allow default"]);
    expect(pairs(later.loosened)).toEqual(["deny r → allow default"]);
    expect(none.loosened[0]?.examples[0]?.action["agent"]).toEqual({ id: "mover" });
  });

  test("is loosened by a tag that is derived more rarely", () => {
    const text = (rows: number): string => `defaults: { decision: allow }
derive: [{ when: 'action.effect.rows > ${rows}', add_risk_tags: [bulk] }]
rules:
  - { id: r, match: { risk_tags: [bulk] }, decision: deny, reason: no }
`;

    expect(pairs(diff(text(100), text(1_000)).loosened)).toEqual(["deny r → allow default"]);
  });

  test("is loosened by a higher velocity", () => {
    const text = (over: number): string => `defaults: { decision: allow }
rules:
  - { id: r, match: { topics: [job.a] }, velocity: { over: ${over}, in: 10m, per: [agent.id] }, decision: deny, reason: no }
`;

    expect(pairs(diff(text(50), text(60)).loosened)).toEqual(["deny r → allow default"]);
  });

  test("is loosened by a rule that goes where another one allows", () => {
    const read =
      "  - { id: read, match: { topics: [job.*.read], risk_tags: [quick] }, decision: allow }\n";
    const hold =
      "  - { id: hold, match: { topics: [job.**], risk_tags: [prod] }, decision: require_approval, reason: x }\n";

    const report = diff(`rules:\n${read}${hold}`, `rules:\n${read}`);

    expect(pairs(report.loosened)).toContain("require_approval hold → allow read");
  });

  test.for<[string, string, string, string]>([
    [
      "approvals",
      "approvals: [{ role: lead, count: 2 }]",
      "approvals: [{ role: lead }]",
      "approvals",
    ],
    ["exclusions", "exclude: [on_behalf_of]", "exclude: [requester]", "exclude"],
    ["authentication", "strong_auth: passkey", "sla: 5m", "strong_auth"],
  ])("is loosened by fewer %s, with the same decision", ([, before, after, about]) => {
    const text = (more: string): string =>
      `roles: { lead: 1 }\nrules:\n  - { id: r, match: { topics: [job.a] }, decision: require_approval, reason: x, ${more} }\n`;

    const { loosened } = diff(text(before), text(after));

    expect(loosened[0]?.about).toContain(about);
  });

  test.for([
    ["max_rows: 5", "max_rows: 6", "constraints.max_rows"],
    [
      "network_allowlist: [a.example]",
      "network_allowlist: [a.example, b.example]",
      "constraints.network_allowlist",
    ],
    ["redact: [a, b]", "redact: [a]", "constraints.redact"],
    ["pin: { dry: true }", "pin: { dry: false }", "constraints.pin"],
  ])("is loosened from the constraint %s to %s", ([before, after, about]) => {
    const text = (constraints = ""): string =>
      `rules:\n  - { id: r, match: { topics: [job.a] }, decision: allow_with_constraints, constraints: { ${constraints} } }\n`;

    expect(diff(text(before), text(after)).loosened[0]?.about).toEqual([about]);
  });

  test("includes the tests of both, and recorded actions first among the examples", () => {
    const tests = `tests:
  - { name: dear, action: { topic: job.pay.x, cost: { amount: 150, currency: EUR } }, expect: { rule: pay } }
`;
    const [before, after] = [
      policyOf(pay("action.cost.amount > 100") + tests),
      policyOf(pay("action.cost.amount > 200")),
    ];
    const input = before.tests[0]?.action;
    if (input === undefined) throw new Error("no test");

    const report = diffPolicies(before, after, {
      now,
      corpus: [{ job: "job-1", input: { ...input, params: { password: "hunter2" } } }],
    });

    expect(report.actions).toMatchObject({ recorded: 1, tests: 1 });
    expect(report.loosened[0]?.examples.slice(0, 2)).toMatchObject([
      { origin: "recorded", from: "job-1" },
      { origin: "test", from: "dear" },
    ]);
    expect(JSON.stringify(report)).not.toContain("hunter2");
  });

  test("is found although other rules hold what is not said", () => {
    const others = `  - { id: level, when: 'action.params.level > 3', decision: deny, reason: high }
  - { id: place, match: { environments: [prod] }, decision: deny, reason: prod }
  - { id: burst, velocity: { over: 9, in: 1h }, decision: require_approval, reason: many }
`;

    const report = diff(
      pay("action.cost.amount > 100") + others,
      pay("action.cost.amount > 200") + others,
    );

    expect(pairs(report.loosened)).toContain("require_approval pay → allow default");
    expect(report.loosened[0]?.examples[0]?.action).toMatchObject({ params: { level: 2 } });
  });

  test("takes each word that the schema of a parameter allows", () => {
    const read = loadRegistry(`version: v1
tools:
  - { id: pay, topic: job.pay.*, params_schema: { properties: { kind: { enum: [card, wire] } } } }
`);
    if (!read.ok) throw new Error(JSON.stringify(read.findings));
    const before = policyOf(pay('action.params.kind != "cash"'));
    const after = policyOf(pay('action.params.kind != "wire"'));

    const { loosened } = diffPolicies(before, after, { now, registry: read.registry });

    expect(loosened[0]?.examples.map(({ action }) => action["params"])).toContainEqual({
      kind: "wire",
    });
  });

  test("leaves out recorded actions whose hidden values a policy reads, and counts them", () => {
    const [before, after] = [
      policyOf(pay("action.cost.amount > 100")),
      policyOf(pay('action.params.password == "x"')),
    ];
    const hidden = new CelMasked() as unknown as string;
    const input = { ...plainAction(now), topic: "job.pay.x", params: { password: hidden } };
    const elsewhere = { ...input, topic: "job.x" };

    const { actions } = diffPolicies(before, after, {
      now,
      corpus: [
        { job: "a", input },
        { job: "b", input: elsewhere },
      ],
    });

    expect(actions).toMatchObject({ recorded: 1, unclear: 1 });
  });

  test("stops at the number of actions that is asked for, and says so", () => {
    const report = diffPolicies(policyOf(pay("action.cost.amount > 1")), policyOf("rules: []"), {
      now,
      casesMax: 3,
    });

    expect(report.actions).toMatchObject({ boundaries: 3, limited: true });
  });
});
