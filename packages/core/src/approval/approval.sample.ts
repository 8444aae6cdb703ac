// People, requirements and a directory for tests: roles are what the person carries, groups are lists of ids.

import type { Digest } from "../base/digest.ts";
import type { ReviewId } from "../base/id.ts";
import type { Requirement } from "../policy/decision.ts";
import type { Directory, ReviewedJob } from "./authority.ts";
import type { Person, Review, ReviewKind } from "./review.ts";

export function person(
  id: string,
  roles: readonly string[] = [],
  more: Partial<Person> = {},
): Person {
  return { id, email: `${id}@example.com`, name: id, roles, assurance: "key", ...more };
}

export function role(name: string, count = 1, more: Partial<Requirement> = {}): Requirement {
  return { kind: "role", name, count, denyCount: 1, after: null, ...more };
}

export function group(name: string, count = 1, more: Partial<Requirement> = {}): Requirement {
  return { ...role(name, count, more), kind: "group" };
}

export const anybody: Requirement = { ...role(""), kind: "any" };

/** Answers for one-person-one-account people without limits and delegations. */
export const plainPeople = {
  canonical: (who: Person): Person => who,
  namesOf: (who: Person): readonly string[] =>
    who.email === null ? [who.id] : [who.id, who.email],
  isWithinLimits: (): boolean => true,
  principalsOf: (): readonly Person[] => [],
};

export function directoryOf(groups: Readonly<Record<string, readonly string[]>> = {}): Directory {
  return {
    isMember: (name, who) => groups[name]?.includes(who.id) === true,
    holdsRole: (name, who) => who.roles.includes(name),
    ...plainPeople,
  };
}

export function reviewedJob(
  requirements: readonly Requirement[],
  more: Partial<ReviewedJob> = {},
): ReviewedJob {
  return {
    requirements,
    exclude: ["requester", "agent_owner", "on_behalf_of"],
    strongAuth: null,
    agentOwner: null,
    keyCreator: null,
    onBehalfOf: null,
    scope: { topic: "job.db.delete", cost: null },
    widened: [],
    lastPair: [],
    emergency: null,
    invariants: [],
    ...more,
  };
}

export function sampleReview(who: Person, kind: ReviewKind, more: Partial<Review> = {}): Review {
  return {
    id: `rev-${who.id}-${kind}` as ReviewId,
    round: 1,
    jobHash: `sha256:${"0".repeat(64)}` as Digest,
    person: who,
    kind,
    reason: null,
    code: null,
    note: null,
    at: 0,
    ...more,
  };
}
