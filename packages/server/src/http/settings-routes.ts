// The operators' door: policies, keys, the record, who am I.

import { z } from "zod";
import { eventsQuery, keyRequest, policyRequest } from "@holdpoint/core/wire/request";
import {
  eventPage,
  findingView,
  keyCreated,
  keyPage,
  keyView,
  meView,
  policyPage,
  policyView,
} from "@holdpoint/core/wire/response";
import type { Context } from "../flow/context.ts";
import { createKey, listKeys, revokeKey } from "../flow/manage-keys.ts";
import { checkSource, listPolicies, readPolicy } from "../flow/publish-policy.ts";
import { listEvents } from "../flow/read-record.ts";
import { version } from "../version.ts";
import { get, ok, post, type Route } from "./route.ts";

const checkRequest = policyRequest.pick({ source: true });
const checkView = z.object({ ok: z.boolean(), findings: z.array(findingView) });

export const settingsRoutes: readonly Route[] = [
  get({
    path: "/me",
    operationId: "readMe",
    summary: "Who this connection is, and what it may do",
    tag: "identity",
    answers: { 200: meView },
    handle: async ({ ctx }) => ok(me(ctx)),
  }),
  get({
    path: "/policies",
    operationId: "listPolicies",
    summary: "Policy snapshots, newest first",
    tag: "policies",
    answers: { 200: policyPage },
    handle: async ({ ctx }) => ok(await listPolicies(ctx)),
  }),
  get({
    path: "/policies/{digest}",
    operationId: "readPolicy",
    summary: "One snapshot with its source; `active` is the running one",
    tag: "policies",
    answers: { 200: policyView },
    handle: async ({ ctx, params }) => ok(await readPolicy(ctx, params["digest"] ?? "")),
  }),
  post({
    path: "/policies/check",
    operationId: "checkPolicy",
    summary: "Everything that is wrong or doubtful about a policy file",
    tag: "policies",
    body: checkRequest,
    answers: { 200: checkView },
    isPolicyBody: true,
    handle: async ({ ctx, body }) => ok(await checkSource(ctx, body.source)),
  }),
  get({
    path: "/keys",
    operationId: "listKeys",
    summary: "API keys, without their secrets",
    tag: "identity",
    answers: { 200: keyPage },
    handle: async ({ ctx }) => ok(await listKeys(ctx)),
  }),
  post({
    path: "/keys",
    operationId: "createKey",
    summary: "Make an API key; its secret is answered this once",
    tag: "identity",
    body: keyRequest,
    answers: { 201: keyCreated },
    handle: async ({ ctx, body }) => ({ status: 201, body: await createKey(ctx, body) }),
  }),
  post({
    path: "/keys/{id}/revoke",
    operationId: "revokeKey",
    summary: "End an API key at once",
    tag: "identity",
    answers: { 200: keyView },
    handle: async ({ ctx, params }) => ok(await revokeKey(ctx, params["id"] ?? "")),
  }),
  get({
    path: "/audit/events",
    operationId: "listEvents",
    summary: "The record, page by page",
    tag: "record",
    query: eventsQuery,
    answers: { 200: eventPage },
    handle: async ({ ctx, query }) => ok(await listEvents(ctx, query)),
  }),
];

function me(ctx: Context): z.infer<typeof meView> {
  const { caller } = ctx;
  return {
    tenant: caller.tenant,
    development: caller.isDevelopment,
    person: caller.person && {
      id: caller.person.id,
      name: caller.person.name ?? caller.person.email,
      roles: [...caller.person.roles],
    },
    agent: caller.agent?.id ?? null,
    scopes: [...caller.scopes],
    version,
  };
}
