// One policy ready to decide: compiled once, asked for every action, never throwing.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { Action } from "@holdpoint/core/action/action";
import type { Directory } from "@holdpoint/core/approval/authority";
import type { Ruling } from "@holdpoint/core/job/change";
import type { Digest } from "@holdpoint/core/base/digest";
import { holdTimeoutDefaultMs } from "@holdpoint/core/base/limits";
import {
  applyRegistry,
  type CompiledRegistry,
  compileRegistry,
} from "@holdpoint/core/policy-decide/apply-registry";
import { readBundle } from "@holdpoint/core/policy/bundle";
import { type CompiledPolicy, compilePolicy } from "@holdpoint/core/policy-decide/compile";
import type { Decision, EvaluationInput, Trace } from "@holdpoint/core/policy/decision";
import {
  decideLocally,
  type LocalAnswer,
  localOver,
  type LocalPolicy,
} from "@holdpoint/core/policy-decide/local";
import { noFacts } from "@holdpoint/core/policy/facts";
import { makeDirectory } from "@holdpoint/core/approval/directory";
import { nobodyKnown, type People } from "@holdpoint/core/people/people";
import { derivedTags, evaluate } from "@holdpoint/core/policy-decide/evaluate";
import type { Policy } from "@holdpoint/core/policy/policy";
import {
  isPublication,
  publishersFor,
  publishFloor,
  writersNamed,
} from "@holdpoint/core/policy/publish";
import { needsHistory } from "@holdpoint/core/policy-decide/needs-history";
import { recordInput } from "@holdpoint/core/policy/recorded-input";
import type { Registry } from "@holdpoint/core/policy/registry";
import { snapshotName } from "@holdpoint/core/policy-file/snapshot";
import { explain } from "@holdpoint/core/policy-decide/trace";
import { velocityChecks } from "@holdpoint/core/policy-decide/velocity";
import { evaluationInputOf } from "@holdpoint/core/wire/action-door";
import { traceView } from "@holdpoint/core/wire/view";
import { beforeDerivation, type KnownAction, withRegistry, withTags } from "./known-action.ts";
import type { Telemetry } from "../telemetry/events.ts";

/** What is known beside the action. */
export type Basis = Pick<EvaluationInput, "facts" | "now">;

/** A count that a rule asks for. */
export type VelocityCheck = ReturnType<typeof velocityChecks>[number];

export interface LoadedPolicy {
  readonly digest: string;
  /** Name of everything that decides together with the policy. */
  readonly bundle: string;
  readonly snapshot: string;
  readonly policy: Policy;
  /** The people document that is active beside the policy. */
  readonly people: People;
  readonly directory: Directory;
  /** True when a rule reads history. */
  readonly needsHistory: boolean;
  /** The action with the tags, reversibility and effect that registry and policy give it. */
  learn(tenant: string, declared: Action, basis: Basis): KnownAction;
  /** Counts that deciding about the action asks for, each once. */
  velocityChecks(tenant: string, known: KnownAction, basis: Basis): readonly VelocityCheck[];
  /** What an agent with this policy decides by itself, at that moment. */
  decideLocally(tenant: string, declared: Action, at: number): LocalAnswer;
  /** Decides, and never throws: what cannot be decided is denied. */
  rule(tenant: string, known: KnownAction, basis: Basis): Ruling;
}

interface Parts {
  readonly bundle: string;
  /** The policy of the bundle that decides: its base, or the candidate of a rollout. */
  readonly digest: Digest;
  readonly policy: Policy;
  readonly registry: Registry;
  readonly telemetry: Telemetry;
}

export function loadedPolicy(tenant: string, parts: Parts): LoadedPolicy {
  const { bundle, digest, policy, telemetry } = parts;
  const compiled = compilePolicy(policy);
  const registry = compileRegistry(parts.registry);
  const { tools } = readBundle(bundle);
  const snapshot = snapshotName(tenant, digest);
  // Most policies decide nothing elsewhere, so it is prepared when the first record arrives.
  let local: LocalPolicy | null = null;
  return {
    digest,
    bundle,
    snapshot,
    policy,
    people: nobodyKnown,
    directory: makeDirectory(policy, nobodyKnown),
    needsHistory: needsHistory(compiled),
    learn: (ofTenant, declared, basis) => {
      const applied = applyRegistry(registry, evaluationInputOf(ofTenant, declared, basis));
      const known = withRegistry(declared, applied);
      const input = evaluationInputOf(ofTenant, known.action, basis);
      return withTags(declared, known, derivedTags(compiled, input));
    },
    velocityChecks: (ofTenant, known, basis) =>
      velocityChecks(compiled, evaluationInputOf(ofTenant, beforeDerivation(known), basis)),
    decideLocally: (ofTenant, declared, at) => {
      local ??= localOver(compiled, registry);
      const basis = { facts: noFacts, now: at };
      return decideLocally(local, evaluationInputOf(ofTenant, declared, basis), at);
    },
    rule: (ofTenant, known, basis) =>
      ruleSafely(compiled, {
        snapshot,
        tools,
        registry,
        tenant: ofTenant,
        known,
        basis,
        telemetry,
      }),
  };
}

/** The same policy under another bundle, with the people of that one: nothing is compiled anew. */
export function beside(loaded: LoadedPolicy, bundle: string, people: People): LoadedPolicy {
  return { ...loaded, bundle, people, directory: makeDirectory(loaded.policy, people) };
}

interface Question {
  readonly snapshot: string;
  /** Digest of the registry. */
  readonly tools: string | null;
  readonly registry: CompiledRegistry;
  readonly tenant: string;
  readonly known: KnownAction;
  readonly basis: Basis;
  readonly telemetry: Telemetry;
}

/** SECURITY: an error while deciding is a deny (spec 01, invariant 9). */
function ruleSafely(compiled: CompiledPolicy, question: Question): Ruling {
  const { snapshot } = question;
  try {
    const { known } = question;
    const input = inputOf(question);
    const decision = floored(evaluate(compiled, input), known.action);
    const trace: Trace = explain(compiled, input, decision);
    const declaredTags = known.enrichment?.declaredTags ?? known.action.riskTags;
    return {
      decision,
      snapshot,
      trace: traceView(trace) as unknown as JsonObject,
      input: recordInput(input, declaredTags, question.tools),
    };
  } catch (error) {
    question.telemetry.decisionFailed(error);
    return { decision: failedDecision, snapshot, trace: failedTrace };
  }
}

/**
 * SECURITY: what the registry says now counts beside what it said when the action was proposed, so
 * that a stricter registry wins over an earlier approval as a stricter policy does (spec 01, 6). It
 * can only add here: the action and its hash stay as people saw them.
 */
function inputOf({ registry, tenant, known, basis }: Question): EvaluationInput {
  const input = evaluationInputOf(tenant, beforeDerivation(known), basis);
  const { entries, riskTags, reversible, effect } = applyRegistry(registry, input);
  return entries.length === 0 ? input : { ...input, riskTags, reversible, effect };
}

/** SECURITY: here, where every decision passes, so that no verb can let a publication through. */
function floored(decision: Decision, action: Action): Decision {
  if (!isPublication(action)) return decision;
  return publishFloor(decision, publishersFor(action.riskTags), writersNamed(action.params));
}

/** Stands in the trace of a decision that could not be made. */
export const failedNote = "the evaluation failed; what is unclear is blocked";

const failedTrace: JsonObject = {
  combine: "strict",
  rules_total: 0,
  rules_considered: 0,
  rules: [],
  notes: [failedNote],
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
  terms: null,
};
