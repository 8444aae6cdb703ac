// The agents' door: propose, wait, redeem, report.

import { idempotencyMismatch, proposalStatus } from "./answer.ts";
import {
  jobView,
  decisionsView,
  outputView,
  redeemAnswer,
  type JobView,
} from "@holdpoint/core/wire/response";
import {
  cancelRequest,
  outcomeRequest,
  redeemRequest,
  revokeRequest,
  settleRequest,
  waitQuery,
} from "@holdpoint/core/wire/request";
import { proposal } from "@holdpoint/core/wire/shape";
import { remediateRequest } from "@holdpoint/core/wire/tools";
import { redeem, renewGrant, reportOutcome } from "../flow/execute.ts";
import { readOutputOf } from "../flow/outputs.ts";
import { settleJob } from "../flow/settle-job.ts";
import { propose } from "../flow/propose.ts";
import { remediate } from "../flow/remediate.ts";
import { readJob, waitForJob } from "../flow/read-job.ts";
import { readDecisions } from "../flow/read-record.ts";
import { withdraw } from "../flow/withdraw.ts";
import { get, ok, post, type Route, type RouteAnswer } from "./route.ts";

const tag = "jobs";

export const jobRoutes: readonly Route[] = [
  post({
    path: "/actions",
    operationId: "proposeAction",
    summary: "Propose an action; policy decides in the same call",
    tag,
    body: proposal,
    answers: { 200: jobView, 202: jobView },
    invalidCode: "action_invalid",
    handle: async ({ ctx, body, idempotencyKey }) => {
      const key = oneKey(body.idempotency_key ?? null, idempotencyKey);
      const { view } = await propose(ctx, key === null ? body : { ...body, idempotency_key: key });
      return { ...withTag(view), ...proposalStatus(view) };
    },
  }),
  get({
    path: "/jobs/{id}",
    operationId: "readJob",
    summary: "A job, with its grant for the agent that proposed it",
    tag,
    answers: { 200: jobView },
    handle: async ({ ctx, params }) => withTag(await readJob(ctx, params["id"] ?? "")),
  }),
  get({
    path: "/jobs/{id}/wait",
    operationId: "waitForJob",
    summary: "Answers as soon as the job is decided, or has ended, or after the timeout in seconds",
    tag,
    query: waitQuery,
    answers: { 200: jobView },
    handle: async ({ ctx, params, query, onLeave }) =>
      withTag(
        await waitForJob(ctx, params["id"] ?? "", {
          timeoutMs: query.timeout * 1000,
          since: query.since ?? null,
          until: query.until,
          onLeave,
        }),
      ),
  }),
  get({
    path: "/jobs/{id}/output",
    operationId: "readOutput",
    summary: "What the execution gave, for the agent that proposed and for enforcement points",
    tag,
    answers: { 200: outputView },
    handle: async ({ ctx, params }) => ok(await readOutputOf(ctx, params["id"] ?? "")),
  }),
  get({
    path: "/jobs/{id}/decisions",
    operationId: "readDecisions",
    summary: "Everything that policy and people decided about a job",
    tag,
    answers: { 200: decisionsView },
    handle: async ({ ctx, params }) => ok(await readDecisions(ctx, params["id"] ?? "")),
  }),
  post({
    path: "/jobs/{id}/cancel",
    operationId: "cancelJob",
    summary: "Withdraw a job that has not run",
    tag,
    body: cancelRequest,
    answers: { 200: jobView },
    handle: async ({ ctx, params, body, idempotencyKey }) =>
      withTag(
        await withdraw(ctx, {
          kind: "cancel",
          jobId: params["id"] ?? "",
          reason: body.reason ?? null,
          idempotencyKey,
        }),
      ),
  }),
  post({
    path: "/jobs/{id}/revoke",
    operationId: "revokeJob",
    summary: "Take back the release of a job that has not run",
    tag,
    body: revokeRequest,
    answers: { 200: jobView },
    handle: async ({ ctx, params, body, idempotencyKey }) =>
      withTag(
        await withdraw(ctx, {
          kind: "revoke",
          jobId: params["id"] ?? "",
          reason: body.reason,
          idempotencyKey,
        }),
      ),
  }),
  post({
    path: "/jobs/{id}/remediate",
    operationId: "remediateJob",
    summary: "Propose a job anew with one of the changes that its decision offers",
    tag,
    body: remediateRequest,
    answers: { 200: jobView, 202: jobView },
    handle: async ({ ctx, params, body, idempotencyKey }) => {
      const key = oneKey(body.idempotency_key ?? null, idempotencyKey);
      const view = await remediate(ctx, params["id"] ?? "", { ...body, idempotency_key: key });
      return { ...withTag(view), ...proposalStatus(view) };
    },
  }),
  post({
    path: "/jobs/{id}/grant",
    operationId: "renewGrant",
    summary: "A fresh grant for an approved job; the one before stops working",
    tag,
    isFreshAuth: true,
    answers: { 200: jobView },
    handle: async ({ ctx, params }) => withTag(await renewGrant(ctx, params["id"] ?? "")),
  }),
  post({
    path: "/jobs/{id}/outcome",
    operationId: "reportOutcome",
    summary: "Report how the execution ended",
    tag,
    body: outcomeRequest,
    answers: { 200: jobView },
    handle: async ({ ctx, params, body, idempotencyKey }) =>
      withTag(
        await reportOutcome(ctx, { jobId: params["id"] ?? "", outcome: body, idempotencyKey }),
      ),
  }),
  post({
    path: "/jobs/{id}/settle",
    operationId: "settleJob",
    summary: "Say how an execution ended of which no outcome came",
    tag,
    body: settleRequest,
    answers: { 200: jobView },
    handle: async ({ ctx, params, body, idempotencyKey }) =>
      withTag(await settleJob(ctx, { jobId: params["id"] ?? "", said: body, idempotencyKey })),
  }),
  post({
    path: "/grants/redeem",
    operationId: "redeemGrant",
    summary: "Consume a grant for the action that is about to run",
    tag,
    body: redeemRequest,
    answers: { 200: redeemAnswer },
    handle: async ({ ctx, body, idempotencyKey }) => ok(await redeem(ctx, body, idempotencyKey)),
  }),
];

/** The key of a proposal stands in its body or in the header; two that differ name two proposals. */
function oneKey(inBody: string | null, inHeader: string | null): string | null {
  if (inBody !== null && inHeader !== null && inBody !== inHeader) throw idempotencyMismatch();
  return inBody ?? inHeader;
}

export function withTag(view: JobView): RouteAnswer {
  return { status: 200, body: view, headers: { etag: `"${view.job.revision}"` } };
}
