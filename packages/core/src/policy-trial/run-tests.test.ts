// What tests of policies tell: what came out otherwise, and what they leave untried.

import { describe, expect, test } from "vitest";
import { loadPolicy } from "../policy-file/load.ts";
import { jsonFromYaml, loadTests, readQuestion } from "../policy-file/load-tests.ts";
import type { Policy } from "../policy/policy.ts";
import { runTests } from "./run-tests.ts";

function policyOf(text: string): Policy {
  const loaded = loadPolicy(text);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return loaded.policy;
}

const rules = `version: v1
derive:
  - { when: 'action.topic.startsWith("job.db.")', add_risk_tags: [data] }
invariants:
  - { id: no-drop, match: { topics: [job.db.drop] }, decision: deny, reason: never }
rules:
  - id: pay
    match: { topics: [job.pay.*] }
    when: 'action.cost.amount > 100'
    decision: require_approval
    reason: "\${action.cost.amount} is a lot"
  - { id: read, match: { topics: ["job.*.read"] }, decision: allow }
  - id: bounded
    match: { topics: [job.net.get] }
    decision: allow_with_constraints
    constraints: { max_runtime_sec: 60, network_allowlist: [b.example, a.example] }
  - id: burst
    match: { topics: [job.crm.update] }
    velocity: { over: 50, in: 10m, per: [agent.id] }
    decision: require_approval
    reason: Unusual volume
  - { id: unseen, match: { topics: [job.never] }, decision: log }
`;

function report(tests: string, head = rules): ReturnType<typeof runTests> {
  const policy = policyOf(`${head}tests:\n${tests}`);
  return runTests(policy, policy.tests);
}

describe("a test", () => {
  test("passes when decision, rule, constraints and tags are as expected", () => {
    const { ok, passed, failed, tests } = report(`
  - { name: drop, action: { topic: job.db.drop }, expect: { decision: deny, rule: no-drop, risk_tags: [data] } }
  - name: bounded
    action: { topic: job.net.get }
    expect: { constraints: { network_allowlist: [a.example, b.example], max_runtime_sec: 60 } }
  - { name: default, action: { topic: job.x }, expect: { decision: require_approval, rule: null } }
`);

    expect({ ok, passed, failed }).toEqual({ ok: true, passed: 3, failed: 0 });
    expect(tests[0]).toMatchObject({ wrong: [], trace: [], actual: { risk_tags: ["data"] } });
  });

  test("that fails says what came out instead, and why", () => {
    const { ok, tests } = report(`
  - name: cheap
    action: { topic: job.pay.card, cost: { amount: 100, currency: EUR } }
    expect: { decision: require_approval, rule: pay }
  - { name: tags, action: { topic: job.a.read }, expect: { decision: allow, risk_tags: [data] } }
  - { name: bound, action: { topic: job.net.get }, expect: { constraints: { max_runtime_sec: 61 } } }
`);

    expect(ok).toBe(false);
    expect(tests.map(({ wrong }) => wrong)).toEqual([["rule"], ["risk_tags"], ["constraints"]]);
    const [cheap] = tests;
    expect(cheap?.expected).toEqual({ decision: "require_approval", rule: "pay" });
    expect(cheap?.actual).toMatchObject({ rule: null });
    expect(cheap?.trace).toContainEqual(
      expect.objectContaining({ rule: "pay", matched: false, won: false }),
    );
  });

  test("names counts of velocity by the rule that asks for them", () => {
    const { tests } = report(`
  - name: quiet
    action: { topic: job.crm.update }
    facts: { velocity: { burst: 50 } }
    expect: { rule: null }
  - name: burst
    action: { topic: job.crm.update }
    facts: { velocity: { burst: 51 } }
    expect: { decision: require_approval, rule: burst }
`);

    expect(tests.map(({ ok }) => ok)).toEqual([true, true]);
  });

  test("asks what a policy decides that is not yet enforced", () => {
    const { ok } = report(
      `  - { name: drop, action: { topic: job.pay.x, cost: { amount: 101, currency: EUR } }, expect: { rule: pay } }\n`,
      rules.replace("version: v1\n", "version: v1\nmode: shadow\n"),
    );

    expect(ok).toBe(true);
  });
});

