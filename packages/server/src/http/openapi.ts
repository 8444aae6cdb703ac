// OpenAPI 3.1 from the routes and their schemas: the document and the validation cannot disagree.

import { z } from "zod";
import { catalogue } from "@holdpoint/core/error/catalogue";
import { problem } from "@holdpoint/core/wire/response";
import { version } from "../version.ts";
import type { Route } from "./route.ts";
import { routes } from "./routes.ts";

type JsonSchema = Record<string, unknown>;

/** Schemas of answers describe what we write, schemas of requests what we take. */
export function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    reused: "inline",
  });
  return rest;
}

export function buildOpenapi(): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const item = (paths[`/api/v1${route.path}`] ??= {});
    item[route.method] = operationOf(route);
  }
  paths["/api/v1/events"] = { get: eventStreamOperation };
  paths["/api/v1/agent/stream"] = { get: agentStreamOperation };
  return {
    openapi: "3.1.0",
    info: {
      title: "Holdpoint",
      version,
      description: "The control point between an AI agent's decision to act and the act.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "http://localhost:8081" }],
    security: [{ apiKey: [] }, {}],
    paths,
    components: {
      securitySchemes: { apiKey: { type: "http", scheme: "bearer", bearerFormat: "hp_…" } },
      schemas: { Problem: jsonSchemaOf(problem, "output") },
      responses: {
        Problem: {
          description: `A problem (RFC 9457). Codes: ${Object.keys(catalogue).sort().join(", ")}.`,
          content: {
            "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
          },
        },
      },
    },
  };
}

function operationOf(route: Route): JsonSchema {
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [route.tag],
    parameters: parametersOf(route),
    ...(route.body === null || route.method === "delete"
      ? {}
      : {
          requestBody: {
            content: { "application/json": { schema: jsonSchemaOf(route.body, "input") } },
          },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, schema]) => [
          status,
          {
            description: status === "202" ? "Held: people decide." : "Done.",
            content: { "application/json": { schema: jsonSchemaOf(schema, "output") } },
          },
        ]),
      ),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function parametersOf(route: Route): readonly JsonSchema[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const query = route.query === null ? {} : jsonSchemaOf(route.query, "input");
  const properties = (query["properties"] ?? {}) as Record<string, unknown>;
  const required = (query["required"] ?? []) as readonly string[];
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
  const key = {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    schema: { type: "string", maxLength: 255 },
  };
  return [...inPath, ...inQuery, ...(route.method === "post" ? [key] : [])];
}

const eventStreamOperation = {
  operationId: "followEvents",
  summary: "The record as it grows: server-sent events, resumed by Last-Event-ID",
  tags: ["record"],
  parameters: [
    { name: "job", in: "query", required: false, schema: { type: "string" } },
    { name: "last_event_id", in: "query", required: false, schema: { type: "string" } },
    { name: "Last-Event-ID", in: "header", required: false, schema: { type: "string" } },
  ],
  responses: {
    "200": {
      description: "The stream.",
      content: { "text/event-stream": { schema: { type: "string" } } },
    },
    default: { $ref: "#/components/responses/Problem" },
  },
};

const agentStreamOperation = {
  operationId: "followOwnJobs",
  summary: "Changes of the agent's own jobs, as server-sent events; what was missed is read anew",
  tags: ["jobs"],
  responses: eventStreamOperation.responses,
};
