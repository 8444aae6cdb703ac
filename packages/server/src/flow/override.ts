// Releases a hold in an emergency: by the people and in the circumstances that every rule which holds it names.

import { authorize } from "@holdpoint/core/approval/authority";
import {
  type Cause,
  causeOf,
  circumstancesMet,
  type OpenIncident,
} from "@holdpoint/core/approval/circumstance";
import { subjectsOf } from "@holdpoint/core/approval/governance";
import { isSamePerson } from "@holdpoint/core/approval/name";
import type { Person } from "@holdpoint/core/approval/review";
import type { Digest } from "@holdpoint/core/base/digest";
import { incidentsOpenMax } from "@holdpoint/core/base/limits";
import { refuse, type Result } from "@holdpoint/core/base/result";
import type { Job, JobFile } from "@holdpoint/core/job/job";
import { reviewedOf } from "@holdpoint/core/job/reviewed";
import { personActor } from "@holdpoint/core/job/held";
import { isHold } from "@holdpoint/core/policy/decision";
import { isPublication } from "@holdpoint/core/policy/publish";
import { termsOf } from "@holdpoint/core/policy/terms";
import type { ReviewAnswer } from "@holdpoint/core/wire/response";
import { jobView, reviewView } from "@holdpoint/core/wire/view";
import type { IncidentRecord } from "../storage/tasks.ts";
import { chainOf } from "./whole-chain.ts";
import { changeJob, type Planned, requestKeyOf } from "./change-job.ts";
import { type Context, requirePerson } from "./context.ts";
import type { LoadedPolicy } from "./loaded-policy.ts";
import { besideOverride } from "./override-beside.ts";
import { surroundingsOf } from "./surroundings.ts";
import { readTightening } from "./tightening.ts";

export interface OverrideInput {
  readonly jobId: string;
  readonly reason: string;
  /** Null when the person named none. */
  readonly incident: string | null;
  readonly seenHash: Digest | null;
  readonly idempotencyKey: string | null;
}

export async function override(ctx: Context, input: OverrideInput): Promise<ReviewAnswer> {
  const person = requirePerson(ctx, "review");
  const { jobId, reason, incident, seenHash } = input;
  return changeJob<ReviewAnswer>(ctx, {
    jobId,
    name: "override",
    by: personActor(person),
    requestKey: requestKeyOf(input.idempotencyKey, "override", {
      job: jobId,
      reason,
      incident,
      seen: seenHash,
    }),
    isPolicyBound: true,
    command: ({ file }, policy) => plan(ctx, { person, input, file, policy }),
    answer: async (file, change, policy) => ({
      ...jobView(file, { directory: policy.directory, trace: null, token: null, reader: person }),
      review: change.review && reviewView(change.review),
    }),
  });
}

interface Attempt {
  readonly person: Person;
  readonly input: OverrideInput;
  readonly file: JobFile;
  readonly policy: LoadedPolicy;
}

async function plan(ctx: Context, attempt: Attempt): Promise<Planned> {
  const { input, file, policy } = attempt;
  const { job } = file;
  const now = ctx.clock.now();
  const ruling = policy.rule(job.tenant, job, { facts: job.facts, now });
  // What is decided already is answered by the command: the circumstances may be over by now.
  const isOpen = job.state === "APPROVAL";
  const allowed = isOpen ? await allow(ctx, attempt, ruling.decision) : nothingAsked(attempt);
  if (!allowed.ok) return allowed;
  const { person, cause } = allowed;
  const people = overridersOf(file, person, policy);
  const tightening = await readTightening(ctx, {
    governance: policy.policy.governance,
    subjects: subjectsOf({
      people: people.map(({ id }) => id),
      ruleId: job.decision.ruleId,
      agent: job.action.actor.agent,
    }),
    now,
  });
  const isOwnIncident = await haveOpened(ctx, cause.incident, { people, policy });
  const governance = {
    id: ctx.ids.governance(),
    dueAt: now + policy.policy.governance.dueMs,
  };
  const skipped = chainOf(job);
  const around = await surroundingsOf(ctx, policy, {
    tenant: job.tenant,
    decision: ruling.decision,
    near: job.watch?.near ?? null,
  });
  return {
    ok: true,
    command: {
      kind: "override",
      person: attempt.person,
      reason: input.reason,
      incident: cause.incident,
      seenHash: input.seenHash,
      needed: tightening.needed,
      circumstances: cause.circumstances,
      skipped,
      governance,
      ruling,
      directory: policy.directory,
      around,
      reviewId: ctx.ids.review(),
      grantId: ctx.ids.grant(),
      now,
    },
    beside: (change) =>
      besideOverride(ctx, {
        change,
        before: job,
        people,
        reason: input.reason,
        cause,
        isOwnIncident,
        skipped,
        governance,
        terms: policy.policy.governance,
        tightening,
      }),
  };
}