describe("coverage", () => {
  test("counts rules that match and conditions both ways", () => {
    const { coverage } = report(`
  - { name: dear, action: { topic: job.pay.x, cost: { amount: 101, currency: EUR } }, expect: { rule: pay } }
  - { name: read, action: { topic: job.a.read }, expect: { decision: allow } }
`);

    const of = (id: string): unknown => coverage.rules.find(({ rule }) => rule === id);
    expect(of("pay")).toEqual({
      rule: "pay",
      matched: 1,
      won: 1,
      condition: { true: 1, false: 0 },
      gaps: ["condition_never_false"],
    });
    expect(of("read")).toMatchObject({ matched: 1, won: 1, condition: null, gaps: [] });
    expect(of("unseen")).toMatchObject({ matched: 0, gaps: ["never_matched"] });
    expect(coverage).toMatchObject({ reached: 3, points: 8, percent: 37 });
  });

  test("tells a rule that matched and never decided", () => {
    const { coverage } = report(
      `  - { name: both, action: { topic: job.a }, expect: { rule: strict } }\n`,
      `version: v1
rules:
  - { id: strict, match: { topics: [job.a] }, decision: deny, reason: no }
  - { id: loose, match: { topics: [job.a] }, decision: allow }
`,
    );

    expect(coverage.rules.map(({ gaps }) => gaps)).toEqual([[], ["never_won"]]);
    expect(coverage.percent).toBe(100);
  });

  test("does not count a condition that could not be told, or was not reached", () => {
    const { coverage } = report(`
  - { name: no cost, action: { topic: job.pay.x }, expect: { decision: require_approval } }
  - { name: elsewhere, action: { topic: job.a.read, cost: { amount: 1, currency: EUR } }, expect: { decision: allow } }
`);

    expect(coverage.rules.find(({ rule }) => rule === "pay")).toMatchObject({
      matched: 1,
      condition: { true: 0, false: 0 },
    });
  });

  test("of a policy without rules is whole", () => {
    expect(runTests(policyOf("version: v1\nrules: []\n"), []).coverage.percent).toBe(100);
  });
});

describe("a file of tests", () => {
  test("holds the same list, and its tests are known by their file", () => {
    const loaded = loadTests(
      "tests:\n  - { name: far, action: { topic: job.a.read }, expect: { decision: allow } }\n",
    );
    if (!loaded.ok) throw new Error("does not load");

    const { tests } = runTests(policyOf(rules), loaded.tests, { fileOf: () => "far.yaml" });

    expect(tests).toMatchObject([{ name: "far", file: "far.yaml", ok: true }]);
  });

  test.for([
    ["an unknown key", "test: []\n", "unknown_key"],
    ["nothing", "{}\n", "missing_key"],
    [
      "a test without an action",
      "tests:\n  - { name: x, expect: { decision: allow } }\n",
      "missing_key",
    ],
    ["no YAML", "tests: [\n", "yaml_invalid"],
  ])("with %s is refused whole", ([, text = "", code]) => {
    const loaded = loadTests(text);

    expect(loaded.ok).toBe(false);
    expect(loaded.findings.map((finding) => finding.code)).toContain(code);
  });
});

describe("a question", () => {
  test("is read in the form of tests, with facts from a file and a time", () => {
    const facts = jsonFromYaml("count: { hour: 3, day: 4 }\n");
    if (!facts.ok) throw new Error(JSON.stringify(facts.findings));

    const read = readQuestion({
      action: { topic: "job.a", cost: { amount: 2, currency: "EUR" } },
      facts: facts.json,
      now: "2026-11-21T12:00:00Z",
    });

    expect(read).toMatchObject({
      ok: true,
      input: {
        topic: "job.a",
        now: Date.UTC(2026, 10, 21, 12),
        facts: { history: { count: { hour: 3, day: 4 } } },
      },
    });
  });

  test("that is none names the place", () => {
    const read = readQuestion({
      action: { topic: "job.a", cost: { amount: "x" } },
      facts: { hours: 1 },
    });

    expect(read.ok).toBe(false);
    if (read.ok) return;
    const paths = read.findings.map(({ path }) => path);
    expect(paths).toContain("/action/cost/amount");
    expect(paths).toContain("/facts/hours");
  });
});
