// The door of local decisions: what an agent needs to decide by itself, and what it sends of it.

import {
  localBatch,
  localBatchAnswer,
  snapshotAnswer,
  snapshotQuery,
} from "@holdpoint/core/wire/local";
import { takeLocalBatch } from "../flow/local-records.ts";
import { readSnapshot } from "../flow/local-snapshot.ts";
import { get, ok, post, type Route } from "./route.ts";

const tag = "local";

export const localRoutes: readonly Route[] = [
  get({
    path: "/policy/snapshot",
    operationId: "readSnapshot",
    summary:
      "A signed lease and the policy that decides for this agent; waits for another than `known`",
    tag,
    query: snapshotQuery,
    isFreshAuth: true,
    answers: { 200: snapshotAnswer },
    handle: async ({ ctx, query, onLeave }) => ok(await readSnapshot(ctx, query, onLeave)),
  }),
  post({
    path: "/decisions/local",
    operationId: "takeLocalBatch",
    summary: "Take in what the agent decided locally and ran; each record is decided again",
    tag,
    body: localBatch,
    answers: { 200: localBatchAnswer },
    handle: async ({ ctx, body }) => ok(await takeLocalBatch(ctx, body)),
  }),
];
