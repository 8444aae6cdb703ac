// The card: what a reviewer is shown about a hold, made from the real action, and what they may do about it.

import { effectText } from "@holdpoint/core/action/summary";
import { diffJson } from "@holdpoint/core/action/diff";
import { maskOrNull } from "@holdpoint/core/action/mask";
import { type Act, authorize } from "@holdpoint/core/approval/authority";
import { hiddenFrom } from "@holdpoint/core/approval/blind";
import { type Review, standingVotes } from "@holdpoint/core/approval/review";
import type { Facts } from "@holdpoint/core/policy/facts";
import type { Job, JobFile } from "@holdpoint/core/job/job";
import { reviewedOf } from "@holdpoint/core/job/reviewed";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { MayView, Permission } from "@holdpoint/core/wire/hold";
import type { CardView } from "@holdpoint/core/wire/response";
import {
  type Beside,
  maskedActionView,
  claimsView,
  isoOrNull,
  jobView,
  reviewView,
  titleOfJob,
} from "@holdpoint/core/wire/view";
import { type CardPeople, cardPeople } from "./card-people.ts";
import type { Context } from "./context.ts";
import { factsToShow } from "./facts.ts";
import { permissionOf } from "./permission.ts";
import type { LoadedPolicy } from "./policy-book.ts";
import { findVisible, latestTrace, policyOf, requireReader } from "./read-job.ts";

const similarMax = 5;

export async function readCard(ctx: Context, jobId: string): Promise<CardView> {
  requireReader(ctx);
  const found = await findVisible(ctx, jobId);
  const { job } = found.file;
  const policy = await policyOf(ctx, found);
  const isForPeople = ctx.caller.person !== null;
  const [trace, similar, facts, people] = await Promise.all([
    latestTrace(ctx, jobId),
    similarTo(ctx, job),
    isForPeople ? factsToShow(ctx, job) : null,
    isForPeople ? cardPeople(ctx, job, policy) : nobodyShown,
  ]);
  return cardOf(ctx, found.file, { policy, trace, similar, facts, people, beside: found });
}

const nobodyShown: CardPeople = { who: [], told: [] };

/** Earlier holds of the topic; the rejected one that this is near to comes first. */
async function similarTo(ctx: Context, job: Job): Promise<readonly Job[]> {
  const { tenant } = ctx.caller;
  const near = job.watch?.near ?? null;
  const [found, others] = await Promise.all([
    near === null ? null : ctx.store.findJob(tenant, near),
    ctx.store.findSimilar(tenant, job, similarMax),
  ]);
  if (found === null) return others;
  return [found.file.job, ...others.filter(({ id }) => id !== near)].slice(0, similarMax);
}

interface CardParts {
  readonly policy: LoadedPolicy;
  readonly trace: CardView["trace"];
  readonly similar: readonly Job[];
  /** Null for agents. */
  readonly facts: Facts | null;
  readonly beside: Beside;
  /** Nobody for agents. */
  readonly people: CardPeople;
}

function cardOf(ctx: Context, file: JobFile, parts: CardParts): CardView {
  const { job } = file;
  const { directory } = parts.policy;
  return {
    ...jobView(file, {
      directory,
      trace: parts.trace,
      token: null,
      beside: parts.beside,
      reader: ctx.caller.person,
      ...(parts.facts === null ? {} : { facts: parts.facts }),
    }),
    claims: claimsView(job.action),
    evidence: job.action.evidence.map((item) => ({ ...item, text: maskOrNull(item.text) })),
    reviews: reviewsFor(ctx, file, parts.policy).map(reviewView),
    diff:
      job.proposedAction === null
        ? []
        : [...diffJson(comparable(job.proposedAction), comparable(job.action))],
    effect_text: effectText(job.action),
    similar: parts.similar.map((other) => similarView(job, other)),
    told: [...parts.people.told],
    who: [...parts.people.who],
    you: youOf(ctx, file, parts.policy),
    may: mayOf(ctx, job, parts.policy),
  };
}

function similarView(job: Job, other: Job): CardView["similar"][number] {
  const { resolution } = other;
  return {
    job: { id: other.id, state: other.state, revision: other.revision },
    title: titleOfJob(other),
    resolution: resolution?.kind ?? null,
    reason: maskOrNull(resolution?.reason ?? null),
    code: resolution?.code ?? null,
    near: other.id === job.watch?.near,
    resolved_at: isoOrNull(resolution?.at ?? null),
  };
}

/** SECURITY: of a blind hold whoever has not voted sees only what they wrote themselves. */
function reviewsFor(ctx: Context, file: JobFile, policy: LoadedPolicy): readonly Review[] {
  const { person } = ctx.caller;
  const { directory } = policy;
  if (!hiddenFrom(file, person, directory)) return file.reviews;
  const own = person && directory.canonical(person);
  if (own === null) return [];
  return file.reviews.filter((review) => directory.canonical(review.person)?.id === own.id);
}

/** What a modification can change. */
function comparable(action: Job["action"]): JsonObject {
  const view = maskedActionView(action);
  return { params: view.params, target: view.target, cost: view.cost };
}

function youOf(ctx: Context, file: JobFile, policy: LoadedPolicy): CardView["you"] {
  const { person, scopes } = ctx.caller;
  const nobody = {
    person: null,
    may_review: false,
    why_not: "scope_missing",
    vote: null,
    votes_for: null,
  };
  if (person === null || !scopes.has("review")) return nobody;
  const { job } = file;
  const { allowed, why_not } = permissionOf(ctx, job, policy, "vote");
  const own = policy.directory.canonical(person) ?? person;
  return {
    person: { id: person.id, name: person.name ?? person.email },
    may_review: allowed,
    why_not,
    vote: standingVotes(file.reviews, job.round).get(own.id)?.kind ?? null,
    votes_for: allowed ? votesFor(ctx, job, policy) : null,
  };
}

/** Whoever votes by delegation is told so before they do. */
function votesFor(ctx: Context, job: Job, policy: LoadedPolicy): CardView["you"]["votes_for"] {
  const { person } = ctx.caller;
  if (person === null) return null;
  const { directory } = policy;
  const at = ctx.clock.now();
  const authority = authorize(reviewedOf(job), person, "vote", { directory, at });
  if (!authority.ok || authority.votedFor === null) return null;
  const { principal } = authority;
  return { id: authority.votedFor, name: principal.name ?? principal.email };
}

function mayOf(ctx: Context, job: Job, policy: LoadedPolicy): MayView {
  const may = (act: Act): Permission => permissionOf(ctx, job, policy, act);
  return {
    vote: may("vote"),
    modify: may("modify"),
    claim: may("claim"),
    override: may("override"),
  };
}
