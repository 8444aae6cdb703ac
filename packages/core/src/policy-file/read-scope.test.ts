// Tests which schemas of parameters a condition is checked against, and what is told of them.

import { describe, expect, it } from "vitest";
import type { JsonObject } from "../base/json/value.ts";
import { type Finding, loadPolicy } from "./load.ts";
import type { Registry, ToolEntry } from "../policy/registry.ts";

function entry(name: string, schema: JsonObject | null): ToolEntry {
  const isTool = !name.startsWith("job.");
  return {
    id: name.replaceAll("*", "x"),
    topic: isTool ? null : name,
    tool: isTool ? name : null,
    title: null,
    riskTags: [],
    reversible: null,
    paramsSchema: schema,
    summary: null,
    effect: { rows: null, recipients: null },
  };
}

function object(properties: JsonObject): JsonObject {
  return { type: "object", properties, required: Object.keys(properties) };
}

const amount = object({ amount: { type: "number" } });
const registry: Registry = {
  entries: [
    entry("job.pay.send", amount),
    entry("job.pay.book", object({ amount: { type: "string" } })),
    entry("job.mail.*", object({ to: { type: "string" } })),
    entry("job.free", null),
    entry("crm.delete_customer", object({ customer: { type: "string" } })),
  ],
};

function findings(match: string, when: string, known: Registry | null = registry): Finding[] {
  const source = `version: v1\nrules: [{ id: a, decision: deny, match: ${match}, when: ${JSON.stringify(when)} }]`;
  return [...loadPolicy(source, known === null ? {} : { registry: known }).findings];
}

function words(list: readonly Finding[]): string[] {
  return list.map(({ severity, code }) => `${severity} ${code}`);
}

describe("a condition over parameters", () => {
  it.each([
    ["the topic itself", "{ topics: [job.pay.send] }"],
    ["a pattern that fits it", "{ topics: ['*.pay.send'] }"],
    ["one of several patterns", "{ topics: [job.pay.send, job.other] }"],
  ])("is checked against the schema of %s", (_, match) => {
    expect(words(findings(match, "action.params.amount > 5"))).toEqual([]);

    const [typo] = findings(match, "action.params.amout > 5");
    expect(typo).toMatchObject({
      severity: "error",
      code: "unknown_field",
      help: expect.stringContaining("`amount`"),
    });
    expect(typo?.message).toMatch(/\(topic job\.pay\.send\)$/);
  });

  it.each([
    ["its name", "{ tools: [crm.delete_customer] }"],
    ["its name without the server", "{ tools: [delete_*] }"],
    ["the topic of its calls", "{ topics: [mcp.crm.delete_customer] }"],
    ["a pattern of topics of calls", "{ topics: [mcp.crm.*] }"],
    ["both", "{ topics: [mcp.**], tools: [crm.**] }"],
  ])("is checked against the schema of a tool by %s", (_, match) => {
    expect(words(findings(match, "action.params.customer == 'x'"))).toEqual([]);
    expect(findings(match, "action.params.custmer == 'x'")[0]?.message).toMatch(
      /\(tool crm\.delete_customer\)$/,
    );
  });

  it("is an error when it is wrong for all that it is for", () => {
    const found = findings("{ topics: [job.pay.*] }", "action.params.amuont == 5");

    expect(words(found)).toEqual(["error unknown_field"]);
  });

  it("is a warning with the topic when it is wrong for some of them", () => {
    const found = findings("{ topics: [job.**] }", "action.params.to == 'x'");

    expect(words(found)).toEqual(["warning unknown_field"]);
    expect(found[0]?.message).toMatch(/\(topic job\.pay\.send/);
  });

  it("names the topic in which a value has another type", () => {
    const found = findings("{ topics: [job.pay.*] }", "action.params.amount > 5");

    expect(words(found)).toEqual(["warning type_mismatch"]);
    expect(found[0]?.message).toMatch(/\(topic job\.pay\.book\)$/);
  });

  it.each([
    ["no registry", "{ topics: [job.pay.send] }", null],
    ["a tool without schema", "{ topics: [job.free] }", registry],
    ["a topic that is not registered", "{ topics: [job.other] }", registry],
    ["no topic and no tool", "{ agents: [bot] }", registry],
  ])("is noted as unchecked with %s", (_, match, known) => {
    const found = findings(match, "action.params.anything == 5", known);

    expect(words(found)).toEqual(["note params_unchecked"]);
  });

  it("is checked against ten schemas at most", () => {
    const entries = Array.from({ length: 12 }, (_, index) =>
      entry(`job.t${index}`, object({ [`p${index}`]: { type: "number" } })),
    );
    const only = (name: string): string[] =>
      words(findings("{ topics: [job.*] }", `action.params.${name} > 1`, { entries }));

    expect(only("p9")).toEqual(["warning unknown_field"]);
    // What only the others know is no error, because they were not looked at.
    expect(only("p11")).toEqual(["warning unknown_field"]);
    expect(words(findings("{ topics: [job.*] }", "action.tpic == 'x'", { entries }))).toEqual([
      "error unknown_field",
    ]);
  });

  it("covers exceptions as well", () => {
    const source = [
      "version: v1",
      "rules: [{ id: a, decision: deny }]",
      "exceptions: [{ id: x, rules: [a], match: { topics: [job.pay.send] }, when: action.params.amout > 5, owner: o, reason: r, expires: 2027-01-01 }]",
    ].join("\n");

    expect(words(loadPolicy(source, { registry }).findings)).toEqual(["error unknown_field"]);
  });
});
