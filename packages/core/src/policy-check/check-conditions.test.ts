// Tests what the static check says of conditions, and of names that the tool registry does not know.

import { describe, expect, it } from "vitest";
import { checked, messagesOf, placesOf, rulesFile } from "./check.sample.ts";
import type { Registry, ToolEntry } from "../policy/registry.ts";

const entry: ToolEntry = {
  id: "t",
  topic: null,
  tool: null,
  title: null,
  riskTags: [],
  reversible: null,
  paramsSchema: null,
  summary: null,
  effect: { rows: null, recipients: null },
};

function registryOf(...entries: readonly Partial<ToolEntry>[]): Registry {
  return { entries: entries.map((one, index) => ({ ...entry, id: `t${index}`, ...one })) };
}

describe("a condition", () => {
  const rule = (when: string, decision = "deny"): string =>
    rulesFile(
      `{ id: r, decision: ${decision}, reason: so, when: '${when}', match: { topics: [a] } }`,
    );
  const of = (source: string): string[] =>
    placesOf(checked(source), "condition_never", "condition_always").map((one) =>
      one.replace(/^\S+ /, ""),
    );

  it.each([
    ["has(action.cost) && action.cost.amount > 5 && action.cost.amount < 3", "condition_never"],
    ['action.topic == "a" && action.topic == "b"', "condition_never"],
    ["1 > 2", "condition_never"],
    ["true", "condition_always"],
    ['action.topic == "a" || action.topic != "a"', "condition_always"],
  ])("is settled whatever is proposed: %s", (when, code) => {
    expect(of(rule(when))).toEqual([`warning ${code}`]);
  });

  it.each([
    'action.topic == "a"',
    "size(action.risk_tags) > 2",
    'now > timestamp("2026-01-01T00:00:00Z")',
  ])("depends on the action: %s", (when) => {
    expect(of(rule(when))).toEqual([]);
  });

  it("that is never true may still count where it cannot be told", () => {
    const when = "action.cost.amount > 5 && action.cost.amount < 3";
    const message = (decision: string): string | undefined =>
      messagesOf(checked(rule(when, decision)), "condition_never")[0];
    expect(message("deny")).toBe(
      "the condition of rule `r` is true for no action, so only an action for which it cannot be told fits",
    );
    expect(message("allow")).toBe("the condition of rule `r` is true for no action");
  });

  it("is looked at in exceptions and derivations too", () => {
    const source = [
      rule('action.topic == "a"'),
      "derive: [{ when: 'false', add_risk_tags: [x] }]",
      "exceptions: [{ id: e, rules: [r], when: '1 > 2', owner: ana, reason: so, expires: 2027-06-01T00:00:00Z }]",
    ].join("\n");
    expect(messagesOf(checked(source), "condition_never")).toEqual([
      "the condition of this derivation is true for no action, so only an action for which it cannot be told fits",
      "the condition of exception `e` is true for no action",
    ]);
  });

  it("names the value without a bound that makes it dear, and no more once a schema bounds it", () => {
    const when =
      "action.params.names.exists(a, action.params.names.exists(b, a != b && a.contains(b)))";
    const file = rule(when);
    expect(messagesOf(checked(file), "condition_cost_unbounded")[0]).toMatch(
      /^the cost of rule `r` grows with `action\.params\.names`/,
    );
    const names = { type: "array", items: { type: "string", maxLength: 20 }, maxItems: 5 };
    const schema = { type: "object", properties: { names }, required: ["names"] };
    const registry = registryOf({ topic: "a", paramsSchema: schema });
    const found = checked(file, { registry });
    expect(placesOf(found, "condition_cost_unbounded", "condition_cost")).toEqual([]);
  });

  it("may be too dear even with bounds", () => {
    const names = { type: "array", items: { type: "string", maxLength: 2_000 }, maxItems: 500 };
    const schema = { type: "object", properties: { names }, required: ["names"] };
    const when = "action.params.names.exists(a, action.params.names.exists(b, a.contains(b)))";
    const found = checked(rule(when), {
      registry: registryOf({ topic: "a", paramsSchema: schema }),
    });
    expect(placesOf(found, "condition_cost_unbounded", "condition_cost")).toHaveLength(1);
  });
});

describe("the tool registry", () => {
  const registry = registryOf({ topic: "job.db.*" }, { tool: "crm.delete_customer" });
  const of = (match: string): string[] => {
    const source = rulesFile(`{ id: r, decision: deny, reason: so, match: { ${match} } }`);
    return checked(source, { registry })
      .filter(({ code }) => code.endsWith("_unregistered"))
      .map(({ severity, code, help }) => `${severity} ${code}: ${help ?? ""}`);
  };

  it.each([
    "topics: [job.db.drop]",
    "topics: ['job.**']",
    "topics: ['*.db.drop']",
    "topics: [mcp.crm.delete_customer]",
    "topics: ['mcp.crm.*']",
    "topics: [holdpoint.policy.publish]",
    "tools: [crm.delete_customer]",
    "tools: [delete_customer]",
    "tools: ['crm.*']",
  ])("knows %s", (match) => {
    expect(of(match)).toEqual([]);
  });

  it.each([
    ["topics: [job.dv.*]", "warning topic_unregistered: did you mean `job.db.*`?"],
    ["topics: [mail.send]", "note topic_unregistered: register it, or correct it"],
    [
      "tools: [crm.delete_costumer]",
      "warning tool_unregistered: did you mean `crm.delete_customer`?",
    ],
    ["tools: ['erp.*']", "note tool_unregistered: register it, or correct it"],
  ])("does not know %s", (match, expected) => {
    expect(of(match)).toEqual([expected]);
  });

  it("is not asked when it is empty, nor for tools when it has none", () => {
    const source = rulesFile("{ id: r, decision: deny, match: { topics: [x], tools: [y] } }");
    const codesWith = (one: Registry): string[] =>
      placesOf(checked(source, { registry: one }), "topic_unregistered", "tool_unregistered");
    expect(codesWith(registryOf())).toEqual([]);
    expect(codesWith(registryOf({ topic: "x" }))).toEqual([]);
  });
});
