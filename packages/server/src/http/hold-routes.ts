// What people do with a hold beside voting: claim it, hand it over, ask the agent, answer many alike at once.

import {
  answerRequest,
  askRequest,
  assignRequest,
  batchAnswer,
  batchRequest,
  claimRequest,
  releaseRequest,
} from "@holdpoint/core/wire/hold";
import { jobView } from "@holdpoint/core/wire/response";
import { answerQuestion, askAgent } from "../flow/ask-agent.ts";
import { assignCard, claimCard, releaseCard } from "../flow/claim-card.ts";
import { reviewBatch } from "../flow/review-batch.ts";
import { withTag } from "./job-routes.ts";
import { ok, post, type Route } from "./route.ts";

const tag = "approvals";

export const holdRoutes: readonly Route[] = [
  post({
    path: "/approvals/batch",
    operationId: "reviewBatch",
    summary: "Approve or reject holds of one rule, topic and agent; each is answered by itself",
    tag,
    body: batchRequest,
    answers: { 200: batchAnswer },
    handle: async ({ ctx, body, idempotencyKey }) =>
      ok(await reviewBatch(ctx, body, idempotencyKey)),
  }),
  post({
    path: "/approvals/{id}/claim",
    operationId: "claimCard",
    summary: "Take the card, so that others read another; it keeps nobody from voting",
    tag,
    body: claimRequest,
    answers: { 200: jobView },
    handle: async ({ ctx, params, idempotencyKey }) =>
      withTag(await claimCard(ctx, { jobId: params["id"] ?? "", idempotencyKey })),
  }),
  post({
    path: "/approvals/{id}/release",
    operationId: "releaseCard",
    summary: "Give the card back",
    tag,
    body: releaseRequest,
    answers: { 200: jobView },
    handle: async ({ ctx, params, idempotencyKey }) =>
      withTag(await releaseCard(ctx, { jobId: params["id"] ?? "", idempotencyKey })),
  }),
  post({
    path: "/approvals/{id}/assign",
    operationId: "assignCard",
    summary: "Give the card to somebody else who may review the hold",
    tag,
    body: assignRequest,
    answers: { 200: jobView },
    handle: async ({ ctx, params, body, idempotencyKey }) =>
      withTag(await assignCard(ctx, { jobId: params["id"] ?? "", request: body, idempotencyKey })),
  }),
  post({
    path: "/approvals/{id}/ask",
    operationId: "askAgent",
    summary: "Ask the agent something about the hold",
    tag,
    body: askRequest,
    answers: { 200: jobView },
    handle: async ({ ctx, params, body, idempotencyKey }) =>
      withTag(await askAgent(ctx, { jobId: params["id"] ?? "", text: body.text, idempotencyKey })),
  }),
  post({
    path: "/jobs/{id}/answers",
    operationId: "answerQuestion",
    summary: "Answer a question of a reviewer; shown as the agent's claim",
    tag: "jobs",
    body: answerRequest,
    answers: { 200: jobView },
    handle: async ({ ctx, params, body, idempotencyKey }) =>
      withTag(
        await answerQuestion(ctx, { jobId: params["id"] ?? "", request: body, idempotencyKey }),
      ),
  }),
];
