// The registry's door: what the server knows of tools, entry by entry or as a file.

import {
  toolPage,
  toolRequest,
  toolsImported,
  toolsImportRequest,
  toolView,
} from "@holdpoint/core/wire/tools";
import { importTools, listTools, putTool, removeTool } from "../flow/manage-tools.ts";
import { get, ok, post, put, remove, type Route } from "./route.ts";

const tag = "tools";

export const toolRoutes: readonly Route[] = [
  get({
    path: "/tools",
    operationId: "listTools",
    summary: "What the server knows of tools, by id",
    tag,
    answers: { 200: toolPage },
    handle: async ({ ctx }) => ok(await listTools(ctx)),
  }),
  post({
    path: "/tools/import",
    operationId: "importTools",
    summary: "Make the registry what a tools file says; one that does not load changes nothing",
    tag,
    body: toolsImportRequest,
    answers: { 200: toolsImported },
    isPolicyBody: true,
    handle: async ({ ctx, body }) => ok(await importTools(ctx, body.source)),
  }),
  put({
    path: "/tools/{id}",
    operationId: "putTool",
    summary: "Add a tool, or put it in the place of the one with this id",
    tag,
    body: toolRequest,
    answers: { 200: toolView },
    handle: async ({ ctx, params, body }) => ok(await putTool(ctx, params["id"] ?? "", body)),
  }),
  remove({
    path: "/tools/{id}",
    operationId: "removeTool",
    summary: "Take a tool out of the registry",
    tag,
    answers: { 200: toolPage },
    handle: async ({ ctx, params }) => ok(await removeTool(ctx, params["id"] ?? "")),
  }),
];
