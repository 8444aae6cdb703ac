// Tests what the static check says of policies as a whole, of rules and of the tests in the file.

import { describe, expect, it } from "vitest";
import { checkPolicy } from "./check.ts";
import { checked, messagesOf, placesOf, rulesFile, sampleNow } from "./check.sample.ts";
import { isFindingCode } from "../policy/finding-codes.ts";
import { loadPolicy } from "../policy-file/load.ts";

const quiet = '{ id: a, owner: ana, decision: deny, reason: "No", match: { topics: [a] } }';
const tested = "tests: [{ name: t, action: { topic: a }, expect: { decision: deny } }]";

describe("the static check", () => {
  it("finds nothing in a policy without faults", () => {
    expect(checked(`${rulesFile(quiet)}\n${tested}`)).toEqual([]);
  });

  it("says nothing of the time when it does not know it, and waives nothing", () => {
    const source = [
      "version: v1",
      "groups: { ops: { members: [ana], hours: { zone: UTC, days: mon, from: '09:00', to: '10:00' } } }",
      "calendars: { old: { zone: UTC, between: [{ from: 2020-01-01T00:00, to: 2020-01-02T00:00 }] } }",
      "rules:",
      "  - { id: r, decision: require_approval, approvals: [{ group: ops }], waivers: [{ id: reason_missing, reason: so, expires: 2027-01-01 }] }",
    ].join("\n");
    const loaded = loadPolicy(source);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));

    const codes = checkPolicy(loaded.policy, source).map(({ code }) => code);

    expect(codes).toEqual(["reason_missing", "no_tests", "owner_missing"]);
  });

  it("lists a hundred findings of a code and counts the others", () => {
    const many = Array.from({ length: 103 }, (_, index) => `{ id: r${index}, decision: deny }`);
    const found = checked(rulesFile(...many));

    expect(placesOf(found, "reason_missing")).toHaveLength(100);
    expect(messagesOf(found, "check_limited")).toEqual([
      "not listed: 3 more of `reason_missing`, 2 more of `never_decides`",
    ]);
  });

  it("keeps what loading found, at its place", () => {
    const source = rulesFile("{ id: a, owner: ana, decision: allow }");
    const loaded = loadPolicy(source);
    if (!loaded.ok) throw new Error("the file has to load");

    const found = checked(source, { loaded: loaded.findings });

    expect(placesOf(found, "broad_allow")).toEqual(placesOf(loaded.findings, "broad_allow"));
    expect(found.every(({ code }) => isFindingCode(code))).toBe(true);
  });
});

describe("a rule", () => {
  it.each(["deny", "require_approval", "allow_unless_rejected"])("needs a reason to %s", (word) => {
    const found = checked(rulesFile(`{ id: a, decision: ${word} }`));
    expect(placesOf(found, "reason_missing")).toEqual(["3:5 warning reason_missing"]);
  });

  it("needs no reason for what it releases", () => {
    const found = checked(rulesFile("{ id: a, decision: allow, match: { topics: [a] } }"));
    expect(placesOf(found, "reason_missing")).toEqual([]);
  });

  it("should have an owner", () => {
    const other = "{ id: b, decision: deny, reason: No, match: { topics: [b] } }";
    const found = checked(rulesFile(quiet, other));
    expect(placesOf(found, "owner_missing")).toEqual(["4:5 note owner_missing"]);
  });

  it("is told once with all others that nobody has an owner", () => {
    const found = checked(rulesFile("{ id: a, decision: deny }", "{ id: b, decision: deny }"));
    expect(placesOf(found, "owner_missing")).toEqual(["3:5 note owner_missing"]);
  });

  it("that is not enforced is told of", () => {
    const found = checked(rulesFile(quiet.replace("{", "{ mode: warn,")));
    expect(placesOf(found, "not_enforced")).toEqual(["3:13 note not_enforced"]);
  });

  it("is not told of when nothing of the policy is enforced", () => {
    const found = checked(`mode: shadow\n${rulesFile(quiet.replace("{", "{ mode: warn,"))}`);
    expect(placesOf(found, "not_enforced")).toEqual(["1:7 warning not_enforced"]);
  });

  it("may fit nothing", () => {
    const impossible = "{ during: [c], outside: [c] }";
    const calendars = "calendars: { c: { zone: UTC, days: mon, from: '09:00', to: '10:00' } }";
    const rule = `{ id: a, decision: deny, match: ${impossible} }`;
    const found = checked(`${rulesFile(rule)}\n${calendars}`);
    expect(messagesOf(found, "never_matches")).toHaveLength(1);
  });
});

describe("velocity", () => {
  const counting = (id: string, over: number, more = ""): string =>
    `{ id: ${id}, decision: require_approval, reason: r, match: { topics: [a] }, velocity: { over: ${over}, in: 10m, per: [agent.id] }${more} }`;

  it.each([
    ["a lower count of the same", counting("w", 5), counting("n", 9), ["n"]],
    ["the same count before it", counting("w", 5), counting("n", 5), ["n"]],
    ["a higher count", counting("w", 9), counting("n", 5), []],
    ["another key", counting("w", 5).replace("[agent.id]", "[topic]"), counting("n", 9), []],
    ["another span", counting("w", 5).replace("10m", "5m"), counting("n", 9), []],
    ["more to ask", counting("w", 5), counting("n", 9, ", approvals: [{ count: 2 }]"), []],
    ["a rule in shadow", counting("w", 5, ", mode: shadow"), counting("n", 9), []],
  ] as const)("beside %s", (_, wide, narrow, never) => {
    const found = messagesOf(checked(rulesFile(wide, narrow)), "velocity_never");
    expect(found.map((message) => /rule `(\w+)`/.exec(message)?.[1])).toEqual(never);
  });

  it("that releases what is frequent is doubtful", () => {
    const rule = counting("a", 5).replace("require_approval", "allow");
    expect(placesOf(checked(rulesFile(rule)), "velocity_relaxes")).toHaveLength(1);
  });
});

