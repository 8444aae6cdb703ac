// A held call in the words of AG-UI (1.0): what a run waits for, as frontends of agents read it.

import { maskObject, maskOrNull } from "../action/mask.ts";
import type { JsonObject } from "../base/json/value.ts";

interface Requirement {
  readonly role?: string | undefined;
  readonly group?: string | undefined;
  readonly any?: boolean | undefined;
  readonly count: number;
}

/** What is read of a job's view. */
export interface HeldCall {
  readonly job: { readonly id: string; readonly revision: number };
  readonly job_hash: string;
  readonly decision: string;
  readonly decision_summary: { readonly title: string; readonly why: string };
  readonly policy_rule_id: string | null;
  readonly policy_snapshot: string;
  readonly requirements: readonly Requirement[];
  readonly expires_at: string | null;
  readonly action: {
    readonly topic: string;
    readonly tool: { readonly server: string | null; readonly name: string } | null;
    readonly params: JsonObject;
    readonly target: { readonly environment: string | null; readonly resource: string | null };
    readonly agent: {
      readonly run: string | null;
      readonly thread: string | null;
      readonly call: string | null;
    };
  };
}

/** SPEC: AG-UI 1.0, `Interrupt`. */
export interface Interrupt {
  /** The job's id. */
  id: string;
  /** `tool_call` when the call has an id in its run, else `confirmation`. */
  reason: string;
  message: string;
  toolCallId?: string;
  responseSchema: JsonObject;
  expiresAt?: string;
  metadata: { holdpoint: JsonObject };
}

/**
 * What a frontend may collect. INVARIANT: an answer in this form decides nothing; whoever passes it on reviews as a
 * person, with that person's credential.
 */
function responseSchema(): JsonObject {
  return {
    type: "object",
    properties: {
      approved: { type: "boolean" },
      reason: { type: "string" },
      editedArgs: { type: "object" },
    },
    required: ["approved"],
    additionalProperties: false,
  };
}

/**
 * SECURITY: secrets in the parameters are hidden, whoever reads: frontends show what they get.
 *
 * @param url where people decide on it, when that is known
 */
export function interruptOf(held: HeldCall, url: string | null): Interrupt {
  const { action, decision_summary: summary } = held;
  const { run, thread, call } = action.agent;
  return {
    id: held.job.id,
    reason: call === null ? "confirmation" : "tool_call",
    message: `${summary.title}: ${summary.why}`,
    ...(call !== null && { toolCallId: call }),
    responseSchema: responseSchema(),
    ...(held.expires_at !== null && { expiresAt: held.expires_at }),
    metadata: {
      holdpoint: {
        jobId: held.job.id,
        jobHash: held.job_hash,
        topic: action.topic,
        tool: action.tool === null ? null : { ...action.tool },
        params: maskObject(action.params),
        target: {
          environment: action.target.environment,
          resource: maskOrNull(action.target.resource),
        },
        run,
        thread,
        decision: held.decision,
        ruleId: held.policy_rule_id,
        policySnapshot: held.policy_snapshot,
        approvers: held.requirements.map(approvers),
        url,
      },
    },
  };
}

/** Who is asked, without how many of them have answered. */
function approvers({ role, group, any, count }: Requirement): JsonObject {
  return {
    ...(role !== undefined && { role }),
    ...(group !== undefined && { group }),
    ...(any !== undefined && { any }),
    count,
  };
}
