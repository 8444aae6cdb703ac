// Tests the name of a policy: what changes it, what does not, and that a damaged snapshot is refused.

import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../base/json/value.ts";
import { isHoldpointError } from "../error/error.ts";
import { loadPolicy } from "./load.ts";
import { policyDigest, policyFromJson, policyToJson, snapshotName } from "./snapshot.ts";

const source = `
version: v1
roles: { lead: 1 }
groups: { ops: { members: [ana@example.com], hours: { zone: UTC, days: mon-fri, from: "09:00", to: "18:00" } } }
rules:
  - id: a
    match: { topics: [job.*], risk_tags: [], labels: { b: x, a: y } }
    decision: require_approval
    timeout: 60m
    approvals: [{ group: ops }]
tests:
  - { name: held, action: { topic: job.a }, expect: { rule: null } }
`;

function read(text: string) {
  const result = loadPolicy(text);
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.policy;
}

function digest(text: string): string {
  return policyDigest(read(text));
}

describe("the digest of a policy", () => {
  it("is part of its name", () => {
    const policy = read("version: v1\nrules: []");

    expect(policyToJson(policy)).toEqual({
      version: "v1",
      combine: "strict",
      defaults: { decision: "require_approval", timeout: "300s", on_timeout: "block" },
      rules: [],
    });
    expect(policyDigest(policy)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(snapshotName("acme", policyDigest(policy))).toBe(
      `cfg:acme:policy#${policyDigest(policy)}`,
    );
  });

  it.each([
    ["a comment", source.replace("rules:", "rules: # all of them")],
    ["the spelling of a duration", source.replace("60m", "1h")],
    ["the spelling of a decision", source.replace("require_approval", "REQUIRE_APPROVAL")],
    ["a count that is the usual one", source.replace("group: ops", "group: ops, count: 1")],
    ["the way of combining that is the usual one", `combine: strict\n${source}`],
    ["the order of keys", source.replace("b: x, a: y", "a: y, b: x")],
    ["the spelling of days", source.replace("mon-fri", "[mon, tue, wed-fri]")],
  ])("does not change with %s", (_, other) => {
    expect(other).not.toBe(source);
    expect(digest(other)).toBe(digest(source));
  });

  it.each([
    ["an id", source.replace("id: a", "id: b")],
    ["a topic", source.replace("job.*", "job.**")],
    ["no tags at all", source.replace("risk_tags: [], ", "")],
    ["a rule more", source.replace("rules:", "rules:\n  - { id: z, decision: deny }")],
    ["a test", source.replace("rule: null", "rule: a")],
    ["a test that expects any rule", source.replace("rule: null", "decision: require_approval")],
    ["a default", `defaults: { timeout: 10m }\n${source}`],
    ["a member", source.replace("ana@", "li@")],
  ])("changes with %s", (_, other) => {
    expect(other).not.toBe(source);
    expect(digest(other)).not.toBe(digest(source));
  });
});

describe("a stored policy", () => {
  it("is the policy that was stored", () => {
    const policy = read(source);

    expect(policyFromJson(policyToJson(policy))).toEqual(policy);
  });

  it.each<[string, (stored: JsonObject) => Json]>([
    ["nothing", () => null],
    ["text", () => "version: v1"],
    ["a key more", (stored) => ({ ...stored, extra: 1 })],
    ["no rules", (stored) => ({ version: stored["version"] ?? null })],
    ["a wrong rule", (stored) => ({ ...stored, rules: [{ id: "a", decision: "alow" }] })],
    [
      "a rule of a later version",
      (stored) => ({ ...stored, rules: [{ id: "a", decision: "deny", when: "x" }] }),
    ],
  ])("that is damaged is refused: %s", (_, damage) => {
    const stored = policyToJson(read(source)) as JsonObject;

    expect(() => policyFromJson(damage(stored))).toThrow(
      expect.toSatisfy(
        (error: unknown) => isHoldpointError(error) && error.code === "policy_invalid",
      ),
    );
  });
});
