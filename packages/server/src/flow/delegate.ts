// Standing in: a person who is away lets somebody else decide in their place, for a time.

import type { Person } from "@holdpoint/core/approval/review";
import type { Instant } from "@holdpoint/core/base/clock";
import {
  delegationMaxMs,
  delegationsOfPersonMax,
  holdTimeoutMaxMs,
} from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { personActor } from "@holdpoint/core/job/held";
import { entryOf, indexPeople, isLive } from "@holdpoint/core/people/names";
import type { Delegation, People, PersonEntry } from "@holdpoint/core/people/people";
import { fileDelegation, isSpan } from "@holdpoint/core/policy-file/read-delegations";
import type {
  DelegationPage,
  DelegationRequest,
  DelegationView,
} from "@holdpoint/core/wire/people";
import { changePeople, type PeopleAuthor } from "./change-people.ts";
import { type Context, requirePerson, requireViewer } from "./context.ts";
import { documentOf, knownEntry } from "./manage-people.ts";
import { delegationViews } from "./people-view.ts";

export async function listDelegations(ctx: Context): Promise<DelegationPage> {
  requireViewer(ctx);
  return pageOf(ctx, (await ctx.policies.active(ctx.caller.tenant)).people);
}

/**
 * SECURITY: people delegate what is their own; only who administers writes it down for others.
 * Whether the delegate is free to decide about an action is asked when they do.
 */
export async function createDelegation(
  ctx: Context,
  request: DelegationRequest,
): Promise<DelegationView> {
  const caller = requirePerson(ctx, "review");
  const now = ctx.clock.now();
  const id: string = ctx.ids.delegation();
  const { after } = await changePeople(ctx, authorOf(ctx, caller), (people) => {
    const from =
      request.from === undefined ? ownEntry(people, caller) : named(people, request.from);
    if (!isSame(people, caller, from)) requireAdmin(ctx);
    const to = named(people, request.to);
    const delegation: Delegation = {
      id,
      from: from.id,
      to: to.id,
      ...spanOf(request, now),
      reason: request.reason?.trim() || null,
      by: caller.id,
      createdAt: now,
    };
    if (from.id === to.id) throw refused("nobody stands in for themselves");
    const others = kept(people.delegations, now);
    if (others.filter((one) => one.from === from.id).length >= delegationsOfPersonMax) {
      throw refused(`one person has at most ${delegationsOfPersonMax} delegations in a month`);
    }
    return { ...people, delegations: [...others, delegation] };
  });
  return viewOf(ctx, after, id);
}

/**
 * Ends it now. What was decided by it stands: a vote counts by what was so when it was cast; one that
 * had not begun is as if it had never been.
 */
export async function endDelegation(ctx: Context, id: string): Promise<DelegationPage> {
  const caller = requirePerson(ctx, "review");
  const now = ctx.clock.now();
  const { after } = await changePeople(ctx, authorOf(ctx, caller), (people) => {
    const found = people.delegations.find((one) => one.id === id);
    if (found === undefined) {
      throw new HoldpointError("delegation_not_found", { message: `no delegation \`${id}\`` });
    }
    if (!isSame(people, caller, knownEntry(people, found.from))) requireAdmin(ctx);
    if (id.startsWith(fileDelegation)) {
      throw refused("it stands in the people file; take it out there");
    }
    const others = people.delegations.filter((one) => one.id !== id);
    if (found.endsAt <= now) return people;
    const ended = isLive(found, now) && found.startsAt < now ? [{ ...found, endsAt: now }] : [];
    return { ...people, delegations: [...kept(others, now), ...ended] };
  });
  return pageOf(ctx, after);
}

function spanOf(request: DelegationRequest, now: Instant): Pick<Delegation, "startsAt" | "endsAt"> {
  // SECURITY: never from before now, so that no vote that was refused is one that counts afterwards.
  const startsAt = Math.max(now, request.starts === undefined ? now : Date.parse(request.starts));
  const endsAt = Date.parse(request.ends);
  if (endsAt <= now) throw refused("it ends before it begins");
  if (isSpan(startsAt, endsAt)) return { startsAt, endsAt };
  throw refused(`it ends after it begins, within ${delegationMaxMs / 86_400_000} days`);
}

/** Without what ended so long ago that no hold can have a vote of that time. */
function kept(delegations: readonly Delegation[], now: Instant): readonly Delegation[] {
  return delegations.filter(
    ({ id, endsAt }) => id.startsWith(fileDelegation) || endsAt + holdTimeoutMaxMs > now,
  );
}

function named(people: People, name: string): PersonEntry {
  const entry = knownEntry(people, name);
  if (entry.isActive) return entry;
  throw refused(`\`${entry.id}\` has left`);
}

function ownEntry(people: People, caller: Person): PersonEntry {
  const entry = entryOf(indexPeople(people.people), caller);
  if (entry !== null && entry !== "unclear" && entry.isActive) return entry;
  throw new HoldpointError("person_not_found", {
    message: `the people document does not know \`${caller.id}\`; an admin writes them down with \`PUT /people/{id}\` or in the people file`,
  });
}

function isSame(people: People, caller: Person, entry: PersonEntry): boolean {
  const own = entryOf(indexPeople(people.people), caller);
  return own !== null && own !== "unclear" && own.id === entry.id;
}

function requireAdmin(ctx: Context): void {
  if (ctx.caller.scopes.has("admin")) return;
  throw refused("people delegate for themselves; only an admin does it for others");
}

function refused(message: string): HoldpointError {
  return new HoldpointError("delegation_refused", { message });
}

function authorOf(ctx: Context, caller: Person): PeopleAuthor {
  return { tenant: ctx.caller.tenant, author: personActor(caller), file: null };
}

function pageOf(ctx: Context, people: People): DelegationPage {
  return { items: [...delegationViews(people, ctx.clock.now())] };
}

function viewOf(ctx: Context, people: People, id: string): DelegationView {
  const view = delegationViews(people, ctx.clock.now()).find((one) => one.id === id);
  if (view !== undefined) return view;
  throw new HoldpointError("delegation_not_found", { message: `no delegation \`${id}\`` });
}

/** Of one person: what they gave and what they were given, while it counts or will. */
export async function delegationsOf(
  ctx: Context,
  id: string,
): Promise<{ given: DelegationView[]; held: DelegationView[] }> {
  const now = ctx.clock.now();
  const people = await documentOf(ctx);
  const open = delegationViews(people, now).filter(({ ends }) => Date.parse(ends) > now);
  return {
    given: open.filter(({ from }) => from === id),
    held: open.filter(({ to }) => to === id),
  };
}
