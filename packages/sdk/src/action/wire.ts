// The door between the camelCase of callers and the snake_case of the wire, both ways.

import type { ActionView } from "@holdpoint/core/wire/response";
import type { Proposal, RunningAction } from "@holdpoint/core/wire/shape";
import type { Action, Claims, JsonObject } from "./action.ts";
import { durationText } from "./duration.ts";
import { plainObject } from "./plain-json.ts";

/** The wire's parameters are the same JSON with mutable types. */
type WireObject = RunningAction["params"];

function wireObject(value: JsonObject, path: string): WireObject {
  return plainObject(value, path) as WireObject;
}

/** The parts that have an effect, for a redemption and a proposal. */
export function runningOf(action: Action): RunningAction {
  const onBehalfOf = action.agent?.onBehalfOf;
  return {
    topic: action.topic,
    params: wireObject(action.params ?? {}, "params"),
    ...(action.tool != null && { tool: action.tool }),
    ...(action.target != null && { target: action.target }),
    ...(action.riskTags !== undefined && { risk_tags: [...action.riskTags] }),
    ...(action.reversible != null && { reversible: action.reversible }),
    ...(action.cost != null && { cost: action.cost }),
    ...(action.idempotencyKey != null && { idempotency_key: action.idempotencyKey }),
    ...(onBehalfOf != null && { agent: { on_behalf_of: onBehalfOf } }),
    ...(action.effect != null && { effect: action.effect }),
  };
}

/** The whole action, for a proposal. */
export function proposalOf(action: Action): Proposal {
  const { agent, claims, evidence, labels } = action;
  return {
    ...runningOf(action),
    ...(action.jobId !== undefined && { job_id: action.jobId }),
    ...(agent != null && {
      agent: {
        ...(agent.run != null && { run: agent.run }),
        ...(agent.thread != null && { thread: agent.thread }),
        ...(agent.call != null && { call: agent.call }),
        ...(agent.onBehalfOf != null && { on_behalf_of: agent.onBehalfOf }),
      },
    }),
    ...(claims != null && { claims: claimsOf(claims) }),
    ...(evidence != null && { evidence: [...evidence] }),
    ...(labels != null && { labels: { ...labels } }),
    ...(action.timeout != null && { timeout: durationText(action.timeout) }),
    ...(action.replaces != null && { replaces: action.replaces }),
  };
}

function claimsOf(claims: Claims): NonNullable<Proposal["claims"]> {
  return {
    ...(claims.title != null && { title: claims.title }),
    ...(claims.reasoning != null && { reasoning: claims.reasoning }),
    ...(claims.ifApproved != null && { if_approved: claims.ifApproved }),
    ...(claims.ifRejected != null && { if_rejected: claims.ifRejected }),
    ...(claims.instruction != null && { instruction: claims.instruction }),
    ...(claims.confidence != null && { confidence: claims.confidence }),
    ...(claims.signals != null && { signals: wireObject(claims.signals, "claims.signals") }),
  };
}

/** An action as the server answers it. */
export function actionOf(view: ActionView): Action {
  return {
    topic: view.topic,
    tool: view.tool,
    params: view.params,
    target: view.target,
    riskTags: view.risk_tags,
    reversible: view.reversible,
    cost: view.cost,
    effect: view.effect,
    agent: {
      run: view.agent.run,
      thread: view.agent.thread,
      call: view.agent.call,
      onBehalfOf: view.agent.on_behalf_of,
    },
    labels: view.labels,
    idempotencyKey: view.idempotency_key,
  };
}
