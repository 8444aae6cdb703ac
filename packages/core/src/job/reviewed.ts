// What of a job the authorization looks at: whom it asks, whom it keeps out, what limits are held against.

import type { ReviewedJob } from "../approval/authority.ts";
import { type Decision, type Escalation, isHold } from "../policy/decision.ts";
import { anyReviewer } from "../policy/requirement.ts";
import type { Job } from "./job.ts";

export function reviewedOf(job: Job): ReviewedJob {
  const { action, decision, requester, watch } = job;
  const isHeld = isHold(decision.kind);
  return {
    // An edit that policy releases without people still needs its editor to be one who may review.
    requirements: isHeld ? decision.requirements : [anyReviewer],
    exclude: decision.exclude,
    strongAuth: decision.strongAuth,
    agentOwner: requester.agentOwner,
    keyCreator: requester.keyCreator,
    owners: requester.owners ?? [],
    onBehalfOf: action.actor.onBehalfOf,
    scope: { topic: action.topic, cost: action.cost },
    widened: watch?.widened ?? [],
    narrowSteps: narrowStepsOf(decision),
    lastPair: decision.exclude.includes("last_pair") ? (watch?.lastPair ?? []) : [],
    emergency: isHeld ? (decision.terms?.emergency ?? null) : null,
    invariants: decision.terms?.invariants ?? [],
  };
}

export function narrowStepsOf({ terms }: Pick<Decision, "terms">): readonly Escalation[] {
  return terms?.escalate.filter(({ places }) => places !== undefined) ?? [];
}
