// What is decided locally the server decides too: for random policies, tools, actions, histories, counts and moments.

import type { Action } from "@holdpoint/core/action/action";
import { digestOf } from "@holdpoint/core/base/digest";
import type { Json, JsonObject } from "@holdpoint/core/base/json/value";
import { bundleName } from "@holdpoint/core/policy/bundle";
import type { EvaluationInput } from "@holdpoint/core/policy/decision";
import { type Facts, noFacts } from "@holdpoint/core/policy/facts";
import { emptyRegistry, type Registry } from "@holdpoint/core/policy/registry";
import { decideLocally, prepareLocal } from "@holdpoint/core/policy-decide/local";
import { registryFromJson } from "@holdpoint/core/policy-file/read-tools";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import { evaluationInputOf, noClaims, sortTags } from "@holdpoint/core/wire/action-door";
import { loadedPolicy } from "@holdpoint/server/flow/loaded-policy";
import { makeTelemetry } from "@holdpoint/server/telemetry/events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluationInput, policyJson } from "./policy-arbitrary.ts";
import { facts } from "./policy-arbitrary-condition.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_PROPERTY_RUNS"] ?? 300) };

const telemetry = makeTelemetry(
  "silent",
  () => undefined,
  () => 0,
);
const digest = digestOf("policy", "any");

/** As agents send it: tags sorted, nothing known beside. */
function actionOf(input: EvaluationInput): Action {
  const { agent, run, thread, onBehalfOf } = input;
  return {
    topic: input.topic,
    tool: input.tool,
    params: input.params,
    target: { environment: input.environment, resource: input.resource },
    riskTags: sortTags(input.riskTags),
    reversible: input.reversible,
    cost: input.cost,
    effect: input.effect,
    actor: { agent, run, thread, call: null, onBehalfOf },
    claims: noClaims,
    evidence: [],
    labels: input.labels,
    idempotencyKey: null,
    checkpoint: null,
  };
}

const toolTopics = fc.constantFrom("job.**", "db.*", "**", "mail.read", "job.db.*");
const counted = fc.constantFrom(
  "action.params.amount",
  "action.effect.rows + 1",
  "size(action.params.list)",
  "2",
);
const entry = fc.record(
  {
    risk_tags: fc.subarray(["prod", "write", "pii"], { minLength: 1 }),
    reversible: fc.boolean(),
    effect: fc.record({ rows: counted }),
  },
  { requiredKeys: [] },
);
const registry: fc.Arbitrary<Registry> = fc
  .option(fc.array(fc.tuple(toolTopics, entry), { minLength: 1, maxLength: 2 }), { freq: 3 })
  .map((entries) => {
    const tools = (entries ?? []).map(([topic, rest], at) => ({ id: `t${at}`, topic, ...rest }));
    const reading = registryFromJson({ version: "v1", tools } as Json);
    return reading.ok ? reading.registry : emptyRegistry;
  });

/** Moments near the full minute, where calendars turn, and how well a process knows the server's time. */
const moment = fc.record({
  offsetMs: fc.integer({ min: -20_000, max: 20_000 }),
  widthMs: fc.constantFrom(0, 5, 250, 15_000),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});

/** Releases most of what comes, with what makes a rule more than its topic. */
const releasing = policyJson.map((json): JsonObject => {
  const rules = (json["rules"] ?? []) as JsonObject[];
  const loose = rules.map((rule, at): JsonObject => {
    if (at % 3 === 2) return rule;
    const { match, when, velocity } = rule;
    return {
      id: rule["id"] ?? `r${at}`,
      ...(match === undefined ? {} : { match }),
      ...(when === undefined ? {} : { when }),
      ...(velocity === undefined || at % 3 === 1 ? {} : { velocity }),
      decision: at % 2 === 0 ? "allow" : "log",
    };
  });
  const { mode: _, ...rest } = json;
  return {
    ...rest,
    rules: loose,
    defaults: { ...(json["defaults"] as JsonObject), decision: "allow" },
  };
});

interface Case {
  readonly json: JsonObject;
  readonly tools: Registry;
  readonly input: EvaluationInput;
  readonly known: Facts;
  readonly count: number;
  readonly at: { readonly offsetMs: number; readonly widthMs: number; readonly share: number };
}

/** Null when the server has to decide. */
function compare({ json, tools, input, known, count, at }: Case): string | null {
  const policy = policyFromJson(json);
  const action = actionOf(input);
  const { tenant } = input;
  const from = Math.floor(input.now / 60_000) * 60_000 + at.offsetMs;
  const basis = { facts: noFacts, now: from };
  const local = prepareLocal(policy, tools);
  const declared = evaluationInputOf(tenant, action, basis);
  const answer = decideLocally(local, declared, from + at.widthMs);
  if (!answer.isDecided) return null;
  const bundle = bundleName({ policy: digest, tools: tools.entries.length === 0 ? null : digest });
  const server = loadedPolicy(tenant, { bundle, digest, policy, registry: tools, telemetry });
  const now = Math.round(from + at.widthMs * at.share);
  const history = server.needsHistory ? known.history : null;
  const first = { facts: { history, velocity: {} }, now };
  const learnt = server.learn(tenant, action, first);
  const velocity = Object.fromEntries(
    server.velocityChecks(tenant, learnt, first).map(({ key }) => [key, count] as const),
  );
  const { decision } = server.rule(tenant, learnt, { facts: { history, velocity }, now });
  const { kind, ruleId, reason, matchedRuleIds, constraints, warnings, unenforced } = decision;
  expect({ kind, ruleId, reason, matchedRuleIds, constraints, warnings, unenforced }).toEqual({
    kind: answer.decision.kind,
    ruleId: answer.decision.ruleId,
    reason: answer.decision.reason,
    matchedRuleIds: answer.decision.matchedRuleIds,
    constraints: null,
    warnings: [],
    unenforced: null,
  });
  expect(["allow", "log"]).toContain(kind);
  return kind;
}

const cases = (json: fc.Arbitrary<JsonObject>): fc.Arbitrary<Case> =>
  fc.record({
    json,
    tools: registry,
    input: evaluationInput,
    known: facts,
    count: fc.integer({ min: 0, max: 5 }),
    at: moment,
  });

describe("a local decision", () => {
  it("is the server's, whatever the server knows besides and whenever within the span it looks", () => {
    fc.assert(
      fc.property(cases(policyJson), (one) => {
        compare(one);
      }),
      { numRuns: runs.numRuns * 4 },
    );
  });

  it("is the server's under policies that release much, and there are many of them", () => {
    let decided = 0;
    const numRuns = runs.numRuns * 4;
    fc.assert(
      fc.property(cases(releasing), (one) => {
        if (compare(one) !== null) decided += 1;
      }),
      { numRuns },
    );
    expect(decided).toBeGreaterThan(numRuns / 20);
  });
});
