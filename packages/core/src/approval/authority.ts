// The one authorization function: whether a person may act on a job, and for whom. Every door calls it.

import type { Instant } from "../base/clock.ts";
import { refuse, type Result } from "../base/result.ts";
import type { Emergency, Escalation, Exclusion, Requirement } from "../policy/decision.ts";
import { isMeant, isSamePerson } from "./name.ts";
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
  /**
   * People who delegated to this person at that moment, directly or over others; never the person.
   * Chains go only over people for whom `through` holds; absent is everybody.
   */
  principalsOf(person: Person, at: Instant, through?: (link: Person) => boolean): readonly Person[];
}

/** What limits look at. */
export interface DecisionScope {
  readonly topic: string;
  readonly cost: { readonly amount: number; readonly currency: string } | null;
}

/** What of a job decides who may act on it. */
export interface ReviewedJob {
  readonly requirements: readonly Requirement[];
  readonly exclude: readonly Exclusion[];
  readonly strongAuth: "passkey" | null;
  /** Person who owns the agent, who created its key, and on whose behalf it acts. */
  readonly agentOwner: string | null;
  readonly keyCreator: string | null;
  /** People who own the agent or one above it, by the registry; absent when there are none. */
  readonly owners?: readonly string[];
  readonly onBehalfOf: string | null;
  readonly scope: DecisionScope;
  /** Whom the hold was widened to: `role:`, `group:` or `person:`. */
  readonly widened: readonly string[];
  /** Steps of the chain that are for some of the requirements only; absent when there are none. */
  readonly narrowSteps?: readonly Escalation[];
  /** Of these people one counts at most; empty when the rule does not rotate pairs. */
  readonly lastPair: readonly string[];
  /** Who may override, each of them to be met; null when a rule that holds the job names nobody. */
  readonly emergency: readonly Emergency[] | null;
  /** Ids of the invariants that hold the job: no override, ever. */
  readonly invariants: readonly string[];
}

/** `govern`: judges an override of the job afterwards. */
export type Act = "vote" | "modify" | "claim" | "comment" | "override" | "govern";

export interface AuthorityContext {
  readonly directory: Directory;
  readonly at: Instant;
  /** For `govern`: whose business it is. */
  readonly governance?: GovernanceSeat;
}

export interface GovernanceSeat {
  /** Group that judges overrides; null leaves it to those who administer. */
  readonly group: string | null;
  /** The connection carries the right to administer. */
  readonly isAdmin: boolean;
  /** Ids of those who released the job by the override. */
  readonly overriders: readonly string[];
}

export interface Authority {
  /** The person behind the account that asked. */
  readonly person: Person;
  /** In whose place they act: their own, or that of somebody who delegated to them. */
  readonly principal: Person;
  /** Id of the principal when that is another; else null. */
  readonly votedFor: string | null;
  /** Requirements towards which they count; empty for acts that are no vote. */
  readonly satisfies: readonly number[];
}

/**
 * INVARIANT: never the requester, the owner of the agent or of one above it, the person the agent acts for, whoever made
 * the agent's credential, or someone outside whom the rule asks and was widened to; by none of
 * their accounts, as a delegate or as the one who delegated (spec 01, invariant 3).
 */
export function authorize(
  job: ReviewedJob,
  person: Person,
  act: Act,
  ctx: AuthorityContext,
): Result<Authority> {
  const known = knownPerson(job, person, ctx.directory);
  if (!known.ok) return known;
  switch (act) {
    case "vote":
    case "modify":
    case "claim":
    case "comment":
      return authorizeReview(job, known.person, ctx);
    case "override":
      return authorizeOverride(job, known.person, ctx.directory);
    case "govern":
      return authorizeGovernance(known.person, ctx);
  }
}

