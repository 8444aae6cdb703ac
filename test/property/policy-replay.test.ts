// Replays against what was decided live, for random policies, actions and secrets.

import { asJobId, type GrantId } from "@holdpoint/core/base/id";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Action } from "@holdpoint/core/action/action";
import { openJob } from "@holdpoint/core/job/open";
import { type CompiledPolicy, compilePolicy } from "@holdpoint/core/policy-decide/compile";
import type { Decision, EvaluationInput } from "@holdpoint/core/policy/decision";
import { diffPolicies } from "@holdpoint/core/policy-trial/diff";
import { compareDecisions } from "@holdpoint/core/policy-trial/diff-decisions";
import { evaluate } from "@holdpoint/core/policy-decide/evaluate";
import { inputFromRecord, recordInput } from "@holdpoint/core/policy/recorded-input";
import { replay, type ReplayRecord } from "@holdpoint/core/policy-trial/replay";
import { usualHistory } from "@holdpoint/core/policy-trial/sample-action";
import { policyFromJson } from "@holdpoint/core/policy-file/snapshot";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { around } from "../sim/job-sample.ts";
import { evaluationInput, policyJson } from "./policy-arbitrary.ts";
import { counts, facts } from "./policy-arbitrary-condition.ts";
import { withCounts } from "./policy-case.ts";

const runs = { numRuns: Number(process.env["HOLDPOINT_PROPERTY_RUNS"] ?? 300) };

/** Conditions that read what the record hides. */
const hidden = fc.constantFrom(
  'action.params.password == "hunter2"',
  'has(action.params.password) && action.params.password.startsWith("h")',
  'action.params.amount > 50 || action.params.note.contains("AKIA")',
  '!(action.labels.token == "t") && action.topic != "x"',
  "size(action.params) > 2",
);

/** A policy some of whose rules, derivations and exceptions read what is secret. */
const secretive: fc.Arbitrary<JsonObject> = fc
  .tuple(policyJson, fc.array(fc.option(hidden), { minLength: 16, maxLength: 16 }))
  .map(([json, conditions]) => {
    let place = 0;
    const reading = (item: unknown): JsonObject => {
      const when = conditions[place % conditions.length] ?? null;
      place += 1;
      return { ...(item as JsonObject), ...(when === null ? {} : { when }) };
    };
    const all = (key: string): JsonObject[] => (json[key] as JsonObject[]).map(reading);
    return { ...json, rules: all("rules"), derive: all("derive"), exceptions: all("exceptions") };
  });

const secret = { password: "hunter2", note: "AKIAABCDEFGHIJKLMNOP" };
const input = fc
  .tuple(evaluationInput, fc.subarray(["password", "note"] as const), fc.boolean())
  .map(([one, names, isLabelled]): EvaluationInput => {
    const secrets = Object.fromEntries(names.map((name) => [name, secret[name]]));
    const labels = isLabelled ? { ...one.labels, token: "t" } : one.labels;
    return { ...one, params: { ...one.params, ...secrets }, labels };
  })
  .filter(({ topic }) => !topic.startsWith("holdpoint."));

/** The event that the server writes about a proposal with this decision. */
function recordOf(one: EvaluationInput, decision: Decision): ReplayRecord {
  const action: Action = {
    topic: one.topic,
    tool: one.tool,
    params: one.params,
    target: { environment: one.environment, resource: one.resource },
    riskTags: one.riskTags,
    reversible: one.reversible,
    cost: one.cost,
    effect: one.effect,
    actor: {
      agent: one.agent,
      run: one.run,
      call: null,
      thread: one.thread,
      onBehalfOf: one.onBehalfOf,
    },
    claims: {
      ...{ title: null, reasoning: null, ifApproved: null, ifRejected: null },
      ...{ instruction: null, confidence: null, signals: {} },
    },
    evidence: [],
    labels: one.labels,
    idempotencyKey: null,
    checkpoint: null,
  };
  const { facts: events } = openJob({
    tenant: one.tenant,
    id: asJobId("job-1"),
    action,
    requester: { agentOwner: null, keyCreator: null },
    ruling: { decision, snapshot: "s", trace: {}, input: recordInput(one, one.riskTags) },
    timeoutMs: null,
    grantId: "grant_1" as GrantId,
    around,
    now: one.now,
  });
  const payload = JSON.parse(JSON.stringify(events[0]?.payload)) as JsonObject;
  return { type: "job.proposed", job: "job-1", actor: { kind: "agent" }, payload };
}

