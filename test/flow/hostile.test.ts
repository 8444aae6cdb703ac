// Hostile bodies, headers and addresses: each is refused by its own code, and nothing of it is stored.

import { afterAll, beforeAll } from "vitest";
import {
  type Attack,
  refuseAll,
  heldAction,
  type HostileWorld,
  openHostileWorld,
} from "./hostile-world.ts";

let world: HostileWorld;

beforeAll(async () => {
  world = await openHostileWorld();
});

afterAll(() => world?.close());

const refuse = (group: string, attacks: readonly Attack[]): void =>
  refuseAll(() => world, group, attacks);

const actions = "/actions";
const params = (text: string): { body: string } => ({
  body: `{"topic":"job.db.delete","params":${text}}`,
});
const withField = (field: string, value: unknown): { body: object } => ({
  body: { ...heldAction, [field]: value },
});

refuse("of fields that nobody may send,", [
  ...[
    "agent_id",
    "person",
    "tenant",
    "principal",
    "actor",
    "approved_by",
    "role",
    "state",
    "decision",
    "grant",
    "__proto__x",
    "snapshot",
  ].map((field): Attack => ({
    what: `\`${field}\``,
    path: actions,
    send: withField(field, "x"),
    status: 400,
    code: "action_invalid",
  })),
  {
    what: "an agent's own name for itself",
    path: actions,
    send: withField("agent", { id: "admin" }),
    status: 400,
    code: "action_invalid",
    at: "/agent",
  },
  {
    what: "`__proto__` beside the action",
    path: actions,
    send: { body: '{"topic":"job.db.delete","params":{},"__proto__":{"state":"APPROVED"}}' },
    status: 400,
    code: "action_invalid",
  },
  {
    what: "a person in a review",
    path: (w) => `/approvals/${w.hold}/approve`,
    send: { body: { person: "eve" } },
    status: 400,
    code: "request_invalid",
  },
  {
    what: "a tenant in a review",
    path: (w) => `/approvals/${w.hold}/approve`,
    send: { body: { tenant: "other" } },
    status: 400,
    code: "request_invalid",
  },
  {
    what: "an agent in an outcome",
    path: (w) => `/jobs/${w.released}/outcome`,
    send: { body: { status: "SUCCEEDED", agent: "x" } },
    status: 400,
    code: "request_invalid",
  },
  {
    what: "anything in a call that takes nothing",
    path: (w) => `/jobs/${w.released}/grant`,
    send: { body: { life: "1y" } },
    status: 400,
    code: "request_invalid",
  },
  {
    what: "a tenant in a query",
    method: "GET",
    path: "/approvals?tenant=other",
    status: 400,
    code: "query_invalid",
  },
  {
    what: "parameters that are a list",
    path: actions,
    send: params("[]"),
    status: 400,
    code: "action_invalid",
    at: "/params",
  },
  {
    what: "a body that is a list",
    path: actions,
    send: { body: "[]" },
    status: 400,
    code: "action_invalid",
    at: "",
  },
  {
    what: "a job id with a slash",
    path: actions,
    send: withField("job_id", "../x"),
    status: 400,
    code: "action_invalid",
    at: "/job_id",
  },
  {
    what: "a job id of other letters",
    path: actions,
    send: withField("job_id", "jöb"),
    status: 400,
    code: "action_invalid",
    at: "/job_id",
  },
  {
    what: "an empty job id",
    path: actions,
    send: withField("job_id", ""),
    status: 400,
    code: "action_invalid",
    at: "/job_id",
  },
  {
    what: "a rejection without a reason",
    path: (w) => `/approvals/${w.hold}/reject`,
    send: { body: {} },
    status: 400,
    code: "request_invalid",
    at: "/reason",
  },
  {
    what: "a rejection whose reason is blank",
    path: (w) => `/approvals/${w.hold}/reject`,
    send: { body: { reason: " \t " } },
    status: 400,
    code: "request_invalid",
    at: "/reason",
  },
  {
    what: "an edit without a reason",
    path: (w) => `/approvals/${w.hold}/modify`,
    send: { body: { params: {} } },
    status: 400,
    code: "request_invalid",
    at: "/reason",
  },
]);

refuse("by address, method and header,", [
  {
    what: "GET on an address that decides",
    method: "GET",
    path: (w) => `/approvals/${w.hold}/approve`,
    status: 405,
    code: "method_not_allowed",
  },
  {
    what: "GET on a revocation",
    method: "GET",
    path: (w) => `/jobs/${w.released}/revoke`,
    status: 405,
    code: "method_not_allowed",
  },
  {
    what: "DELETE of a job",
    method: "DELETE",
    path: (w) => `/jobs/${w.hold}`,
    status: 405,
    code: "method_not_allowed",
  },
  {
    what: "PUT of a policy",
    method: "PUT",
    path: "/policies/active",
    status: 405,
    code: "method_not_allowed",
  },
  {
    what: "an address that leaves the API",
    method: "GET",
    path: "/jobs/..%2f..%2fetc%2fpasswd",
    status: 404,
    code: "job_not_found",
  },
  {
    what: "an id of other letters",
    method: "GET",
    path: "/jobs/%F0%9F%92%A9",
    status: 404,
    code: "job_not_found",
  },
  {
    what: "an id that is not UTF-8",
    method: "GET",
    path: "/jobs/%ff%fe",
    status: 404,
    code: "job_not_found",
  },
  {
    what: "an id that looks like SQL",
    method: "GET",
    path: "/jobs/'%20or%20''%3D'",
    status: 404,
    code: "job_not_found",
  },
  {
    what: "an unknown address",
    method: "GET",
    path: "/nothing",
    status: 404,
    code: "route_not_found",
  },
  {
    what: "a made-up cursor of the queue",
    method: "GET",
    path: "/approvals?cursor=1%20or%201",
    status: 400,
    code: "cursor_invalid",
  },
  {
    what: "a made-up cursor of the record",
    method: "GET",
    path: "/audit/events?cursor=-1-2",
    status: 400,
    code: "cursor_invalid",
  },
  {
    what: "a made-up Last-Event-ID",
    method: "GET",
    path: "/events",
    send: { headers: { "last-event-id": "x" } },
    status: 400,
    code: "cursor_invalid",
  },
  {
    what: "a page of a million",
    method: "GET",
    path: "/approvals?limit=1000000",
    status: 400,
    code: "query_invalid",
    at: "/limit",
  },
  {
    what: "a page of nothing",
    method: "GET",
    path: "/approvals?limit=0",
    status: 400,
    code: "query_invalid",
    at: "/limit",
  },
  {
    what: "a wait of an hour",
    method: "GET",
    path: (w) => `/jobs/${w.hold}/wait?timeout=3600`,
    status: 400,
    code: "query_invalid",
    at: "/timeout",
  },
  {
    what: "an If-Match that is no tag",
    path: (w) => `/approvals/${w.hold}/approve`,
    send: { body: {}, headers: { "if-match": "1" } },
    status: 400,
    code: "header_invalid",
  },
  {
    what: "an If-Match of another revision",
    path: (w) => `/approvals/${w.hold}/approve`,
    send: { body: {}, headers: { "if-match": '"99"' } },
    status: 409,
    code: "approval_stale_request",
  },
  {
    what: "a review of another hash",
    path: (w) => `/approvals/${w.hold}/approve`,
    send: { body: { job_hash: `sha256:${"0".repeat(64)}` } },
    status: 409,
    code: "approval_stale_request",
  },
]);
