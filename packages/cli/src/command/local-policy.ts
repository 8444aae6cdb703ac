// Policy files read and evaluated here, by the same engine that the server runs.

import type { Decision, EvaluationInput, Trace } from "@holdpoint/core/policy/decision";
import { checkPolicy } from "@holdpoint/core/policy/check";
import { compilePolicy } from "@holdpoint/core/policy/compile";
import { evaluate } from "@holdpoint/core/policy/evaluate";
import { type Finding, loadPolicy } from "@holdpoint/core/policy/load";
import type { Policy } from "@holdpoint/core/policy/policy";
import { noFacts } from "@holdpoint/core/policy/facts";
import { explain } from "@holdpoint/core/policy/trace";
import { explainRequest, type ExplainRequest } from "@holdpoint/core/wire/request";
import type { ExplainView } from "@holdpoint/core/wire/response";
import {
  decisionWordOf,
  requirementViews,
  traceView,
  warningViews,
} from "@holdpoint/core/wire/view";
import { CommandFailed, exitCodes } from "../output/exit-code.ts";

/** A file's policy, null when it does not load, with everything there is to say about it. */
export function checkSource(source: string): {
  policy: Policy | null;
  findings: readonly Finding[];
} {
  const loaded = loadPolicy(source);
  if (!loaded.ok) return { policy: null, findings: loaded.findings };
  return {
    policy: loaded.policy,
    findings: [...loaded.findings, ...checkPolicy(loaded.policy, source)],
  };
}

/** What a policy says about an action, as the server would answer it. */
export function explainLocally(policy: Policy, action: ExplainRequest["action"]): ExplainView {
  const parsed = explainRequest.safeParse({ action });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = (issue?.path ?? []).slice(1).join(".");
    const message = `the action is not one: ${issue?.message ?? ""} (${place})`;
    throw new CommandFailed(message, exitCodes.usage);
  }
  const compiled = compilePolicy(policy);
  const input = inputOf(parsed.data.action);
  const decision = evaluate(compiled, input);
  return viewOf(decision, explain(compiled, input, decision));
}

function inputOf(action: ExplainRequest["action"]): EvaluationInput {
  return {
    topic: action.topic,
    tool: action.tool ? { server: action.tool.server ?? null, name: action.tool.name } : null,
    riskTags: action.risk_tags ?? [],
    agent: action.agent?.id ?? "dev",
    environment: action.target?.environment ?? null,
    tenant: "default",
    labels: action.labels ?? {},
    reversible: action.reversible ?? null,
    cost: action.cost ?? null,
    params: action.params ?? {},
    resource: action.target?.resource ?? null,
    effect: null,
    onBehalfOf: null,
    run: null,
    thread: null,
    facts: noFacts,
    now: Date.now(),
  };
}

function viewOf(decision: Decision, trace: Trace): ExplainView {
  return {
    decision: decisionWordOf(decision.kind),
    policy_snapshot: "local file",
    policy_rule_id: decision.ruleId,
    policy_reason: decision.reason,
    constraints: decision.constraints as ExplainView["constraints"],
    requirements: requirementViews(decision, []),
    warnings: warningViews(decision),
    unenforced: decision.unenforced && decisionWordOf(decision.unenforced),
    trace: traceView(trace),
  };
}
