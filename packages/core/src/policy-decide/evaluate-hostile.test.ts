// Tests that nothing an agent puts into an action makes a decision looser, or keeps one from being made.

import { describe, expect, it } from "vitest";
import { maskText } from "../action/mask.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import { strictnessOf } from "../policy/decision.ts";
import { plainInput } from "../policy/decision.sample.ts";
import { evaluate } from "./evaluate.ts";
import { compiledFrom } from "./policy.sample.ts";
import { explain } from "./trace.ts";
import { winnerOf } from "./winner.ts";

const compiled = compiledFrom(
  [
    "defaults: { decision: log }",
    "variables: { large: 'action.params.amount > 1000 || size(action.params.to) > 20' }",
    "derive: [{ when: 'action.params.to.exists(t, !t.endsWith(\"@example.com\"))', add_risk_tags: [outside] }]",
    "exceptions: [{ id: trial, rules: [large], when: 'action.params.trial == true', owner: a, reason: b, expires: 2027-01-01 }]",
    "rules:",
    "  - { id: large, decision: deny, when: variables.large, reason: 'Sends ${action.params.note}' }",
    "  - { id: outside, decision: require_approval, match: { risk_tags: [outside] } }",
    "  - { id: words, decision: require_approval, when: 'action.params.note.matches(\"(?i)drop|truncate\")' }",
    "  - { id: pairs, decision: require_approval, when: 'action.params.to.exists(a, action.params.to.exists(b, a == b + \"x\"))' }",
    "  - { id: free, decision: allow, when: 'action.params.trial != true' }",
  ].join("\n"),
);

const base: JsonObject = { amount: 2_000, to: ["a@example.com"], note: "hello", trial: false };

function nested(depth: number): Json {
  let value: Json = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

function withKey(key: string, value: Json): JsonObject {
  const params = { ...base };
  const own = { value, enumerable: true, configurable: true, writable: true };
  return Object.defineProperty(params, key, own);
}

/** Each is a denial without what is hostile in it. */
const hostile: readonly (readonly [string, JsonObject])[] = [
  ...[
    "constructor",
    "__proto__",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "toJSON",
    "then",
    "length",
  ].flatMap((key) => [
    [`the key ${key} with a text`, withKey(key, "x")] as const,
    [`the key ${key} with a map`, withKey(key, { amount: 1, value: 1 })] as const,
    [`the key ${key} with null`, withKey(key, null)] as const,
  ]),
  ["a list of 45,000", { ...base, to: new Array<Json>(45_000).fill("a@example.com") }],
  ["a list of 45,000 empty maps", { ...base, to: new Array<Json>(45_000).fill({}) }],
  ["a list of lists", { ...base, to: new Array<Json>(200).fill(new Array<Json>(200).fill("a")) }],
  ["a text of a million", { ...base, note: "a".repeat(1_000_000) }],
  ["a text for a slow pattern", { ...base, note: `${"a".repeat(40)}!` }],
  ["values of another type", { amount: "2000", to: "a@example.com", note: 7, trial: "true" }],
  ["a number as text beside a list", { ...base, amount: { valueOf: 1 } }],
  ["nothing at all", {}],
  ["null everywhere", { amount: null, to: null, note: null, trial: null }],
  ["60 levels", { ...base, note: nested(60), extra: nested(60) }],
  ["5,000 levels", { ...base, extra: nested(5_000) }],
  ["half a character", { ...base, note: "\ud800", to: ["\udfff"] }],
  ["a number without end", { ...base, amount: Number.POSITIVE_INFINITY }],
  [
    "20,000 keys",
    Object.assign(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i])), base),
  ],
];

describe("what an agent sends", () => {
  it.each(hostile)("leads to no looser decision: %s", (_, params) => {
    const input = { ...plainInput, params };
    const decision = evaluate(compiled, input);

    expect(strictnessOf(decision.kind)).toBeGreaterThanOrEqual(strictnessOf("require_approval"));
    if (params["amount"] === 2_000) expect(decision.kind).toBe("deny");
    expect(winnerOf(compiled, input)).toEqual({ kind: decision.kind, ruleId: decision.ruleId });
    const trace = explain(compiled, input, decision);
    expect(trace.rules).not.toHaveLength(0);
    expect(JSON.stringify(trace).length).toBeLessThan(20_000);
  });

  it("leaves the next decision alone", () => {
    const before = evaluate(compiled, { ...plainInput, params: { ...base, amount: 1 } });
    for (const [, params] of hostile) evaluate(compiled, { ...plainInput, params });

    expect(before.kind).toBe("allow");
    expect(evaluate(compiled, { ...plainInput, params: { ...base, amount: 1 } })).toEqual(before);
  });
});

describe("a trace", () => {
  it("shows names that the agent chose on one line, visible and without secrets", () => {
    const named = compiledFrom(
      "rules: [{ id: a, decision: deny, match: { tools: ['crm.*', 'crm.**'], environments: [prod], unusual: false } }]",
    );
    const key = "AKIAABCDEFGHIJKLMNOP";
    const ranges = { "params.a\u202e\n": { count: 20, low: 1, high: 2 } };
    const history = {
      firstTime: { agent: false, topic: false, target: false },
      ...{ count: { hour: 1, day: 1 }, ranges, lastOutcome: null, sinceRejectionMs: null },
    };
    const input = {
      ...plainInput,
      ...{ tool: { server: "crm", name: `x\n\u202e${key}` }, environment: `\u200b${key}` },
      params: { "a\u202e\n": 3 },
      facts: { history, velocity: {} },
    };
    const text = JSON.stringify(explain(named, input, evaluate(named, input)));
    expect(text).not.toContain(key);
    expect(text).not.toMatch(/[\u202e\u200b]|\\n/);
    expect(text).toContain("‹U+202E›");
  });
});

describe("a reason", () => {
  it("says no secret, wherever the action has it", () => {
    const said = compiledFrom(
      "rules: [{ id: a, decision: deny, reason: '${action.params.password} ${action.params.keys.api_key[0]} ${action.labels.api_token} ${action.target.resource.substring(0, 24)}' }]",
    );
    const params = { password: "hunter2", keys: { api_key: ["hunter2"] } };
    const labels = { api_token: "hunter2" };
    const resource = "postgres://a:hunter2abcd@db/orders";
    const { reason } = evaluate(said, { ...plainInput, params, labels, resource });
    expect(reason).not.toContain("hunter2");
    expect(reason).toContain(maskText);
  });
});
