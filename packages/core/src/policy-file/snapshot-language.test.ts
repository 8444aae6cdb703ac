// Tests that the canonical form holds the whole language, and that files of before keep their digests.

import fc from "fast-check";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadPolicy } from "./load.ts";
import type { Policy } from "../policy/policy.ts";
import { policyDigest, policyFromJson, policyToJson } from "./snapshot.ts";

function read(text: string): Policy {
  const result = loadPolicy(text);
  if (!result.ok) throw new Error(`${JSON.stringify(result.findings, null, 2)}\n${text}`);
  return result.policy;
}

const folder = new URL("../../../../spec/vectors/policy/", import.meta.url);

describe("a policy of the vectors", () => {
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

  it.each(files)("has the digest that it always had: %s", (file) => {
    const vector = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as {
      policy: string[];
      digest: string;
    };

    expect(policyDigest(read(vector.policy.join("\n")))).toBe(vector.digest);
  });
});

/** JSON is YAML, so a policy can be made as a value. */
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });
const condition = fc.constantFrom(
  "action.topic == 'x'",
  "has(action.cost) && action.cost.amount > parameters.max_amount",
  "variables.large || variables.busy",
  '\'"\' == "\\n"',
);
const instant = fc.constantFrom(
  "2026-12-01",
  "2027-01-01T08:30:00+02:00",
  "2026-11-21T12:00:00.5Z",
);
const someOf = (...words: readonly string[]): fc.Arbitrary<string[]> =>
  fc.subarray([...words], { minLength: 1 });
const mode = fc.constantFrom("enforce", "warn", "shadow");
const match = fc.record(
  {
    topics: someOf("job.a", "job.**"),
    risk_tags: someOf("prod", "write"),
    any_risk_tags: someOf("prod", "bulk"),
    during: fc.oneof(fc.constantFrom("office", "freeze"), someOf("office", "freeze")),
    outside: someOf("office", "freeze"),
    unusual: fc.boolean(),
    cost: fc.record({ over: fc.nat(), currency: fc.constant("USD") }),
  },
  { requiredKeys: [] },
);
const waiver = fc.record({
  id: fc.constantFrom("reason_missing", "shadowed"),
  reason: fc.constant("for now"),
  expires: instant,
});
const ruleBody = {
  match: optional(match),
  when: optional(condition),
  velocity: optional(
    fc.record(
      {
        over: fc.integer({ min: 1, max: 1000 }),
        in: fc.constantFrom("1s", "10m", "7d"),
        per: someOf("agent.id", "action.tenant", "params.account"),
      },
      { requiredKeys: ["over", "in"] },
    ),
  ),
  reason: optional(fc.constantFrom("plain", "Topic ${action.topic}", "$${no}")),
  owner: optional(fc.constantFrom("ana@example.com", "payments")),
  waivers: optional(fc.uniqueArray(waiver, { selector: ({ id }) => id, maxLength: 2 })),
  remediations: optional(
    fc.constant([{ id: "r", set: { params: { dry: true, to: null }, topic: "job.b" } }]),
  ),
};
const decision = fc.constantFrom("deny", "require_approval", "allow");
const rules = fc
  .array(fc.record({ ...ruleBody, decision, mode: optional(mode) }), { maxLength: 4 })
  .map((list) => list.map((rule, index) => ({ id: `r${index}`, ...rule })));
const invariants = fc
  .array(fc.record({ ...ruleBody, decision: fc.constant("deny") }), { maxLength: 2 })
  .map((list) => list.map((rule, index) => ({ id: `i${index}`, ...rule })));
