// The door of agents' saved state: threads, their checkpoints, and the writes beside them.

import {
  checkpointForkRequest,
  checkpointPage,
  checkpointPlaceQuery,
  checkpointQuery,
  checkpointRead,
  checkpointRequest,
  checkpointsQuery,
  checkpointsRemoved,
  checkpointView,
  checkpointWritesKept,
  checkpointWritesRequest,
  threadName,
  threadPage,
  threadQuery,
  threadsQuery,
} from "@holdpoint/core/wire/checkpoint";
import { word } from "@holdpoint/core/wire/shape";
import { listCheckpoints, listThreads, readCheckpoint } from "../flow/checkpoints-read.ts";
import { removeCheckpoint, removeThread, saveCheckpoint, saveWrites } from "../flow/checkpoints.ts";
import { forkCheckpoint } from "../flow/fork-checkpoint.ts";
import { parseWith } from "./read-request.ts";
import { get, ok, post, remove, type Route } from "./route.ts";

const tag = "checkpoints";

type Params = Readonly<Record<string, string>>;

/** SECURITY: names in addresses are held to the same form as those in bodies. */
function threadOf(params: Params): string {
  return parseWith(threadName, params["thread"] ?? "", "query_invalid");
}

function placeOf(params: Params): { thread: string; id: string } {
  return { thread: threadOf(params), id: parseWith(word, params["id"] ?? "", "query_invalid") };
}

export const checkpointRoutes: readonly Route[] = [
  get({
    path: "/threads",
    operationId: "listThreads",
    summary: "The threads of an agent, by name",
    tag,
    query: threadsQuery,
    answers: { 200: threadPage },
    handle: async ({ ctx, query }) => ok(await listThreads(ctx, query)),
  }),
  remove({
    path: "/threads/{thread}",
    operationId: "removeThread",
    summary: "Remove all checkpoints of a thread, unless a run goes on from one",
    tag,
    query: threadQuery,
    answers: { 200: checkpointsRemoved },
    handle: async ({ ctx, params, query }) =>
      ok(await removeThread(ctx, threadOf(params), query.agent)),
  }),
  get({
    path: "/threads/{thread}/checkpoints",
    operationId: "listCheckpoints",
    summary: "Checkpoints of a thread, newest first, without their state",
    tag,
    query: checkpointsQuery,
    answers: { 200: checkpointPage },
    handle: async ({ ctx, params, query }) =>
      ok(await listCheckpoints(ctx, threadOf(params), query)),
  }),
  post({
    path: "/threads/{thread}/checkpoints",
    operationId: "saveCheckpoint",
    summary: "Save the state of an agent's run, sealed; the same again is the same checkpoint",
    tag,
    body: checkpointRequest,
    answers: { 200: checkpointView },
    isStateBody: true,
    handle: async ({ ctx, params, body }) => ok(await saveCheckpoint(ctx, threadOf(params), body)),
  }),
  get({
    path: "/threads/{thread}/checkpoints/{id}",
    operationId: "readCheckpoint",
    summary: "One checkpoint, or the `latest`; with its state and writes when they are asked for",
    tag,
    query: checkpointQuery,
    answers: { 200: checkpointRead },
    handle: async ({ ctx, params, query }) => ok(await readCheckpoint(ctx, placeOf(params), query)),
  }),
  remove({
    path: "/threads/{thread}/checkpoints/{id}",
    operationId: "removeCheckpoint",
    summary: "Remove a checkpoint, unless a run goes on from it",
    tag,
    query: checkpointPlaceQuery,
    answers: { 200: checkpointsRemoved },
    handle: async ({ ctx, params, query }) =>
      ok(await removeCheckpoint(ctx, placeOf(params), query)),
  }),
  post({
    path: "/threads/{thread}/checkpoints/{id}/fork",
    operationId: "forkCheckpoint",
    summary: "Copy a checkpoint with its writes to another thread, namespace or id",
    tag,
    query: checkpointPlaceQuery,
    body: checkpointForkRequest,
    answers: { 200: checkpointView },
    handle: async ({ ctx, params, query, body }) =>
      ok(await forkCheckpoint(ctx, { ...placeOf(params), query }, body)),
  }),
  post({
    path: "/threads/{thread}/checkpoints/{id}/writes",
    operationId: "saveCheckpointWrites",
    summary: "Save what tasks wrote after a checkpoint; it may come before the checkpoint does",
    tag,
    body: checkpointWritesRequest,
    answers: { 200: checkpointWritesKept },
    isStateBody: true,
    handle: async ({ ctx, params, body }) => ok(await saveWrites(ctx, placeOf(params), body)),
  }),
];
