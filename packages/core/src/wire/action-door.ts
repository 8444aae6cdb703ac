// The one door between an action on the wire and an action inside.

import { sha256Hex } from "#sha256";
import { canonicalJson } from "../base/json/canonical.ts";
import type { JsonObject } from "../base/json/value.ts";
import { idempotencyKeyLengthMax, paramsBytesMax } from "../base/limits.ts";
import { refuse, type Result } from "../base/result.ts";
import type { Action, Claims, Effect } from "../action/action.ts";
import type { Enrichment } from "../job/job.ts";
import { unmaskEdit } from "../action/mask.ts";
import type { EvaluationInput } from "../policy/decision.ts";
import type { Proposal, RunningAction } from "./shape.ts";

export const noClaims: Claims = {
  title: null,
  reasoning: null,
  ifApproved: null,
  ifRejected: null,
  instruction: null,
  confidence: null,
  signals: {},
};

/** Tags as they are hashed: sorted, without repeats. */
export function sortTags(tags: readonly string[]): readonly string[] {
  return [...new Set(tags)].sort();
}

/** An action from a proposal; which agent proposes comes from the credential. */
export function actionFromProposal(proposal: Proposal, agent: string): Result<{ action: Action }> {
  const paramsBytes = JSON.stringify(proposal.params).length;
  if (paramsBytes > paramsBytesMax) {
    return refuse(
      "params_too_large",
      `parameters of ${paramsBytes} bytes; send large parts as {"$digest", "bytes", "uri"}`,
      { path: "/params" },
    );
  }
  return {
    ok: true,
    action: {
      topic: proposal.topic,
      tool: proposal.tool
        ? { server: proposal.tool.server ?? null, name: proposal.tool.name }
        : null,
      params: proposal.params,
      target: {
        environment: proposal.target?.environment ?? null,
        resource: proposal.target?.resource ?? null,
      },
      riskTags: sortTags(proposal.risk_tags ?? []),
      reversible: proposal.reversible ?? null,
      cost: proposal.cost ?? null,
      effect: effectFromWire(proposal.effect),
      actor: {
        agent,
        run: proposal.agent?.run ?? null,
        thread: proposal.agent?.thread ?? null,
        call: proposal.agent?.call ?? null,
        onBehalfOf: proposal.agent?.on_behalf_of ?? null,
      },
      claims: claimsFromWire(proposal.claims),
      evidence: (proposal.evidence ?? []).map((item) => ({
        label: item.label,
        uri: item.uri ?? null,
        text: item.text ?? null,
      })),
      labels: proposal.labels ?? {},
      idempotencyKey: proposal.idempotency_key ?? callKey(proposal.agent ?? {}),
      checkpoint: proposal.checkpoint ?? null,
    },
  };
}

/**
 * The key by which a call of a run is known again; null when it has no name. INVARIANT: two calls
 * have two keys, whatever stands in their names.
 */
export function callKey({
  run,
  call,
}: {
  readonly run?: string | null | undefined;
  readonly call?: string | null | undefined;
}): string | null {
  if (run == null || call == null) return null;
  const plain = `call:${run}:${call}`;
  // A run of this name would read as a hash.
  const isPlain = !run.includes(":") && run !== "sha256";
  if (isPlain && plain.length <= idempotencyKeyLengthMax) return plain;
  return `call:sha256:${sha256Hex(canonicalJson([run, call]))}`;
}

/**
 * The action that is about to run. What has an effect comes from the redeemer and from nowhere
 * else; who it is for, and the names of the request, are compared when sent. Tags and reversibility
 * may be said as they were proposed: what the server added to them then is taken from the job.
 */
export function actionFromRunning(
  running: RunningAction,
  job: Action,
  enrichment: Pick<Enrichment, "declaredTags" | "declaredReversible"> | null = null,
): Action {
  const tags = running.risk_tags === undefined ? null : sortTags(running.risk_tags);
  const isAsDeclared = enrichment !== null && String(tags) === String(enrichment.declaredTags);
  const reversible = running.reversible ?? null;
  return {
    ...job,
    topic: running.topic,
    tool: running.tool ? { server: running.tool.server ?? null, name: running.tool.name } : null,
    params: running.params,
    target: {
      environment: running.target?.environment ?? null,
      resource: running.target?.resource ?? null,
    },
    riskTags: tags === null || isAsDeclared ? job.riskTags : tags,
    reversible:
      enrichment !== null && reversible === enrichment.declaredReversible
        ? job.reversible
        : reversible,
    cost: running.cost ?? null,
    actor: {
      ...job.actor,
      onBehalfOf:
        running.agent === undefined ? job.actor.onBehalfOf : (running.agent.on_behalf_of ?? null),
    },
    idempotencyKey:
      running.idempotency_key === undefined ? job.idempotencyKey : running.idempotency_key,
  };
}

export interface Edit {
  readonly params: JsonObject;
  readonly cost?: Action["cost"] | undefined;
  readonly target?:
    | { environment?: string | null | undefined; resource?: string | null | undefined }
    | undefined;
}

/** The action as a reviewer edited it; a computed preview no longer holds for it. */
export function editAction(action: Action, edit: Edit): Action {
  return {
    ...action,
    params: unmaskEdit(action.params as JsonObject, edit.params) as JsonObject,
    cost: edit.cost ?? action.cost,
    target: edit.target
      ? {
          environment: edit.target.environment ?? null,
          resource: unmaskEdit(
            action.target.resource ?? undefined,
            edit.target.resource ?? null,
          ) as string | null,
        }
      : action.target,
    effect: null,
  };
}

/** What policy evaluates. */
export function evaluationInputOf(
  tenant: string,
  action: Action,
  { facts, now }: Pick<EvaluationInput, "facts" | "now">,
): EvaluationInput {
  return {
    topic: action.topic,
    tool: action.tool,
    riskTags: action.riskTags,
    agent: action.actor.agent,
    environment: action.target.environment,
    tenant,
    labels: action.labels,
    reversible: action.reversible,
    cost: action.cost,
    params: action.params,
    resource: action.target.resource,
    effect: action.effect,
    onBehalfOf: action.actor.onBehalfOf,
    run: action.actor.run,
    thread: action.actor.thread,
    facts,
    now,
  };
}

function claimsFromWire(claims: Proposal["claims"]): Claims {
  if (!claims) return noClaims;
  return {
    title: claims.title ?? null,
    reasoning: claims.reasoning ?? null,
    ifApproved: claims.if_approved ?? null,
    ifRejected: claims.if_rejected ?? null,
    instruction: claims.instruction ?? null,
    confidence: claims.confidence ?? null,
    signals: claims.signals ?? {},
  };
}

export function effectFromWire(effect: RunningAction["effect"]): Effect | null {
  if (!effect) return null;
  return {
    rows: effect.rows ?? null,
    recipients: effect.recipients ?? null,
    diff: effect.diff ?? null,
  };
}
