// The HTTP door: routes from their table, the event stream, health, keys, the console's files.

import type { HttpBindings } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import type { Context as HonoContext } from "hono";
import { policySchema } from "@holdpoint/core/policy-file/file-schema";
import { HoldpointError, isHoldpointError } from "@holdpoint/core/error/error";
import type { Problem } from "@holdpoint/core/wire/response";
import { streamQuery } from "@holdpoint/core/wire/request";
import { actorOf, type Caller, type Context, type Engine } from "../flow/context.ts";
import { refusedAttempt } from "../flow/refused-attempt.ts";
import type { Authenticator } from "../identity/authenticate.ts";
import type { KeyRing } from "../identity/signer.ts";
import type { DemoRunner } from "../worker/demo-runner.ts";
import type { AgentStreams } from "./agent-stream.ts";
import { demoRoutes } from "./demo-routes.ts";
import type { EventStreams } from "./event-stream.ts";
import { refuseForeignPages, securityHeaders } from "./guard.ts";
import { buildOpenapi } from "./openapi.ts";
import { problemOf } from "./problem.ts";
import {
  type BodyBounds,
  parseWith,
  policyBounds,
  readBody,
  readIdempotencyKey,
  readIfMatch,
  refuseNullIn,
  usualBounds,
} from "./read-request.ts";
import type { Route, RouteAnswer, RouteInput } from "./route.ts";
import { routes } from "./routes.ts";
import { serveSlack, type SlackEntrance } from "./slack-routes.ts";
import { StateRoom } from "./state-room.ts";

export interface AppParts {
  readonly engine: Engine;
  readonly authenticator: Authenticator;
  readonly keyRing: KeyRing;
  readonly isDevelopment: boolean;
  readonly consoleDir: string | null;
  readonly demo: DemoRunner | null;
  readonly streams: EventStreams;
  readonly agentStreams: AgentStreams;
  /** Null when Slack does not call this server. */
  readonly slack: SlackEntrance | null;
}

const base = "/api/v1";

export function makeApp(parts: AppParts): Hono {
  const app = new Hono();
  const { engine } = parts;
  const room = new StateRoom(engine.keeping.checkpointBytesMax);
  app.onError((error, c) => answerProblem(c, parts, error));
  for (const route of [...routes, ...demoRoutes(parts.demo)]) {
    const path = base + route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    app.on(route.method.toUpperCase(), path, (c) => run(c, { ...parts, room }, route));
  }
  app.get(`${base}/events`, async (c) => {
    refuseForeignPages(c.req.raw, parts.isDevelopment);
    const caller = await parts.authenticator.authenticate(c.req.header("authorization"));
    const query = parseWith(streamQuery, c.req.query(), "query_invalid");
    return parts.streams.open(
      { ...engine, caller },
      {
        job: query.job ?? null,
        lastEventId: c.req.header("last-event-id") ?? query.last_event_id ?? null,
        signal: c.req.raw.signal,
      },
    );
  });
  app.get(`${base}/agent/stream`, async (c) => {
    refuseForeignPages(c.req.raw, parts.isDevelopment);
    const caller = await parts.authenticator.authenticate(c.req.header("authorization"));
    if (c.req.method === "HEAD") return c.body(null, 200);
    parts.agentStreams.open({ ...engine, caller }, (c.env as HttpBindings).outgoing);
    return RESPONSE_ALREADY_SENT;
  });
  if (parts.slack !== null) serveSlack(app, parts.slack, engine.clock);
  const openapi = JSON.stringify(buildOpenapi());
  for (const path of ["/openapi.json", `${base}/openapi.json`]) {
    app.get(path, (c) => c.body(openapi, 200, { "content-type": "application/json" }));
  }
  const schema = JSON.stringify(policySchema());
  app.get("/policy.schema.json", (c) =>
    c.body(schema, 200, { "content-type": "application/schema+json" }),
  );
  app.get("/.well-known/jwks.json", async (c) => c.json(await parts.keyRing.jwks("default")));
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", async (c) => {
    if (engine.hub.isClosed)
      throw new HoldpointError("shutting_down", { message: "the server is about to stop" });
    await engine.store.ping();
    return c.json({ status: "ready" });
  });
  app.all(`${base}/*`, (c) => {
    throw noRoute(c);
  });
  if (parts.consoleDir !== null) serveConsole(app, parts.consoleDir);
  app.notFound((c) => answerProblem(c, parts, noRoute(c)));
  return app;
}

interface RunParts extends AppParts {
  readonly room: StateRoom;
}

