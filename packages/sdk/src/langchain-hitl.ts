// LangChain's human-in-the-loop middleware: its requests as actions, outcomes as its decisions, and the way back.

import { maskObject } from "@holdpoint/core/action/mask";
import type { JobView } from "@holdpoint/core/wire/response";
import type { Action, JsonObject } from "./action/action.ts";
import { plainObject } from "./action/plain-json.ts";
import type { Call } from "./client/transport.ts";
import type { CallOutcome } from "./interrupt/outcome.ts";
import { reviewCall } from "./shape/review-call.ts";
import { isSameJson } from "./shape/same-json.ts";
import { refusalText } from "./shape/told.ts";
import { type ToAction, toolAction } from "./shape/tool-action.ts";

type DecisionType = "approve" | "edit" | "reject";

/** A request for review of `langchain`'s `humanInTheLoopMiddleware`: the value of its interrupt. */
export interface HITLRequest {
  actionRequests: { name: string; args: Record<string, unknown>; description?: string }[];
  reviewConfigs: {
    actionName: string;
    allowedDecisions: DecisionType[];
    argsSchema?: Record<string, unknown>;
  }[];
}

export type HITLDecision =
  | { type: "approve" }
  | { type: "edit"; editedAction: { name: string; args: Record<string, unknown> } }
  | { type: "reject"; message?: string };

/** What the middleware is resumed with: decisions by position, all at once. */
export interface HITLResponse {
  decisions: HITLDecision[];
}

/**
 * The calls of a request as actions, in its order, for `hp.interrupt`. The request names no call ids: give those of
 * the tool calls as `agent.call` in `toAction`, else each call is known by what it does.
 *
 * @param toAction what to propose for a call. Default: topic `tool.<name>`, with the arguments as parameters
 */
export function actionsOf(request: HITLRequest, toAction: ToAction = toolAction): Action[] {
  return request.actionRequests.map((call, index) => toAction(call, index));
}

/**
 * The decisions that the middleware goes on with. The tools still have to be guarded: the middleware runs them, as
 * often as its run is resumed. SECURITY: whatever is not plainly approved is a rejection; an approval that the
 * request cannot carry (people changed the action, and it takes no edits) is one too.
 *
 * @param outcomes in the order of the request
 * @throws TypeError when an outcome is missing or still waits, or when the request takes no rejection and needs one
 */
export function decisionsOf(request: HITLRequest, outcomes: readonly CallOutcome[]): HITLResponse {
  if (outcomes.length !== request.actionRequests.length) {
    throw new TypeError(
      `the request has ${request.actionRequests.length} calls, and ${outcomes.length} outcomes were given`,
    );
  }
  const decisions = request.actionRequests.map((call, index) => {
    // The lengths are equal.
    const outcome = outcomes[index] as CallOutcome;
    const decision = decisionOf(call.name, call.args, outcome);
    const allowed = allowedFor(request, call.name);
    if (allowed.has(decision.type)) return decision;
    if (!allowed.has("reject")) {
      throw new TypeError(`the request for ${call.name} does not take \`${decision.type}\``);
    }
    const message = `People changed the action, and this request takes no edits. It was not executed; do not retry it unless asked.`;
    return { type: "reject" as const, message };
  });
  return { decisions };
}

function decisionOf(
  name: string,
  args: Record<string, unknown>,
  outcome: CallOutcome,
): HITLDecision {
  if (outcome.status !== "approved") return { type: "reject", message: refusalText(outcome) };
  const approved = outcome.action.params ?? {};
  if (isSameJson(approved, plainObject(args, "args"))) return { type: "approve" };
  return { type: "edit", editedAction: { name, args: { ...approved } } };
}

function allowedFor(request: HITLRequest, name: string): ReadonlySet<DecisionType> {
  const config = request.reviewConfigs.find(({ actionName }) => actionName === name);
  return new Set(config?.allowedDecisions ?? []);
}

/** Held jobs as a request, for a frontend that shows those. Secrets in the arguments are hidden. */
export function requestOf(jobs: readonly JobView[]): HITLRequest {
  const names = [...new Set(jobs.map(nameOf))];
  return {
    actionRequests: jobs.map((job) => ({
      name: nameOf(job),
      args: maskObject(job.action.params),
      description: `${job.decision_summary.title}: ${job.decision_summary.why}`,
    })),
    reviewConfigs: names.map((actionName) => ({
      actionName,
      allowedDecisions: ["approve", "edit", "reject"],
    })),
  };
}

/**
 * The reviews that a person's decisions come to, for `request` of a client with that person's credential. Each is
 * bound to what was shown.
 *
 * @param jobs as they were shown, in the order of the request
 * @throws TypeError when the decisions do not fit the jobs
 */
export function reviewCallsOf(jobs: readonly JobView[], { decisions }: HITLResponse): Call[] {
  if (decisions.length !== jobs.length) {
    throw new TypeError(`there are ${jobs.length} jobs and ${decisions.length} decisions`);
  }
  return jobs.map((job, index) => reviewOf(job, decisions[index] as HITLDecision));
}

function reviewOf(job: JobView, decision: HITLDecision): Call {
  const shown = { jobId: job.job.id, jobHash: job.job_hash };
  switch (decision.type) {
    case "approve":
      return reviewCall(shown, { kind: "approve" });
    case "reject":
      return reviewCall(shown, { kind: "reject", reason: decision.message });
    case "edit": {
      const { name, args } = decision.editedAction;
      if (name !== nameOf(job)) throw new TypeError(`the edit is to ${name}, not ${nameOf(job)}`);
      const params = plainObject(args, "args") as JsonObject;
      const isUnchanged = isSameJson(params, maskObject(job.action.params));
      return reviewCall(shown, isUnchanged ? { kind: "approve" } : { kind: "modify", params });
    }
    default:
      throw new TypeError("the decision is none of approve, edit and reject");
  }
}

function nameOf({ action }: JobView): string {
  return action.tool?.name ?? action.topic;
}