function compiled(json: JsonObject): CompiledPolicy {
  return compilePolicy(policyFromJson(json));
}

describe("every replay", () => {
  it("by the policy that decided comes to what was decided, wherever it can be told", () => {
    const cases = fc.array(fc.tuple(input, counts), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(secretive, cases, (json, all) => {
        const live = compiled(json);
        for (const [one, known] of all) {
          const counted = withCounts(live, one, known);
          const record = recordOf(counted, evaluate(live, counted));
          const report = replay(live, [record]);
          expect(report).toMatchObject({ loosened: 0, tightened: 0 });
          expect(report.same).toBe(report.coverage.replayable);
        }
      }),
      runs,
    );
  });

  it("by another policy comes to what that one would have decided, whatever the record leaves out", () => {
    const cases = fc.array(fc.tuple(input, counts, facts, counts), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(policyJson, secretive, cases, (first, second, all) => {
        const [live, other] = [compiled(first), compiled(second)];
        for (const [one, known, missing, missingCounts] of all) {
          const counted = withCounts(live, one, known);
          const record = recordOf(counted, evaluate(live, counted));
          const report = replay(other, [record]);
          if (report.coverage.replayable === 0) continue;
          const history = one.facts.history ?? missing.history ?? usualHistory;
          const whole = { ...one, facts: { history, velocity: {} } };
          const truth = evaluate(other, withCounts(other, whole, missingCounts));
          expect(report.transitions.map(({ to }) => to)).toEqual([truth.kind]);
        }
      }),
      runs,
    );
  });

  it("needs nothing more when nothing is hidden, and history and counts are recorded", () => {
    fc.assert(
      fc.property(policyJson, evaluationInput, counts, (json, one, known) => {
        fc.pre(!one.topic.startsWith("holdpoint.") && !("token" in one.labels));
        const live = compiled(json);
        const whole = { ...one, facts: { history: usualHistory, velocity: {} } };
        const all = Object.fromEntries(live.rules.map(({ id }) => [id, known[id] ?? 1]));
        const counted = withCounts(live, whole, all);
        const record = recordOf(counted, evaluate(live, counted));

        const read = inputFromRecord(record.payload);
        const report = replay(live, [record]);

        expect(read).toEqual({ ok: true, input: counted, masked: [] });
        expect(report.coverage.replayable).toBe(1);
        expect(report.same).toBe(1);
      }),
      runs,
    );
  });
});

describe("every comparison of two policies", () => {
  it("finds nothing between a policy and itself, and turns around with its sides", () => {
    fc.assert(
      fc.property(policyJson, policyJson, (first, second) => {
        const [a, b] = [policyFromJson(first), policyFromJson(second)];
        const options = { now: Date.UTC(2026, 10, 21, 12), casesMax: 300 };

        expect(diffPolicies(a, a, options)).toMatchObject({
          identical: true,
          changes: [],
          loosened: [],
          tightened: [],
        });
        const { actions } = diffPolicies(a, b, options);
        expect(actions.same + actions.loosened + actions.tightened).toBe(
          actions.recorded + actions.tests + actions.boundaries,
        );
      }),
      { numRuns: Math.min(runs.numRuns, 60) },
    );
  });

  it("calls a decision looser than another only if the other is not looser in nothing", () => {
    fc.assert(
      fc.property(policyJson, policyJson, evaluationInput, (first, second, one) => {
        const [a, b] = [evaluate(compiled(first), one), evaluate(compiled(second), one)];
        const forth = compareDecisions(a, b);
        const back = compareDecisions(b, a);
        expect(forth.direction === "same").toBe(back.direction === "same");
        if (forth.direction === "tightened") expect(back.direction).toBe("loosened");
        expect(compareDecisions(a, a).direction).toBe("same");
      }),
      runs,
    );
  });
});