/** The authority behind a vote that was cast: in the same place as then, or none. */
export function authorityOf(
  job: ReviewedJob,
  vote: { readonly person: Person; readonly votedFor: string | null; readonly at: Instant },
  directory: Directory,
): Authority | null {
  const known = knownPerson(job, vote.person, directory);
  if (!known.ok || job.strongAuth !== null) return null;
  const { person } = known;
  if (vote.votedFor === null) {
    const satisfies = placesOf(job, person, directory);
    return satisfies.length === 0 ? null : inOwnPlace(person, satisfies);
  }
  const delegated = delegatedTo(job, person, { directory, at: vote.at });
  return delegated.find((one) => one.votedFor === vote.votedFor) ?? null;
}

/** The person behind the account, unless they left or the action is their own. */
function knownPerson(
  job: ReviewedJob,
  account: Person,
  directory: Directory,
): Result<{ person: Person }> {
  const person = directory.canonical(account);
  if (person === null) {
    return refuse("approval_not_authorized", "you are no longer among the people of this tenant");
  }
  const own =
    ownershipOf(job, namesOf(person, directory)) ?? ownershipOf(job, namesOf(account, directory));
  return own === null
    ? { ok: true, person }
    : refuse("approval_self_review", `${own}; somebody else has to review this action`);
}

function authorizeReview(
  job: ReviewedJob,
  person: Person,
  ctx: AuthorityContext,
): Result<Authority> {
  if (job.strongAuth !== null) {
    return refuse(
      "approval_strong_auth_required",
      "the rule asks for a passkey, which this version cannot check; the hold ends at its timeout",
    );
  }
  const satisfies = placesOf(job, person, ctx.directory);
  if (satisfies.length > 0) return { ok: true, ...inOwnPlace(person, satisfies) };
  const [first] = delegatedTo(job, person, ctx);
  if (first !== undefined) return { ok: true, ...first };
  return refuse("approval_not_authorized", whyNot(job, person, ctx.directory));
}

/**
 * Places that the person takes as a delegate, by each who delegated, in the order of their ids.
 * SECURITY: nobody who is excluded stands anywhere in the chain, and the limits of both count.
 */
