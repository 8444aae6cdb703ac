// Takes one person's review of a hold: approve, reject, modify, comment, abstain. Every door comes here.

import type { Digest } from "@holdpoint/core/base/digest";
import type { Json } from "@holdpoint/core/base/json/value";
import { isVote, type ReviewKind } from "@holdpoint/core/approval/review";
import { refuse } from "@holdpoint/core/base/result";
import { authorize } from "@holdpoint/core/approval/authority";
import { personActor } from "@holdpoint/core/job/held";
import { reviewedOf } from "@holdpoint/core/job/reviewed";
import { errorOf } from "@holdpoint/core/error/error";
import type { Job } from "@holdpoint/core/job/job";
import { constraintsToJson } from "@holdpoint/core/job/change";
import { isPublication, publishTopic } from "@holdpoint/core/policy/publish";
import { editAction } from "@holdpoint/core/wire/action-door";
import type { ModifyRequest } from "@holdpoint/core/wire/request";
import type { ExplainView, ReviewAnswer, TraceView } from "@holdpoint/core/wire/response";
import {
  decisionWordOf,
  jobView,
  requirementViews,
  reviewView,
  warningViews,
} from "@holdpoint/core/wire/view";
import { carryOutNow } from "./carry-out.ts";
import { changeJob, requestKeyOf } from "./change-job.ts";
import { type Context, requirePerson } from "./context.ts";
import { asDeclared, type KnownAction } from "./known-action.ts";
import type { Basis, LoadedPolicy } from "./loaded-policy.ts";
import { findVisible, policyOf } from "./read-job.ts";
import { refusedAttempt } from "./refused-attempt.ts";
import { surroundingsOf } from "./surroundings.ts";

export interface ReviewInput {
  readonly jobId: string;
  readonly verdict: ReviewKind;
  readonly reason: string | null;
  readonly code: string | null;
  readonly note: string | null;
  readonly edit: ModifyRequest | null;
  /** What the reviewer saw: the hash in the body, the revision of `If-Match`. */
  readonly seenHash: Digest | null;
  readonly seenRevision: number | null;
  readonly idempotencyKey: string | null;
}

export async function review(ctx: Context, input: ReviewInput): Promise<ReviewAnswer> {
  const person = requirePerson(ctx, "review");
  const answer = await changeJob<ReviewAnswer>(ctx, {
    jobId: input.jobId,
    name: input.verdict,
    by: personActor(person),
    requestKey: requestKeyOf(input.idempotencyKey, input.verdict, keyedPart(input)),
    isPolicyBound: true,
    command: async (found, policy) => {
      const { job } = found.file;
      const refusal = refusePublication(ctx, job, input.verdict);
      if (refusal !== null) return refusal;
      const now = ctx.clock.now();
      const basis = { facts: job.facts, now };
      const edit = input.edit === null ? null : knownEdit(policy, job, { edit: input.edit, basis });
      const ruling = policy.rule(job.tenant, edit ?? job, basis);
      return {
        ok: true,
        command: {
          kind: "review",
          verdict: input.verdict,
          person,
          reason: input.reason,
          code: input.code,
          note: input.note,
          seenHash: input.seenHash,
          seenRevision: input.seenRevision,
          edited: edit?.action ?? null,
          enrichment: edit?.enrichment ?? null,
          ruling,
          around: await surroundingsOf(ctx, policy, {
            tenant: job.tenant,
            decision: ruling.decision,
          }),
          directory: policy.directory,
          reviewId: ctx.ids.review(),
          grantId: ctx.ids.grant(),
          now,
        },
      };
    },
    answer: async (file, change, policy) => ({
      ...jobView(file, {
        directory: policy.directory,
        trace: null,
        token: null,
        reader: person,
      }),
      review: change.review && reviewView(change.review),
    }),
  });
  if (answer.action.topic === publishTopic)
    await carryOutNow(ctx, ctx.caller.tenant, answer.job.id);
  return answer;
}

/**
 * SECURITY: a vote about a publication takes an admin, so that whoever the rule asks, only admins
 * count; and it is about the text that was drafted, which nobody edits on the way.
 */
export function refusePublication(
  ctx: Context,
  job: Job,
  verdict: ReviewKind,
): ReturnType<typeof refuse> | null {
  if (!isPublication(job.action) || !isVote(verdict)) return null;
  if (!ctx.caller.scopes.has("admin")) {
    return refuse("scope_missing", "publications are voted on with the scope `admin`");
  }
  if (verdict !== "modify") return null;
  return refuse(
    "publication_fixed",
    "reject it and say what to change; its author edits the draft",
  );
}

/** What policy would say about an edit; nothing is written. */
export async function previewModify(
  ctx: Context,
  jobId: string,
  edit: ModifyRequest,
): Promise<ExplainView> {
  const person = requirePerson(ctx, "review");
  const found = await findVisible(ctx, jobId);
  const policy = await policyOf(ctx, found);
  const authority = authorize(reviewedOf(found.file.job), person, "modify", {
    directory: policy.directory,
    at: ctx.clock.now(),
  });
  const { job } = found.file;
  if (!authority.ok) {
    const by = personActor(person);
    throw await refusedAttempt(ctx, errorOf(authority), { verb: "modify", by, job });
  }
  const basis = { facts: job.facts, now: ctx.clock.now() };
  return explainAction(policy, {
    tenant: job.tenant,
    known: knownEdit(policy, job, { edit, basis }),
    basis,
  });
}

/** What the server makes of a reviewer's edit: tags and effect are those of the edited action. */
function knownEdit(
  policy: LoadedPolicy,
  job: Job,
  { edit, basis }: { edit: ModifyRequest; basis: Basis },
): KnownAction {
  return policy.learn(job.tenant, asDeclared(editAction(job.action, edit), job), basis);
}

/** A decision with its trace as the API answers it. */
export function explainAction(
  policy: LoadedPolicy,
  { tenant, known, basis }: { tenant: string; known: KnownAction; basis: Basis },
): ExplainView {
  const { decision, snapshot, trace } = policy.rule(tenant, known, basis);
  return {
    decision: decisionWordOf(decision.kind),
    policy_snapshot: snapshot,
    policy_rule_id: decision.ruleId,
    policy_reason: decision.reason,
    constraints: decision.constraints && constraintsToJson(decision.constraints),
    requirements: requirementViews(decision, []),
    warnings: warningViews(decision),
    unenforced: decision.unenforced && decisionWordOf(decision.unenforced),
    trace: trace as unknown as TraceView,
  };
}

function keyedPart(input: ReviewInput): Json {
  return {
    job: input.jobId,
    reason: input.reason,
    code: input.code,
    note: input.note,
    edit: input.edit as unknown as Json,
    seen: input.seenHash,
  };
}
