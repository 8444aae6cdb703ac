// The people's door: the queue, the card, and the reviews.

import type { Digest } from "@holdpoint/core/base/digest";
import {
  abstainRequest,
  approvalsQuery,
  approveRequest,
  commentRequest,
  modifyQuery,
  modifyRequest,
  rejectRequest,
} from "@holdpoint/core/wire/request";
import {
  approvalPage,
  cardView,
  explainView,
  reviewAnswer,
  type ReviewAnswer,
} from "@holdpoint/core/wire/response";
import { z } from "zod";
import { readCard } from "../flow/read-card.ts";
import { listApprovals } from "../flow/read-queue.ts";
import { previewModify, review, type ReviewInput } from "../flow/review.ts";
import { get, ok, post, type Route, type RouteAnswer, type RouteInput } from "./route.ts";

const tag = "approvals";

interface Words {
  readonly reason?: string | undefined;
  readonly note?: string | undefined;
  readonly code?: string | undefined;
  readonly job_hash?: string | undefined;
}

export const approvalRoutes: readonly Route[] = [
  get({
    path: "/approvals",
    operationId: "listApprovals",
    summary: "The queue: holds that wait, or with include_resolved all that ever waited",
    tag,
    query: approvalsQuery,
    answers: { 200: approvalPage },
    handle: async ({ ctx, query }) => ok(await listApprovals(ctx, query)),
  }),
  get({
    path: "/approvals/{id}",
    operationId: "readCard",
    summary: "What a reviewer is shown about a hold",
    tag,
    answers: { 200: cardView },
    handle: async ({ ctx, params }) => {
      const card = await readCard(ctx, params["id"] ?? "");
      return { status: 200, body: card, headers: { etag: `"${card.job.revision}"` } };
    },
  }),
  post({
    path: "/approvals/{id}/approve",
    operationId: "approve",
    summary: "Approve the action that was shown",
    tag,
    body: approveRequest,
    answers: { 200: reviewAnswer },
    handle: async (input) =>
      tagged(await review(input.ctx, reviewInput(input, "approve", input.body))),
  }),
  post({
    path: "/approvals/{id}/reject",
    operationId: "reject",
    summary: "Reject the action; the reason reaches the agent",
    tag,
    body: rejectRequest,
    answers: { 200: reviewAnswer },
    handle: async (input) =>
      tagged(await review(input.ctx, reviewInput(input, "reject", input.body))),
  }),
  post({
    path: "/approvals/{id}/modify",
    operationId: "modify",
    summary:
      "Edit the action: policy decides anew, earlier approvals are void; `preview=true` only asks policy",
    tag,
    query: modifyQuery,
    body: modifyRequest,
    answers: { 200: z.union([reviewAnswer, explainView]) },
    handle: async (input) => {
      const { ctx, params, query, body } = input;
      if (query.preview === "true") return ok(await previewModify(ctx, params["id"] ?? "", body));
      return tagged(await review(ctx, { ...reviewInput(input, "modify", body), edit: body }));
    },
  }),
  post({
    path: "/approvals/{id}/comment",
    operationId: "comment",
    summary: "Say something about the hold without voting",
    tag,
    body: commentRequest,
    answers: { 200: reviewAnswer },
    handle: async (input) =>
      tagged(await review(input.ctx, reviewInput(input, "comment", input.body))),
  }),
  post({
    path: "/approvals/{id}/abstain",
    operationId: "abstain",
    summary: "Leave the vote to others, on the record",
    tag,
    body: abstainRequest,
    answers: { 200: reviewAnswer },
    handle: async (input) =>
      tagged(await review(input.ctx, reviewInput(input, "abstain", input.body))),
  }),
];

function reviewInput(
  input: RouteInput<unknown, unknown>,
  verdict: ReviewInput["verdict"],
  words: Words,
): ReviewInput {
  return {
    jobId: input.params["id"] ?? "",
    verdict,
    reason: words.reason ?? null,
    code: words.code ?? null,
    note: words.note ?? null,
    edit: null,
    seenHash: (words.job_hash as Digest | undefined) ?? null,
    seenRevision: input.ifMatch,
    idempotencyKey: input.idempotencyKey,
  };
}

function tagged(answer: ReviewAnswer): RouteAnswer {
  return { status: 200, body: answer, headers: { etag: `"${answer.job.revision}"` } };
}
