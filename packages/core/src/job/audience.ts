// Who of those whom a hold asks is told: on duty, able to decide, not overrun; delegates in the place of who is away.

import type { Instant } from "../base/clock.ts";
import { authorize, type Directory } from "../approval/authority.ts";
import { reviewedOf } from "./reviewed.ts";
import type { Job } from "./job.ts";
import { personOf } from "./staffing.ts";
import type { Policy } from "../policy/policy.ts";
import { isLive } from "../people/names.ts";
import type { Contact, Duty } from "../people/duty.ts";
import type { Delegation } from "../people/people.ts";

export interface AudienceParts {
  readonly job: Job;
  readonly policy: Policy;
  readonly duty: Duty;
  readonly directory: Directory;
  readonly delegations: readonly Delegation[];
  readonly at: Instant;
}

/** Somebody to be told, and by which of the targets. */
export interface Candidate {
  readonly contact: Contact;
  readonly target: string;
  /** Who is away and stood for by this person; null when they are asked themselves. */
  readonly standsFor: Contact | null;
}

/** How much somebody is asked already. */
export interface PersonLoad {
  /** Cards within the last hour. */
  readonly recent: number;
  /** Cards that still wait for anybody. */
  readonly open: number;
}

/** Of each target those on duty who may decide, each person once, by the first target that has them. */
export function candidatesOf(
  targets: readonly string[],
  parts: AudienceParts,
): readonly Candidate[] {
  const found = new Map<string, Candidate>();
  for (const target of targets) {
    for (const contact of parts.duty.onDuty(target, parts.at)) {
      const candidate = presentOf(contact, target, parts);
      if (candidate !== null && !found.has(candidate.contact.id)) {
        found.set(candidate.contact.id, candidate);
      }
    }
  }
  return [...found.values()];
}

/** The person, or whoever stands in for them now; null when neither may decide. */
function presentOf(contact: Contact, target: string, parts: AudienceParts): Candidate | null {
  const substitutes = substitutesOf(contact, parts);
  for (const substitute of substitutes) {
    if (mayDecide(substitute, parts)) return { contact: substitute, target, standsFor: contact };
  }
  return mayDecide(contact, parts) ? { contact, target, standsFor: null } : null;
}

/** Everybody to whom the person's delegations lead, those at the end of a chain first. */
function substitutesOf(contact: Contact, { delegations, duty, at }: AudienceParts): Contact[] {
  const live = delegations.filter((one) => isLive(one, at));
  const seen = new Set([contact.id]);
  const found: Contact[] = [];
  let ends = [contact.id];
  while (ends.length > 0) {
    const next = live.filter(({ from, to }) => ends.includes(from) && !seen.has(to));
    ends = [...new Set(next.map(({ to }) => to))].sort();
    for (const id of ends) {
      seen.add(id);
      found.push(...duty.members(`person:${id}`));
    }
  }
  return found.reverse();
}

/**
 * SECURITY: the one authorization function. That a rule asks for a passkey does not keep its people
 * from being told.
 */
function mayDecide(contact: Contact, { job, directory, at }: AudienceParts): boolean {
  const reviewed = { ...reviewedOf(job), strongAuth: null };
  return authorize(reviewed, personOf(contact), "vote", { directory, at }).ok;
}

export interface Chosen {
  readonly told: readonly Candidate[];
  /** Whose budget is used up and who was spared because others are left. */
  readonly shed: readonly Candidate[];
}

/**
 * Of each target the least loaded, as many as its group tells first and never fewer than are asked
 * for; all of them when it tells everybody. Whoever is over their budget is spared while enough others are left.
 */
export function chooseTold(
  candidates: readonly Candidate[],
  loads: ReadonlyMap<string, PersonLoad>,
  { job, policy }: Pick<AudienceParts, "job" | "policy">,
): Chosen {
  const told: Candidate[] = [];
  const shed: Candidate[] = [];
  for (const target of new Set(candidates.map((one) => one.target))) {
    const ranked = candidates
      .filter((one) => one.target === target)
      .map((one) => ({ one, isOver: isOverBudget(one, loads), load: loadOf(one, loads) }))
      .sort(
        (a, b) =>
          Number(a.isOver) - Number(b.isOver) ||
          a.load.open - b.load.open ||
          a.load.recent - b.load.recent ||
          (a.one.contact.id < b.one.contact.id ? -1 : 1),
      );
    const needed = neededOf(target, job);
    const first = groupOf(target, policy)?.tell ?? ranked.length;
    const room = Math.max(needed, first);
    const within = ranked.filter(({ isOver }) => !isOver).length;
    const count = Math.min(room, Math.max(within, needed));
    told.push(...ranked.slice(0, count).map(({ one }) => one));
    shed.push(...ranked.slice(count).flatMap(({ one, isOver }) => (isOver ? [one] : [])));
  }
  return { told, shed };
}

function loadOf({ contact }: Candidate, loads: ReadonlyMap<string, PersonLoad>): PersonLoad {
  return loads.get(contact.id) ?? { recent: 0, open: 0 };
}

function isOverBudget(one: Candidate, loads: ReadonlyMap<string, PersonLoad>): boolean {
  const budget = one.contact.entry?.cardsPerHour ?? null;
  return budget !== null && loadOf(one, loads).recent >= budget;
}

/** People whom the rule asks for of this target; one where a hold was widened to it. */
function neededOf(target: string, { decision }: Job): number {
  const counts = decision.requirements
    .filter(({ kind, name }) => target === (kind === "any" ? "any" : `${kind}:${name}`))
    .map(({ count }) => count);
  return Math.max(1, ...counts);
}

export function groupOf(target: string, policy: Policy): ReturnType<Policy["groups"]["get"]> {
  const prefix = "group:";
  return target.startsWith(prefix) ? policy.groups.get(target.slice(prefix.length)) : undefined;
}
