// The queue and the card: what people are shown, made from the real action.

import { pageSizeMax } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import { effectText } from "@holdpoint/core/action/summary";
import { diffJson } from "@holdpoint/core/action/diff";
import { maskOrNull } from "@holdpoint/core/action/mask";
import { authorizeReview } from "@holdpoint/core/approval/authority";
import { standingVotes } from "@holdpoint/core/approval/review";
import { reviewedOf } from "@holdpoint/core/job/apply-review";
import type { Facts } from "@holdpoint/core/policy/facts";
import type { Job, JobFile } from "@holdpoint/core/job/job";
import { isWaiting } from "@holdpoint/core/job/state";
import type { JsonObject } from "@holdpoint/core/base/json/value";
import type { ApprovalsQuery } from "@holdpoint/core/wire/request";
import type { ApprovalPage, CardView } from "@holdpoint/core/wire/response";
import {
  maskedActionView,
  approvalItem,
  claimsView,
  isoOrNull,
  jobView,
  reviewView,
  titleOfJob,
} from "@holdpoint/core/wire/view";
import { likeOfTopic } from "../storage/job-store.ts";
import type { Context } from "./context.ts";
import { requireViewer } from "./context.ts";
import { factsToShow } from "./facts.ts";
import type { LoadedPolicy } from "./policy-book.ts";
import { refusePublication } from "./review.ts";
import { findVisible, latestTrace, policyOf, requireReader } from "./read-job.ts";

const pendingCountMax = 1_000;
const similarMax = 5;

export async function listApprovals(ctx: Context, query: ApprovalsQuery): Promise<ApprovalPage> {
  requireViewer(ctx);
  const { tenant } = ctx.caller;
  const [page, pending] = await Promise.all([
    ctx.store.listApprovals(tenant, {
      includeResolved: query.include_resolved === "true",
      state: query.state ?? null,
      rule: query.rule ?? null,
      topic: query.topic === undefined ? null : likeOfTopic(query.topic),
      agent: query.agent ?? null,
      risk: query.risk ?? null,
      text: query.q === undefined || query.q === "" ? null : query.q,
      isNewestFirst: query.sort === "newest",
      limit: Math.min(query.limit, pageSizeMax),
      after: query.cursor === undefined ? null : readCursor(query.cursor),
    }),
    ctx.store.countPending(tenant, pendingCountMax),
  ]);
  return {
    items: page.jobs.map(approvalItem),
    next_cursor: page.nextAfter === null ? null : String(page.nextAfter),
    pending,
  };
}

export async function readCard(ctx: Context, jobId: string): Promise<CardView> {
  requireReader(ctx);
  const found = await findVisible(ctx, jobId);
  const { job } = found.file;
  const [policy, trace, similar, facts] = await Promise.all([
    policyOf(ctx, found),
    latestTrace(ctx, jobId),
    ctx.store.findSimilar(ctx.caller.tenant, job, similarMax),
    ctx.caller.person === null ? null : factsToShow(ctx, job),
  ]);
  const { remediatedBy } = found;
  return cardOf(ctx, found.file, { policy, trace, similar, facts, remediatedBy });
}

interface CardParts {
  readonly policy: LoadedPolicy;
  readonly trace: CardView["trace"];
  readonly similar: readonly Job[];
  /** Null for agents. */
  readonly facts: Facts | null;
  readonly remediatedBy: string | null;
}

function cardOf(ctx: Context, file: JobFile, parts: CardParts): CardView {
  const { job } = file;
  return {
    ...jobView(file, {
      directory: parts.policy.directory,
      trace: parts.trace,
      token: null,
      remediatedBy: parts.remediatedBy,
      ...(parts.facts === null ? {} : { facts: parts.facts }),
    }),
    claims: claimsView(job.action),
    evidence: job.action.evidence.map((item) => ({ ...item, text: maskOrNull(item.text) })),
    reviews: file.reviews.map(reviewView),
    diff:
      job.proposedAction === null
        ? []
        : [...diffJson(comparable(job.proposedAction), comparable(job.action))],
    effect_text: effectText(job.action),
    similar: parts.similar.map((other) => ({
      job: { id: other.id, state: other.state, revision: other.revision },
      title: titleOfJob(other),
      resolution: other.resolution?.kind ?? null,
      resolved_at: isoOrNull(other.resolution?.at ?? null),
    })),
    you: youOf(ctx, file, parts.policy),
  };
}

/** What a modification can change. */
function comparable(action: Job["action"]): JsonObject {
  const view = maskedActionView(action);
  return { params: view.params, target: view.target, cost: view.cost };
}

function youOf(ctx: Context, file: JobFile, policy: LoadedPolicy): CardView["you"] {
  const { person, scopes } = ctx.caller;
  const nobody = { person: null, may_review: false, why_not: "scope_missing", vote: null };
  if (person === null || !scopes.has("review")) return nobody;
  const { job } = file;
  const authority = authorizeReview(reviewedOf(job), person, policy.directory);
  const own = refusePublication(ctx, job, "approve");
  const whyNot = !authority.ok
    ? authority.code
    : own !== null
      ? own.code
      : isWaiting(job.state)
        ? null
        : job.held
          ? "approval_already_resolved"
          : "approval_not_actionable";
  return {
    person: { id: person.id, name: person.name ?? person.email },
    may_review: whyNot === null,
    why_not: whyNot,
    vote: standingVotes(file.reviews, job.round).get(person.id)?.kind ?? null,
  };
}

function readCursor(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new HoldpointError("cursor_invalid", {
    message: "use the `next_cursor` of an earlier page, unchanged",
  });
}
