// Tests the parts of a policy file beside conditions: vocabulary, calendars, parameters, exceptions, tests.

import { describe, expect, it } from "vitest";
import { type Finding, loadPolicy } from "./load.ts";
import type { Policy } from "../policy/policy.ts";

function words({ line, column, severity, code }: Finding): string {
  return `${line}:${column} ${severity} ${code}`;
}

function load(source: string): Policy {
  const result = loadPolicy(source);
  if (!result.ok) throw new Error(JSON.stringify(result.findings, null, 2));
  return result.policy;
}

/** A file whose further lines begin on line 5, with a rule `a` and an invariant `i`. */
function file(...lines: string[]): string {
  return [
    "version: v1",
    "rules: [{ id: a, decision: deny }, { id: v, decision: deny, velocity: { over: 5, in: 1m } }]",
    "invariants: [{ id: i, decision: deny }]",
    "calendars: { office: { zone: Europe/Berlin, days: mon-fri } }",
    ...lines,
  ].join("\n");
}

function rule(keys: string): string {
  return file().replace("{ id: a, decision: deny }", `{ id: a, decision: deny, ${keys} }`);
}

const exception =
  "{ id: x, rules: [a], owner: ana@example.com, reason: Moving, expires: 2026-12-01 }";

describe("a fault", () => {
  it.each<[string, string, string, string | null]>([
    [
      "a calendar of no zone",
      file().replace("Europe/Berlin", "Europe/Berln"),
      "4:30 error unknown_zone",
      null,
    ],
    [
      "a calendar without zone",
      file("x: 1").replace("zone: Europe/Berlin, ", ""),
      "4:22 error missing_key",
      null,
    ],
    [
      "a calendar without time",
      file().replace(", days: mon-fri", ""),
      "4:22 error missing_key",
      null,
    ],
    [
      "half a clock",
      file().replace("days: mon-fri", 'from: "09:00"'),
      "4:22 error missing_key",
      null,
    ],
    [
      "a clock that ends as it begins",
      file().replace("days: mon-fri", 'from: "09:00", to: "09:00"'),
      "4:64 error value_invalid",
      null,
    ],
    [
      "a clock past the day",
      file().replace("days: mon-fri", 'from: "09:00", to: "24:01"'),
      "4:64 error value_invalid",
      null,
    ],
    [
      "a day that is none",
      file().replace("days: mon-fri", "days: mon, except: [2026-02-30]"),
      "4:65 error value_invalid",
      null,
    ],
    [
      "a day twice",
      file().replace("days: mon-fri", "days: mon, except: [2026-02-03, 2026-02-03]"),
      "4:77 error duplicate_entry",
      null,
    ],
    [
      "a span that ends before it begins",
      file().replace(
        "days: mon-fri",
        "between: [{ from: 2026-02-03T00:00, to: 2026-02-02T00:00 }]",
      ),
      "4:55 error never_matches",
      null,
    ],
    [
      "a span without minutes",
      file().replace("days: mon-fri", "between: [{ from: 2026-02-03, to: 2026-02-04 }]"),
      "4:63 error value_invalid",
      null,
    ],
    [
      "an unknown calendar",
      rule("match: { during: offcie }"),
      "2:51 error unknown_calendar",
      "did you mean `office`?",
    ],
    [
      "an unknown calendar of a list",
      rule("match: { outside: [office, nights] }"),
      "2:61 error unknown_calendar",
      "define it under `calendars`",
    ],
    ["no calendar", rule("match: { during: [] }"), "2:51 error never_matches", null],
    [
      "a calendar twice",
      rule("match: { during: [office, office] }"),
      "2:60 error duplicate_entry",
      null,
    ],
    [
      "a topic twice",
      rule("match: { topics: [job.a, job.a] }"),
      "2:59 error duplicate_entry",
      null,
    ],
    ["a tag twice", rule("match: { risk_tags: [t, t] }"), "2:58 error duplicate_entry", null],
    [
      "a member twice",
      file("groups: { g: { members: [a, a] } }"),
      "5:29 error duplicate_entry",
      null,
    ],
    [
      "an exclusion twice",
      rule("exclude: [requester, requester]"),
      "2:55 error duplicate_entry",
      null,
    ],
    ["unusual as text", rule('match: { unusual: "yes" }'), "2:52 error wrong_type", null],
    [
      "an unknown tag",
      file("vocabulary: { risk_tags: [prod, write] }").replace(
        "id: a,",
        "id: a, match: { risk_tags: [prd] },",
      ),
      "2:39 error unknown_risk_tag",
      "did you mean `prod`?",
    ],
    [
      "an unknown tag of any",
      file("vocabulary: { risk_tags: [prod, write] }").replace(
        "id: a,",
        "id: a, match: { any_risk_tags: [prod, wirte] },",
      ),
      "2:49 error unknown_risk_tag",
      "did you mean `write`?",
    ],
    [
      "an unknown tag of a derivation",
      file(
        "vocabulary: { risk_tags: [prod] }",
        'derive: [{ when: "true", add_risk_tags: [bulk] }]',
      ),
      "6:42 error unknown_risk_tag",
      "add it to `vocabulary.risk_tags`, or use one that is there",
    ],
    [
      "an unknown topic",
      file("vocabulary: { topics: [job.db.*] }").replace(
        "id: a,",
        "id: a, match: { topics: [jbo.db.drop] },",
      ),
      "2:36 error unknown_topic",
      null,
    ],
    [
      "an unknown topic of a test",
      file(
        "vocabulary: { topics: [job.db.*] }",
        "tests: [{ name: t, action: { topic: job.mail }, expect: { decision: deny } }]",
      ),
      "6:37 error unknown_topic",
      null,
    ],
    [
      "a parameter that only an environment has",
      file("parameters: { max: 1, environments: { prod: { mx: 2 } } }"),
      "5:51 error unknown_parameter",
      "did you mean `max`?",
    ],
    [
      "a parameter of another type",
      file('parameters: { max: 1, environments: { prod: { max: "2" } } }'),
      "5:52 error wrong_type",
      null,
    ],
    [
      "a parameter that no expression can name",
      file("parameters: { max-amount: 1 }"),
      "5:27 error name_invalid",
      null,
    ],
    [
      "an exception of an unknown rule",
      file(`exceptions: [${exception.replace("[a]", "[aa]")}]`),
      "5:31 error unknown_rule",
      "did you mean `a`?",
    ],
    [
      "an exception of an invariant",
      file(`exceptions: [${exception.replace("[a]", "[i]")}]`),
      "5:31 error exception_of_invariant",
      null,
    ],
    [
      "an exception of nothing",
      file(`exceptions: [${exception.replace("[a]", "[]")}]`),
      "5:30 error no_effect",
      null,
    ],
    [
      "an exception twice",
      file(`exceptions: [${exception}, ${exception}]`),
      "5:98 error duplicate_id",
      null,
    ],
    [
      "an exception without owner",
      file(`exceptions: [${exception.replace("owner: ana@example.com, ", "")}]`),
      "5:14 error missing_key",
      null,
    ],
    [
      "an exception without end",
      file(`exceptions: [${exception.replace(", expires: 2026-12-01", "")}]`),
      "5:14 error missing_key",
      null,
    ],
    [
      "an end that is no time",
      file(`exceptions: [${exception.replace("2026-12-01", "2026-13-01")}]`),
      "5:84 error instant_invalid",
      null,
    ],
    [
      "an end without offset",
      file(`exceptions: [${exception.replace("2026-12-01", "2026-12-01T00:00:00")}]`),
      "5:84 error instant_invalid",
      null,
    ],
    [
      "an invariant with a mode",
      file().replace("id: i,", "id: i, mode: warn,"),
      "3:29 error invariant_mode",
      null,
    ],
    ["an unknown mode", rule("mode: audit"), "2:40 error unknown_word", null],
    [
      "an unknown mode of the policy",
      file("mode: wran"),
      "5:7 error unknown_word",
      "did you mean `warn`?",
    ],
    ["an unknown way out", file("defaults: { on_error: allow }"), "5:23 error unknown_word", null],
    [
      "a waiver of no finding",
      rule("waivers: [{ id: reason_mising, reason: r, expires: 2027-01-01 }]"),
      "2:50 error unknown_code",
      "did you mean `reason_missing`?",
    ],
    [
      "a waiver without end",
      rule("waivers: [{ id: shadowed, reason: r }]"),
      "2:44 error missing_key",
      null,
    ],
    [
      "a waiver twice",
      rule(
        "waivers: [{ id: shadowed, reason: r, expires: 2027-01-01 }, { id: shadowed, reason: r, expires: 2027-01-01 }]",
      ),
      "2:94 error duplicate_id",
      null,
    ],
    [
      "a remediation that sets what it cannot",
      rule("remediations: [{ id: r, set: { tenant: b } }]"),
      "2:65 error unknown_key",
      null,
    ],
    [
      "a remediation with a wrong topic",
      rule('remediations: [{ id: r, set: { topic: "job.*" } }]'),
      "2:72 error value_invalid",
      null,
    ],
    [
      "a derivation of nothing",
      file('derive: [{ when: "true", add_risk_tags: [] }]'),
      "5:41 error no_effect",
      null,
    ],
    [
      "a derivation without condition",
      file("derive: [{ add_risk_tags: [t] }]"),
      "5:10 error missing_key",
      null,
    ],
    [
      "a test of an unknown rule",
      file("tests: [{ name: t, action: { topic: a }, expect: { rule: b } }]"),
      "5:58 error unknown_rule",
      "did you mean `a`?",
    ],
    [
      "a test twice",
      file(
        "tests:",
        "  - { name: t, action: { topic: a }, expect: { rule: a } }",
        "  - { name: t, action: { topic: b }, expect: { rule: a } }",
      ),
      "7:5 error duplicate_id",
      null,
    ],
    [
      "facts of an unknown rule",
      file(
        "tests: [{ name: t, action: { topic: a }, facts: { velocity: { b: 3 } }, expect: { rule: a } }]",
      ),
      "5:66 error unknown_rule",
      null,
    ],
    [
      "a time that is none",
      file("tests: [{ name: t, action: { topic: a }, now: noon, expect: { rule: a } }]"),
      "5:47 error instant_invalid",
      null,
    ],
    [
      "an unknown fact",
      file(
        "tests: [{ name: t, action: { topic: a }, facts: { firsttime: {} }, expect: { rule: a } }]",
      ),
      "5:51 error unknown_key",
      "did you mean `first_time`?",
    ],
  ])("is named at its place: %s", (_, source, expected, help) => {
    const result = loadPolicy(source);
    const found = result.findings.find((finding) => words(finding) === expected);

    expect(result.ok).toBe(false);
    expect(result.findings.map(words)).toContain(expected);
    if (help !== null) expect(found?.help).toBe(help);
  });
});