interface Allowed {
  /** The person behind the account. */
  readonly person: Person;
  readonly cause: Cause;
}

function nothingAsked({ person, input, policy }: Attempt): Result<Allowed> {
  return {
    ok: true,
    person: policy.directory.canonical(person) ?? person,
    cause: { incident: input.incident ?? "", circumstances: [] },
  };
}

/**
 * SECURITY: both what the hold was opened with and what policy says now have to let this person
 * override in these circumstances: an emergency that was taken out of the policy is gone at once.
 */
async function allow(
  ctx: Context,
  { person, input, file, policy }: Attempt,
  decision: Job["decision"],
): Promise<Result<Allowed>> {
  const { job } = file;
  if (isPublication(job.action)) {
    return refuse("override_refused", "a policy is published by its reviewers, never by override");
  }
  const at = ctx.clock.now();
  const { directory } = policy;
  const authority = authorize(reviewedOf(job), person, "override", { directory, at });
  if (!authority.ok) return authority;
  const isStillHeld = isHold(decision.kind);
  if (isStillHeld) {
    const today = reviewedOf({ ...job, decision });
    const still = authorize(today, person, "override", { directory, at });
    if (!still.ok) return still;
  }
  const emergencies = [
    ...(termsOf(job.decision).emergency ?? []),
    ...(isStillHeld ? (termsOf(decision).emergency ?? []) : []),
  ];
  const names = overridersOf(file, authority.person, policy).flatMap((one) => [
    ...directory.namesOf(one),
    one.id,
  ]);
  names.push(...directory.namesOf(person), person.id);
  const isOwn = ({ openedBy }: IncidentRecord): boolean =>
    person.assurance !== "development" && isSamePerson(openedBy, names);
  const found = await findIncidents(ctx, input.incident, isOwn);
  if (!found.ok) return found;
  const plight = { topic: job.action.topic, named: input.incident, open: found.open };
  if (input.incident !== null && found.open.length === 0) {
    const { topic } = plight;
    if (circumstancesMet(emergencies, { topic, incident: null }) === null) {
      return refuse("incident_not_found", `no incident \`${input.incident}\``);
    }
  }
  const caused = causeOf(emergencies, plight);
  return caused.ok ? { ok: true, person: authority.person, cause: caused.cause } : caused;
}

async function findIncidents(
  ctx: Context,
  named: string | null,
  isOwn: (incident: IncidentRecord) => boolean,
): Promise<Result<{ open: readonly OpenIncident[] }>> {
  const { tenant } = ctx.caller;
  const openOf = (incident: IncidentRecord): OpenIncident => ({
    id: incident.id,
    labels: incident.labels,
    isOwn: isOwn(incident),
  });
  if (named === null) {
    const filter = { isOpenOnly: true, limit: incidentsOpenMax };
    const open = await ctx.store.listIncidents(tenant, filter);
    return { ok: true, open: open.map(openOf) };
  }
  const incident = await ctx.store.findIncident(tenant, named);
  if (incident === null) return { ok: true, open: [] };
  if (incident.closedAt !== null) {
    return refuse("incident_closed", `the incident \`${named}\` is closed`);
  }
  return { ok: true, open: [openOf(incident)] };
}

/** Everybody whose override of this round counts, the present one last; each person once. */
function overridersOf(file: JobFile, person: Person, policy: LoadedPolicy): readonly Person[] {
  const { job, reviews } = file;
  const people = new Map<string, Person>();
  for (const review of reviews) {
    if (review.kind !== "override" || review.round !== job.round) continue;
    const earlier = policy.directory.canonical(review.person);
    if (earlier !== null) people.set(earlier.id, earlier);
  }
  people.delete(person.id);
  return [...people.values(), person];
}

/** One of the people opened the incident: whoever judges the override sees it. */
async function haveOpened(
  ctx: Context,
  id: string,
  { people, policy }: { people: readonly Person[]; policy: LoadedPolicy },
): Promise<boolean> {
  const incident = await ctx.store.findIncident(ctx.caller.tenant, id);
  if (incident === null) return false;
  return people.some((person) =>
    isSamePerson(incident.openedBy, [person.id, ...policy.directory.namesOf(person)]),
  );
}