function delegatedTo(
  job: ReviewedJob,
  person: Person,
  { directory, at }: AuthorityContext,
): readonly Authority[] {
  if (!directory.isWithinLimits(person, null, job.scope)) return [];
  const isFree = (who: Person): boolean => ownershipOf(job, namesOf(who, directory)) === null;
  const principals = new Map<string, Person>();
  for (const one of directory.principalsOf(person, at, isFree)) {
    const principal = directory.canonical(one);
    if (principal === null || principal.id === person.id) continue;
    if (isFree(one) && isFree(principal)) principals.set(principal.id, principal);
  }
  return [...principals.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((principal) => ({
      person,
      principal,
      votedFor: principal.id,
      satisfies: placesOf(job, principal, directory),
    }))
    .filter(({ satisfies }) => satisfies.length > 0);
}

function inOwnPlace(person: Person, satisfies: readonly number[]): Authority {
  return { person, principal: person, votedFor: null, satisfies };
}

/** Requirements towards which this person counts by themselves, within their limits. */
function placesOf(job: ReviewedJob, person: Person, directory: Directory): readonly number[] {
  const isInScope = (target: Target): boolean =>
    isTarget(target, person, directory) &&
    directory.isWithinLimits(person, target.kind === "role" ? target.name : null, job.scope);
  const widened = job.widened.filter((name) => isInScope(readTarget(name)));
  return job.requirements.flatMap((requirement, index) =>
    isInScope(requirement) || widened.some((to) => isFor(job, to, requirement)) ? [index] : [],
  );
}

/**
 * A widening adds people who may take a place; it never takes one away. INVARIANT: not a place that
 * a rule asks for which does not name the widening, however lax the rules beside it are.
 */
function isFor({ narrowSteps }: ReviewedJob, to: string, { kind, name }: Requirement): boolean {
  const step = narrowSteps?.find((one) => one.to === to);
  return step?.places === undefined || step.places.includes(`${kind}:${name}`);
}

/** An override is the person's own act: nobody overrides in the place of another. */
function authorizeOverride(
  job: ReviewedJob,
  person: Person,
  directory: Directory,
): Result<Authority> {
  const obstacle = overrideObstacle(job);
  if (obstacle !== null) return refuse("override_refused", obstacle);
  for (const { by } of job.emergency ?? []) {
    const target = readTarget(by);
    const role = target.kind === "role" ? target.name : null;
    if (!isTarget(target, person, directory)) {
      return refuse("approval_not_authorized", `overrides of this rule are for ${by}`);
    }
    if (!directory.isWithinLimits(person, role, job.scope)) {
      return refuse("approval_not_authorized", "the action is beyond what you may decide");
    }
  }
  return { ok: true, ...inOwnPlace(person, []) };
}

function overrideObstacle(job: ReviewedJob): string | null {
  const [invariant] = job.invariants;
  if (invariant !== undefined) {
    return `the invariant ${invariant} holds this action, and no invariant is overridden`;
  }
  if (job.strongAuth !== null) return "the rule asks for a passkey, which no override replaces";
  if (job.emergency === null || job.emergency.length === 0) {
    return "a rule that holds this action names nobody who may override it";
  }
  return null;
}

function authorizeGovernance(person: Person, ctx: AuthorityContext): Result<Authority> {
  const { directory, governance } = ctx;
  const seat = governance ?? { group: null, isAdmin: false, overriders: [] };
  const names = namesOf(person, directory);
  if (seat.overriders.some((name) => isSamePerson(name, names))) {
    return refuse("approval_self_review", "you released it; somebody else has to judge that");
  }
  const isMember = seat.group !== null && directory.isMember(seat.group, person);
  if (isMember || seat.isAdmin) return { ok: true, ...inOwnPlace(person, []) };
  const who = seat.group === null ? "admins" : `group ${seat.group} and admins`;
  return refuse("approval_not_authorized", `overrides are judged by ${who}`);
}

type Target = Pick<Requirement, "name"> & { readonly kind: Requirement["kind"] | "person" };

/** `role:<name>`, `group:<name>` or `person:<id>`; anything else means nobody. */
function readTarget(text: string): Target {
  const at = text.indexOf(":");
  const kind = text.slice(0, Math.max(at, 0));
  const name = text.slice(at + 1);
  return kind === "role" || kind === "group"
    ? { kind, name }
    : { kind: "person", name: kind === "person" ? name : "" };
}

function isTarget({ kind, name }: Target, person: Person, directory: Directory): boolean {
  switch (kind) {
    case "any":
      return true;
    case "role":
      return directory.holdsRole(name, person);
    case "group":
      return directory.isMember(name, person);
    case "person":
      return isMeant(name, namesOf(person, directory));
  }
}

export function nameOf(requirement: Requirement): string {
  const who = requirement.kind === "any" ? "a reviewer" : `${requirement.kind} ${requirement.name}`;
  return requirement.count === 1 ? who : `${requirement.count} of ${who}`;
}

function whyNot(job: ReviewedJob, person: Person, directory: Directory): string {
  const isAsked =
    job.requirements.some((one) => isTarget(one, person, directory)) ||
    job.widened.some((name) => isTarget(readTarget(name), person, directory));
  if (isAsked) return "the action is beyond what you may decide, by its topic or its cost";
  const asked = [...job.requirements.map(nameOf), ...job.widened];
  return `the rule asks ${asked.join(" and ")}, and you are none of them`;
}

function ownershipOf(job: ReviewedJob, names: readonly string[]): string | null {
  const isPerson = (name: string | null): boolean => name !== null && isSamePerson(name, names);
  if (isPerson(job.agentOwner)) return "you own the agent that asks";
  if (job.owners?.some(isPerson) === true) return "you own the agent that asks, or one above it";
  if (isPerson(job.keyCreator)) return "you made the credential of the agent that asks";
  if (isPerson(job.onBehalfOf)) return "the agent acts on your behalf";
  for (const excluded of job.exclude) {
    if (excluded.startsWith("person:") && isPerson(excluded.slice("person:".length))) {
      return "the rule excludes you";
    }
  }
  return null;
}

/** All names of a person, those of the credential among them. */
export function namesOf(person: Person, directory: Directory): readonly string[] {
  const own = person.email === null ? [person.id] : [person.id, person.email];
  return [...own, ...directory.namesOf(person)];
}
