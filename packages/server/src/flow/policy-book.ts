// The policies in memory: compiled once per digest, the active one known and checked again at every write.

import type { JsonObject } from "@holdpoint/core/base/json/value";
import { HoldpointError } from "@holdpoint/core/error/error";
import type { Action } from "@holdpoint/core/action/action";
import type { Directory } from "@holdpoint/core/approval/authority";
import type { Ruling } from "@holdpoint/core/job/change";
import { type CompiledPolicy, compilePolicy } from "@holdpoint/core/policy/compile";
import type { Decision, Trace } from "@holdpoint/core/policy/decision";
import { memberOf, roleSatisfies } from "@holdpoint/core/policy/directory";
import { evaluate } from "@holdpoint/core/policy/evaluate";
import type { Policy } from "@holdpoint/core/policy/policy";
import { policyFromJson, snapshotName } from "@holdpoint/core/policy/snapshot";
import { noFacts } from "@holdpoint/core/policy/facts";
import { explain } from "@holdpoint/core/policy/trace";
import { holdTimeoutDefaultMs } from "@holdpoint/core/base/limits";
import { evaluationInputOf } from "@holdpoint/core/wire/action-door";
import { traceView } from "@holdpoint/core/wire/view";
import type { Store } from "../storage/store.ts";
import type { Telemetry } from "../telemetry/events.ts";

export interface LoadedPolicy {
  readonly digest: string;
  readonly snapshot: string;
  readonly policy: Policy;
  readonly directory: Directory;
  /** Decides, and never throws: what cannot be decided is denied. */
  rule(tenant: string, action: Action): Ruling;
}

const loadedMax = 16;

export class PolicyBook {
  readonly #store: Store;
  readonly #telemetry: Telemetry;
  readonly #loaded = new Map<string, Promise<LoadedPolicy>>();
  readonly #active = new Map<string, string>();

  constructor(store: Store, telemetry: Telemetry) {
    this.#store = store;
    this.#telemetry = telemetry;
  }

  /** The policy that this process believes active; writes check that it still is. */
  async active(tenant: string): Promise<LoadedPolicy> {
    const known = this.#active.get(tenant);
    if (known !== undefined) return this.get(tenant, known);
    const active = await this.#store.activePolicy(tenant);
    if (active === null) {
      throw new HoldpointError("policy_not_found", {
        message: `tenant \`${tenant}\` has no active policy; publish one first`,
      });
    }
    this.#active.set(tenant, active.digest);
    return this.get(tenant, active.digest);
  }

  get(tenant: string, digest: string): Promise<LoadedPolicy> {
    const key = `${tenant} ${digest}`;
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    const loading = this.#load(tenant, digest);
    this.#loaded.set(key, loading);
    loading.catch(() => this.#loaded.delete(key));
    for (const old of this.#loaded.keys()) {
      if (this.#loaded.size <= loadedMax) break;
      this.#loaded.delete(old);
    }
    return loading;
  }

  /** Another policy was activated, here or elsewhere. */
  forget(tenant: string): void {
    this.#active.delete(tenant);
  }

  forgetAll(): void {
    this.#active.clear();
  }

  async #load(tenant: string, digest: string): Promise<LoadedPolicy> {
    const record = await this.#store.findPolicy(tenant, digest);
    if (record === null) {
      throw new HoldpointError("policy_not_found", { message: `no policy \`${digest}\`` });
    }
    const policy = policyFromJson(JSON.parse(record.policy));
    return loadedPolicy(tenant, { digest, policy, telemetry: this.#telemetry });
  }
}

interface Parts {
  readonly digest: string;
  readonly policy: Policy;
  readonly telemetry: Telemetry;
}

export function loadedPolicy(tenant: string, { digest, policy, telemetry }: Parts): LoadedPolicy {
  const compiled = compilePolicy(policy);
  const snapshot = snapshotName(tenant, digest as `sha256:${string}`);
  return {
    digest,
    snapshot,
    policy,
    directory: {
      isMember: (group, person) => memberOf(policy, group, person),
      holdsRole: (role, person) => roleSatisfies(policy, role, person.roles),
    },
    rule: (ofTenant, action) =>
      ruleSafely(compiled, { snapshot, tenant: ofTenant, action, telemetry }),
  };
}

interface Question {
  readonly snapshot: string;
  readonly tenant: string;
  readonly action: Action;
  readonly telemetry: Telemetry;
}

/** SECURITY: an error while deciding is a deny (spec 01, invariant 9). */
function ruleSafely(compiled: CompiledPolicy, question: Question): Ruling {
  const { snapshot } = question;
  try {
    const input = evaluationInputOf(question.tenant, question.action, { facts: noFacts, now: 0 });
    const decision = evaluate(compiled, input);
    const trace: Trace = explain(compiled, input, decision);
    return { decision, snapshot, trace: traceView(trace) as unknown as JsonObject };
  } catch (error) {
    question.telemetry.decisionFailed(error);
    return { decision: failedDecision, snapshot, trace: failedTrace };
  }
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
