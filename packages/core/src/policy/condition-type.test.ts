// Tests what conditions may name, and as which type.

import { describe, expect, it } from "vitest";
import { checkCel } from "../cel/check.ts";
import { parseCel } from "../cel/parse.ts";
import { boolType, durationType, type StaticType } from "../cel/type.ts";
import { conditionRoots, type ConditionScope, conditionTypes } from "./condition-type.ts";

const scope: ConditionScope = {
  variables: new Map([["large", boolType]]),
  parameters: {
    values: { max_amount: 1000, regions: ["eu"], mode: "lax" },
    environments: new Map([["prod", { max_amount: 500, only_prod: true }]]),
  },
  paramsSchema: null,
};

function codesOf(source: string, over: Partial<ConditionScope> = {}): string[] {
  const parsed = parseCel(source);
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  const { faults } = checkCel(parsed.ast, conditionTypes({ ...scope, ...over }), boolType);
  return faults.map((fault) => `${fault.severity} ${fault.code}`);
}

describe("the types of conditions", () => {
  it("have the roots in the order of programs", () => {
    expect([...conditionTypes(scope).keys()]).toEqual([...conditionRoots]);
  });

  it.each([
    'action.topic == "job.x" && action.agent.id == "a" && action.tenant == "t"',
    'has(action.tool) && action.tool.name == "x"',
    'has(action.target.environment) && action.target.environment == "prod"',
    "has(action.effect) && has(action.effect.rows) && action.effect.rows > 100",
    "has(facts.first_time) && facts.first_time.agent",
    'has(facts.since_rejection) && facts.since_rejection < duration("1h")',
    'has(facts.usual) && "params.amount" in facts.usual && facts.usual["params.amount"].low < 1',
    'now > timestamp("2026-01-01T00:00:00Z")',
    "variables.large",
    'parameters.max_amount > 5 && "eu" in parameters.regions && parameters.mode == "strict"',
    "has(parameters.only_prod) && parameters.only_prod",
    "action.params.anything.at.all > 5",
  ])("take %s", (source) => {
    expect(codesOf(source)).toEqual([]);
  });

  it.each([
    ["action.claims.confidence > 0.5", "error unknown_field"],
    ["parameters.min_amount > 5", "error unknown_field"],
    ["parameters.only_prod", "warning unguarded_optional"],
    ['action.target.environment == "prod"', "warning unguarded_optional"],
    ["facts.velocity > 5", "error unknown_field"],
  ])("complain about %s", (source, code) => {
    expect(codesOf(source)).toEqual([code]);
  });

  it("type the parameters by their schema", () => {
    const paramsSchema = { properties: { amount: { type: "number" } }, required: ["amount"] };
    expect(codesOf("action.params.amount > 5", { paramsSchema })).toEqual([]);
    expect(codesOf("action.params.amout > 5", { paramsSchema })).toEqual(["error unknown_field"]);
    const since: ReadonlyMap<string, StaticType> = new Map([["since", durationType]]);
    expect(codesOf('variables.since > duration("1h")', { variables: since })).toEqual([]);
  });
});