const testCase = fc.record({
  name: fc.constant("a test"),
  action: fc.record(
    {
      topic: fc.constantFrom("job.a", "job.b.c"),
      agent: fc.oneof(fc.constant("bot"), fc.constant({ id: "bot", run: "r1" })),
      effect: fc.constantFrom({}, { rows: 3 }, { diff: "" }),
      target: fc.constantFrom({ resource: "r" }, { environment: "prod" }),
    },
    { requiredKeys: ["topic"] },
  ),
  facts: optional(
    fc.record(
      {
        first_time: fc.constantFrom({}, { agent: true }),
        count: fc.constant({ hour: 3 }),
        usual: fc.constant({ "params.amount": { count: 40, low: -1, high: 90.5 } }),
        last_outcome: fc.constant("SUCCEEDED"),
        since_rejection: fc.constantFrom("1h", "250ms"),
      },
      { requiredKeys: [] },
    ),
  ),
  now: optional(instant),
  expect: fc.constantFrom(
    { decision: "deny" },
    { rule: null, risk_tags: ["prod", "bulk"] },
    { constraints: { max_rows: 3 } },
  ),
});
const policies = fc.record({
  version: fc.constant("v1"),
  mode: optional(mode),
  defaults: optional(fc.constantFrom({ on_error: "require_approval" }, { on_error: "deny" })),
  vocabulary: optional(
    fc.constantFrom({ risk_tags: ["prod", "write", "bulk"] }, { topics: ["job.**"] }, {}),
  ),
  calendars: fc.constant({
    office: { zone: "Europe/Berlin", days: "mon-fri", from: "09:00", to: "18:00" },
    freeze: { zone: "UTC", between: [{ from: "2026-12-20T00:00", to: "2027-01-03T00:00" }] },
  }),
  parameters: fc.constantFrom(
    { max_amount: 5 },
    { max_amount: 5, hosts: [], environments: { prod: { max_amount: 2.5 }, dev: {} } },
  ),
  variables: fc.constant({ large: "variables.busy && true", busy: "now > now" }),
  derive: optional(
    fc.array(fc.record({ when: condition, add_risk_tags: someOf("bulk", "prod") }), {
      maxLength: 2,
    }),
  ),
  invariants: optional(invariants),
  rules,
  tests: optional(fc.array(testCase, { maxLength: 1 })),
});

describe("a policy in its canonical form", () => {
  it("is the same policy, with the same digest", () => {
    fc.assert(
      fc.property(policies, instant, (value, expires) => {
        const [first] = value.rules;
        const exception = { id: "x", owner: "o", reason: "r", expires, match: first?.match };
        const exceptions = first === undefined ? [] : [{ ...exception, rules: [first.id] }];
        const policy = read(JSON.stringify({ ...value, exceptions }));
        const json = policyToJson(policy);
        const again = policyFromJson(json);

        expect(again).toEqual(policy);
        expect([...again.variables.keys()]).toEqual([...policy.variables.keys()]);
        expect(policyToJson(again)).toEqual(json);
        expect(policyDigest(again)).toBe(policyDigest(policy));
      }),
      { numRuns: 80 },
    );
  });

  const plain = "version: v1\nrules: [{ id: a, decision: deny }]";

  it.each([
    ["a mode that is the usual one", `mode: enforce\n${plain}`],
    ["a mode of a rule that is the usual one", plain.replace("id: a", "id: a, mode: enforce")],
    ["a way out that is the usual one", `defaults: { on_error: deny }\n${plain}`],
    ["an empty vocabulary", `vocabulary: {}\n${plain}`],
    ["empty lists", `derive: []\nexceptions: []\ncalendars: {}\nvariables: {}\n${plain}`],
    ["parameters of nothing", `parameters: { environments: {} }\n${plain}`],
    ["no waivers", plain.replace("id: a", "id: a, waivers: [], remediations: []")],
  ])("leaves out what is absent: %s", (_, text) => {
    expect(policyToJson(read(text))).toEqual(policyToJson(read(plain)));
  });

  it.each([
    ["a condition", plain.replace("id: a", "id: a, when: 'true'")],
    ["a mode", plain.replace("id: a", "id: a, mode: warn")],
    ["a mode of the policy", `mode: shadow\n${plain}`],
    ["an owner", plain.replace("id: a", "id: a, owner: ana")],
    [
      "a waiver",
      plain.replace("id: a", "id: a, waivers: [{ id: shadowed, reason: r, expires: 2027-01-01 }]"),
    ],
    ["a velocity", plain.replace("id: a", "id: a, velocity: { over: 1, in: 1m }")],
    ["unusual", plain.replace("id: a", "id: a, match: { unusual: false }")],
    ["a calendar", `calendars: { c: { zone: UTC, days: mon } }\n${plain}`],
    ["a parameter", `parameters: { a: 1 }\n${plain}`],
    ["a variable", `variables: { a: "true" }\n${plain}`],
    ["a derivation", `derive: [{ when: "true", add_risk_tags: [t] }]\n${plain}`],
    ["a vocabulary", `vocabulary: { risk_tags: [] }\n${plain}`],
    ["another way out", `defaults: { on_error: require_approval }\n${plain}`],
    [
      "an exception",
      `exceptions: [{ id: x, rules: [a], owner: o, reason: r, expires: 2027-01-01 }]\n${plain}`,
    ],
  ])("changes with %s", (_, text) => {
    expect(policyDigest(read(text))).not.toBe(policyDigest(read(plain)));
  });
});
