// One policy ready to decide: compiled once, asked for every action, never throwing.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Action } from "@holdpoint/core/action/action";
import type { Directory } from "@holdpoint/core/approval/authority";
import type { Ruling } from "@holdpoint/core/job/change";
import type { Digest } from "@holdpoint/core/base/digest";
import { holdTimeoutDefaultMs } from "@holdpoint/core/base/limits";
import { type CompiledPolicy, compilePolicy } from "@holdpoint/core/policy/compile";
import type { Decision, EvaluationInput, Trace } from "@holdpoint/core/policy/decision";
import { memberOf, roleSatisfies } from "@holdpoint/core/policy/directory";
import { evaluate } from "@holdpoint/core/policy/evaluate";
import type { Policy } from "@holdpoint/core/policy/policy";
import { isPublication, publishersFor, publishFloor } from "@holdpoint/core/policy/publish";
import { snapshotName } from "@holdpoint/core/policy/snapshot";
import { explain } from "@holdpoint/core/policy/trace";
import { evaluationInputOf } from "@holdpoint/core/wire/action-door";
import { traceView } from "@holdpoint/core/wire/view";
import type { Telemetry } from "../telemetry/events.ts";

/** What is known beside the action. */
export type Basis = Pick<EvaluationInput, "facts" | "now">;

export interface LoadedPolicy {
  readonly digest: string;
  /** Name of everything that decides together with the policy. */
  readonly bundle: string;
  readonly snapshot: string;
  readonly policy: Policy;
  readonly directory: Directory;
  /** Decides, and never throws: what cannot be decided is denied. */
  rule(tenant: string, action: Action, basis: Basis): Ruling;
}

interface Parts {
  readonly bundle: string;
  /** The policy of the bundle that decides: its base, or the candidate of a rollout. */
  readonly digest: Digest;
  readonly policy: Policy;
  readonly telemetry: Telemetry;
}

export function loadedPolicy(
  tenant: string,
  { bundle, digest, policy, telemetry }: Parts,
): LoadedPolicy {
  const compiled = compilePolicy(policy);
  const snapshot = snapshotName(tenant, digest);
  return {
    digest,
    bundle,
    snapshot,
    policy,
    directory: {
      isMember: (group, person) => memberOf(policy, group, person),
      holdsRole: (role, person) => roleSatisfies(policy, role, person.roles),
    },
    rule: (ofTenant, action, basis) =>
      ruleSafely(compiled, { snapshot, tenant: ofTenant, action, basis, telemetry }),
  };
}

interface Question {
  readonly snapshot: string;
  readonly tenant: string;
  readonly action: Action;
  readonly basis: Basis;
  readonly telemetry: Telemetry;
}

/** SECURITY: an error while deciding is a deny (spec 01, invariant 9). */
function ruleSafely(compiled: CompiledPolicy, question: Question): Ruling {
  const { snapshot } = question;
  try {
    const input = evaluationInputOf(question.tenant, question.action, question.basis);
    const decision = floored(evaluate(compiled, input), question.action);
    const trace: Trace = explain(compiled, input, decision);
    return { decision, snapshot, trace: traceView(trace) as unknown as JsonObject };
  } catch (error) {
    question.telemetry.decisionFailed(error);
    return { decision: failedDecision, snapshot, trace: failedTrace };
  }
}

/** SECURITY: here, where every decision passes, so that no verb can let a publication through. */
function floored(decision: Decision, action: Action): Decision {
  return isPublication(action) ? publishFloor(decision, publishersFor(action.riskTags)) : decision;
}

const failedTrace: JsonObject = {
  combine: "strict",
  rules_total: 0,
  rules_considered: 0,
  rules: [],
  notes: ["the evaluation failed; what is unclear is blocked"],
};

const failedDecision: Decision = {
  kind: "deny",
  ruleId: null,
  reason: "the policy could not be evaluated for this action; it stays blocked",
  matchedRuleIds: [],
  constraints: null,
  requirements: [],
  exclude: [],
  timeoutMs: holdTimeoutDefaultMs,
  onTimeout: "block",
  slaMs: null,
  onReject: "abort",
  strongAuth: null,
  notify: [],
  remediations: [],
  warnings: [],
  unenforced: null,
};