async function run(c: HonoContext, parts: RunParts, route: Route): Promise<Response> {
  const request = c.req.raw;
  refuseForeignPages(request, parts.isDevelopment);
  const caller = await parts.authenticator.authenticate(
    c.req.header("authorization"),
    route.isFreshAuth,
  );
  refuseNullIn(c.req.param());
  refuseNullIn(c.req.query());
  const query = route.query === null ? {} : parseWith(route.query, c.req.query(), "query_invalid");
  const ctx = { ...parts.engine, caller };
  if (route.method === "get") {
    return respond(await answerTo(c, { ctx, route, query, body: {}, isChange: false }));
  }
  const leave = route.isStateBody ? parts.room.enter(request, nameOf(caller)) : noLeave;
  try {
    const sent = await readBody(request, boundsFor(route, parts.room));
    const body = route.body === null ? {} : parseWith(route.body, sent, route.invalidCode);
    return respond(await answerTo(c, { ctx, route, query, body, isChange: true }));
  } finally {
    leave();
  }
}

const noLeave = (): void => undefined;

/** The same for all keys of an agent. */
function nameOf({ tenant, agent, keyId }: Caller): string {
  return JSON.stringify([tenant, agent?.id ?? keyId]);
}

function boundsFor(route: Route, room: StateRoom): BodyBounds {
  if (route.isStateBody) return room.bounds;
  return route.isPolicyBody ? policyBounds : usualBounds;
}

interface Asked {
  readonly ctx: Context;
  readonly route: Route;
  readonly query: unknown;
  readonly body: unknown;
  readonly isChange: boolean;
}

function answerTo(
  c: HonoContext,
  { ctx, route, query, body, isChange }: Asked,
): Promise<RouteAnswer> {
  const request = c.req.raw;
  return carryOut(ctx, route, {
    ctx,
    params: c.req.param(),
    query,
    body,
    idempotencyKey: isChange ? readIdempotencyKey(request) : null,
    ifMatch: isChange ? readIfMatch(request) : null,
    onLeave: (call) => request.signal.addEventListener("abort", call),
  });
}

/** What a caller may not do, and grants that nobody signed, are on the record too. */
async function carryOut(
  ctx: Context,
  route: Route,
  input: RouteInput<unknown, unknown>,
): Promise<RouteAnswer> {
  try {
    return await route.handle(input);
  } catch (error) {
    if (!isHoldpointError(error) || route.method === "get") throw error;
    throw await refusedAttempt(ctx, error, {
      verb: route.operationId,
      by: actorOf(ctx),
      job: null,
    });
  }
}

function respond(answer: RouteAnswer): Response {
  return new Response(JSON.stringify(answer.body), {
    status: answer.status,
    headers: { ...apiHeaders, ...answer.headers },
  });
}

const apiHeaders = {
  "content-type": "application/json; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

function answerProblem(c: HonoContext, parts: AppParts, error: unknown): Response {
  const { status, problem } = problemOf(error, c.req.path);
  if (status >= 500) {
    const id = parts.engine.ids.event();
    parts.engine.telemetry.requestFailed(error, { method: c.req.method, path: c.req.path, id });
  }
  const headers = {
    ...apiHeaders,
    "content-type": "application/problem+json; charset=utf-8",
    ...(problem.retry === "later" ? { "retry-after": retryAfterOf(problem) } : {}),
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
  };
  return new Response(JSON.stringify(problem), { status, headers });
}

/** Seconds; refusals that know better than at once say so. */
function retryAfterOf({ facts }: Problem): string {
  const seconds = facts?.["retry_after_sec"];
  return typeof seconds === "number" ? String(seconds) : "1";
}

function noRoute(c: HonoContext): HoldpointError {
  const isKnown = routes.some((route) => {
    const pattern = `^${base}${route.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`;
    return new RegExp(pattern).test(c.req.path);
  });
  return isKnown
    ? new HoldpointError("method_not_allowed", {
        message: `\`${c.req.method}\` is not a method of this address`,
      })
    : new HoldpointError("route_not_found", { message: `nothing is at \`${c.req.path}\`` });
}

/** Files of the built console; any other page address is the console's own to show. */
function serveConsole(app: Hono, dir: string): void {
  const options = { root: dir };
  app.use("*", async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(securityHeaders)) c.res.headers.set(name, value);
    const isAsset = c.req.path.startsWith("/assets/");
    c.res.headers.set(
      "cache-control",
      isAsset ? "public, max-age=31536000, immutable" : "no-cache",
    );
  });
  app.get("*", serveStatic(options));
  app.get("*", async (c, next) => {
    if (/\.[a-z0-9]+$/i.test(c.req.path)) return next();
    return serveStatic({ ...options, path: "index.html" })(c, next);
  });
}
