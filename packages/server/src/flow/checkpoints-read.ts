// Checkpoints as they are read: one with its state and writes, a thread of them, the threads of an agent.

import type {
  CheckpointPage,
  CheckpointQuery,
  CheckpointRead,
  CheckpointsQuery,
  CheckpointView,
  CheckpointWriteView,
  ThreadPage,
  ThreadsQuery,
} from "@holdpoint/core/wire/checkpoint";
import type { SealedEvent } from "@holdpoint/core/record/event";
import type {
  CheckpointPlace,
  CheckpointWriteRow,
  FoundCheckpoint,
  OpenedRow,
} from "../storage/checkpoints.ts";
import { readEvents } from "./checkpoint-events.ts";
import { requireHeadReader, requireHolder } from "./checkpoint-holder.ts";
import { openCheckpoint, openWrite } from "./checkpoint-state.ts";
import { checkpointNotFound, checkpointView, threadView } from "./checkpoint-view.ts";
import type { Context } from "./context.ts";
import { readCursor } from "./cursor.ts";

const latest = "latest";

/** People see what stands around the state; the state itself only those who administer, and the record says so. */
export async function readCheckpoint(
  ctx: Context,
  { thread, id }: { readonly thread: string; readonly id: string },
  query: CheckpointQuery,
): Promise<CheckpointRead> {
  const included = new Set(query.include?.split(",") ?? []);
  if (included.size === 0) {
    const { agent } = requireHeadReader(ctx, query.agent);
    return checkpointView(await findHead(ctx, { agent, thread, namespace: query.namespace, id }));
  }
  const holder = requireHolder(ctx, query.agent);
  const place = { agent: holder.agent, thread, namespace: query.namespace, id };
  const row = included.has("state") ? await findRow(ctx, place) : null;
  const found = row ?? (await findHead(ctx, place));
  await tellReading(ctx, readEvents(ctx, holder, found.head));
  return {
    ...checkpointView(found),
    ...(row === null ? {} : { state: await stateOf(ctx, row) }),
    ...(included.has("writes") ? { writes: await writesOf(ctx, found.head) } : {}),
  };
}

/** INVARIANT: what people read is on the record before they are shown it. */
async function tellReading(ctx: Context, events: readonly SealedEvent[]): Promise<void> {
  if (events.length === 0) return;
  const { tenant } = ctx.caller;
  const nothing = {
    job: null,
    expected: null,
    bundle: null,
    review: null,
    outbox: [],
    answer: null,
  };
  await ctx.store.commit(tenant, { ...nothing, events });
  ctx.hub.changed(tenant, []);
}

async function stateOf(ctx: Context, row: OpenedRow): Promise<string> {
  const plain = await openCheckpoint(ctx, ctx.caller.tenant, row);
  return textOf(plain);
}

async function writesOf(ctx: Context, place: CheckpointPlace): Promise<CheckpointWriteView[]> {
  const rows = await ctx.store.checkpointWrites(ctx.caller.tenant, place);
  return Promise.all(rows.map((row) => writeView(ctx, row)));
}

async function writeView(ctx: Context, row: CheckpointWriteRow): Promise<CheckpointWriteView> {
  const { task, taskPath, index, channel, codec } = row;
  const data = textOf(await openWrite(ctx, ctx.caller.tenant, row));
  return { task, task_path: taskPath, index, channel, codec, data };
}

function textOf(plain: Uint8Array): string {
  return Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString("base64");
}

async function findHead(ctx: Context, place: CheckpointPlace): Promise<FoundCheckpoint> {
  const { store, caller } = ctx;
  const found =
    place.id === latest
      ? await store.latestCheckpoint(caller.tenant, place)
      : await store.findCheckpoint(caller.tenant, place);
  if (found === null) throw checkpointNotFound(place);
  return found;
}

/** With its state, still sealed. */
export async function findRow(ctx: Context, place: CheckpointPlace): Promise<OpenedRow> {
  const { id } = place.id === latest ? (await findHead(ctx, place)).head : place;
  const row = await ctx.store.readCheckpoint(ctx.caller.tenant, { ...place, id });
  if (row === null) throw checkpointNotFound(place);
  return row;
}

export async function listCheckpoints(
  ctx: Context,
  thread: string,
  query: CheckpointsQuery,
): Promise<CheckpointPage> {
  const { agent } = requireHeadReader(ctx, query.agent);
  const page = await ctx.store.listCheckpoints(ctx.caller.tenant, {
    agent,
    thread,
    namespace: query.namespace ?? null,
    before: await beforeOf(ctx, { agent, thread }, query),
    limit: query.limit,
  });
  const items: CheckpointView[] = page.items.map(checkpointView);
  return { items, next_cursor: page.nextBefore === null ? null : String(page.nextBefore) };
}

/** The cursor of a page goes on below it; `before` alone names where the first page starts. */
async function beforeOf(
  ctx: Context,
  at: { readonly agent: string; readonly thread: string },
  { cursor, before, namespace }: CheckpointsQuery,
): Promise<number | null> {
  if (cursor !== undefined) return readCursor(cursor);
  if (before === undefined) return null;
  return (await findHead(ctx, { ...at, namespace: namespace ?? "", id: before })).seq;
}

export async function listThreads(ctx: Context, query: ThreadsQuery): Promise<ThreadPage> {
  const { agent } = requireHeadReader(ctx, query.agent);
  const { limit, cursor: after = null } = query;
  const found = await ctx.store.listThreads(ctx.caller.tenant, { agent, after, limit });
  const page = found.slice(0, limit);
  const isMore = found.length > limit;
  return {
    items: page.map(threadView),
    next_cursor: isMore ? (page.at(-1)?.thread ?? null) : null,
  };
}
