// Agents save their state by thread, and writes beside it; removal, by them or by people.

import { checkpointWriteOverheadBytes, checkpointWritesShare } from "@holdpoint/core/base/limits";
import { HoldpointError } from "@holdpoint/core/error/error";
import type {
  CheckpointPlaceQuery,
  CheckpointRequest,
  CheckpointsRemoved,
  CheckpointView,
  CheckpointWritesKept,
  CheckpointWritesRequest,
} from "@holdpoint/core/wire/checkpoint";
import type { CheckpointPlace, CheckpointWriteRow } from "../storage/checkpoints.ts";
import { removalEvents } from "./checkpoint-events.ts";
import { requireHolder, requireOwn } from "./checkpoint-holder.ts";
import {
  bytesOfBase64,
  sealCheckpoint,
  sealWrite,
  type UnsealedCheckpoint,
} from "./checkpoint-state.ts";
import { checkpointInUse, checkpointNotFound, viewOfKept } from "./checkpoint-view.ts";
import type { Context } from "./context.ts";

/** The same id with the same state again is the checkpoint that is there. */
export async function saveCheckpoint(
  ctx: Context,
  thread: string,
  request: CheckpointRequest,
): Promise<CheckpointView> {
  const agent = requireOwn(ctx);
  const { tenant } = ctx.caller;
  const plain = bytesOfBase64(request.state, "/state");
  const row = await sealCheckpoint(ctx, tenant, unsealedOf(ctx, { agent, thread }, request), plain);
  if (request.digest !== undefined && request.digest !== row.digest) {
    throw new HoldpointError("checkpoint_digest_mismatch", {
      message: `the state has the digest ${row.digest}; it was changed on its way, or named wrongly`,
      path: "/digest",
    });
  }
  return viewOfKept(await ctx.store.keepCheckpoint(tenant, row, request.replace));
}

function unsealedOf(
  ctx: Context,
  at: { readonly agent: string; readonly thread: string },
  { namespace, id, parent, step, run, codec }: CheckpointRequest,
): UnsealedCheckpoint {
  return {
    ...at,
    namespace,
    id: id ?? ctx.ids.checkpoint(),
    run: run ?? null,
    parent: parent ?? null,
    step: step ?? null,
    codec,
    forkedFrom: null,
  };
}

/** May come before its checkpoint does. */
export async function saveWrites(
  ctx: Context,
  { thread, id }: { readonly thread: string; readonly id: string },
  request: CheckpointWritesRequest,
): Promise<CheckpointWritesKept> {
  const agent = requireOwn(ctx);
  const { tenant } = ctx.caller;
  const place = { agent, thread, namespace: request.namespace, id };
  const rows = new Map<number, CheckpointWriteRow>();
  let bytes = 0;
  for (const [at, { index, channel, codec, data }] of request.writes.entries()) {
    if (index >= 0 && rows.has(index)) continue;
    const made = { place, task: request.task, taskPath: request.task_path, index, channel, codec };
    const plain = bytesOfBase64(data, `/writes/${at}/data`);
    bytes += plain.length;
    rows.set(index, await sealWrite(ctx, tenant, made, plain));
  }
  await requireRoom(ctx, place, { task: request.task, indexes: [...rows.keys()], bytes });
  await ctx.store.keepCheckpointWrites(tenant, [...rows.values()]);
  return { checkpoint: id, writes: rows.size };
}

interface Adding {
  readonly task: string;
  readonly indexes: readonly number[];
  readonly bytes: number;
}

/** SECURITY: all writes of a checkpoint are opened by one read, so they are bounded together, plain and in number. */
async function requireRoom(
  ctx: Context,
  place: CheckpointPlace,
  { bytes: added, ...but }: Adding,
): Promise<void> {
  const { bytes, count } = await ctx.store.checkpointWritesSize(ctx.caller.tenant, place, but);
  const bytesMax = ctx.keeping.checkpointBytesMax * checkpointWritesShare;
  const sum = bytes + added + (count + but.indexes.length) * checkpointWriteOverheadBytes;
  if (sum <= bytesMax) return;
  throw new HoldpointError("checkpoint_too_large", {
    message: `the writes beside \`${place.id}\` would have ${sum} bytes, and at most ${bytesMax} are kept; HOLDPOINT_CHECKPOINT_BYTES_MAX sets it`,
    facts: { bytes: sum, bytes_max: bytesMax },
  });
}

export async function removeCheckpoint(
  ctx: Context,
  { thread, id }: { readonly thread: string; readonly id: string },
  query: CheckpointPlaceQuery,
): Promise<CheckpointsRemoved> {
  const holder = requireHolder(ctx, query.agent);
  const { tenant } = ctx.caller;
  const place = { agent: holder.agent, thread, namespace: query.namespace, id };
  const found = await ctx.store.findCheckpoint(tenant, place);
  if (found === null) throw checkpointNotFound(place);
  const events = removalEvents(ctx, holder, { thread, found: found.head });
  const removal = await ctx.store.removeCheckpoint(tenant, place, events);
  if (removal === "bound") throw checkpointInUse(id);
  if (removal === "missing") throw checkpointNotFound(place);
  if (events.length > 0) ctx.hub.changed(tenant, []);
  return { thread, checkpoints: 1 };
}

/** All of a thread, or nothing; one that is not there has none. */
export async function removeThread(
  ctx: Context,
  thread: string,
  named: string | undefined,
): Promise<CheckpointsRemoved> {
  const holder = requireHolder(ctx, named);
  const { tenant } = ctx.caller;
  const place = { agent: holder.agent, thread };
  const events = removalEvents(ctx, holder, { thread, found: null });
  const removed = await ctx.store.removeThread(tenant, place, events);
  if (removed === "bound") throw checkpointInUse(thread);
  if (events.length > 0) ctx.hub.changed(tenant, []);
  return { thread, checkpoints: removed };
}
