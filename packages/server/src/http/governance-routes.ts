// The doors around an emergency: the override itself, incidents, governance, and takeovers after a rejection.

import type { Digest } from "@holdpoint/core/base/digest";
import {
  alertmanagerAnswer,
  alertmanagerRequest,
  findingCloseRequest,
  governanceCloseRequest,
  governanceFindingView,
  governancePage,
  governanceReport,
  governanceView,
  incidentPage,
  incidentRequest,
  incidentsQuery,
  incidentView,
  overrideRequest,
  reportQuery,
  takeoverAnswer,
  takeoverEndRequest,
  takeoverPage,
  takeoverView,
  taskQuery,
} from "@holdpoint/core/wire/governance";
import { reviewAnswer } from "@holdpoint/core/wire/response";
import { takeAlerts } from "../flow/alertmanager.ts";
import {
  closeFinding,
  closeGovernance,
  listGovernance,
  readGovernance,
} from "../flow/governance.ts";
import { governanceReport as makeReport } from "../flow/governance-view.ts";
import { closeIncident, listIncidents, openIncident } from "../flow/incidents.ts";
import { override } from "../flow/override.ts";
import { claimTakeover, endTakeover, listTakeovers, readTakeover } from "../flow/takeovers.ts";
import { get, ok, post, type Route } from "./route.ts";

const overrideRoute = post({
  path: "/approvals/{id}/override",
  operationId: "override",
  summary: "Release a hold in an emergency that its rule provides for; people judge it afterwards",
  tag: "approvals",
  body: overrideRequest,
  answers: { 200: reviewAnswer },
  isFreshAuth: true,
  handle: async ({ ctx, params, body, idempotencyKey }) => {
    const answer = await override(ctx, {
      jobId: params["id"] ?? "",
      reason: body.reason,
      incident: body.incident ?? null,
      seenHash: (body.job_hash as Digest | undefined) ?? null,
      idempotencyKey,
    });
    return { status: 200, body: answer, headers: { etag: `"${answer.job.revision}"` } };
  },
});

const incidentRoutes: readonly Route[] = [
  get({
    path: "/incidents",
    operationId: "listIncidents",
    summary: "Incidents that are open, or with state=all the newest of all",
    tag: "governance",
    query: incidentsQuery,
    answers: { 200: incidentPage },
    handle: async ({ ctx, query }) => ok(await listIncidents(ctx, query.state === "open")),
  }),
  post({
    path: "/incidents",
    operationId: "openIncident",
    summary: "Open an incident, which overrides of some rules need",
    tag: "governance",
    body: incidentRequest,
    answers: { 200: incidentView },
    isFreshAuth: true,
    handle: async ({ ctx, body, idempotencyKey }) =>
      ok(await openIncident(ctx, body, idempotencyKey)),
  }),
  post({
    path: "/incidents/alertmanager",
    operationId: "takeAlerts",
    summary:
      "Webhook of an Alertmanager: alerts that fire open incidents, resolved ones close them",
    tag: "governance",
    body: alertmanagerRequest,
    answers: { 200: alertmanagerAnswer },
    handle: async ({ ctx, body }) => ok(await takeAlerts(ctx, body)),
  }),
  post({
    path: "/incidents/{id}/close",
    operationId: "closeIncident",
    summary: "Close an incident",
    tag: "governance",
    answers: { 200: incidentView },
    handle: async ({ ctx, params }) => ok(await closeIncident(ctx, params["id"] ?? "")),
  }),
];

const reviewRoutes: readonly Route[] = [
  get({
    path: "/governance",
    operationId: "listGovernance",
    summary: "Overrides that are to be judged, newest first, and findings about too many of them",
    tag: "governance",
    query: taskQuery,
    answers: { 200: governancePage },
    handle: async ({ ctx, query }) => ok(await listGovernance(ctx, query)),
  }),
  get({
    path: "/governance/report",
    operationId: "governanceReport",
    summary: "Overrides of a period, by person, rule and agent, and what became of their reviews",
    tag: "governance",
    query: reportQuery,
    answers: { 200: governanceReport },
    handle: async ({ ctx, query }) => ok(await makeReport(ctx, query)),
  }),
  get({
    path: "/governance/{id}",
    operationId: "readGovernance",
    summary: "One override with its judgement",
    tag: "governance",
    answers: { 200: governanceView },
    handle: async ({ ctx, params }) => ok(await readGovernance(ctx, params["id"] ?? "")),
  }),
  post({
    path: "/governance/{id}/close",
    operationId: "closeGovernance",
    summary: "Judge an override: legitimate or not, what went wrong, how to avoid it",
    tag: "governance",
    body: governanceCloseRequest,
    answers: { 200: governanceView },
    isFreshAuth: true,
    handle: async ({ ctx, params, body }) =>
      ok(await closeGovernance(ctx, params["id"] ?? "", body)),
  }),
  post({
    path: "/governance/findings/{id}/close",
    operationId: "closeFinding",
    summary: "Close a finding; overrides that it tightened take one person again",
    tag: "governance",
    body: findingCloseRequest,
    answers: { 200: governanceFindingView },
    isFreshAuth: true,
    handle: async ({ ctx, params, body }) =>
      ok(await closeFinding(ctx, params["id"] ?? "", body.note)),
  }),
];

const takeoverRoutes: readonly Route[] = [
  get({
    path: "/takeovers",
    operationId: "listTakeovers",
    summary: "What people have to do by hand after a rejection, newest first",
    tag: "governance",
    query: taskQuery,
    answers: { 200: takeoverPage },
    handle: async ({ ctx, query }) => ok(await listTakeovers(ctx, query)),
  }),
  get({
    path: "/takeovers/{id}",
    operationId: "readTakeover",
    summary: "One takeover",
    tag: "governance",
    answers: { 200: takeoverView },
    handle: async ({ ctx, params }) => ok(await readTakeover(ctx, params["id"] ?? "")),
  }),
  post({
    path: "/takeovers/{id}/claim",
    operationId: "claimTakeover",
    summary: "Take a task, so that nobody else does it too",
    tag: "governance",
    answers: { 200: takeoverAnswer },
    handle: async ({ ctx, params }) => ok(await claimTakeover(ctx, params["id"] ?? "")),
  }),
  post({
    path: "/takeovers/{id}/done",
    operationId: "finishTakeover",
    summary: "Say that it was done by hand; the agent is told",
    tag: "governance",
    body: takeoverEndRequest,
    answers: { 200: takeoverAnswer },
    handle: async ({ ctx, params, body }) =>
      ok(await endTakeover(ctx, params["id"] ?? "", { state: "done", note: body.note ?? null })),
  }),
  post({
    path: "/takeovers/{id}/return",
    operationId: "returnTakeover",
    summary: "Give it back to the agent, which is told why",
    tag: "governance",
    body: takeoverEndRequest,
    answers: { 200: takeoverAnswer },
    handle: async ({ ctx, params, body }) =>
      ok(
        await endTakeover(ctx, params["id"] ?? "", { state: "returned", note: body.note ?? null }),
      ),
  }),
];

// A fixed path stands before one with a parameter in its place.
export const governanceRoutes: readonly Route[] = [
  overrideRoute,
  ...incidentRoutes,
  ...reviewRoutes,
  ...takeoverRoutes,
];
