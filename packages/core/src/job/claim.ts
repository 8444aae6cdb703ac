// Who has the card of a hold, so that two people do not read the same one: claim, give back, hand over.

import type { Instant } from "../base/clock.ts";
import { refuse, type Refusal, type Result } from "../base/result.ts";
import { authorize, type Directory } from "../approval/authority.ts";
import type { Person } from "../approval/review.ts";
import { termsOf } from "../policy/terms.ts";
import type { Change, FactParts } from "./change.ts";
import { heldWatch, personActor, shownName, unchanged, watchChanged } from "./held.ts";
import type { Job } from "./job.ts";
import { reviewedOf } from "./reviewed.ts";
import { withTimer } from "./timers.ts";
import type { CardClaim, Watch } from "./watch.ts";

interface ByPerson {
  readonly person: Person;
  readonly directory: Directory;
  readonly now: Instant;
}

export interface ClaimCommand extends ByPerson {
  readonly kind: "claim";
}

export interface ReleaseCommand extends ByPerson {
  readonly kind: "release";
  /** An admin takes the card from whoever has it. */
  readonly isAdmin: boolean;
}

export interface AssignCommand extends ByPerson {
  readonly kind: "assign";
  /** To whom the card goes; somebody who may review the job. */
  readonly to: Person;
  readonly note: string | null;
  readonly isAdmin: boolean;
}

/** INVARIANT: a claim says who reads the card; it never keeps anybody else from voting. */
export function claimCard(job: Job, command: ClaimCommand): Result<{ change: Change }> {
  const held = heldWatch(job, command.now);
  if (!held.ok) return held;
  const ctx = { directory: command.directory, at: command.now };
  const authority = authorize(reviewedOf(job), command.person, "claim", ctx);
  if (!authority.ok) return authority;
  const { person } = authority;
  const { claim } = held.watch;
  if (claim?.person === person.id) return unchanged(job);
  if (claim !== null) return alreadyClaimed(claim);
  return watchChanged(job, withClaim(job, held.watch, claimOf(person, null, command.now)), {
    type: "hold.claimed",
    at: command.now,
    actor: personActor(person),
    payload: { person_name: shownName(person) },
  });
}

export function releaseCard(job: Job, command: ReleaseCommand): Result<{ change: Change }> {
  const held = heldWatch(job, command.now);
  if (!held.ok) return held;
  const person = command.directory.canonical(command.person);
  if (person === null) return refuse("approval_not_authorized", "you are no longer known here");
  const { claim } = held.watch;
  if (claim === null) return unchanged(job);
  if (claim.person !== person.id) {
    if (!command.isAdmin) return alreadyClaimed(claim);
    const mover = findMover(job, command);
    if (!mover.ok) return mover;
  }
  return watchChanged(job, withoutClaim(held.watch), {
    type: "hold.released",
    at: command.now,
    actor: personActor(person),
    payload: { from: claim.person },
  });
}

/** Gives the card to another: by whoever has it, by anybody who may while nobody has, or by an admin. */
export function assignCard(job: Job, command: AssignCommand): Result<{ change: Change }> {
  const held = heldWatch(job, command.now);
  if (!held.ok) return held;
  const giver = findMover(job, command);
  if (!giver.ok) return giver;
  const { claim } = held.watch;
  if (claim !== null && claim.person !== giver.person.id && !command.isAdmin) {
    return alreadyClaimed(claim);
  }
  const ctx = { directory: command.directory, at: command.now };
  const taker = authorize(reviewedOf(job), command.to, "claim", ctx);
  if (!taker.ok) {
    return refuse("approval_not_authorized", "the one you name may not review this action", {
      facts: { why: taker.code },
    });
  }
  const { person: to } = taker;
  if (claim?.person === to.id) return unchanged(job);
  const by = to.id === giver.person.id ? null : giver.person.id;
  const fact: FactParts = {
    type: "hold.assigned",
    at: command.now,
    actor: personActor(giver.person),
    payload: {
      to: to.id,
      to_name: shownName(to),
      note: command.note,
      from: claim?.person ?? null,
    },
  };
  const watch = withClaim(job, held.watch, claimOf(to, by, command.now));
  return watchChanged(job, watch, fact, by === null ? null : "assigned");
}

/** SECURITY: an admin may move any card but one of an action of their own. */
function findMover(
  job: Job,
  command: ByPerson & { readonly isAdmin: boolean },
): Result<{ person: Person }> {
  const { person, directory, now } = command;
  const authority = authorize(reviewedOf(job), person, "claim", { directory, at: now });
  if (authority.ok) return authority;
  const known = directory.canonical(person);
  const isOnlyOutside = authority.code === "approval_not_authorized" && known !== null;
  return command.isAdmin && isOnlyOutside ? { ok: true, person: known } : authority;
}

/** The claim of whoever just said something begins to be silent anew. */
export function heardFrom(job: Job, watch: Watch, person: string, now: Instant): Watch {
  return watch.claim?.person === person ? withClaim(job, watch, watch.claim, now) : watch;
}

export function withoutClaim(watch: Watch): Watch {
  return withTimer({ ...watch, claim: null }, "claim", null);
}

function withClaim(job: Job, watch: Watch, claim: CardClaim, now: Instant = claim.at): Watch {
  return withTimer({ ...watch, claim }, "claim", now + termsOf(job.decision).claimSilenceMs);
}

function claimOf(person: Person, by: string | null, at: Instant): CardClaim {
  return { person: person.id, name: shownName(person), at, by };
}

function alreadyClaimed(claim: CardClaim): Refusal {
  return refuse("claim_conflict", `${claim.name ?? claim.person} has the card`, {
    facts: { claimed_by: claim.person },
  });
}
