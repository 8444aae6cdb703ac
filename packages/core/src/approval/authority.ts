// The one authorization function: whether a person may review a job. Every door calls it.

import type { Instant } from "../base/clock.ts";
import { refuse, type Result } from "../base/result.ts";
import type { Exclusion, Requirement } from "../policy/decision.ts";
import type { Person } from "./review.ts";

/** People, groups and delegations, as the authorization needs them; built from policy and people file. */
export interface Directory {
  isMember(group: string, person: Person): boolean;
  holdsRole(role: string, person: Person): boolean;
  /**
   * The person behind an account: one id for all accounts of one person, with the roles of the
   * people file beside those of the credential. Null when the person left: they count for nothing.
   */
  canonical(person: Person): Person | null;
  /** All names of one person: id, email and accounts. */
  namesOf(person: Person): readonly string[];
  /** Whether limits of the person, and of the role by which they would approve, leave this action to them. */
  isWithinLimits(person: Person, role: string | null, scope: DecisionScope): boolean;
  /** People who delegated to this person at that moment, directly or over others; never the person. */
  principalsOf(person: Person, at: Instant): readonly Person[];
}

/** What limits look at. */
export interface DecisionScope {
  readonly topic: string;
  readonly cost: { readonly amount: number; readonly currency: string } | null;
}

/** What of a job decides who may review it. */
export interface ReviewedJob {
  readonly requirements: readonly Requirement[];
  readonly exclude: readonly Exclusion[];
  readonly strongAuth: "passkey" | null;
  /** Person who owns the agent, who created its key, and on whose behalf it acts. */
  readonly agentOwner: string | null;
  readonly keyCreator: string | null;
  readonly onBehalfOf: string | null;
}

/**
 * INVARIANT: never the requester, the agent's owner, the person the agent acts for, whoever made
 * the agent's credential, or someone outside every asked group (spec 01, invariant 3).
 */
export function authorizeReview(
  job: ReviewedJob,
  person: Person,
  directory: Directory,
): Result<{ satisfies: readonly number[] }> {
  const own = ownershipOf(job, person);
  if (own !== null) {
    return refuse("approval_self_review", `${own}; somebody else has to review this action`);
  }
  if (job.strongAuth !== null) {
    return refuse(
      "approval_strong_auth_required",
      "the rule asks for a passkey, which this version cannot check; the hold ends at its timeout",
    );
  }
  const satisfies: number[] = [];
  job.requirements.forEach((requirement, index) => {
    if (meets(requirement, person, directory)) satisfies.push(index);
  });
  if (satisfies.length === 0) {
    return refuse(
      "approval_not_authorized",
      `the rule asks ${job.requirements.map(nameOf).join(" and ")}, and you are none of them`,
    );
  }
  return { ok: true, satisfies };
}

/** True when this person counts towards this requirement. */
export function meets(requirement: Requirement, person: Person, directory: Directory): boolean {
  switch (requirement.kind) {
    case "any":
      return true;
    case "role":
      return directory.holdsRole(requirement.name, person);
    case "group":
      return directory.isMember(requirement.name, person);
  }
}

export function nameOf(requirement: Requirement): string {
  const who = requirement.kind === "any" ? "a reviewer" : `${requirement.kind} ${requirement.name}`;
  return requirement.count === 1 ? who : `${requirement.count} of ${who}`;
}

function ownershipOf(job: ReviewedJob, person: Person): string | null {
  const isPerson = (name: string | null): boolean => name !== null && isSamePerson(name, person);
  if (isPerson(job.agentOwner)) return "you own the agent that asks";
  if (isPerson(job.keyCreator)) return "you made the credential of the agent that asks";
  if (isPerson(job.onBehalfOf)) return "the agent acts on your behalf";
  for (const excluded of job.exclude) {
    if (excluded.startsWith("person:") && isPerson(excluded.slice("person:".length))) {
      return "the rule excludes you";
    }
  }
  return null;
}

/** Names of a person: the id, the email in any case, or either behind `user:`. */
export function isSamePerson(name: string, person: Person): boolean {
  const bare = name.startsWith("user:") ? name.slice("user:".length) : name;
  if (bare === person.id || name === person.id) return true;
  return person.email !== null && bare.toLowerCase() === person.email.toLowerCase();
}