describe("a test in the file", () => {
  const rule = '{ id: a, decision: deny, reason: "No", match: { topics: [a.**] } }';
  const test = (action: string, expected: string): string =>
    `${rulesFile(rule)}\ntests:\n  - { name: t, action: ${action}, expect: ${expected} }`;

  it.each([
    ["{ topic: a.b }", "{ decision: deny, rule: a }"],
    ["{ topic: a.b }", "{ decision: BLOCK }"],
    ["{ topic: a.b }", "{ rule: a }"],
    ["{ topic: b }", "{ rule: null }"],
    ["{ topic: b }", "{ decision: require_approval, rule: null }"],
  ])("that holds is silent: %s %s", (action, expected) => {
    expect(placesOf(checked(test(action, expected)), "test_failed")).toEqual([]);
  });

  it.each([
    ["{ topic: a.b }", "{ decision: allow }", "allow by `a`, the policy says deny by `a`"],
    ["{ topic: a.b }", "{ rule: null }", "deny by the default, the policy says deny by `a`"],
    [
      "{ topic: b }",
      "{ rule: a }",
      "require_approval by `a`, the policy says require_approval by the default",
    ],
    [
      "{ topic: a.b }",
      "{ constraints: { max_rows: 1 } }",
      '`constraints` {"max_rows":1}, the policy says null',
    ],
    ["{ topic: a.b }", "{ risk_tags: [x] }", '`risk_tags` ["x"], the policy says []'],
  ])("that fails is an error: %s %s", (action, expected, message) => {
    const found = checked(test(action, expected));
    expect(placesOf(found, "test_failed")).toEqual(["5:5 error test_failed"]);
    expect(messagesOf(found, "test_failed")).toEqual([`test \`t\` expects ${message}`]);
  });

  it("is missed where there is none", () => {
    expect(placesOf(checked(rulesFile(rule)), "no_tests", "untested")).toEqual([
      "1:1 note no_tests",
    ]);
    expect(placesOf(checked("version: v1\nrules: []"), "no_tests")).toEqual([]);
  });

  it("is missed for a rule that none reaches", () => {
    const found = checked(test("{ topic: b }", "{ rule: null }"));
    expect(placesOf(found, "no_tests", "untested")).toEqual(["3:5 note untested"]);
  });

  it("may describe the whole action", () => {
    const source = `
version: v1
rules:
  - id: all
    owner: ana
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

    expect(checked(source)).toEqual([]);
  });
});

describe("a waiver", () => {
  const rule = (waiver: string): string =>
    rulesFile(`{ id: a, owner: ana, decision: deny, waivers: [${waiver}] }`);
  const waiver = (id: string, expires: string): string =>
    `{ id: ${id}, reason: so, expires: ${expires} }`;
  const of = (source: string): string[] =>
    checked(source)
      .filter(({ code }) => code !== "no_tests")
      .map(({ severity, code }) => `${severity} ${code}`);

  it("turns a warning into a note", () => {
    const found = checked(rule(waiver("reason_missing", "2027-06-01")));
    expect(placesOf(found, "reason_missing", "waived")).toEqual(["3:5 note waived"]);
    expect(messagesOf(found, "waived")[0]).toMatch(
      /^`reason_missing` is waived until 2027-06-01 \(so\): rule `a`/,
    );
  });

  it("ends when it expires", () => {
    expect(of(rule(waiver("reason_missing", "2026-11-21")))).toEqual([
      "warning reason_missing",
      "warning waiver_expired",
    ]);
  });

  it("is told of a month before", () => {
    expect(of(rule(waiver("reason_missing", "2026-12-20")))).toEqual([
      "note waived",
      "note waiver_expires_soon",
    ]);
  });

  it("is told of when it waives nothing", () => {
    expect(
      of(rule(`${waiver("reason_missing", "2027-06-01")}, ${waiver("shadowed", "2027-06-01")}`)),
    ).toEqual(["note waived", "note waiver_unused"]);
  });

  it("waives no error", () => {
    const source = [
      "version: v1",
      "groups: { ops: { members: [ana] } }",
      "rules:",
      `  - { id: a, owner: ana, reason: r, decision: require_approval, approvals: [{ group: ops }], exclude: ["person:ana"], waivers: [${waiver("cannot_be_met", "2027-06-01")}] }`,
    ].join("\n");
    expect(of(source)).toEqual(["error cannot_be_met", "warning waiver_refused"]);
  });

  it("counts for its own rule only", () => {
    const source = `${rule(waiver("reason_missing", "2027-06-01"))}\n  - { id: b, owner: ana, decision: deny, match: { topics: [b] } }`;
    expect(of(source)).toEqual(["warning reason_missing", "note waived", "note never_decides"]);
  });

  it("is judged at the time that is given", () => {
    const source = rule(waiver("reason_missing", "2026-11-22"));
    const later = checked(source, { now: sampleNow + 86_400_000 });
    expect(placesOf(later, "reason_missing")).toHaveLength(1);
    expect(placesOf(checked(source), "reason_missing")).toHaveLength(0);
  });
});
