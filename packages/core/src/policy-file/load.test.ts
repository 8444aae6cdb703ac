// Tests that a policy file loads whole or not at all, and that every fault is named at its place.

import { describe, expect, it } from "vitest";
import { policyBytesMax, rulesMax } from "../base/limits.ts";
import { type Finding, loadPolicy } from "./load.ts";
import type { Policy } from "../policy/policy.ts";

/** A finding as a person sees it at the side of the file. */
function place({ line, column, severity, code }: Finding): string {
  return `${line}:${column} ${severity} ${code}`;
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

const people = [
  "roles: { lead: 1, director: 2 }",
  "groups: { ops: { members: [ana@example.com, li@example.com] } }",
];

describe("a file that cannot be read", () => {
  it.each([
    ["nothing", "", "1:1 error file_empty"],
    ["only a comment", "# hello\n", "1:1 error file_empty"],
    ["a list", "- a\n", "1:1 error wrong_type"],
    ["broken YAML", "version: v1\nrules: [\n", "3:1 error yaml_invalid"],
    ["two documents", "version: v1\nrules: []\n---\nversion: v1\n", "3:1 error yaml_invalid"],
    ["a repeated key", "version: v1\nrules: []\nversion: v1\n", "3:1 error duplicate_key"],
    ["a merge key", "version: v1\nrules:\n  - <<: {id: a}\n", "3:5 error key_invalid"],
    ["a tag of its own", "version: !secret v1\nrules: []\n", "1:10 error yaml_invalid"],
    ["an alias without anchor", "version: v1\nrules: *r\n", "2:8 error yaml_invalid"],
    ["a key that is a number", "version: v1\nrules: []\n1: x\n", "3:1 error key_invalid"],
    ["a prototype", "version: v1\nrules: []\n__proto__: {}\n", "3:1 error key_invalid"],
    ["a whole number that is not kept", rule("sla: 9007199254740993"), "5:10 error number_inexact"],
    ["a number without end", rule("sla: .inf"), "5:10 error number_inexact"],
    ["a number with a leading zero", rule("sla: 010"), "5:10 error number_ambiguous"],
    ["a control character", 'version: v1\nrules: []\n# "\u0007"\n', "3:4 error hidden_character"],
    ["text that turns round", "version: v1\n# \u202e\nrules: []\n", "2:3 error hidden_character"],
  ])("is refused for %s", (_, source, expected) => {
    const result = loadPolicy(source);

    expect(result.ok).toBe(false);
    expect(result.findings.map(place)).toContain(expected);
  });

  it("is refused when it is larger than any policy", () => {
    const result = loadPolicy("#".repeat(policyBytesMax + 1));

    expect(result.findings.map(place)).toEqual(["1:1 error file_too_large"]);
  });

  it("is refused when its aliases would write out to millions of values", () => {
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (let depth = 0; depth < 12; depth += 1) {
      const above = String.fromCharCode(97 + depth);
      const name = String.fromCharCode(98 + depth);
      bomb.push(`${name}: &${name} [${`*${above}, `.repeat(9)}*${above}]`);
    }
    const result = loadPolicy(bomb.join("\n"));

    expect(result.findings.map(({ code }) => code)).toEqual(["file_too_large"]);
  });

  it.each([
    ["flow lists", "[".repeat(100_000)],
    ["closed flow lists", "[".repeat(20_000) + "]".repeat(20_000)],
    ["block lists", "- ".repeat(20_000)],
    ["a hundred levels", `${"[".repeat(100)}${"]".repeat(100)}`],
  ])("is refused when it nests too deeply: %s", (_, source) => {
    const result = loadPolicy(source);

    expect(result.ok).toBe(false);
    expect(result.findings[0]?.code).toBe("yaml_invalid");
  });

  it("is refused when it has more rules than any policy", () => {
    const result = loadPolicy(`version: v1\nrules:\n${"- x\n".repeat(rulesMax + 1)}`);

    expect(result.findings.map(({ code }) => code)).toEqual(["too_many"]);
  });
});

describe("a fault", () => {
  it.each<[string, string, string, string | null]>([
    ["no version", "rules: []", "1:1 error missing_key", "begin the file with `version: v1`"],
    ["no rules", "version: v1", "1:1 error missing_key", "write `rules: []` for none"],
    ["another version", "version: v2\nrules: []", "1:10 error unknown_word", "did you mean `v1`?"],
    ["a version as a number", "version: 1\nrules: []", "1:10 error wrong_type", "put it in quotes"],
    [
      "an unknown key",
      "version: v1\nruels: []\nrules: []",
      "2:1 error unknown_key",
      "did you mean `rules`?",
    ],
    [
      "an unknown key of a rule",
      rule("desicion: deny"),
      "5:5 error unknown_key",
      "did you mean `decision`?",
    ],
    [
      "an unknown key of match",
      rule("match: { topic: [a] }"),
      "5:14 error unknown_key",
      "did you mean `topics`?",
    ],
    [
      "an unknown constraint",
      rule("constraints: { max_runtime: 5 }"),
      "5:20 error unknown_key",
      "did you mean `max_runtime_sec`?",
    ],
    ["a rule without id", "version: v1\nrules:\n  - decision: deny", "3:5 error missing_key", null],
    ["a rule without decision", "version: v1\nrules:\n  - id: a", "3:5 error missing_key", null],
    [
      "an unknown decision",
      "version: v1\nrules:\n  - { id: a, decision: aprove }",
      "3:24 error unknown_decision",
      null,
    ],
    [
      "a misspelled decision",
      "version: v1\nrules:\n  - { id: a, decision: require_aproval }",
      "3:24 error unknown_decision",
      "did you mean `require_approval`?",
    ],
    [
      "a decision that YAML reads as true",
      "version: v1\nrules:\n  - { id: a, decision: true }",
      "3:24 error wrong_type",
      "put it in quotes",
    ],
    [
      "an id twice",
      `${rule()}\n  - { id: a, decision: deny }`,
      "5:11 error duplicate_rule_id",
      "the first one is at /rules/0/id; give each rule an id of its own",
    ],
    [
      "an id twice, once as an invariant",
      `${rule()}\ninvariants: [{ id: a, decision: deny }]`,
      "5:20 error duplicate_rule_id",
      null,
    ],
    ["tags that are no list", rule("match: { risk_tags: prod }"), "5:25 error wrong_type", null],
    ["a tag in capitals", rule("match: { risk_tags: [Prod] }"), "5:26 error value_invalid", null],
    [
      "a tag as a number",
      rule("match: { risk_tags: [7] }"),
      "5:26 error wrong_type",
      "put it in quotes",
    ],
    [
      "no topic at all",
      rule("match: { topics: [] }"),
      "5:22 error never_matches",
      "leave `topics` out",
    ],
    [
      "no tag and some tag",
      rule("match: { risk_tags: [], any_risk_tags: [a] }"),
      "5:12 error never_matches",
      null,
    ],
    [
      "a star within a segment",
      rule("match: { topics: [job.re*] }"),
      "5:23 error pattern_invalid",
      null,
    ],
    [
      "two stars in the middle",
      rule('match: { topics: ["a.**.b"] }'),
      "5:23 error pattern_invalid",
      null,
    ],
    ["an empty segment", rule("match: { topics: [a..b] }"), "5:23 error pattern_invalid", null],
    ["a topic in capitals", rule("match: { topics: [Job.a] }"), "5:23 error pattern_invalid", null],
    [
      "braces in a topic",
      rule('match: { topics: ["a.{b,c}"] }'),
      "5:23 error pattern_invalid",
      null,
    ],
    [
      "a question mark in an agent",
      rule('match: { agents: ["bot?"] }'),
      "5:23 error pattern_invalid",
      null,
    ],
    [
      "a cost without bound",
      rule("match: { cost: { currency: USD } }"),
      "5:20 error missing_key",
      null,
    ],
    [
      "a cost that nothing has",
      rule("match: { cost: { over: 5, at_most: 5, currency: USD } }"),
      "5:20 error never_matches",
      null,
    ],
    [
      "a cost below zero",
      rule("match: { cost: { over: -1, currency: USD } }"),
      "5:28 error value_invalid",
      null,
    ],
    [
      "a label as a number",
      rule("match: { labels: { a: 1 } }"),
      "5:27 error wrong_type",
      "put it in quotes",
    ],
    ["reversible as text", rule('match: { reversible: "no" }'), "5:26 error wrong_type", null],
    ["a duration without unit", rule("timeout: 15"), "5:14 error wrong_type", null],
    [
      "a duration with an unknown unit",
      rule("timeout: 15min"),
      "5:14 error duration_invalid",
      "write a whole number and a unit, as in `30s`, `15m`, `1h` or `2d`",
    ],
    ["a duration that is too long", rule("timeout: 31d"), "5:14 error duration_invalid", null],
    ["a duration that is too short", rule("timeout: 10ms"), "5:14 error duration_invalid", null],
    [
      "silence that lets run",
      rule("on_timeout: allow"),
      "5:17 error never_fail_open",
      "write `on_timeout: block`",
    ],
    [
      "silence that lets run by default",
      "version: v1\nrules: []\ndefaults: { on_timeout: allow }",
      "3:25 error never_fail_open",
      null,
    ],
    [
      "an unknown way to end",
      rule("on_timeout: blok"),
      "5:17 error unknown_word",
      "did you mean `block`?",
    ],
    [
      "constraints without any",
      "version: v1\nrules:\n  - { id: a, decision: allow_with_constraints }",
      "3:5 error missing_key",
      "add `constraints`, or write `decision: allow`",
    ],
    [
      "constraints beside allow",
      "version: v1\nrules:\n  - { id: a, decision: allow, constraints: { max_rows: 1 } }",
      "3:44 error value_invalid",
      "write `decision: allow_with_constraints`",
    ],
    [
      "a default with constraints",
      "version: v1\nrules: []\ndefaults: { decision: allow_with_constraints }",
      "3:23 error value_invalid",
      null,
    ],
    [
      "a host with a scheme",
      rule("constraints: { network_allowlist: ['https://a.example'] }"),
      "5:40 error value_invalid",
      null,
    ],
    [
      "a host in capitals",
      rule("constraints: { network_allowlist: [A.example] }"),
      "5:40 error value_invalid",
      null,
    ],
    [
      "a runtime of nothing",
      rule("constraints: { max_runtime_sec: 0 }"),
      "5:37 error value_invalid",
      null,
    ],
    ["half a row", rule("constraints: { max_rows: 1.5 }"), "5:30 error value_invalid", null],
    ["a sample without per cent", rule("sample: 5"), "5:13 error wrong_type", "put it in quotes"],
    [
      "an unknown exclusion",
      rule("exclude: [requestor]"),
      "5:15 error unknown_word",
      "did you mean `requester`?",
    ],
    [
      "a test without action",
      `${rule()}\ntests: [{ name: t, expect: { decision: deny } }]`,
      "5:9 error missing_key",
      null,
    ],
    [
      "a test that expects nothing",
      `${rule()}\ntests: [{ name: t, action: { topic: a }, expect: {} }]`,
      "5:50 error missing_key",
      null,
    ],
    [
      "a test with a pattern for a topic",
      `${rule()}\ntests: [{ name: t, action: { topic: a.* }, expect: { rule: a } }]`,
      "5:37 error value_invalid",
      null,
    ],
  ])("is named at its place: %s", (_, source, expected, help) => {
    const result = loadPolicy(source);
    const found = result.findings.find((finding) => place(finding) === expected);

    expect(result.ok).toBe(false);
    expect(result.findings.map(place)).toContain(expected);
    if (help !== null) expect(found?.help).toBe(help);
  });

  it.each<[string, string, string]>([
    ["an unknown role", "approvals: [{ role: laed }]", "7:25 error unknown_role"],
    ["an unknown group", "approvals: [{ group: opps }]", "7:26 error unknown_group"],
    [
      "more people than the group has",
      "approvals: [{ group: ops, count: 3 }]",
      "7:17 error cannot_be_met",
    ],
    ["more people than anybody asks", "approvals: [{ count: 21 }]", "7:26 error value_invalid"],
    ["nobody asked", "approvals: [{ count: 0 }]", "7:26 error value_invalid"],
    [
      "a role and a group in one",
      "approvals: [{ role: lead, group: ops }]",
      "7:17 error value_invalid",
    ],
    [
      "the same role twice",
      "approvals: [{ role: lead }, { role: lead }]",
      "7:33 error duplicate_requirement",
    ],
    [
      "an order after nobody",
      "approvals: [{ role: lead, after: ops }]",
      "7:16 error unknown_requirement",
    ],
    [
      "an order in a circle",
      "approvals: [{ role: lead, after: ops }, { group: ops, after: lead }]",
      "7:16 error never_ends",
    ],
    [
      "an escalation to an unknown role",
      'escalate: [{ after: 1m, to: "role:boss" }]',
      "7:33 error unknown_role",
    ],
    ["an escalation to nobody", "escalate: [{ after: 1m, to: boss }]", "7:33 error value_invalid"],
    [
      "escalations out of order",
      'escalate: [{ after: 5m, to: "role:lead" }, { after: 5m, to: "group:ops" }]',
      "7:48 error value_invalid",
    ],
    [
      "an emergency by an unknown group",
      'emergency: { by: "group:all" }',
      "7:22 error unknown_group",
    ],
  ])("is named where people are asked: %s", (_, key, expected) => {
    const [first = "", ...rest] = rule(key).split("\n");
    const result = loadPolicy([first, ...people, ...rest].join("\n"));

    expect(result.ok).toBe(false);
    expect(result.findings.map(place)).toContain(expected);
  });

  it.each<[string, string, string]>([
    ["an unknown role as a member", "g: { members: ['role:x'] }", "3:18 error unknown_role"],
    ["a group as a member", "g: { members: ['group:g'] }", "3:18 error value_invalid"],
    ["an unknown schedule", "g: { members: [a], schedule: s }", "3:32 error unknown_schedule"],
    ["no members", "g: { schedule: s }", "3:6 error missing_key"],
    [
      "hours without an end",
      "g: { members: [a], hours: { zone: UTC, days: mon, from: '09:00' } }",
      "3:29 error missing_key",
    ],
    [
      "an hour that is none",
      "g: { members: [a], hours: { zone: UTC, days: mon, from: '24:00', to: '18:00' } }",
      "3:59 error value_invalid",
    ],
    [
      "a day that is none",
      "g: { members: [a], hours: { zone: UTC, days: mo-fr, from: '09:00', to: '18:00' } }",
      "3:48 error value_invalid",
    ],
    ["a name that is none", "'1g': { members: [a] }", "3:3 error name_invalid"],
  ])("is named in a group: %s", (_, group, expected) => {
    const result = loadPolicy(`version: v1\ngroups:\n  ${group}\nrules: []`);

    expect(result.ok).toBe(false);
    expect(result.findings.map(place)).toContain(expected);
  });

  it("carries the path of its value", () => {
    const result = loadPolicy(rule("match: { labels: { a/b~c: 1 } }"));

    expect(result.findings.map(({ path }) => path)).toEqual(["/rules/0/match/labels/a~1b~0c"]);
  });

  it("stands beside all others, errors first and from top to bottom", () => {
    const result = loadPolicy(
      ["version: v1", "rules:", "  - { id: a, decision: alow }", "  - { id: a, decison: deny }"]
        .concat("  - { id: b, decision: log }", "extra: 1")
        .join("\n"),
    );

    expect(result.findings.map(place)).toEqual([
      "3:24 error unknown_decision",
      "4:5 error missing_key",
      "4:11 error duplicate_rule_id",
      "4:14 error unknown_key",
      "6:1 error unknown_key",
      "5:5 warning broad_allow",
    ]);
  });
});

describe("a key of a later version", () => {
  it.each([
    ["confidence", rule("confidence: { to: log }"), "5:5"],
    ["by_risk", "version: v1\nrules: []\nby_risk: {}", "3:1"],
  ])("is refused, never skipped: %s", (key, source, at) => {
    const result = loadPolicy(source);
    const finding = result.findings.find(({ code }) => code === "not_supported_yet");

    expect(result.ok).toBe(false);
    expect(`${finding?.line}:${finding?.column}`).toBe(at);
    expect(finding?.message).toContain(`does not evaluate \`${key}\``);
  });
});

describe("a finding that does not stop the file", () => {
  it.each([
    ["31m", "block", []],
    ["30m", "block", ["never_reached"]],
    ["30m", "escalate", []],
  ])("counts `after` on through the chain: %s, %s", (timeout, onTimeout, codes) => {
    const steps = "[{ after: 20m, to: 'person:y' }, { after: 30m, to: 'person:x' }]";
    const source = `version: v1
rules:
  - { id: r, decision: require_approval, reason: Why, approvals: [{ count: 1 }], escalate: ${steps}, timeout: ${timeout}, on_timeout: ${onTimeout} }`;
    expect(loadPolicy(source).findings.map(({ code }) => code)).toEqual(codes);
  });

  it.each([
    ["window: 5m", "5:13 warning no_effect"],
    ["sample: 5%", "5:13 note not_acted_on"],
    ["strong_auth: passkey", "5:18 warning strong_auth_unavailable"],
    ["match: { cost: { over: 5 } }", "5:20 warning any_currency"],
  ])("says what %s does in this version", (key, expected) => {
    const result = loadPolicy(rule(key));

    expect(result.ok).toBe(true);
    expect(result.findings.map(place)).toEqual([expected]);
  });

  it.each([
    [
      "a rule for everything that releases",
      "rules: [{ id: a, decision: log }]",
      "2:9 warning broad_allow",
    ],
    [
      "a topic for everything that releases",
      'rules: [{ id: a, decision: log, match: { topics: ["**"] } }]',
      "2:9 warning broad_allow",
    ],
    [
      "a default that releases",
      "rules: []\ndefaults: { decision: allow }",
      "3:23 warning broad_allow",
    ],
    [
      "an invariant that releases",
      "rules: []\ninvariants: [{ id: a, decision: log }]",
      "3:14 warning invariant_relaxes",
    ],
    [
      "approvals beside a deny",
      "rules: [{ id: a, decision: deny, approvals: [{}] }]",
      "2:45 warning no_effect",
    ],
  ])("warns of %s", (_, rest, expected) => {
    const result = loadPolicy(`version: v1\n${rest}`);

    expect(result.ok).toBe(true);
    expect(result.findings.map(place)).toEqual([expected]);
  });
});

describe("a file that loads", () => {
  it("has the defaults of the product when it gives none", () => {
    const policy = load("version: v1\nrules: []");

    expect(policy.combine).toBe("strict");
    expect(policy.defaults).toEqual({
      decision: "require_approval",
      reason: null,
      timeoutMs: 300_000,
      onTimeout: "block",
      onError: "deny",
      rejectionMemoryMs: 86_400_000,
    });
  });

  it.each([
    ["AUTO", "allow"],
    ["permit", "allow"],
    ["Log", "log"],
    ["Allow_Unless_Rejected", "allow_unless_rejected"],
    ["REQUIRE_APPROVAL", "require_approval"],
    ["DENY", "deny"],
    ["Block", "deny"],
  ])("may write the decision %s", (word, expected) => {
    const policy = load(`version: v1\nrules: [{ id: a, decision: ${word} }]`);

    expect(policy.rules[0]?.decision).toBe(expected);
  });

  it.each([
    ["1500ms", 1_500],
    ["30s", 30_000],
    ["15m", 900_000],
    ["1h", 3_600_000],
    ["2d", 172_800_000],
  ])("may write the duration %s", (word, expected) => {
    expect(load(rule(`timeout: ${word}`)).rules[0]?.timeoutMs).toBe(expected);
  });

  it("keeps whom a rule asks, and how it goes on", () => {
    const policy = load(
      [
        "version: v1",
        ...people,
        "schedules: { s: { zone: UTC, rotate: weekly, start: 2026-01-05, members: [ana@example.com] } }",
        "rules:",
        "  - id: a",
        "    decision: require_approval",
        "    approvals: [{ role: lead }, { group: ops, count: 2, deny_count: 2, after: lead }, { count: 1 }]",
        '    escalate: [{ after: 1m, to: "role:lead" }]',
        '    emergency: { by: "group:ops", within: [incident] }',
        "    window: 5m",
        "    sample: 2.5%",
      ].join("\n"),
    );

    expect(policy.rules[0]).toMatchObject({
      approvals: [
        { kind: "role", name: "lead", count: 1, denyCount: 1, after: null },
        { kind: "group", name: "ops", count: 2, denyCount: 2, after: "lead" },
        { kind: "any", name: "", count: 1, denyCount: 1, after: null },
      ],
      escalate: [{ afterMs: 60_000, to: "role:lead" }],
      emergency: { by: "group:ops", within: ["incident"] },
      windowMs: 300_000,
      samplePercent: 2.5,
    });
    expect(policy.schedules.get("s")?.start).toBe("2026-01-05");
  });

  it("may share parts by alias", () => {
    const policy = load(
      "version: v1\nrules:\n  - { id: a, decision: deny, match: &m { topics: [a] } }\n  - { id: b, decision: deny, match: *m }",
    );

    expect(policy.rules[1]?.match).toEqual(policy.rules[0]?.match);
  });

  it("treats names that objects inherit as names", () => {
    const policy = load(
      "version: v1\nroles: { constructor: 1 }\nrules:\n  - { id: toString, decision: require_approval, approvals: [{ role: constructor }] }",
    );

    expect(policy.rules[0]?.approvals[0]?.name).toBe("constructor");
    expect(loadPolicy(rule("approvals: [{ role: toString }]")).ok).toBe(false);
  });
});
