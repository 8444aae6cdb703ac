// Tests who belongs to a group and which role stands for which.

import { describe, expect, it } from "vitest";
import { memberOf, roleSatisfies } from "../policy/directory.ts";
import { loadPolicy } from "./load.ts";
import type { Policy } from "../policy/policy.ts";

const policy = read(`
version: v1
roles: { analyst: 1, lead: 2, auditor: 2, director: 3 }
groups:
  ops: { members: [ana@example.com, "user:42", "role:lead"] }
  empty: { members: [] }
rules: []
`);

function read(source: string): Policy {
  const result = loadPolicy(source);
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.policy;
}

function person(id: string, email: string | null = null, roles: readonly string[] = []) {
  return { id, email, roles };
}

describe("a role", () => {
  it.each([
    ["lead", ["lead"], true],
    ["lead", ["director"], true],
    ["lead", ["analyst"], false],
    ["lead", ["auditor"], false],
    ["lead", ["analyst", "director"], true],
    ["lead", [], false],
    ["lead", ["*"], true],
    ["lead", ["constructor"], false],
    ["nobody", ["director"], false],
    ["nobody", ["nobody"], true],
  ])("%s is met by %s: %s", (wanted, held, isMet) => {
    expect(roleSatisfies(policy, wanted, held)).toBe(isMet);
  });
});

describe("a group", () => {
  it.each([
    ["an email", person("p1", "ana@example.com"), true],
    ["an email in other letters", person("p1", "Ana@Example.COM"), true],
    [
      "an email with a letter that only looks the same",
      person("p1", "an\u0430@example.com"),
      false,
    ],
    ["a letter that folds to another outside ASCII", person("p1", "ana@e\u212aample.com"), false],
    ["an id", person("user:42"), true],
    ["an id that is the email of somebody else", person("ana@example.com"), true],
    ["a role", person("p2", null, ["lead"]), true],
    ["a higher role", person("p2", null, ["director"]), true],
    ["a lower role", person("p2", null, ["analyst"]), false],
    ["nothing of it", person("p3", "jo@example.com"), false],
    ["the development person", person("local", null, ["*"]), true],
  ])("knows its people by %s", (_, who, isMember) => {
    expect(memberOf(policy, "ops", who)).toBe(isMember);
  });

  it("without members has none, and one that does not exist has none either", () => {
    expect(memberOf(policy, "empty", person("p1", "ana@example.com"))).toBe(false);
    expect(memberOf(policy, "other", person("p1", "ana@example.com", ["*"]))).toBe(false);
  });
});
