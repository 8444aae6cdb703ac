// An action with what the server knows of it, and back to the agent's own words.

import type { Action } from "@holdpoint/core/action/action";
import type { Enrichment, Job } from "@holdpoint/core/job/job";
import { isPublication } from "@holdpoint/core/policy/publish";
import type { Applied } from "@holdpoint/core/policy-decide/apply-registry";
import { sortTags } from "@holdpoint/core/wire/action-door";

export interface KnownAction {
  readonly action: Action;
  /** Null when the server added nothing. */
  readonly enrichment: Enrichment | null;
}

/** The registry's part of an action; what `derive` adds comes after it. */
export function withRegistry(declared: Action, applied: Applied): KnownAction {
  if (applied.entries.length === 0) return { action: declared, enrichment: null };
  const { riskTags, reversible, effect } = applied;
  // SECURITY: what the card of a publication says first is the server's own sentence, whatever an
  // entry says: who changes the registry could otherwise call a policy by a harmless name.
  const summary = isPublication(declared) ? null : applied.summary;
  return {
    action: { ...declared, riskTags, reversible, effect },
    enrichment: {
      ...unaided(declared),
      knownTags: riskTags,
      tools: applied.entries.map(({ id }) => id),
      summary,
    },
  };
}

export function withTags(
  declared: Action,
  known: KnownAction,
  tags: readonly string[],
): KnownAction {
  const riskTags = sortTags([...known.action.riskTags, ...tags]);
  if (riskTags.length === known.action.riskTags.length) return known;
  return {
    action: { ...known.action, riskTags },
    enrichment: known.enrichment ?? unaided(declared),
  };
}

function unaided(declared: Action): Enrichment {
  const { riskTags, reversible } = declared;
  return {
    declaredTags: riskTags,
    declaredReversible: reversible,
    knownTags: riskTags,
    tools: [],
    summary: null,
  };
}

/** The action with the tags that `derive` begins with. */
export function beforeDerivation({ action, enrichment }: KnownAction): Action {
  return enrichment === null ? action : { ...action, riskTags: enrichment.knownTags };
}

/** An action made from a job's, an edit for example, without what the server added to the job's. */
export function asDeclared(action: Action, { enrichment }: Pick<Job, "enrichment">): Action {
  if (enrichment === null) return action;
  const { declaredTags, declaredReversible } = enrichment;
  return { ...action, riskTags: declaredTags, reversible: declaredReversible };
}
