// The form of a route: what it takes, what it answers, who carries it out. OpenAPI is made from the same table.

import { z } from "zod";
import type { ErrorCode } from "@holdpoint/core/error/catalogue";
import type { Context } from "../flow/context.ts";

export interface RouteInput<Query, Body> {
  readonly ctx: Context;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly idempotencyKey: string | null;
  readonly ifMatch: number | null;
  /** Calls back when the caller leaves before the answer. */
  readonly onLeave: (call: () => void) => void;
}

export interface RouteAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Method = "get" | "post" | "put" | "delete";

export interface Route {
  readonly method: Method;
  /** Below `/api/v1`, parameters as `{name}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  /** Answers by status, besides problems. */
  readonly answers: Readonly<Record<number, z.ZodType>>;
  /** Code of a body that does not have the schema's form. */
  readonly invalidCode: ErrorCode;
  /** True when a credential is asked of the store even if it was seen a moment ago. */
  readonly isFreshAuth: boolean;
  readonly isPolicyBody: boolean;
  /** True when the body brings the state of an agent, which may be large. */
  readonly isStateBody: boolean;
  handle(input: RouteInput<unknown, unknown>): Promise<RouteAnswer>;
}

interface RouteParts<Query, Body> {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly answers: Readonly<Record<number, z.ZodType>>;
  readonly invalidCode?: ErrorCode;
  readonly isFreshAuth?: boolean;
  readonly isPolicyBody?: boolean;
  readonly isStateBody?: boolean;
  readonly handle: (input: RouteInput<Query, Body>) => Promise<RouteAnswer>;
}

/** A route that reads. */
export function get<Query = unknown>(parts: RouteParts<Query, unknown>): Route {
  return routeOf("get", parts);
}

/** A route that changes something. */
export function post<Query = unknown, Body = unknown>(parts: RouteParts<Query, Body>): Route {
  return routeOf("post", parts);
}

/** A route that puts what it is sent in the place of what is there. */
export function put<Query = unknown, Body = unknown>(parts: RouteParts<Query, Body>): Route {
  return routeOf("put", parts);
}

/** A route that takes something away. */
export function remove<Query = unknown>(parts: RouteParts<Query, unknown>): Route {
  return routeOf("delete", parts);
}

/** What has no effect is not taken in silence: a misspelt member would be missed. */
const noBody: z.ZodType = z.strictObject({});

function routeOf<Query, Body>(method: Method, parts: RouteParts<Query, Body>): Route {
  return {
    method,
    path: parts.path,
    operationId: parts.operationId,
    summary: parts.summary,
    tag: parts.tag,
    query: parts.query ?? null,
    body: parts.body ?? (method === "get" ? null : noBody),
    answers: parts.answers,
    invalidCode: parts.invalidCode ?? "request_invalid",
    isFreshAuth: parts.isFreshAuth ?? false,
    isPolicyBody: parts.isPolicyBody ?? false,
    isStateBody: parts.isStateBody ?? false,
    // The door has parsed query and body by these very schemas before it calls.
    handle: (input) => parts.handle(input as RouteInput<Query, Body>),
  };
}

export function ok(body: unknown): RouteAnswer {
  return { status: 200, body };
}
