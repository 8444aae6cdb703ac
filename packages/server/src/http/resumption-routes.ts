// The door of suspended runs: agents suspend and take up, people look after what was given up.

import {
  claimedPage,
  claimedRun,
  claimOneRequest,
  claimRequest,
  completeRequest,
  extendRequest,
  failRequest,
  resumptionPage,
  resumptionsQuery,
  resumptionView,
  runReasonRequest,
  suspendRequest,
} from "@holdpoint/core/wire/resumption";
import { claimRun, claimRuns } from "../flow/claim-runs.ts";
import { cancelRun, listRuns, readRun, retryRun } from "../flow/manage-runs.ts";
import { completeRun, extendRun, failRun } from "../flow/settle-run.ts";
import { suspendRun } from "../flow/suspend.ts";
import { get, ok, post, type Route } from "./route.ts";

const tag = "resumptions";
const one = "/resumptions/{id}";

const workerRoutes: readonly Route[] = [
  post({
    path: "/resumptions",
    operationId: "suspendRun",
    summary: "Keep the state of a run and let it wait for the answers to its calls",
    tag,
    body: suspendRequest,
    isStateBody: true,
    answers: { 200: resumptionView },
    handle: async ({ ctx, body }) => ok(await suspendRun(ctx, body)),
  }),
  post({
    path: "/resumptions/claim",
    operationId: "claimRuns",
    summary: "Take up runs that can go on, each for the time of a lease; waits for one",
    tag,
    body: claimRequest,
    answers: { 200: claimedPage },
    isFreshAuth: true,
    handle: async ({ ctx, body, onLeave }) => ok(await claimRuns(ctx, body, onLeave)),
  }),
  post({
    path: `${one}/claim`,
    operationId: "claimRun",
    summary: "Take up one run that can go on",
    tag,
    body: claimOneRequest,
    answers: { 200: claimedRun },
    isFreshAuth: true,
    handle: async ({ ctx, params, body }) => ok(await claimRun(ctx, params["id"] ?? "", body)),
  }),
  post({
    path: `${one}/extend`,
    operationId: "extendRun",
    summary: "Keep a claimed run for longer",
    tag,
    body: extendRequest,
    answers: { 200: resumptionView },
    handle: async ({ ctx, params, body }) => ok(await extendRun(ctx, params["id"] ?? "", body)),
  }),
  post({
    path: `${one}/complete`,
    operationId: "completeRun",
    summary: "The run has gone on with the answers that came with the claim",
    tag,
    body: completeRequest,
    answers: { 200: resumptionView },
    handle: async ({ ctx, params, body }) => ok(await completeRun(ctx, params["id"] ?? "", body)),
  }),
  post({
    path: `${one}/fail`,
    operationId: "failRun",
    summary: "The run could not go on; it is tried again, or given up",
    tag,
    body: failRequest,
    answers: { 200: resumptionView },
    handle: async ({ ctx, params, body }) => ok(await failRun(ctx, params["id"] ?? "", body)),
  }),
];

const peopleRoutes: readonly Route[] = [
  get({
    path: "/resumptions",
    operationId: "listRuns",
    summary: "Suspended runs, newest first",
    tag,
    query: resumptionsQuery,
    answers: { 200: resumptionPage },
    handle: async ({ ctx, query }) => ok(await listRuns(ctx, query)),
  }),
  get({
    path: one,
    operationId: "readRun",
    summary: "One suspended run",
    tag,
    answers: { 200: resumptionView },
    handle: async ({ ctx, params }) => ok(await readRun(ctx, params["id"] ?? "")),
  }),
  post({
    path: `${one}/retry`,
    operationId: "retryRun",
    summary: "Give a run that was given up all its attempts again",
    tag,
    body: runReasonRequest,
    answers: { 200: resumptionView },
    handle: async ({ ctx, params, body }) =>
      ok(await retryRun(ctx, params["id"] ?? "", body.reason ?? null)),
  }),
  post({
    path: `${one}/cancel`,
    operationId: "cancelRun",
    summary: "Take a suspended run back; its calls stay as they are",
    tag,
    body: runReasonRequest,
    answers: { 200: resumptionView },
    handle: async ({ ctx, params, body }) =>
      ok(await cancelRun(ctx, params["id"] ?? "", body.reason ?? null)),
  }),
];

export const resumptionRoutes: readonly Route[] = [...workerRoutes, ...peopleRoutes];