describe("a doubt", () => {
  it.each([
    [
      "an expression in the reason of the default",
      "defaults: { reason: 'no ${action.topic}' }",
      "5:21 warning no_effect",
    ],
    [
      "a pattern over text of others",
      "variables: { v: action.target.resource.matches('a+') }",
      null,
    ],
  ])("does not stop the file: %s", (_, line, expected) => {
    const result = loadPolicy(file(line));

    expect(result.ok).toBe(true);
    if (expected !== null) expect(result.findings.map(words)).toContain(expected);
    else expect(result.findings.map(({ code }) => code)).toContain("regex_on_free_text");
  });
});

describe("calendars", () => {
  it("have whole days without a clock, and all days without days", () => {
    const { calendars } = load(
      file().replace(
        "mon-fri } }",
        'mon-fri }, nights: { zone: "+02:00", from: "22:00", to: "06:00" } }',
      ),
    );

    expect(calendars.get("office")?.hours).toEqual({
      days: ["mon", "tue", "wed", "thu", "fri"],
      from: "00:00",
      to: "24:00",
    });
    expect(calendars.get("nights")).toEqual({
      zone: "+02:00",
      hours: {
        days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        from: "22:00",
        to: "06:00",
      },
      except: [],
      between: [],
    });
  });

  it("are named by rules, one or several", () => {
    const { rules } = load(rule("match: { during: office, outside: [office] }"));

    expect(rules[0]?.match).toMatchObject({ during: ["office"], outside: ["office"] });
  });
});

