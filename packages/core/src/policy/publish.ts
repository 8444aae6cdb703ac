// Publishing a policy as an action: its topic, who stands for the server, and the people that it always takes.

import { publishTimeoutMs } from "../base/limits.ts";
import type { Json, JsonObject } from "../base/json/value.ts";
import type { Decision, Exclusion, Requirement } from "./decision.ts";
import { isHold } from "./decision.ts";

/** Topics below it are the server's own: no agent may propose one. */
export const ownTopicPrefix = "holdpoint.";
export const publishTopic = "holdpoint.policy.publish";
/** Who proposes a publication. SECURITY: no credential may carry a name that begins like this. */
export const ownAgentPrefix = "holdpoint:";
export const publisher = "holdpoint:policy";
/** Tag of a publication that changes what invariants say. */
export const invariantsTag = "invariants";

export function isOwnTopic(topic: string): boolean {
  return topic.startsWith(ownTopicPrefix);
}

/** True for an action that only the server can have proposed. */
export function isPublication(action: {
  readonly topic: string;
  readonly actor: { readonly agent: string };
}): boolean {
  return action.topic === publishTopic && action.actor.agent === publisher;
}

/** Distinct people that a publication takes at least, by its effective tags. */
export function publishersFor(riskTags: readonly string[]): number {
  return riskTags.includes(invariantsTag) ? 2 : 1;
}

/** People who wrote on the text of a publication, as its hashed parameters name them. */
export function writersNamed(params: Readonly<JsonObject>): readonly string[] {
  const { writers } = params as { readonly writers?: Json };
  return Array.isArray(writers) ? writers.filter((id) => typeof id === "string") : [];
}

const always: readonly Exclusion[] = ["requester", "agent_owner", "on_behalf_of"];

/**
 * What the active policy says about a publication, and at least approval by so many people. A rule
 * that denies stands; a default that denies becomes a hold, or no policy could ever be replaced.
 * INVARIANT: no policy releases a publication without people, and nobody who wrote on the text counts.
 */
export function publishFloor(
  decision: Decision,
  people: number,
  writers: readonly string[] = [],
): Decision {
  if (decision.kind === "deny" && decision.ruleId !== null) return decision;
  const isHeld = isHold(decision.kind);
  const requirements = atLeast(isHeld ? decision.requirements : [], people);
  const words = people === 1 ? "an admin" : `${people} admins`;
  return {
    ...decision,
    kind: "require_approval",
    reason:
      isHeld && decision.ruleId !== null
        ? decision.reason
        : `Publishing this policy takes the approval of ${words} other than its author`,
    constraints: null,
    requirements,
    exclude: [
      ...new Set([
        ...decision.exclude,
        ...always,
        ...writers.map((id): Exclusion => `person:${id}`),
      ]),
    ],
    timeoutMs: isHeld && decision.ruleId !== null ? decision.timeoutMs : publishTimeoutMs,
    onTimeout: "block",
    onReject: "abort",
    unenforced: null,
  };
}

/** One person fills one place, so that places are people. */
function atLeast(requirements: readonly Requirement[], people: number): readonly Requirement[] {
  const missing = people - requirements.reduce((sum, { count }) => sum + count, 0);
  if (missing <= 0) return requirements;
  const any = requirements.find(({ kind }) => kind === "any");
  if (any === undefined) {
    return [...requirements, { kind: "any", name: "", count: missing, denyCount: 1, after: null }];
  }
  return requirements.map((one) => (one === any ? { ...one, count: one.count + missing } : one));
}
