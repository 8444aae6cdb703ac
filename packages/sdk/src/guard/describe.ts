// The action that a call comes to: its parameters, and what the guard's options say about them.

import type { Action, Effect, JsonObject, Tool } from "../action/action.ts";
import { plainObject } from "../action/plain-json.ts";
import type { GuardOptions, ProposeOptions } from "./options.ts";

/** The action without its preview; `params` are a copy that nobody else holds. */
export async function actionFor<P extends object, R>(
  params: P & JsonObject,
  options: GuardOptions<P, R>,
  call: ProposeOptions,
): Promise<Action> {
  const { reversible, idempotencyKey } = options;
  const description = (await options.describe?.(params)) ?? {};
  const undo = typeof reversible === "function" ? reversible(params) : reversible;
  const key = typeof idempotencyKey === "function" ? idempotencyKey(params) : idempotencyKey;
  return {
    topic: options.topic,
    tool: toolOf(options),
    params: plainObject<JsonObject>(params),
    target: description.target ?? null,
    cost: description.cost ?? null,
    riskTags: [...new Set([...(options.riskTags ?? []), ...(description.riskTags ?? [])])],
    reversible: description.reversible ?? undo ?? null,
    claims: { ...description.claims, ...call.claims },
    evidence: [...(description.evidence ?? []), ...(call.evidence ?? [])],
    labels: description.labels ?? null,
    agent: call.agent ?? null,
    idempotencyKey: call.idempotencyKey ?? key ?? null,
    timeout: options.timeout ?? null,
    replaces: call.replaces ?? null,
  };
}

/** The tool that the guard stands before. */
export function toolOf<P extends object, R>({ tool }: GuardOptions<P, R>): Tool | null {
  return typeof tool === "string" ? { name: tool } : (tool ?? null);
}

/** The preview of these parameters, computed now. */
export async function effectNow<P extends object, R>(
  params: JsonObject,
  { preview }: GuardOptions<P, R>,
): Promise<Effect | null> {
  // A copy of its own, and what was approved has the members of P.
  return (await preview?.(plainObject(params) as P & JsonObject)) ?? null;
}
