// The job of a local decision, as a guard and its tool see it.

import type { JobView } from "@holdpoint/core/wire/response";
import type { Decided } from "./decider.ts";

/** Stands in the place of a grant: no server signed one, and none takes it. */
export const localGrant = "local";

/** @param isBegun it is written down, and runs now */
export function localJob(
  { id, action, decision, agent, snapshot }: Decided,
  isBegun: boolean,
): JobView {
  const at = new Date().toISOString();
  const { target, cost, effect, agent: run } = action;
  const params = (action.params ?? {}) as JobView["action"]["params"];
  return {
    // Written out: a spread of so many members takes longer than the decision.
    job_hash: "",
    approval_required: false,
    presented_hash: "",
    risk: { level: "low", reasons: [] },
    constraints: null,
    warnings: [],
    remediations: [],
    requirements: [],
    exclude: [],
    expires_at: null,
    on_timeout: "block",
    proposed_action: null,
    resolution: null,
    execution: isBegun ? executionAt(at) : null,
    outcome: null,
    facts: null,
    tools: [],
    remediates: null,
    remediated_by: null,
    replaces: null,
    replaced_by: null,
    resumption: null,
    takeover: null,
    watch: null,
    votes: 0,
    votes_hidden: false,
    trace: null,
    job: { id, state: isBegun ? "EXECUTING" : "APPROVED", revision: 1 },
    decision: decision.kind === "log" ? "LOG" : "ALLOW",
    policy_snapshot: snapshot,
    policy_rule_id: decision.ruleId,
    policy_reason: decision.reason,
    decision_summary: { title: action.topic, why: decision.reason, next_effect: "" },
    created_at: at,
    updated_at: at,
    action: {
      topic: action.topic,
      tool:
        action.tool == null ? null : { server: action.tool.server ?? null, name: action.tool.name },
      params,
      target: { environment: target?.environment ?? null, resource: target?.resource ?? null },
      risk_tags: [...(action.riskTags ?? [])],
      reversible: action.reversible ?? null,
      cost: cost ?? null,
      effect: effect == null ? null : { rows: null, recipients: null, diff: null, ...effect },
      agent: {
        id: agent,
        run: run?.run ?? null,
        thread: run?.thread ?? null,
        call: run?.call ?? null,
        on_behalf_of: run?.onBehalfOf ?? null,
      },
      idempotency_key: null,
      labels: { ...action.labels },
    },
    grant: { id: localGrant, token: localGrant, issued_at: at, expires_at: at },
  };
}

function executionAt(at: string): JobView["execution"] {
  return {
    id: localGrant,
    started_at: at,
    deadline_at: at,
    constraints: null,
    receipt: localGrant,
  };
}
