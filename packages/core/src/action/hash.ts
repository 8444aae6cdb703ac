// The job hash: what an approval and a grant are bound to, and the hash of what reviewers were shown.

import { type Digest, digestOf } from "../base/digest.ts";
import type { JsonObject } from "../base/json/value.ts";
import type { Action, Effect } from "./action.ts";

/**
 * The effective part of an action in its hashed form: everything that has an effect, nothing the
 * agent merely claims. SPEC: RFC 8785 canonical form, domain-separated, `v` names this layout.
 */
export function effectiveForm(tenant: string, action: Action): JsonObject {
  const form: JsonObject = {
    v: 1,
    tenant,
    agent: action.actor.agent,
    on_behalf_of: action.actor.onBehalfOf,
    topic: action.topic,
    tool: action.tool && { server: action.tool.server, name: action.tool.name },
    params: action.params as JsonObject,
    target: { environment: action.target.environment, resource: action.target.resource },
    cost: action.cost && { amount: action.cost.amount, currency: action.cost.currency },
    reversible: action.reversible,
    risk_tags: [...action.riskTags],
    idempotency_key: action.idempotencyKey,
  };
  // SECURITY: whoever saw the earlier effect has seen another hash, and no vote of theirs counts.
  if (action.isEffectBound === true) form["effect"] = effectForm(action.effect);
  return form;
}

/** `sha256:` + hex of the effective form. */
export function jobHash(tenant: string, action: Action): Digest {
  return digestOf("job", effectiveForm(tenant, action));
}

/** `sha256:` + hex over claims, evidence and previewed effect: proves what reviewers saw. */
export function presentedHash(action: Action): Digest {
  const { claims, effect } = action;
  return digestOf("presented", {
    v: 1,
    claims: {
      title: claims.title,
      reasoning: claims.reasoning,
      if_approved: claims.ifApproved,
      if_rejected: claims.ifRejected,
      instruction: claims.instruction,
      confidence: claims.confidence,
      signals: claims.signals as JsonObject,
    },
    evidence: action.evidence.map((item) => ({
      label: item.label,
      uri: item.uri,
      text: item.text,
    })),
    effect: effectForm(effect),
  });
}

function effectForm(effect: Effect | null): JsonObject | null {
  return effect && { rows: effect.rows, recipients: effect.recipients, diff: effect.diff };
}
