// Tests reading the tool registry, naming it by its content, and what it adds to an action.

import { describe, expect, it } from "vitest";
import { applyRegistry, compileRegistry, joinReversible } from "../policy-decide/apply-registry.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import { loadRegistry, registryFromJson } from "../policy-file/read-tools.ts";
import {
  coversTopics,
  emptyRegistry,
  type Registry,
  registryDigest,
  registryToJson,
  schemaFor,
} from "../policy/registry.ts";
import { plainAction } from "./sample-action.ts";

const file = `version: v1
tools:
  - id: mail
    topic: job.mail.**
    title: Mail
    risk_tags: [egress]
    params_schema:
      type: object
      required: [to]
      properties: { to: { type: array, items: { type: string } }, token: { type: string } }
    summary: "Mail to \${size(action.params.to)} people, \${action.params.token}, \${action.params.to[9]}"
    effect: { recipients: size(action.params.to) }
  - id: mail.bulk
    topic: job.mail.bulk
    risk_tags: [bulk, egress]
    reversible: false
  - id: crm
    tool: crm.delete_*
    risk_tags: [write]
    reversible: true
    effect: { rows: "action.params.rows * 1.5" }
`;

function registryOf(source: string): Registry {
  const read = loadRegistry(source);
  if (!read.ok) throw new Error(JSON.stringify(read.findings));
  return read.registry;
}

const compiled = compileRegistry(registryOf(file));

function applied(more: Partial<EvaluationInput>): ReturnType<typeof applyRegistry> {
  return applyRegistry(compiled, { ...plainAction(0), ...more });
}

describe("the tools file", () => {
  it("reads back from its canonical form, in any order, under one digest", () => {
    const registry = registryOf(file);
    const again = registryFromJson(registryToJson(registry));
    expect(again).toMatchObject({ ok: true });
    expect(again.ok && registryToJson(again.registry)).toEqual(registryToJson(registry));
    const turned = { entries: registry.entries.toReversed() };
    expect(registryDigest(turned)).toBe(registryDigest(registry));
    expect(registryDigest(emptyRegistry)).toBeNull();
  });

  it("says everything that is wrong with it, each at its place", () => {
    const read = loadRegistry(`version: v1
tools:
  - { id: a, topic: job.x, tool: y }
  - { id: b, topic: "job.**.x" }
  - { id: c, topic: job.c, risk_tag: [x] }
  - { id: d, topic: job.d, effect: { rows: "action.parms.rows" } }
  - { id: d, topic: job.e, summary: "\${now}" }
`);
    expect(read.ok).toBe(false);
    const told = read.findings.map(({ code, line, column }) => `${line}:${column} ${code}`);
    expect(told).toEqual([
      "3:5 missing_key",
      "4:21 pattern_invalid",
      "5:28 unknown_key",
      expect.stringMatching(/^6:\d+ unknown_field$/),
      "7:5 duplicate_id",
      expect.stringMatching(/^7:\d+ unknown_\w+$/),
    ]);
  });
});

describe("an action that the registry knows", () => {
  it("gains the tags of all entries that fit, and loses none", () => {
    const { riskTags, entries, reversible } = applied({
      topic: "job.mail.bulk",
      riskTags: ["own"],
      params: { to: [] },
    });
    expect(riskTags).toEqual(["bulk", "egress", "own"]);
    expect(entries.map(({ id }) => id)).toEqual(["mail.bulk", "mail"]);
    expect(reversible).toBe(false);
  });

  it("is left as it is when nothing fits", () => {
    const input = { topic: "job.other", riskTags: ["b", "a"], reversible: true };
    expect(applied(input)).toMatchObject({ riskTags: ["b", "a"], reversible: true, entries: [] });
  });

  it("is found by its tool, with or without the server", () => {
    const tool = { server: "crm", name: "delete_customer" };
    expect(applied({ tool }).entries.map(({ id }) => id)).toEqual(["crm"]);
    expect(applied({ tool: { server: null, name: "delete_customer" } }).entries).toEqual([]);
  });

  it.each([
    [[null, true], true],
    [[true, false], false],
    [[false, true], false],
    [[null, null], null],
  ])("has of %j the reversibility %s", (words, expected) => {
    expect(joinReversible(words)).toBe(expected);
  });

  it("has the larger of the computed and the claimed effect, and none where it cannot be computed", () => {
    const tool = { server: "crm", name: "delete_customer" };
    const claimed = { rows: 5, recipients: 2, diff: null };
    const rowsOf = (params: EvaluationInput["params"]): number | null | undefined =>
      applied({ tool, params, effect: claimed }).effect?.rows;
    expect(rowsOf({ rows: 3 })).toBe(5);
    expect(rowsOf({ rows: 7 })).toBe(11);
    expect(rowsOf({})).toBeNull();
    expect(rowsOf({ rows: "7" })).toBeNull();
    expect(rowsOf({ rows: -9 })).toBeNull();
    expect(applied({ tool, params: { rows: 1 }, effect: claimed }).effect?.recipients).toBe(2);
  });

  it("is summed up in one line, without secrets, with `?` for what is not there", () => {
    const { summary } = applied({
      topic: "job.mail.send",
      params: { to: ["a", "b"], token: "sk-abcdefghijklmnopqrstuvwx" },
    });
    expect(summary).toBe("Mail to 2 people, ••••••••, ?");
  });
});

describe("the schema for a topic pattern", () => {
  it("is the narrowest one that covers all its topics", () => {
    const registry = registryOf(file);
    expect(schemaFor(registry, "job.mail.send")).toMatchObject({ required: ["to"] });
    expect(schemaFor(registry, "job.mail.*")).toMatchObject({ required: ["to"] });
    expect(schemaFor(registry, "job.**")).toBeNull();
    expect(schemaFor(registry, "job.mail")).toBeNull();
  });

  it.each([
    ["job.**", "job.a.b", true],
    ["job.**", "job.**", true],
    ["job.*", "job.**", false],
    ["job.*.c", "job.b.c", true],
    ["job.*.c", "job.*.*", false],
    ["job.a", "job.a.b", false],
    ["job.**", "job", false],
  ])("%s covers %s: %s", (outer, inner, expected) => {
    expect(coversTopics(outer, inner)).toBe(expected);
  });
});