describe("parameters", () => {
  it("keep values of any kind, and those of an environment that differ", () => {
    const { parameters } = load(
      file("parameters: { hosts: [a], max: 1, environments: { prod: { max: 0.5 }, dev: {} } }"),
    );

    expect(parameters.values).toEqual({ hosts: ["a"], max: 1 });
    expect([...parameters.environments]).toEqual([
      ["prod", { max: 0.5 }],
      ["dev", {}],
    ]);
  });
});

describe("an exception", () => {
  it.each([
    ["2026-12-01", "2026-12-01T00:00:00.000Z"],
    ["2026-12-01T08:30:00Z", "2026-12-01T08:30:00.000Z"],
    ["2026-12-01T08:30+02:00", "2026-12-01T06:30:00.000Z"],
    ["2026-12-01T08:30:15.250-05:00", "2026-12-01T13:30:15.250Z"],
  ])("may end at %s", (written, expected) => {
    const [read] = load(
      file(`exceptions: [${exception.replace("2026-12-01", written)}]`),
    ).exceptions;

    expect(new Date(read?.expiresAt ?? 0).toISOString()).toBe(expected);
  });
});

describe("a test", () => {
  it("says what the server would know", () => {
    const [test] = load(
      file(
        "tests:",
        "  - name: t",
        "    action: { topic: job.a, agent: { id: bot, on_behalf_of: user:1 }, effect: { rows: 3 }, target: { resource: r } }",
        '    facts: { first_time: { agent: true }, usual: { "params.amount": { count: 40, low: -1, high: 9.5 } }, since_rejection: 1h, velocity: { v: 6 } }',
        "    now: 2026-11-21T12:00:00Z",
        "    expect: { decision: deny, constraints: { max_rows: 5 }, risk_tags: [b, a] }",
      ),
    ).tests;

    expect(test?.action).toMatchObject({
      agent: "bot",
      onBehalfOf: "user:1",
      effect: { rows: 3, recipients: null, diff: null },
      resource: "r",
      now: Date.parse("2026-11-21T12:00:00Z"),
      facts: {
        history: {
          firstTime: { agent: true, topic: false, target: false },
          count: { hour: 0, day: 0 },
          ranges: { "params.amount": { count: 40, low: -1, high: 9.5 } },
          lastOutcome: null,
          sinceRejectionMs: 3_600_000,
        },
        velocity: { v: 6 },
      },
    });
    expect(test?.expect).toEqual({
      decision: "deny",
      constraints: { max_rows: 5 },
      riskTags: ["a", "b"],
    });
  });

  it("leaves history unknown when it says nothing of it", () => {
    const [test] = load(
      file(
        "tests: [{ name: t, action: { topic: a }, facts: { velocity: { v: 1 } }, expect: { rule: a } }]",
      ),
    ).tests;

    expect(test?.action.facts).toEqual({ history: null, velocity: { v: 1 } });
  });
});
