// A copy of a checkpoint in another place: to try from there what would have happened otherwise.

import type {
  CheckpointForkRequest,
  CheckpointPlaceQuery,
  CheckpointView,
} from "@holdpoint/core/wire/checkpoint";
import type {
  CheckpointHead,
  CheckpointPlace,
  CheckpointWriteRow,
} from "../storage/checkpoints.ts";
import { forkEvents } from "./checkpoint-events.ts";
import { requireHolder } from "./checkpoint-holder.ts";
import {
  openCheckpoint,
  openWrite,
  sealCheckpoint,
  sealWrite,
  type UnsealedCheckpoint,
} from "./checkpoint-state.ts";
import { viewOfKept } from "./checkpoint-view.ts";
import { findRow } from "./checkpoints-read.ts";
import type { Context } from "./context.ts";

export interface ForkSource {
  readonly thread: string;
  /** `latest` is the one that was saved last. */
  readonly id: string;
  readonly query: CheckpointPlaceQuery;
}

/** The same state and writes; the copy is named by where it came from, and the record says who made it. */
export async function forkCheckpoint(
  ctx: Context,
  source: ForkSource,
  request: CheckpointForkRequest,
): Promise<CheckpointView> {
  const holder = requireHolder(ctx, source.query.agent);
  const { tenant } = ctx.caller;
  const { namespace } = source.query;
  const { thread, id } = source;
  const row = await findRow(ctx, { agent: holder.agent, thread, namespace, id });
  const plain = await openCheckpoint(ctx, tenant, row);
  const to = targetOf(ctx, row.head, request);
  const copy = await sealCheckpoint(ctx, tenant, copyOf(row.head, to), plain);
  const writes = await copyWrites(ctx, row.head, to);
  const events = forkEvents(ctx, holder, { from: row.head, to });
  const kept = await ctx.store.forkCheckpoint(tenant, { row: copy, writes, events });
  if (kept.outcome === "kept") ctx.hub.changed(tenant, []);
  return viewOfKept(kept);
}

function targetOf(
  ctx: Context,
  head: CheckpointHead,
  { thread, namespace, id }: CheckpointForkRequest,
): CheckpointPlace {
  const to = { agent: head.agent, thread, namespace: namespace ?? head.namespace };
  const isElsewhere = to.thread !== head.thread || to.namespace !== head.namespace;
  return { ...to, id: id ?? (isElsewhere ? head.id : ctx.ids.checkpoint()) };
}

/** What came before is a parent only where it is: in the same thread and namespace. */
function copyOf(head: CheckpointHead, to: CheckpointPlace): UnsealedCheckpoint {
  const { run, step, codec, parent } = head;
  const isBeside = to.thread === head.thread && to.namespace === head.namespace;
  const forkedFrom = JSON.stringify(placeOf(head));
  return { ...to, run, step, codec, parent: isBeside ? parent : null, forkedFrom };
}

async function copyWrites(
  ctx: Context,
  from: CheckpointPlace,
  to: CheckpointPlace,
): Promise<readonly CheckpointWriteRow[]> {
  const { tenant } = ctx.caller;
  const copies: CheckpointWriteRow[] = [];
  for (const write of await ctx.store.checkpointWrites(tenant, from)) {
    const plain = await openWrite(ctx, tenant, write);
    copies.push(await sealWrite(ctx, tenant, { ...write, place: to }, plain));
  }
  return copies;
}

function placeOf({ thread, namespace, id }: CheckpointPlace): Omit<CheckpointPlace, "agent"> {
  return { thread, namespace, id };
}
